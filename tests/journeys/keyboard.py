"""Walk over a page by the keyboard alone: what Tab reaches, and how one sees where one is."""

from dataclasses import dataclass
from pathlib import Path

from selenium import webdriver

_WATCH = (Path(__file__).with_suffix(".js")).read_text("utf-8")
STEPS_MORE = 8  # beyond the number of controls: the browser's own, and the end of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What the Tab key met on a page, each control in words."""

    missed: list[str]  # controls that it never came to
    unseen: list[str]  # that look with the focus as they look without
    off_screen: list[str]  # that had the focus where nobody sees it
    mouse_only: list[str]  # that look as if one could press them, but not by keyboard


def press(browser: webdriver.Chrome, key: str, number: int) -> None:
    """Press a key as a keyboard does: the browser itself moves the focus on Tab."""
    code = "Space" if key == " " else key
    for kind in ("rawKeyDown", "keyUp"):
        browser.execute_cdp_cmd(
            "Input.dispatchKeyEvent",
            {"type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number},
        )


def walk(browser: webdriver.Chrome) -> Walk:
    """Press Tab until every control of the page must have had its turn."""
    browser.execute_script("document.activeElement?.blur()")
    browser.execute_script(_WATCH)
    steps = 0
    while steps < (count := browser.execute_script("return fangmaWalk.count()") + STEPS_MORE):
        for _ in range(count - steps):
            press(browser, "Tab", 9)
        steps = count
    return Walk(**browser.execute_script("return fangmaWalk.end()"))
