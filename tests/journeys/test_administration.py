"""An administrator makes a user, who signs in, and a display."""

import json
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver import Keys
from tests.journeys.conftest import fangma
from tests.journeys.test_compound_view import Page
from tests.journeys.test_pages import go, look_at, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]


def press(page: Page, selector: str, words: str) -> None:
    page.until(lambda: [e for e in page.all(selector) if words in e.text])
    next(e for e in page.all(selector) if words in e.text).click()


def test_an_administrator_makes_a_display_and_a_user_who_signs_in(
    browser: webdriver.Chrome, twin: Any
) -> None:
    page = signed_in(browser, twin, "steward", "administrator", at="accounts")
    page.until(lambda: page.all(".list .all .row"))
    press(page, ".page-bar button", "新建")
    page.one(".panel .field input").send_keys("liming")
    page.one(".panel input[value=maintainer]").click()
    page.one(".panel form .el-button--primary").click()
    password = page.until(lambda: page.text(".once code"))
    page.one(".once .el-button--primary").click()
    page.until(lambda: "liming" in page.text(".list .all"))
    page.one(".panel form .wide input").send_keys("北厅大屏" + Keys.ENTER)
    page.until(lambda: "/wall#device=" in page.text(".once code"))
    page.one(".once svg[role=img]")  # for the camera of a tablet
    look_at(page, "accounts")
    made = json.loads(fangma(twin, "user", "list", "--json"))["items"]
    assert [each["roles"] for each in made if each["name"] == "liming"] == [["maintainer"]]

    go(page, "services")
    page.until(lambda: "mqtt://" in page.text("main"))
    look_at(page, "services")
    browser.execute_script(
        "return fetch('api/session', {method: 'DELETE', headers: {'X-Fangma-Request': '1'}})"
    )
    go(page, "orders")
    page.one("#user").send_keys("liming")
    page.one("#password").send_keys(password + Keys.ENTER)
    page.until(lambda: "工单" in page.text("main"))
    assert page.complaints() == []
