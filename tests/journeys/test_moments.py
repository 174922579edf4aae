"""A planner sees who held a room then and who holds it now, and never takes one for the other."""

import json
from typing import Any

import pytest
from selenium import webdriver
from tests.journeys.conftest import fangma
from tests.journeys.test_compound_view import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

BEFORE, AFTER = "2024-01-01", "2025-01-01"  # of the assignment that begins on 2024-09-16
NUMBER, PERSON = "0103", "P00187"


@pytest.fixture(scope="module")
def held(occupied: Any) -> str:
    """Name a room that got a holder in 2024."""
    rooms = json.loads(fangma(occupied, "list", "room", "--json"))["items"]
    return next(str(room["code"]) for room in rooms if room["number"] == NUMBER)


@pytest.fixture
def page(browser: webdriver.Chrome, twin: Any) -> Page:
    return Page(browser, twin)


def test_the_past_says_so_and_shows_who_held_the_room_then(page: Page, held: str) -> None:
    page.open(f"#pick={held}&at={BEFORE}")
    page.sign_in()
    page.wait_for_model()
    assert "PAST" in page.text(".past-band")
    page.until(lambda: page.all(".holders"))
    assert PERSON not in page.text(".holders")
    page.picture("past")

    page.one(".past-band .back").click()
    page.until(lambda: page.all(".holders") and PERSON in page.text(".holders"))
    assert not page.all(".past-band")
    assert "at=" not in page.browser.current_url
    page.picture("now")
    assert page.complaints() == []


def test_a_time_that_is_chosen_stands_in_the_link(page: Page, held: str) -> None:
    page.open(f"#pick={held}")
    page.sign_in()
    page.wait_for_model()
    page.one(".bar .when").click()
    page.one("#moment-at")
    page.browser.execute_script(
        "const field = document.querySelector('#moment-at');"
        f"field.value = '{AFTER}T09:30'; field.dispatchEvent(new Event('input'));"
    )
    page.one(".moment .el-button--primary").click()
    page.until(lambda: page.all(".past-band") and page.all(".holders"))
    page.until(lambda: PERSON in page.text(".holders"))
    page.until(lambda: f"at={AFTER}T09" in page.browser.current_url)


def test_before_anything_was_known_there_is_nothing_and_a_way_back(page: Page) -> None:
    page.open("#known=2001-01-01")
    page.sign_in()
    page.until(lambda: page.all(".veil .note") or page.all(".note"))
    assert "PAST" in page.text(".past-band")
    assert not page.all("canvas.picture")
    page.one(".past-band .back").click()
    page.wait_for_model()
    assert not page.all(".past-band")


# Notes at every frame whether a canvas that is seen shows what its own model has drawn.
WATCH = """
window.shown = [];
(function look() {
  const canvas = document.querySelector('canvas.picture');
  const isSeen = canvas && getComputedStyle(canvas).visibility === 'visible' && canvas.offsetWidth;
  if (isSeen) shown.push(!fangmaStage.isDisposed && fangmaStage.hasDrawn);
  requestAnimationFrame(look);
})();
"""
LOSE = """
const [done] = arguments;
const card = fangmaStage.renderer.getContext().getExtension('WEBGL_lose_context');
card.loseContext();
setTimeout(() => { card.restoreContext(); setTimeout(done, 500); }, 200);
"""

# How many meshes of the tiles the page still has, and how many the card alone.
KEPT = """
let [page, card] = [0, 0];
fangmaStage.tileset.forEachModel((model) => model.traverse(({geometry}) => {
  if (!geometry) return;
  const {position} = geometry.attributes;
  if ((position.data ?? position).array.length) page += 1; else card += 1;
}));
return [page, card];
"""
# Which way surfaces look at a grid of points; only their triangles tell.
SURFACES = """
const box = document.querySelector('canvas.picture').getBoundingClientRect();
const found = [];
for (let i = 1; i < 12; i++) for (let k = 1; k < 9; k++) {
  const hit = fangmaStage.surface(box.width * i / 12, box.height * k / 9);
  if (hit?.row) found.push([hit.row, ...hit.inward.map((part) => Math.round(part * 100) / 100)]);
}
return found;
"""


def test_no_picture_of_another_moment_is_ever_seen_and_a_lost_one_is_drawn_again(
    page: Page,
) -> None:
    page.open()
    page.sign_in()
    page.wait_for_model()
    page.browser.execute_script(WATCH)

    page.browser.execute_script("location.hash = 'known=2001-01-01'")
    page.until(lambda: page.all(".veil .note") or page.all(".note"))
    assert not page.all("canvas.picture")
    page.one(".past-band .back").click()
    page.until(lambda: page.browser.execute_script("return fangmaStage.isDisposed === false"))
    page.wait_for_model()
    page.one("canvas.picture")
    shown = page.browser.execute_script("return window.shown")
    assert shown
    assert all(shown)

    rows = page.shown_rows()
    page.browser.execute_async_script(LOSE)
    page.until(lambda: page.shown_rows() == rows)


def test_what_the_card_alone_has_comes_back_when_it_is_asked_for(page: Page) -> None:
    page.open()
    page.sign_in()
    page.wait_for_model()
    rows = page.shown_rows()
    page.until(lambda: page.browser.execute_script(KEPT)[0] == 0)  # those out of sight as well
    on_card = page.browser.execute_script(KEPT)[1]

    surfaces = page.browser.execute_script(SURFACES)
    # Walls and floors look a few ways; where no triangle is known, each its own: along the eye's.
    ways = {tuple(way) for _row, *way in surfaces}
    assert len(ways) < 7 < 15 < len(surfaces)
    assert page.browser.execute_script(KEPT)[1] < on_card

    page.browser.execute_async_script(LOSE)
    page.until(lambda: page.shown_rows() == rows)
    assert page.browser.execute_script(SURFACES) == surfaces
