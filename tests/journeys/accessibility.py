"""What axe-core finds on a page that a real browser shows."""

from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

AXE = Path(__file__).parents[2] / "viewer" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}


def grave_findings(browser: webdriver.Chrome) -> list[str]:
    """List what axe calls serious or critical (WCAG 2.2 A and AA), with where it is."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run npm ci in viewer/")
    if not browser.execute_script("return Boolean(window.axe)"):
        browser.execute_script(AXE.read_text("utf-8"))
    # A colour that is on its way to another one is judged where it arrives.
    browser.execute_async_script(
        "const running = document.getAnimations().filter(one => one instanceof CSSTransition);"
        "Promise.allSettled(running.map(one => one.finished)).then(() => arguments[0]())"
    )
    answer: dict[str, Any] = browser.execute_async_script(
        "axe.run(document, {resultTypes: ['violations'],"
        " runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']}).then(arguments[0])"
    )
    return [
        f"{finding['id']}: {[node['target'] for node in finding['nodes'][:3]]}"
        for finding in answer["violations"]
        if finding["impact"] in GRAVE
    ]
