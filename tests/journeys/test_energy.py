"""An engineer binds meters, reads what was used and where they disagree, and how rooms are used."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from tests.journeys.accessibility import grave_findings
from tests.journeys.conftest import fangma
from tests.journeys.test_compound_view import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

PICTURES = Path(__file__).parents[1] / "output" / "energy"
HOURS = 72


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.browser.save_screenshot(str(PICTURES / f"{name}.png"))


@pytest.fixture(scope="module")
def engineer(twin: Any) -> Any:
    fangma(
        twin,
        *("user", "add", "engineer", "--role", "maintainer", "--every-site", "--password-stdin"),
        stdin=twin.password,
    )
    return replace(twin, user="engineer")


@pytest.fixture
def page(browser: webdriver.Chrome, engineer: Any) -> Page:
    page = Page(browser, engineer)
    page.browser.get(f"{engineer.address}/energy?inspect")
    page.sign_in()
    return page


def metered(twin: Any, folder: Path) -> str:
    """Bind two rooms' meters and that of their building, which counts a third more; return it."""
    rooms = [item["code"] for item in json.loads(fangma(twin, "list", "room", "--json"))["items"]]
    building = json.loads(fangma(twin, "list", "building", "--json"))["items"][0]["code"]
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    since = (now - timedelta(hours=HOURS + 1)).isoformat()
    kinds = ("energy", "kW.h")
    for sensor, code, (name, unit) in (
        ("J-E1", rooms[0], kinds),
        ("J-E2", rooms[1], kinds),
        ("J-E0", building, kinds),
        ("J-P1", rooms[0], ("occupancy", "1")),
    ):
        fangma(
            twin,
            *("sensors", "bind", sensor, code, "--property", name, "--unit", unit),
            *("--valid-from", since),
        )
    rows = ["传感器编号,时间,观测值"]
    for hour in range(HOURS, 0, -1):
        at = (now - timedelta(hours=hour) + timedelta(minutes=50)).isoformat()
        read = float(HOURS - hour)
        rows += [f"J-E1,{at},{read}", f"J-E2,{at},{2 * read}", f"J-E0,{at},{4 * read}"]
        rows.append(f"J-P1,{at},{'true' if hour % 2 else 'false'}")
    table = folder / "readings.csv"
    table.write_text("\n".join(rows) + "\n", "utf-8")
    fangma(twin, "sensors", "replay", str(table))
    return str(building)


def test_meters_are_told_as_missing_then_by_place_with_the_figure_and_its_trail(
    page: Page, tmp_path: Path
) -> None:
    page.until(lambda: page.all(".energy .whole strong"))
    assert page.text(".energy .whole p")  # what to do where no meter is bound
    picture(page, "none")
    assert grave_findings(page.browser) == []

    building = metered(page.twin, tmp_path)

    def known() -> Any:
        book = json.loads(fangma(page.twin, "energy", "--by", "site", "--by", "building", "--json"))
        line = next(item for item in book["items"] if item["code"] == building)
        return line if line["used"] and line["used"] >= 4 * (HOURS - 2) else None

    told = page.until(known)
    page.browser.refresh()
    page.until(lambda: page.all(".energy tbody tr.building"))
    row = page.one(".energy tbody tr.building")
    assert f"{told['used']:g} kWh" in row.text
    assert "▲ +25 %" in row.text  # 4 counted, 1 + 2 within
    page.one(".energy tr.building .pick").click()
    page.one(".one .trail").click()
    page.until(lambda: page.all(".one .facts"))
    assert "▲" in page.text(".one .facts .finding")
    page.wait_for_model()
    picture(page, "places")
    assert grave_findings(page.browser) == []
    page.one("#energy-tab-findings").click()
    page.until(lambda: page.all(".energy .sheet .all .row"))
    assert grave_findings(page.browser) == []

    page.browser.get(f"{page.twin.address}/occupancy?inspect")
    page.until(lambda: page.all(".occupancy .figure .value"))
    picture(page, "occupancy")
    assert grave_findings(page.browser) == []
    assert page.complaints() == []
