"""An administrator makes a user and a display; lays a local rule over and takes it back."""

import json
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver import Keys
from selenium.webdriver.common.by import By
from tests.journeys.conftest import fangma
from tests.journeys.test_compound_view import Page
from tests.journeys.test_pages import go, look_at, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

HOLDER = "P00187"  # of 23.1 m2; the national ceiling of the rank is 24
PACK = """\
pack: wz-2026
title: 温州办公用房管理办法
document: 温政〔2026〕3号
level: city
division: "3303"
in_force: {from: 2020-07-01}
ceilings:
  basis: {clause: 第三条, flag: VERIFIED}
  市级:
    - {rank: 正局(处)级, m2: 20, leads: true}
"""


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


def verdict_on(page: Page, person: str) -> str:
    """What the audit's book says of one person."""
    go(page, "audit")
    page.until(lambda: page.all(".list .all .row"))
    page.one(".list .words").send_keys(person)
    page.until(lambda: len(page.all(".list .all .row")) == 1)
    return page.text(".list .all .row")


def test_a_local_rule_is_looked_at_laid_over_seen_in_the_audit_and_taken_back(
    browser: webdriver.Chrome, occupied: Any, tmp_path: Path
) -> None:
    page = signed_in(browser, occupied, "registrar", "administrator", "auditor", at="sites")
    page.one(".sections")
    assert "合规" in verdict_on(page, HOLDER)

    go(page, "standards")
    page.until(lambda: page.all(".list .all .row"))
    file = tmp_path / "wz-2026.yaml"
    file.write_text(PACK.replace("m2: 20", "m2: -20"), "utf-8")
    upload = browser.find_element(By.CSS_SELECTOR, "input[type=file]")
    upload.send_keys(str(file))
    page.until(lambda: page.all(".el-message"))  # why not
    assert not page.all(".looked")
    press(page, ".bar button", "放弃")
    file.write_text(PACK, "utf-8")
    upload.send_keys(str(file))
    page.until(lambda: "24 m²" in page.text(".looked") and "20 m²" in page.text(".looked"))
    page.one(".foot input").send_keys("市机关事务局来文")
    look_at(page, "standards")
    page.one(".foot .el-button--primary").click()
    page.until(lambda: "wz-2026" in page.text(".list .all"))
    assert "超标" in verdict_on(page, HOLDER)

    go(page, "standards?pack=wz-2026")
    page.one(".foot input").send_keys("来文作废")
    press(page, ".foot button", "撤回")
    page.until(lambda: "wz-2026" not in page.text(".list .all"))
    assert "合规" in verdict_on(page, HOLDER)

    go(page, "log?actor=registrar")
    page.until(lambda: page.all(".list .all .row"))
    page.one(".list .words").send_keys("标准")
    page.until(lambda: len(page.all(".list .all .row")) == 2)
    taken_back, laid_over = (row.text for row in page.all(".list .all .row"))
    assert "撤回标准" in taken_back
    assert "来文作废" in taken_back
    assert "启用标准" in laid_over
    assert "市机关事务局来文" in laid_over
    look_at(page, "log")
