"""Planned closures over HTTP: from the plan past a stuck valve to the end."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.twin.http.test_pipes import Line, lay_line

pytestmark = pytest.mark.db
START = datetime(2031, 3, 3, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def main(dsn) -> Line:
    """A main with three valves in a row: source, valve, pipe, valve, pipe, valve, pipe, hydrant."""
    kinds = ("pipe", "valve", "pipe", "valve", "pipe", "valve", "pipe", "terminal")
    return lay_line(dsn, kinds)


@pytest.fixture
def maintainer(sign_in) -> dict[str, str]:
    return sign_in("mei", "maintainer")


def plan(client, headers, code: str, *, start=START, hours: int = 3, status: int = 201, **more):
    body = {
        "codes": [code], "from": start.isoformat(), "until": (start + hours * HOUR).isoformat(),
        "reason": "更换阀门", **more,
    }  # fmt: skip
    answer = client.post("/api/closures", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def step(client, headers, closure, deed: str, *, status: int = 200, **more):
    path = f"/api/closures/{closure['id']}/steps"
    answer = client.post(path, json={"deed": deed, **more}, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_stuck_valve_on_site_brings_the_next_one_into_the_plan(client, main, maintainer) -> None:
    v1, v2, target = main.codes[1], main.codes[3], main.codes[4]
    planned = plan(client, maintainer, target)
    assert (planned["state"], planned["valves"], planned["shut"]) == ("planned", [v2], [])
    assert planned["people"] == 0
    step(client, maintainer, planned, "shut", valve=v2, status=409)  # not begun
    step(client, maintainer, planned, "start")
    step(client, maintainer, planned, "stuck", status=409)  # which?
    step(client, maintainer, planned, "stuck", valve=v1, status=409)  # none of the plan's
    key = str(uuid4())
    step(client, maintainer, planned, "stuck", valve=v2, key=key)
    found = step(client, maintainer, planned, "stuck", valve=v2, key=key)  # twice, it is one
    assert found["valves"] == [v1]
    assert [each["deed"] for each in found["steps"]] == ["plan", "start", "stuck", "replan"]
    isolation = client.get(
        "/api/pipes/isolation", params={"code": target}, headers=maintainer
    ).json()
    assert isolation["valves"] == [v1]
    (skipped,) = isolation["skipped"]
    assert (skipped["valve"], skipped["reason"]) == (v2, "stuck")
    assert skipped["since"] is not None

    shut = step(client, maintainer, planned, "shut", valve=v1)
    assert (shut["shut"], shut["left_to_shut"], shut["reopening"]) == ([v1], [], [v1])
    assert "open" in step(client, maintainer, planned, "end", status=409)["message"]
    step(client, maintainer, planned, "reopen", valve=v1)
    ended = step(client, maintainer, planned, "end")
    assert (ended["state"], ended["shut"], ended["deeds"]) == ("ended", [], [])
    items = client.get("/api/closures", params={"state": "ended"}, headers=maintainer).json()
    assert [each["number"] for each in items["items"]] == [planned["number"]]


def test_a_plan_that_no_valve_can_keep_says_so(client, main, maintainer) -> None:
    planned = plan(client, maintainer, main.codes[2])
    (valve,) = planned["valves"]
    found = step(client, maintainer, planned, "stuck", valve=valve)
    assert (found["state"], found["unworkable"]) == ("planned", [valve])
    assert step(client, maintainer, planned, "replan", status=409)["code"] == "closures:refused"
    step(client, maintainer, planned, "cancel", status=409)  # why?
    assert step(client, maintainer, planned, "cancel", note="改期")["state"] == "cancelled"
    plan(client, maintainer, main.codes[2], status=409)


def test_other_closures_of_the_same_time_and_open_orders_are_told(client, main, maintainer) -> None:
    first = plan(client, maintainer, main.codes[2])
    fault = {"code": main.codes[3], "fault": "leak", "urgency": "normal", "text": "滴水"}
    assert client.post("/api/orders", json=fault, headers=maintainer).status_code == 201
    second = plan(client, maintainer, main.codes[4], start=START + HOUR)
    assert [each["code"] for each in second["orders"]] == [main.codes[3]]
    third = plan(client, maintainer, main.codes[2], start=START + HOUR)
    (conflict,) = [each for each in third["conflicts"] if each["number"] == first["number"]]
    assert conflict["valves"] == first["valves"]
    assert conflict["at_once"]
    same_day = plan(client, maintainer, main.codes[2], start=START + 9 * HOUR)
    assert {each["at_once"] for each in same_day["conflicts"]} == {False}
    next_day = plan(client, maintainer, main.codes[2], start=START + 24 * HOUR)
    assert next_day["conflicts"] == []


def test_isolation_tells_of_valves_that_a_planned_closure_shuts_the_same_day(
    client, main, maintainer
) -> None:
    # 01:00 UTC is 09:00 in China: the day asked about ends at 16:00 UTC.
    planned = plan(client, maintainer, main.codes[2])
    (valve,) = planned["valves"]

    def conflicts(at: datetime, code: str) -> list[dict[str, Any]]:
        asked = {"code": code, "at": at.isoformat()}
        answer = client.get("/api/pipes/isolation", params=asked, headers=maintainer).json()
        return answer["conflicts"]

    (told,) = conflicts(START + 9 * HOUR, main.codes[6])
    assert (told["valve"], told["closure"]) == (valve, planned["number"])
    assert datetime.fromisoformat(told["from"]) == START
    assert datetime.fromisoformat(told["until"]) == START + 3 * HOUR
    assert conflicts(START + 16 * HOUR, main.codes[6]) == []  # the next day has begun in China
    step(client, maintainer, planned, "cancel", note="改期")
    assert conflicts(START + 9 * HOUR, main.codes[6]) == []


def test_the_notice_says_what_when_and_why_in_chinese(client, main, maintainer) -> None:
    text = plan(client, maintainer, main.codes[4])["notice"]
    assert text.startswith("停水通知（第1号）")
    assert "因更换阀门，定于2031年3月3日09:00至2031年3月3日12:00停水。" in text
    assert "请提前储水" in text
    assert text.splitlines()[-2] == "院"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"hours": 0}, 409),
        ({"hours": 24 * 40}, 409),
        ({"reason": " "}, 409),
        ({"reason": "x" * 501}, 422),
        ({"codes": []}, 422),
        ({"codes": ["330302-001-U00-JS-999999-0"]}, 422),
        ({"from": "soon"}, 422),
    ],
)
def test_a_plan_that_is_none_is_refused_whole(client, main, maintainer, more, status) -> None:
    answer = plan(client, maintainer, main.codes[4], status=status, **more)
    assert answer["message"]
    assert client.get("/api/closures", headers=maintainer).json()["items"] == []


def test_who_sees_none_of_it_is_told_of_none_and_only_dispatchers_plan(
    client, main, maintainer, sign_in
) -> None:
    planned = plan(client, maintainer, main.codes[4])
    stranger = sign_in("li", "maintainer", every_site=False)
    assert client.get("/api/closures", headers=stranger).json()["items"] == []
    path = f"/api/closures/{planned['id']}"
    assert client.get(path, headers=stranger).status_code == 404
    step(client, stranger, planned, "start", status=404)
    step(client, sign_in("an", "auditor"), planned, "start", status=403)
    same = plan(client, maintainer, main.codes[4], id=planned["id"])
    assert same["number"] == planned["number"]
    plan(client, maintainer, main.codes[2], id=planned["id"], status=409)
