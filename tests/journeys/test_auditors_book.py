"""An auditor goes from a list to the polygon and back; a planner drafts a plan: in a browser."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from tests.journeys.accessibility import grave_findings
from tests.journeys.conftest import fangma
from tests.journeys.test_compound_view import Page
from tests.journeys.test_every_page import size

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

HOLDER = "P00187"
PICTURES = Path(__file__).parents[1] / "output" / "auditors_book"

NO_WEBGL = """
const given = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith('webgl') ? null : given.call(this, kind, ...more);
};
"""
BROKEN_CARD = """
const texture = WebGL2RenderingContext.prototype.createTexture;
WebGL2RenderingContext.prototype.createTexture = function () {
  if (!window.isMended) throw new Error('the card is out of textures');
  return texture.call(this);
};
"""
# Whether nothing lies over an element: at its corners and in its middle it is what one would press.
UNCOVERED = """
const { left, right, top, bottom } = arguments[0].getBoundingClientRect();
return [[left + 1, top + 1], [right - 1, top + 1], [left + 1, bottom - 1], [right - 1, bottom - 1],
  [(left + right) / 2, (top + bottom) / 2]]
  .every(([x, y]) => document.elementFromPoint(x, y) === arguments[0]);
"""


@pytest.fixture(scope="module")
def auditor(occupied: Any) -> Any:
    """Make an account that may audit and plan."""
    roles = ("--role", "auditor", "--role", "planner")
    fangma(
        occupied,
        *("user", "add", "auditor", *roles, "--every-site", "--password-stdin"),
        stdin=occupied.password,
    )
    return replace(occupied, user="auditor")


@pytest.fixture
def page(browser: webdriver.Chrome, auditor: Any, tmp_path: Path) -> Page:
    browser.execute_cdp_cmd(
        "Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    page = Page(browser, auditor)
    page.browser.get(f"{auditor.address}/audit?inspect")
    page.sign_in()
    return page


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.browser.save_screenshot(str(PICTURES / f"{name}.png"))


def test_a_verdict_opens_to_its_evidence_and_list_and_scene_move_together(
    page: Page, tmp_path: Path
) -> None:
    page.until(lambda: page.all(".list .all .row"))
    page.wait_for_model()
    assert "合规" in page.text(".list .all .row")
    picture(page, "book")
    assert grave_findings(page.browser) == []

    # The list leads: somebody who holds a room.
    page.one(".list .words").send_keys(HOLDER)
    page.until(lambda: len(page.all(".list .all .row")) == 1)
    page.one(".list .all .row").click()
    page.until(lambda: HOLDER in page.text(".evidence h2"))
    page.until(lambda: page.all(".evidence svg.plan .marked"))  # the polygon
    assert f"persons/{HOLDER}" in page.browser.current_url.replace("%2F", "/")
    assert "发改投资" in page.text(".evidence"), "the clause that the ceiling stands in"
    # The evidence narrows the scene after the eye was sent off: the room is seen whole still.
    held = page.until(lambda: [e.text for e in page.all(".evidence .room .fm-code")])
    page.wait_for_model()
    assert page.cut_off(held) == []
    picture(page, "evidence")
    assert grave_findings(page.browser) == []

    # The scene leads: a room that is pressed in the model is found in the list of rooms.
    page.one("#leaf-rooms").click()
    page.until(lambda: page.all(".list .all .row"))
    first = page.all(".list .all .row")[0]
    first.click()
    room = page.until(lambda: page.text(".evidence h2"))
    page.wait_for_model()
    assert page.browser.execute_script("return location.hash.includes('only=')"), "its storey alone"
    assert "330302-001" in room

    # It is handed over.
    page.one("#leaf-persons").click()
    page.one(".list .save").click()
    page.until(lambda: [e for e in page.all(".el-dropdown-menu__item") if e.text == "XLSX"])
    next(e for e in page.all(".el-dropdown-menu__item") if e.text == "XLSX").click()
    end = time.monotonic() + 20
    while not list(tmp_path.glob("*.xlsx")) and time.monotonic() < end:
        time.sleep(0.2)
    (sheet,) = tmp_path.glob("*.xlsx")
    assert sheet.read_bytes().startswith(b"PK")
    assert page.complaints() == []


def test_rooms_are_seen_whole_in_any_window_until_one_looks_elsewhere(page: Page) -> None:
    page.until(lambda: page.all(".list .all .row"))
    page.wait_for_model()
    page.one(".list .words").send_keys(HOLDER)
    page.until(lambda: len(page.all(".list .all .row")) == 1)
    page.one(".list .all .row").click()
    held = page.until(lambda: [e.text for e in page.all(".evidence .room .fm-code")])
    page.wait_for_model()
    size(page.browser, 1080, 420)
    page.wait_for_model()
    assert page.cut_off(held) == []
    page.press("+")  # one goes nearer: from here on the eye stays where it is
    page.wait_for_model()
    pose = "return JSON.stringify(fangmaStage.rig.pose())"
    before = page.browser.execute_script(pose)
    size(page.browser, 1280, 800)
    page.wait_for_model()
    assert page.browser.execute_script(pose) == before


def test_a_browser_that_cannot_draw_says_so_and_the_lists_work_all_the_same(page: Page) -> None:
    page.until(lambda: page.all(".list .all .row"))  # signed in
    page.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": NO_WEBGL})
    page.browser.get(f"{page.twin.address}/audit?inspect")
    page.until(lambda: "WebGL" in page.text(".scene-slot .note strong"))
    assert page.browser.execute_script(UNCOVERED, page.one(".scene-slot .note strong"))
    page.until(lambda: page.all(".list .all .row"))
    page.one(".list .words").send_keys(HOLDER)
    page.until(lambda: len(page.all(".list .all .row")) == 1)
    page.one(".list .all .row").click()
    page.until(lambda: page.all(".evidence svg.plan .marked"))
    picture(page, "without-webgl")
    assert grave_findings(page.browser) == []


def test_what_keeps_the_scene_from_starting_is_told_and_can_be_tried_again(page: Page) -> None:
    page.until(lambda: page.all(".list .all .row"))  # signed in
    note, again = ".scene-slot .note", ".scene-slot .note button"
    page.browser.execute_cdp_cmd("Network.enable", {})

    def without(what: str) -> None:
        page.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": [what] if what else []})

    # The model does not come.
    without("*/api/features*")
    page.browser.get(f"{page.twin.address}/desk?inspect")
    page.until(lambda: "连不上服务器" in page.text(note))
    without("")
    page.one(again).click()
    page.wait_for_model()

    # The code that draws it does not come, as after an update.
    without("*/SceneView-*.js")
    page.browser.get(f"{page.twin.address}/desk?inspect&anew")
    page.until(lambda: "三维程序没有载入" in page.text(note))
    assert "SceneView" in page.text(note)
    without("")
    page.one(again).click()
    page.wait_for_model()

    # Something else: told in its own words, and not as a browser that is too old.
    broken = page.browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": BROKEN_CARD}
    )
    page.browser.get(f"{page.twin.address}/desk?inspect&broken")
    page.until(lambda: "the card is out of textures" in page.text(note))
    assert "WebGL" not in page.text(note)
    picture(page, "broken-card")
    assert grave_findings(page.browser) == []
    page.browser.execute_script("window.isMended = true")
    page.one(again).click()
    page.wait_for_model()
    page.browser.execute_cdp_cmd(
        "Page.removeScriptToEvaluateOnNewDocument", {"identifier": broken["identifier"]}
    )


def test_the_keyboard_alone_goes_through_the_book(page: Page) -> None:
    page.until(lambda: page.all(".list .all .row"))
    grid = page.one(".list .grid")
    page.browser.execute_script("arguments[0].focus()", grid)
    grid.send_keys("\ue015\ue015")  # down, down
    second = page.until(lambda: page.all(".list .row.selected"))[0].text.split()[0]
    page.until(lambda: second in page.text(".evidence h2"))
    page.press("\ue00c")  # escape leaves what is marked in the scene, not the evidence
    tab = page.one("#leaf-persons")
    tab.send_keys("\ue014")  # right: the next leaf
    page.until(lambda: page.one("#leaf-units").get_attribute("aria-selected") == "true")


@pytest.mark.parametrize("browser", [(390, 844)], indirect=True)
def test_on_a_phone_in_english_and_in_the_dark_the_book_still_reads(page: Page) -> None:
    page.until(lambda: page.all(".list .all .row"))  # signed in
    page.browser.execute_script(
        "localStorage.setItem('fangma.language', 'en');localStorage.setItem('fangma.theme', 'dark')"
    )
    page.browser.refresh()
    page.until(lambda: page.all(".list .all .row"))
    assert page.browser.execute_script(
        "return document.documentElement.scrollWidth <= innerWidth"
    ), "nothing is wider than the phone"
    picture(page, "phone-dark-english")
    assert grave_findings(page.browser) == []
    page.all(".list .all .row")[0].click()
    page.until(lambda: page.all(".evidence h2"))
    picture(page, "phone-evidence")


def test_list_plan_and_scene_of_the_desk_show_the_same_room(page: Page) -> None:
    page.until(lambda: page.all(".list .all .row"))  # signed in
    page.browser.get(f"{page.twin.address}/desk?inspect")
    page.until(lambda: page.all("svg.plan g.pressable"))
    page.wait_for_model()
    room = page.all("svg.plan g.pressable")[0]
    page.browser.execute_script("arguments[0].dispatchEvent(new MouseEvent('click'))", room)
    page.until(lambda: page.all("svg.plan g.picked") and page.all(".list .row.selected"))
    assert "pick=" in page.browser.current_url
    picture(page, "desk")
    assert grave_findings(page.browser) == []

    # A room of the list is seen in its storey, not behind walls; the list stays whole.
    page.browser.get(f"{page.twin.address}/desk?inspect&anew")
    page.until(lambda: page.all(".list .all .row"))
    page.wait_for_model()
    before = page.text(".list .count")
    page.all(".list .all .row")[0].click()
    page.until(lambda: "only=" in page.browser.current_url)
    page.wait_for_model()
    picture(page, "desk-picked")
    assert page.text(".list .count") == before

    page.browser.get(f"{page.twin.address}/idle?inspect")
    page.until(lambda: page.all(".list .all .row") or page.all(".list .note"))
    picture(page, "idle")
    assert grave_findings(page.browser) == []
    assert page.complaints() == []


def test_a_plan_is_asked_for_edited_by_hand_and_the_edit_taken_back(page: Page) -> None:
    page.until(lambda: page.all(".list .all .row"))  # signed in
    page.browser.get(f"{page.twin.address}/plans?inspect")
    page.until(lambda: page.all(".page-bar .el-button--primary"))
    page.one(".page-bar .el-button--primary").click()
    page.until(lambda: page.one("#plan-title").get_attribute("value"))
    assert grave_findings(page.browser) == []
    page.until(lambda: len(page.all(".draft .end button")) == 2)
    page.all(".draft .end button")[0].click()  # an empty draft, to be filled by hand
    page.until(lambda: page.all(".figure"))
    page.wait_for_model()

    # Somebody is placed in the room that is pressed in the plan.
    who = page.one(".edit input")
    who.send_keys(json.loads(_first_person(page)))
    room = page.until(lambda: page.all("svg.plan g.pressable"))[0]
    page.browser.execute_script("arguments[0].dispatchEvent(new MouseEvent('click'))", room)
    page.until(lambda: not page.all(".edit .none"))
    page.browser.find_element(By.CSS_SELECTOR, ".edit button[type=submit]").click()
    page.until(lambda: "第 2 版" in page.text(".page-bar p"))
    undo = page.until(
        lambda: next((b for b in page.all(".page-bar button") if b.text == "撤销修改"), None)
    )
    page.until(undo.is_enabled)
    picture(page, "plan")
    assert grave_findings(page.browser) == []
    undo.click()
    page.until(lambda: "第 3 版" in page.text(".page-bar p"))
    assert not undo.is_enabled()

    # The stack of the storeys by unit.
    stack = next(tab for tab in page.all(".leaves button") if tab.text == "叠层")
    stack.click()
    page.until(lambda: stack.get_attribute("aria-selected") == "true")
    page.until(lambda: page.all(".stacks .block"))
    picture(page, "stack")
    assert grave_findings(page.browser) == []


def _first_person(page: Page) -> str:
    """Name, as JSON, somebody who holds a room."""
    found: str = page.browser.execute_async_script(
        "const done = arguments[0];"
        "fetch('/api/audit').then(r => r.json()).then(d =>"
        " done(JSON.stringify(d.persons.find(p => p.rooms.length).person)))"
    )
    return found
