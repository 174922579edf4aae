"""A maintainer treats an alarm; a planner keeps a view that a colleague opens; pictures stay."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from selenium import webdriver
from tests.journeys.accessibility import grave_findings
from tests.journeys.conftest import fangma
from tests.journeys.test_compound_view import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.db]

PICTURES = Path(__file__).parents[1] / "output" / "pages"


def signed_in(browser: webdriver.Chrome, twin: Any, user: str, *roles: str, at: str) -> Page:
    asked = [word for role in roles for word in ("--role", role)]
    fangma(
        twin, "user", "add", user, *asked, "--every-site", "--password-stdin", stdin=twin.password
    )
    page = Page(browser, replace(twin, user=user))
    go(page, at)
    page.sign_in()
    return page


def go(page: Page, path: str) -> None:
    page.browser.get(f"{page.twin.address}/{path}{'&' if '?' in path else '?'}inspect")


def look_at(page: Page, name: str) -> None:
    """Keep the picture; nothing grave, nothing wider than the screen, no key without a word."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.browser.save_screenshot(str(PICTURES / f"{name}.png"))
    assert grave_findings(page.browser) == [], name
    told = page.browser.execute_script(
        "const text = document.body.innerText;"
        "return [document.documentElement.scrollWidth - innerWidth,"
        " text.match(/^[a-z]+(\\.[a-zA-Z_]+)+$/m)]"
    )
    assert told[0] <= 0, f"{name} is wider than its screen"
    assert told[1] is None, f"{name} shows a key instead of a word"


def publish(twin: Any, sensor: str, result: bool) -> None:
    port = int((Path(twin.environment["FANGMA_HOME"]) / "mqtt" / "port").read_text("utf-8"))
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="")
    client.connect("127.0.0.1", port)
    client.loop_start()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    told = json.dumps({"result": result, "phenomenonTime": stamp})
    client.publish(f"fangma/observations/{sensor}", told, qos=1).wait_for_publish(20)
    client.loop_stop()
    client.disconnect()


def test_an_alarm_is_seen_live_in_its_place_and_shelved_with_a_reason(
    browser: webdriver.Chrome, twin: Any
) -> None:
    rooms = json.loads(fangma(twin, "list", "room", "--json"))["items"]
    room = next(each["code"] for each in rooms if each["storey"])
    publish(twin, "A03-B101-LEAK", result=False)
    page = signed_in(browser, twin, "keeper", "maintainer", at="alarms")

    def is_heard() -> bool:
        listed = json.loads(fangma(twin, "sensors", "list", "--json"))["items"]
        return any(each["sensor"] == "A03-B101-LEAK" for each in listed)

    page.until(is_heard)
    fangma(twin, "sensors", "bind", "A03-B101-LEAK", room, "--property", "leak")
    page.until(lambda: page.all(".live.on"))
    page.wait_for_model()
    publish(twin, "A03-B101-LEAK", result=True)
    page.one(".list .words").send_keys("A03-B101-LEAK")  # other journeys may have raised some
    page.until(lambda: page.all(".list .all .row"))
    page.one(".list .all .row").click()
    page.until(lambda: page.all(".one .deeds button"))
    page.wait_for_model()
    look_at(page, "alarms")
    page.all(".one .deeds button")[1].click()
    page.one(".ask .field:not(.until) input").send_keys("正在检修")
    page.one(".ask button[type=submit]").click()
    page.until(lambda: not page.all(".list .all .row"))
    shelved = json.loads(fangma(twin, "alarms", "--state", "shelved", "--json"))["items"]
    assert room in {alarm["code"] for alarm in shelved}
    go(page, "streams?sensor=A03-B101-LEAK")
    page.until(lambda: page.all(".one .chart canvas"))
    page.wait_for_model()
    look_at(page, "streams")


def test_a_planner_keeps_a_view_that_another_opens_by_its_link(
    browser: webdriver.Chrome, twin: Any
) -> None:
    page = signed_in(browser, twin, "viewer", "planner", at="desk")
    page.until(lambda: page.all(".list .all .row"))
    page.wait_for_model()
    next(each for each in page.all(".ladder button") if each.text == "F01").click()
    page.until(lambda: "only=" in page.browser.current_url)
    page.wait_for_model()
    shown = page.browser.current_url.partition("#")[2]
    page.one(".page-bar .views").click()
    page.one(".keep > input").send_keys("早会")
    page.one(".keep input[type=checkbox]").click()
    page.one(".keep .el-button--primary").click()
    page.until(lambda: "早会" in page.text(".el-dialog ul"))
    page.until(lambda: not page.all(".el-message"))  # Element Plus's own notes are pale
    look_at(page, "views")
    page.browser.execute_script(
        "return fetch('api/session', {method: 'DELETE', headers: {'X-Fangma-Request': '1'}})"
    )
    page.browser.get("about:blank")
    other = signed_in(browser, twin, "colleague", "leader", at="desk?view=1")
    other.until(lambda: "only=" in browser.current_url)
    other.wait_for_model()
    told = dict(part.split("=", 1) for part in browser.current_url.partition("#")[2].split("&"))
    kept = dict(part.split("=", 1) for part in shown.split("&"))
    assert told["only"] == kept["only"]
    assert told["site"] == kept["site"]
    assert "view=" not in browser.current_url
