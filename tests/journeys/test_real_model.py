"""A planner at work on an office that others modelled: list, plan, scene and sheet."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from tests.journeys.conftest import Twin, serving
from tests.journeys.test_compound_view import Page
from tests.journeys.test_pages import go, look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

OFFICE = Path(__file__).parents[3] / "shared" / "ifc" / "office-A-20110811.ifc"
ROOMS = 99


@pytest.fixture(scope="module")
def office() -> Iterator[Twin]:
    if not OFFICE.is_file():
        pytest.skip(f"the real models are not at hand: {OFFICE.name}")
    with serving(lambda _folder, _environment: [OFFICE]) as served:
        yield served


def test_a_planner_finds_a_room_in_list_plan_and_scene_and_takes_the_list_along(
    browser: webdriver.Chrome, office: Any, tmp_path: Path
) -> None:
    browser.execute_cdp_cmd(
        "Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    page = Page(browser, office)
    go(page, "desk")
    page.sign_in()
    page.until(lambda: page.all(".list .all .row"))
    assert page.text(".list .count").startswith(str(ROOMS))
    page.wait_for_model()
    page.all(".list .all .row")[0].click()
    page.until(lambda: page.all(".plan .picked"))
    page.until(lambda: "pick=" in browser.current_url)
    page.wait_for_model()
    look_at(page, "office-desk")

    page.one(".list .save").click()
    page.until(
        lambda: [each for each in page.all(".el-dropdown-menu__item") if each.text == "XLSX"]
    )
    next(each for each in page.all(".el-dropdown-menu__item") if each.text == "XLSX").click()
    (sheet,) = page.until(lambda: list(tmp_path.glob("*.xlsx")))
    with zipfile.ZipFile(sheet) as book:
        rows = book.read("xl/worksheets/sheet1.xml").count(b"<row ")
    assert rows == 1 + ROOMS
    assert page.complaints() == []
