"""A leader goes from the map of sites to the figures, their rooms, and the wall."""

from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver import Keys
from tests.journeys.test_pages import go, look_at, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]


def size(browser: webdriver.Chrome, width: int, height: int) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def test_a_leader_goes_from_the_map_into_the_site_and_from_a_figure_to_its_rooms(
    browser: webdriver.Chrome, twin: Any
) -> None:
    page = signed_in(browser, twin, "governor", "leader", at="sites")
    page.until(lambda: page.all(".list .all .row"))
    page.until(lambda: page.all("canvas"))  # deck.gl, under the server's own content policy
    page.one(".list input[type=search]").send_keys("no such place")
    page.until(lambda: not page.all(".list .all .row"))
    page.one(".list input[type=search]").send_keys(Keys.CONTROL + "a", Keys.BACKSPACE)
    page.until(lambda: page.all(".list .all .row"))
    page.one(".list .all .row").click()
    page.until(lambda: "后勤服务楼" in page.text(".card"))
    look_at(page, "sites")
    next(each for each in page.all(".card li button") if "后勤服务楼" in each.text).click()
    page.until(lambda: "only=" in browser.current_url)  # the building stands alone in the model
    page.wait_for_model()
    assert page.shown_rows() - {0}

    go(page, "indicators")
    page.until(lambda: page.all(".card li button"))
    next(each for each in page.all(".card li button") if "用途明确率" in each.text).click()
    page.until(lambda: page.all(".trail-panel .formula b"))
    assert "indicator=known-use" in browser.current_url
    look_at(page, "indicators")
    next(each for each in page.all(".trail-panel button") if each.text.startswith("查看")).click()
    page.until(lambda: page.all(".trail-panel .list .all .row"))
    page.one(".trail-panel .list .all .row").click()
    page.until(lambda: page.all(".file"))  # the file of one of them, in the model
    assert page.complaints() == []


def is_drawn(browser: webdriver.Chrome) -> bool:
    """Whether the scene shows the building; on a wall the camera never rests."""
    drawn: bool = browser.execute_script("return window.fangmaStage?.statistics().triangles > 100")
    return drawn


def test_the_wall_fits_every_screen_and_opens_a_figure_down_to_its_rooms(
    browser: webdriver.Chrome, twin: Any
) -> None:
    page = signed_in(browser, twin, "hall", "leader", at="wall")
    page.until(lambda: page.all(".tiles button .fm-number"))
    for name, width, height in (
        ("wall-upright", 1080, 1920),
        ("wall-wide", 2560, 720),  # as 7680 x 2160: every size is a part of the height
        ("wall", 1920, 1080),
    ):
        size(browser, width, height)
        page.until(lambda: is_drawn(browser))
        look_at(page, name)
        assert browser.execute_script(
            "return [...document.querySelectorAll('.tiles button')].every(one => {"
            " const box = one.getBoundingClientRect();"
            " return box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight })"
        ), f"a figure lies outside {width} x {height}"
    page.all(".tiles button")[0].click()
    page.until(lambda: page.all(".side li"))
    assert page.complaints() == []
