"""The desk gives a fault to somebody until a day, and plans a round."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver import Keys
from tests.journeys.accessibility import grave_findings
from tests.journeys.conftest import fangma
from tests.journeys.test_compound_view import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

PICTURES = Path(__file__).parents[1] / "output" / "dispatch"


@pytest.fixture(scope="module")
def foreman(twin: Any) -> Any:
    """Make an account that dispatches, and one to whom work is given."""
    for name in ("foreman", "fitter"):
        fangma(
            twin,
            *("user", "add", name, "--role", "maintainer", "--every-site", "--password-stdin"),
            stdin=twin.password,
        )
    return replace(twin, user="foreman")


@pytest.fixture
def page(browser: webdriver.Chrome, foreman: Any) -> Page:
    return Page(browser, foreman)


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.browser.save_screenshot(str(PICTURES / f"{name}.png"))


def open_page(page: Page, path: str) -> None:
    page.browser.get(f"{page.twin.address}/{path}")
    page.sign_in()


def first(twin: Any, kind: str, part: str = "") -> str:
    items = json.loads(fangma(twin, "list", kind, "--json"))["items"]
    return next(str(item["code"]) for item in items if part in item["code"])


def test_the_desk_reports_assigns_with_a_due_day_and_plans_a_round(page: Page) -> None:
    valve = first(page.twin, "valve")
    open_page(page, "orders")
    page.one(".list .new").click()
    search = page.one(".report input")
    search.send_keys(valve)
    page.until(lambda: page.all(".fm-found .hit"))
    search.send_keys(Keys.ENTER)
    page.until(lambda: valve in page.text(".report .where"))
    page.one(".report button[type=submit]").click()
    # The new order opens by itself; what one does first with it is to give it to somebody.
    page.until(lambda: valve in page.text(".order dl"))
    page.one(".order .deed-assign").click()
    page.one(".step .person option[value=fitter]").click()
    page.all(".step .days button")[1].click()  # tomorrow
    page.one(".step .confirm").click()
    page.until(lambda: "已派单" in page.text(".order header"))
    picture(page, "assigned")
    page.until(lambda: not page.all(".el-message"))  # Element Plus's own notes are pale
    assert grave_findings(page.browser) == []
    orders = json.loads(fangma(page.twin, "orders", "list", "--json"))["items"]
    # Other journeys on the same twin may have reported it too.
    order = max((each for each in orders if each["code"] == valve), key=lambda one: one["number"])
    assert (order["state"], order["responsible"]) == ("assigned", "fitter")
    assert order["due"].startswith("20")

    page.all(".views button")[1].click()
    page.one(".list .new").click()
    page.one(".plan .name").send_keys("阀门周检")
    for box in page.until(lambda: page.all(".things .all .row input")[:2]):
        box.click()
    page.one(".plan .add").click()
    page.until(lambda: len(page.all(".plan .round li")) == 2)
    assert grave_findings(page.browser) == []
    page.one(".plan .save").click()
    page.until(lambda: "阀门周检" in page.text(".round h3"))
    assert len(page.all(".round ol li")) == 2
    picture(page, "round")
    rounds = json.loads(fangma(page.twin, "rounds", "list", "--json"))["items"]
    assert [each["stop_count"] for each in rounds if each["name"] == "阀门周检"] == [2]
    assert page.complaints() == []
