"""A leader goes from the map of sites to the figures and their rooms."""

from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver import Keys
from tests.journeys.test_pages import go, look_at, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]


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
