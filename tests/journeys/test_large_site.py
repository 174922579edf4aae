"""A site that is read by parts: its rooms are there first, the rest comes, all in a real browser.

The parts are made small (``FANGMA_SLICE_WIDTH``), so that one building has dozens.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver import Keys
from tests.journeys.conftest import Twin, fangma, serving, smallest_building
from tests.journeys.test_compound_view import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

WIDTH = 64
MOST_AT_ONCE = 2
# A line on which parts take long: each waits until it is let through, or all are.
SLOW_LINE = """
window.held = new Map();
window.asked = [];
window.most = 0;
let under = 0, isOpen = false;
const real = window.fetch;
window.letAll = () => { isOpen = true; for (const go of held.values()) go(); held.clear(); };
window.fetch = async (where, how) => {
  const part = new URL(where, location.href).searchParams.get('slice');
  if (part === null) return real(where, how);
  asked.push(Number(part));
  most = Math.max(most, ++under);
  if (!isOpen) await new Promise((go) => held.set(Number(part), go));
  try { return await real(where, how); } finally { under -= 1; }
};
"""


def made_small(folder: Path, environment: dict[str, str]) -> list[Path]:
    environment["FANGMA_SLICE_WIDTH"] = str(WIDTH)
    return smallest_building(folder, environment)


@pytest.fixture(scope="module")
def large() -> Iterator[Twin]:
    with serving(made_small) as served:
        yield served


@pytest.fixture
def page(browser: webdriver.Chrome, large: Twin) -> Page:
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": SLOW_LINE})
    return Page(browser, large)


def listed(twin: Twin, kind: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(fangma(twin, "list", kind, "--json"))["items"]
    return items


def told(page: Page, expression: str) -> Any:
    return page.browser.execute_script(f"return {expression}")


def search_for(page: Page, word: str) -> None:
    field = page.one(".search input")
    field.send_keys(word)
    page.until(lambda: page.all(".fm-found .hit"))
    page.until(lambda: word in page.text(".fm-found .hit"))
    field.send_keys(Keys.ENTER)


def test_rooms_are_there_before_the_rest_and_what_is_asked_for_comes_before_what_is_not(
    page: Page, large: Twin
) -> None:
    rooms = {each["code"]: each for each in listed(large, "room")}
    device = listed(large, "device")[-1]
    page.open()
    page.sign_in()
    # Two parts are under way and none is here: rooms are counted, listed and found.
    page.until(lambda: told(page, "held.size") == MOST_AT_ONCE)
    page.press("2")
    page.until(lambda: "办公室" in page.text(".legend ul"))
    next(each for each in page.all(".ladder button") if each.text == "F01").click()
    of_storey = sum("-F01-" in code for code in rooms)
    page.until(lambda: len(page.all(".rooms li button")) == of_storey)
    room = next(code for code in rooms if "-F01-" in code)
    search_for(page, room)
    page.until(lambda: page.text(".file .code") == room)
    assert told(page, "asked.length") == MOST_AT_ONCE, "a room waits for no part"
    assert told(page, "fangmaStage.statistics().triangles") < 100, "tiles wait for what they hold"

    # A search that needs another part has it asked for next: by the first answer that comes.
    search_for(page, device["code"])
    ahead = set(told(page, "asked"))
    page.browser.execute_script("const [one] = held.keys(); held.get(one)(); held.delete(one)")
    page.until(lambda: len(told(page, "asked")) > len(ahead))
    part = ({*told(page, "asked")} - ahead).pop()
    assert part > max(ahead) + 1, "not the next in turn"
    page.browser.execute_script("held.get(arguments[0])(); held.delete(arguments[0])", part)
    page.until(lambda: page.text(".file .code") == device["code"])
    assert page.complaints() == []


def test_all_parts_come_once_and_then_everything_can_be_picked(page: Page, large: Twin) -> None:
    page.open()
    page.sign_in()
    page.until(lambda: told(page, "held.size") == MOST_AT_ONCE)
    told_of = page.browser.execute_async_script(
        "const done = arguments[0]; const here = performance.getEntriesByType('resource')"
        ".find(one => one.name.includes('/api/scene'));"
        "fetch(here.name).then(one => one.json()).then(one => done(one.slices))"
    )
    assert told_of["width"] == WIDTH
    assert len(told_of["numbers"]) > 8
    page.browser.execute_script("letAll()")
    page.wait_for_model()
    page.until(lambda: len(told(page, "asked")) == len(told_of["numbers"]))
    asked = Counter(told(page, "asked"))
    assert asked == Counter(told_of["numbers"]), "each part once"
    assert told(page, "most") <= MOST_AT_ONCE

    # What has no code, and came with a part, opens its file where it stands.
    rows = page.shown_rows() - {0}
    assert max(rows) > len(listed(large, "room")), "walls follow the rooms in the table"
    page.until(lambda: told(page, "document.querySelectorAll('.legend li').length") > 2)
    canvas = page.one("canvas.picture")
    where = page.browser.execute_script(
        "const box = document.querySelector('canvas.picture').getBoundingClientRect();"
        "for (let i = 8; i < 20; i++) for (let k = 5; k < 15; k++) {"
        "  const [x, y] = [box.width * i / 24, box.height * k / 20];"
        "  const hit = fangmaStage.pick(x, y);"
        "  if (hit && hit.row > arguments[0]) return [x - box.width / 2, y - box.height / 2];"
        "} return null;",
        len(listed(large, "room")),
    )
    assert where is not None
    webdriver.ActionChains(page.browser).move_to_element_with_offset(
        canvas, int(where[0]), int(where[1])
    ).click().perform()
    page.until(lambda: page.all(".file dl dd"))
    assert ".ifc" in page.text(".file")
    assert page.complaints() == []
