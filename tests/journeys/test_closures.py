"""A maintainer finds a leak and a way to the pipe, and shuts it off by a planned closure."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from tests.journeys.accessibility import grave_findings
from tests.journeys.conftest import fangma
from tests.journeys.test_compound_view import Page
from tests.journeys.test_maintenance import closing, find, page

__all__ = ["closing", "page"]  # fixtures of the same audience
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

PICTURES = Path(__file__).parents[1] / "output" / "closures"


@pytest.fixture(scope="module")
def maintainer(twin: Any) -> Any:
    fangma(
        twin,
        *("user", "add", "turner", "--role", "maintainer", "--every-site", "--password-stdin"),
        stdin=twin.password,
    )
    return replace(twin, user="turner")


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.browser.save_screenshot(str(PICTURES / f"{name}.png"))


def test_a_wet_pipe_is_followed_by_a_section_and_accuses_stretches_and_a_pit_is_judged(
    page: Page, closing: dict[str, Any]
) -> None:
    page.wait_for_model()
    find(page, closing["pipe"])
    page.one(".follow").click()
    page.until(lambda: page.all(".run .slider"))
    assert closing["pipe"].split("-")[3] in page.text(".run .told .fm-code")
    page.all(".run .row button")[1].click()  # across
    page.wait_for_model()
    picture(page, "section")
    page.one(".run .row button:last-child").click()

    page.one(".peel .tubes").click()
    page.until(lambda: page.all("section.tubes li"))
    assert closing["pipe"] in page.text("section.tubes .own")
    picture(page, "tubes")
    page.one(".peel .tubes").click()

    page.one("#pipes-tab-leak").click()
    page.one(".leak .is-wet").click()
    page.until(lambda: page.all(".leak .stretches li"))
    assert page.all(".leak .candidates .fm-code")
    picture(page, "leak")
    assert grave_findings(page.browser) == []

    page.one("#pipes-tab-dig").click()
    page.one(".dig summary").click()
    page.one(".dig textarea").send_keys("0 0\n0 2\n2 2\n2 0")
    page.one(".dig .take").click()
    page.until(lambda: page.all(".dig .pad.soft") or page.all(".dig .bad"))
    page.one(".dig .deep").send_keys("1.5\t")
    word = page.until(lambda: page.text(".dig .verdict .word"))
    assert word[0] == "?"  # nobody surveyed there: never green
    picture(page, "dig")
    assert grave_findings(page.browser) == []
    assert page.complaints() == []


def await_shut(page: Page, valve: str) -> None:
    page.until(lambda: valve in [e.text for e in page.all(".closure .valves .shut .fm-code")])


def await_left_to_open(page: Page, count: int) -> None:
    page.until(lambda: len(page.all(".closure .deed-reopen")) == count)


def test_a_closure_is_planned_from_the_answer_and_recorded_valve_by_valve(
    page: Page, closing: dict[str, Any]
) -> None:
    page.until(lambda: page.all(".tabs button"))
    page.browser.get(f"{page.twin.address}/pipes?inspect&ask=close&of={closing['pipe']}")
    page.one(".closing .plan").click()
    page.until(lambda: page.all(".form ol .fm-code"))
    assert [e.text for e in page.all(".form ol .fm-code")] == closing["valves"]
    page.one(".form .reason").send_keys("更换阀门")
    page.one(".form .save").click()
    page.until(lambda: page.all(".closure .deed-start"))
    assert "更换阀门" in page.text(".closure h3")
    assert [e.text for e in page.all(".closure .valves .waiting .fm-code")] == closing["valves"]
    page.wait_for_model()
    picture(page, "planned")
    assert grave_findings(page.browser) == []

    page.one(".closure .deed-start").click()
    for valve in closing["valves"]:
        row = page.until(lambda: page.one(".closure .valves .next"))
        assert row.find_element(By.CSS_SELECTOR, ".fm-code").text == valve
        row.find_element(By.CSS_SELECTOR, ".deed-shut").click()
        await_shut(page, valve)
    assert page.text(".closure .box.good")
    told = json.loads(fangma(page.twin, "closures", "list", "--json"))["items"][0]
    assert (told["state"], told["shut"]) == ("under_way", closing["valves"])
    assert not page.one(".closure .deed-end").is_enabled()
    page.all(".closures .views button")[1].click()
    page.until(lambda: page.all(".calendar .one.under_way"))
    picture(page, "under_way")
    assert grave_findings(page.browser) == []

    for left in range(len(closing["valves"]), 0, -1):
        await_left_to_open(page, left)
        page.one(".closure .deed-reopen").click()
    page.until(lambda: page.one(".closure .deed-end").is_enabled())
    page.one(".closure .deed-end").click()
    page.until(lambda: page.all(".closure .badge.good"))
    told = json.loads(fangma(page.twin, "closures", "list", "--json"))["items"][0]
    assert (told["state"], told["shut"]) == ("ended", [])
    assert page.complaints() == []


@pytest.mark.parametrize("browser", [(390, 844)], indirect=True)
def test_on_a_phone_in_english_and_in_the_dark_a_closure_still_reads(page: Page) -> None:
    page.until(lambda: page.all(".tabs button"))
    page.browser.execute_script(
        "localStorage.setItem('fangma.language', 'en');localStorage.setItem('fangma.theme', 'dark')"
    )
    page.browser.get(f"{page.twin.address}/closures?view=calendar")
    page.one(".calendar .one").click()
    page.until(lambda: page.all(".closure .valves li"))
    assert page.browser.execute_script("return document.documentElement.scrollWidth") <= 390
    picture(page, "phone")
    assert grave_findings(page.browser) == []
