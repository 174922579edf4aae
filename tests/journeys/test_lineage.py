"""A planner sees what a split did to a room, and takes it back in the viewer."""

import json
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver import Keys
from tests.journeys.conftest import fangma
from tests.journeys.test_pages import look_at, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]


def test_a_split_made_by_mistake_is_taken_back_from_the_rooms_file(
    browser: webdriver.Chrome, twin: Any
) -> None:
    rooms = json.loads(fangma(twin, "list", "room", "--json"))["items"]
    code = next(each["code"] for each in rooms if each["number"])
    split = json.loads(
        fangma(twin, "lineage", "split", code, "--part", "A", "--part", "B", "--json")
    )
    page = signed_in(browser, twin, "undoer", "planner", at="space")
    page.wait_for_model()
    search = page.one(".search input")
    search.send_keys(code)
    page.until(lambda: page.all(".fm-found .hit"))
    search.send_keys(Keys.ENTER)
    page.until(lambda: page.all(".file .undo .el-button"))
    page.one(".file .undo .el-button").click()
    told = page.until(lambda: page.text(".file .undo .would"))
    assert all(each in told for each in (code, *split["now"]))
    assert not page.one(".file .undo .el-button--primary").is_enabled(), "a reason is asked for"
    look_at(page, "lineage-undo")
    page.one(".file .undo input").send_keys("录入错误")
    page.until(lambda: page.one(".file .undo .el-button--primary").is_enabled())
    page.one(".file .undo .el-button--primary").click()
    page.until(lambda: not page.all(".file .undo"))
    now = json.loads(fangma(twin, "show", code, "--json"))
    assert (now["status"], now["successors"]) == ("current", [])
    assert "录入错误" in now["became"]["zh"]
    assert page.complaints() == []
