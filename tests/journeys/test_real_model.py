"""Four audiences at work on models that others made: from sign-in to a finished task."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver import Keys
from tests.journeys.conftest import Twin, fangma, serving
from tests.journeys.test_compound_view import Page
from tests.journeys.test_overview import is_drawn, size
from tests.journeys.test_pages import go, look_at, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

MODELS = Path(__file__).parents[3] / "shared" / "ifc"
OFFICE = "office-A-20110811.ifc"
PIPES = "domestic-hot-water.ifc"
ROOMS = 99
MOST_M2 = 9.0  # of a clerk, in every rule pack that applies: anything larger is too much


def served(model: str) -> Iterator[Twin]:
    path = MODELS / model
    if not path.is_file():
        pytest.skip(f"the real models are not at hand: {model}")
    with serving(lambda _folder, _environment: [path]) as twin:
        yield twin


@pytest.fixture(scope="module")
def pipes() -> Iterator[Twin]:
    yield from served(PIPES)


@pytest.fixture(scope="module")
def office() -> Iterator[Twin]:
    yield from served(OFFICE)


def listed(twin: Any, kind: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(fangma(twin, "list", kind, "--json"))["items"]
    return items


def take(page: Page, deed: str) -> None:
    """Take a step with the order that is open: press its deed, and confirm."""
    page.until(lambda: page.all(f".order .deed-{deed}"))
    page.one(f".order .deed-{deed}").click()
    if deed == "assign":
        page.one(".step .person option[value=fitter]").click()
    page.one(".step .confirm").click()
    page.until(lambda: not page.all(".step .confirm"))


def test_a_maintainer_learns_what_to_close_and_has_the_valve_seen_to(
    browser: webdriver.Chrome, pipes: Any
) -> None:
    basin = next(each["code"] for each in listed(pipes, "terminal") if each["name"] == "BAS-01")
    closing = json.loads(fangma(pipes, "isolate", basin, "--json"))
    assert closing["valves"], "the valve before the basin shuts it off"
    page = signed_in(browser, pipes, "fitter", "maintainer", at="pipes")
    page.wait_for_model()
    search = page.one(".search input")
    search.send_keys(basin)
    page.until(lambda: page.all(".fm-found .hit"))
    search.send_keys(Keys.ENTER)
    page.until(lambda: basin in page.text(".answer .file .code"))
    page.one("#pipes-tab-close").click()
    valves = page.until(lambda: [each.text for each in page.all(".closing .valves .fm-code")])
    assert valves == closing["valves"]
    page.wait_for_model()
    look_at(page, "real-closing")

    go(page, "orders")
    page.one(".list .new").click()
    search = page.one(".report input")
    search.send_keys(valves[0])
    page.until(lambda: page.all(".fm-found .hit"))
    search.send_keys(Keys.ENTER)
    page.until(lambda: valves[0] in page.text(".report .where"))
    page.one(".report button[type=submit]").click()
    page.until(lambda: valves[0] in page.text(".order dl"))
    for deed in ("assign", "accept", "start", "finish"):
        take(page, deed)
    page.until(lambda: "待验收" in page.text(".order header"))
    look_at(page, "real-order")
    (order,) = json.loads(fangma(pipes, "orders", "list", "--json"))["items"]
    assert (order["code"], order["state"], order["responsible"]) == (valves[0], "done", "fitter")
    assert page.complaints() == []


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


def test_an_auditor_finds_who_has_too_much_and_hands_over_a_pack_that_verifies(
    browser: webdriver.Chrome, office: Any, tmp_path: Path
) -> None:
    rooms = [each for each in listed(office, "room") if each["number"] and each["area_m2"]]
    large = max(rooms, key=lambda room: room["area_m2"])
    small = min(rooms, key=lambda room: (abs(room["area_m2"] - 0.8 * MOST_M2), room["code"]))
    tables = {
        "units.csv": "单位编码,单位名称,机关类别,机构规格\nD1,某局,市级,正处级\n",
        "people.csv": "人员编号,姓名,单位编码,职级,职务,在职状态\n"
        "P1,王一,D1,局(处)级以下,科员,在职\nP2,李二,D1,局(处)级以下,科员,在职\n",
        "rooms.csv": "房间,人员编号,用途,起始日期\n"
        f"{large['code']},P1,办公室,2024-01-01\n{small['code']},P2,办公室,2024-01-01\n",
    }
    for name, text in tables.items():
        (tmp_path / name).write_text(text, "utf-8")
    fangma(office, "import", *(str(tmp_path / name) for name in tables), "--json")
    browser.execute_cdp_cmd(
        "Page.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    page = signed_in(browser, office, "inspector", "auditor", at="audit")
    page.until(lambda: len(page.all(".list .all .row")) == len(("P1", "P2")))
    page.wait_for_model()
    page.one(".list .words").send_keys("P1")
    page.until(lambda: len(page.all(".list .all .row")) == 1)
    page.one(".list .all .row").click()
    page.until(lambda: page.all(".evidence svg.plan .marked"))  # the room's own outline
    evidence = page.text(".evidence")
    assert "超标" in evidence
    told = {round(float(each), 1) for each in re.findall(r"(\d+\.\d+) ?m²", evidence)}
    assert round(large["area_m2"] - MOST_M2, 1) in told
    page.wait_for_model()
    look_at(page, "real-evidence")

    next(each for each in page.all(".page-bar button") if each.text == "移交包").click()
    (pack,) = page.until(lambda: list(tmp_path.glob("*.zip")))
    told_of_pack = json.loads(fangma(office, "verify", str(pack), "--json"))
    assert told_of_pack["ok"] is True
    assert page.complaints() == []


def test_a_leader_goes_from_the_map_to_the_rooms_behind_a_figure_and_the_wall(
    browser: webdriver.Chrome, office: Any
) -> None:
    page = signed_in(browser, office, "director", "leader", at="sites")
    page.until(lambda: page.all(".list .all .row"))
    page.one(".list .all .row").click()
    page.until(lambda: page.all(".card li button"))
    page.all(".card li button")[0].click()
    page.until(lambda: "only=" in browser.current_url)
    page.wait_for_model()
    assert page.shown_rows() - {0}

    go(page, "indicators")
    page.until(lambda: page.all(".card li button"))
    next(each for each in page.all(".card li button") if "用途明确率" in each.text).click()
    page.until(lambda: page.all(".trail-panel .formula b"))
    look_at(page, "real-indicators")
    next(each for each in page.all(".trail-panel button") if each.text.startswith("查看")).click()
    page.until(lambda: page.all(".trail-panel .list .all .row"))
    page.one(".trail-panel .list .all .row").click()
    page.until(lambda: page.all(".file"))

    go(page, "wall")
    page.until(lambda: page.all(".tiles button .fm-number"))
    size(browser, 1920, 1080)
    page.until(lambda: is_drawn(browser))
    look_at(page, "real-wall")
    page.all(".tiles button")[0].click()
    page.until(lambda: page.all(".side li"))
    assert page.complaints() == []
