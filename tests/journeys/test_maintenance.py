"""A maintainer picks a pipe, follows it to its source, and is told which valves to close."""

import io
import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from selenium import webdriver
from selenium.webdriver.common.by import By
from tests.journeys.accessibility import grave_findings
from tests.journeys.conftest import fangma
from tests.journeys.test_compound_view import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

PICTURES = Path(__file__).parents[1] / "output" / "maintenance"


@pytest.fixture(scope="module")
def maintainer(twin: Any) -> Any:
    fangma(
        twin,
        *("user", "add", "plumber", "--role", "maintainer", "--every-site", "--password-stdin"),
        stdin=twin.password,
    )
    return replace(twin, user="plumber")


@pytest.fixture(scope="module")
def closing(twin: Any) -> dict[str, Any]:
    """Say what the command line tells of the first water pipe that can be shut off."""
    pipes = json.loads(fangma(twin, "list", "pipe", "--json"))["items"]
    for pipe in pipes:
        if "-JS-" not in pipe["code"]:
            continue
        found: dict[str, Any] = json.loads(fangma(twin, "isolate", pipe["code"], "--json"))
        if found["valves"] and found["possible"] and found["rooms"]:
            return {**found, "pipe": pipe["code"]}
    pytest.fail("no water pipe of the sample's third building can be shut off")


@pytest.fixture
def page(browser: webdriver.Chrome, maintainer: Any) -> Page:
    page = Page(browser, maintainer)
    page.browser.get(f"{maintainer.address}/pipes?inspect")
    page.sign_in()
    return page


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.browser.save_screenshot(str(PICTURES / f"{name}.png"))


def find(page: Page, code: str) -> None:
    """Type a code into the search box and take what is found."""
    search = page.one(".search input")
    search.send_keys(code)
    page.until(lambda: page.all(".fm-found .hit"))
    search.send_keys("\ue007")
    page.until(lambda: code in page.text(".answer .file .code"))


def test_a_picked_pipe_is_traced_and_its_valves_are_told_in_closing_order(
    page: Page, closing: dict[str, Any]
) -> None:
    page.wait_for_model()
    find(page, closing["pipe"])
    page.until(lambda: page.all(".hidden li"))
    page.wait_for_model()
    picture(page, "picked")
    assert grave_findings(page.browser) == []

    page.one(".ask-trace").click()
    reached = page.until(lambda: page.text(".trace .counts strong"))
    assert int(re.findall(r"\d+", reached)[0]) > 0
    page.wait_for_model()
    picture(page, "trace")

    page.one("#pipes-tab-close").click()
    valves = page.until(lambda: [e.text for e in page.all(".closing .valves .fm-code")])
    assert valves == closing["valves"]
    assert int(page.all(".closing .cut dd")[0].text) == len(closing["rooms"])
    page.wait_for_model()
    picture(page, "valves")
    assert grave_findings(page.browser) == []

    # A valve of the answer opens, and how it was found is recorded; the next answer goes round it.
    page.one(".closing .valves .fm-code").click()
    page.one(".other button:last-child").click()
    page.until(lambda: page.all(".positions button"))
    stuck = next(e for e in page.all(".positions button") if e.text == "卡死")
    stuck.click()
    page.until(lambda: "卡死" in page.text(".state p"))
    page.one("#pipes-tab-file").click()
    page.browser.get(f"{page.twin.address}/pipes?inspect&ask=close&of={closing['pipe']}")
    page.until(lambda: page.all(".closing .skipped li") or page.all(".closing .impossible"))
    assert closing["valves"][0] in page.text(".closing .skipped")
    picture(page, "stuck")
    fangma(page.twin, "valve", closing["valves"][0], "open")  # as the next test finds it
    assert page.complaints() == []


def test_the_floors_of_rooms_that_go_dry_are_seen_in_the_scene_and_can_be_switched_off(
    page: Page, closing: dict[str, Any]
) -> None:
    assert closing["rooms"], "the pipe waters rooms"
    page.wait_for_model()
    page.browser.get(f"{page.twin.address}/pipes?inspect&ask=close&of={closing['pipe']}")
    page.until(lambda: page.all(".closing .valves .fm-code"))
    page.wait_for_model()
    page.until(lambda: floors(page) > 0)
    entry = next(each for each in page.all(".legend li button") if "房间" in each.text)
    assert entry.find_elements(By.CSS_SELECTOR, ".swatch path"), "told by more than a colour"
    assert str(len(closing["rooms"])) in entry.text
    tinted = scene(page)
    picture(page, "floors")
    entry.click()
    page.until(lambda: floors(page) == 0)
    assert changed(tinted, scene(page)) > 0.002, "share of the scene that they take"
    entry.click()
    page.until(lambda: floors(page) > 0)
    page.one("#pipes-tab-file").click()
    page.until(lambda: floors(page) == 0)
    assert page.complaints() == []


def floors(page: Page) -> int:
    return int(page.browser.execute_script("return fangmaStage.floorAreas.group.children.length"))


def scene(page: Page) -> Image.Image:
    """Take what the scene shows, right of its legend, once it rests."""
    time.sleep(2)
    left, top, right, bottom = page.browser.execute_script(
        "const { left, right, bottom } = document.querySelector('canvas.picture')"
        ".getBoundingClientRect();"
        "const legend = document.querySelector('.legend').getBoundingClientRect();"
        "return [legend.right, legend.top, right, bottom - 120]"
    )
    shown = Image.open(io.BytesIO(page.browser.get_screenshot_as_png())).convert("RGB")
    return shown.crop((int(left), int(top), int(right), int(bottom)))


def changed(before: Image.Image, after: Image.Image) -> float:
    """Tell of how large a share of two pictures one sees the difference."""
    apart = ImageChops.difference(before, after).convert("L").histogram()
    return sum(apart[12:]) / sum(apart)


def test_a_hole_into_what_is_pointed_at_is_judged_with_word_sign_and_age(page: Page) -> None:
    page.wait_for_model()
    page.one("#pipes-tab-behind").click()
    page.one(".behind .point").click()
    page.wait_for_model()
    page.one(".pointing button").click()  # the middle of the view: no mouse is needed
    word = page.until(lambda: page.text(".verdict .word"))
    assert word[0] in "✕▲✓?"
    assert page.text(".verdict dl")
    page.wait_for_model()
    picture(page, "behind")
    assert grave_findings(page.browser) == []
    assert page.complaints() == []


@pytest.mark.parametrize("browser", [(390, 844)], indirect=True)
def test_on_a_phone_in_english_and_in_the_dark_the_answer_still_reads(
    page: Page, closing: dict[str, Any]
) -> None:
    page.until(lambda: page.all(".tabs button"))
    page.browser.execute_script(
        "localStorage.setItem('fangma.language', 'en');localStorage.setItem('fangma.theme', 'dark')"
    )
    page.browser.get(f"{page.twin.address}/pipes?inspect&ask=close&of={closing['pipe']}")
    page.until(lambda: page.all(".closing .valves .fm-code"))
    assert page.browser.execute_script("return document.documentElement.scrollWidth") <= 390
    page.wait_for_model()
    picture(page, "phone")
    assert grave_findings(page.browser) == []
