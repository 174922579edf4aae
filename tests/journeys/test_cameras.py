"""A maintainer turns a camera on the plan by hand, sees what it sees then, and takes that back."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains
from tests.journeys.conftest import fangma, of_building
from tests.journeys.test_compound_view import Page
from tests.journeys.test_pages import go, look_at, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

CAMERA = "走廊摄像机"  # looks along its corridor; those of stairs and lobbies look all around


def heading(page: Page) -> float:
    return float(page.one(".cameras .handle").get_attribute("aria-valuenow") or "nan")


def seen(page: Page) -> str:
    """The area that the chosen camera sees, as it is drawn."""
    return page.one(".cameras .seen.chosen").get_attribute("d") or ""


def test_a_cone_that_is_dragged_is_recorded_and_can_be_undone(
    browser: webdriver.Chrome, twin: Any
) -> None:
    fangma(twin, "import", str(of_building(twin, "摄像机.csv")), "--json")
    page = signed_in(browser, twin, "watchman", "maintainer", at="cameras?list=cameras")
    page.until(lambda: page.all(".list .all .row"))
    page.one(".list .words").send_keys(CAMERA)
    page.until(lambda: all(CAMERA in row.text for row in page.all(".list .all .row")))
    page.all(".list .all .row")[0].click()
    page.one(".cameras .handle")
    page.until(lambda: page.all(".cameras .seen.chosen"))
    page.wait_for_model()
    before, area = heading(page), seen(page)
    code = parse_qs(urlsplit(browser.current_url).query)["camera"][0]
    look_at(page, "cameras")

    handle = page.one(".cameras .handle")
    drag = ActionChains(browser, duration=100).click_and_hold(handle)
    for _ in range(6):
        drag.move_by_offset(4, 6)
    drag.release().perform()
    page.until(lambda: seen(page) != area)  # reckoned anew by the server
    turned = heading(page)
    assert abs(turned - before) > 5
    assert told(twin, code)["view"]["heading_deg"] == pytest.approx(turned, abs=0.6)

    next(each for each in page.all(".panel button") if each.text == "撤销上次").click()
    page.until(lambda: seen(page) == area)
    assert heading(page) == pytest.approx(before, abs=0.6)
    go(page, "alarms")
    assert page.complaints() == []


def told(twin: Any, code: str) -> Any:
    found = json.loads(fangma(twin, "cameras", "list", "--json"))["items"]
    return next(each for each in found if each["code"] == code)
