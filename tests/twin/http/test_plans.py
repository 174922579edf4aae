"""Plans over HTTP: drawn up, edited with live checks, approved, carried out, taken back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.changes import Shape
from fangma.asset_registry.occupation.facts import (
    Assignment,
    Named,
    OccupationChanges,
    Post,
    UnitState,
)
from fangma.asset_registry.store.connection import connect

pytestmark = pytest.mark.db
SignIn = Callable[..., dict[str, str]]
STAFF = "局(处)级以下"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def codes(dsn: str) -> dict[str, str]:
    """Rooms of 18 m2: 101 for P1 and P2, 102 for P3 and P4, 103 empty, 104 secret and empty."""
    with connect(dsn) as conn:
        compound: Compound = found(conn)
        rooms = {
            number: compound.new_room(number, secret=number == "104")
            for number in ("101", "102", "103", "104")
        }
        unit = uuid4()
        people = {f"P{n}": uuid4() for n in range(1, 5)}
        holds = {"P1": "101", "P2": "101", "P3": "102", "P4": "102"}
        given = compound.record(
            new=tuple(rooms.values()),
            states=tuple(
                compound.room_state(room.id, use="办公室", number=number)
                for number, room in rooms.items()
            ),
            shapes=tuple(Shape(entry_id=room.id, area_m2=18.0) for room in rooms.values()),
            occupation=OccupationChanges(
                units=(Named(id=unit, code="D1"),),
                people=tuple(Named(id=id_, code=code) for code, id_ in people.items()),
                added=(
                    UnitState(unit_id=unit, name="局", organ_class="市级", authorised=9),
                    *(Post(person_id=id_, unit_id=unit, rank=STAFF) for id_ in people.values()),
                    *(
                        Assignment(
                            entry_id=rooms[number].id, person_id=people[code], use="办公室",
                            valid_from=LONG_AGO,
                        )
                        for code, number in holds.items()
                    ),
                ),
            ),
        )  # fmt: skip
    return {number: given.codes[room.id] for number, room in rooms.items()}


def request(codes: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "request": {
            "demands": [{"kind": "close", "rooms": [codes["101"]]}],
            "settings": {"alternatives": False, "workers": 1},
            **more,
        },
        "title": "维修周转",
    }


def holders(client: TestClient, code: str, headers: dict[str, str]) -> list[str]:
    shown = client.get(f"/api/items/{code}", headers=headers).json()
    return sorted(occupant["person"] or occupant["unit"] for occupant in shown["occupants"])


def test_a_plan_goes_from_draft_to_the_registry_and_back(
    client: TestClient, sign_in: SignIn, codes: dict[str, str], admin: psycopg.Connection
) -> None:
    zhang, li, chen = (
        sign_in("zhang", "planner"), sign_in("li", "leader"), sign_in("chen", "auditor"),
    )  # fmt: skip
    made = client.post("/api/plans", json=request(codes), headers=zhang)
    assert made.status_code == 200, made.text
    plan = made.json()
    assert (plan["status"], plan["answer"]["status"]) == ("draft", "optimal")
    assert {each["to"] for each in plan["assignments"]} == {codes["103"]}
    assert plan["check"]["ok"]
    path = f"/api/plans/{plan['plan']}"
    tag = made.headers["ETag"]
    assert tag == '"v1"'

    # By hand, with live checks; what somebody else changed meanwhile is refused.
    moved = client.put(
        f"{path}/assignments/P1", json={"room": codes["102"]}, headers=zhang | {"If-Match": tag}
    )
    assert moved.status_code == 200, moved.text
    violations = moved.json()["check"]["violations"]
    assert {each["rule"] for each in violations} >= {"ceiling"}  # P2 alone in 103
    assert all(each["zh"] and each["en"] for each in violations)
    late = client.put(
        f"{path}/assignments/P2", json={"room": codes["102"]}, headers=zhang | {"If-Match": tag}
    )
    assert (late.status_code, late.json()["code"]) == (412, "plans:version.stale")
    bare = client.put(f"{path}/assignments/P2", json={"room": None}, headers=zhang)
    assert (bare.status_code, bare.json()["code"]) == (428, "http:version.missing")

    def change(method: str, where: str, who: dict[str, str], body: Any = None) -> Any:
        newest = client.get(path, headers=zhang).headers["ETag"]
        return client.request(
            method, f"{path}{where}", json=body, headers=who | {"If-Match": newest}
        )

    refused = change("POST", "/submit", zhang, {"approvals": 2})
    assert (refused.status_code, refused.json()["code"]) == (409, "plans:rules.broken")
    assert change("POST", "/solve", zhang, {}).json()["check"]["ok"]
    assert change("POST", "/submit", zhang, {"approvals": 2}).json()["status"] == "submitted"
    edit = change("PUT", "/assignments/P1", zhang, {"room": codes["102"]})
    assert (edit.status_code, edit.json()["code"]) == (409, "plans:state.refused")

    own = change("POST", "/decisions", zhang, {"decision": "approve"})
    assert (own.status_code, own.json()["code"]) == (403, "plans:approver.refused")
    assert change("POST", "/decisions", li, {"decision": "approve"}).json()["approved_by"] == ["li"]
    again = change("POST", "/decisions", li, {"decision": "approve"})
    assert again.status_code == 403
    early = change("POST", "/apply", zhang)
    assert early.status_code == 409
    done = change("POST", "/decisions", chen, {"decision": "approve", "comment": "同意"})
    assert done.json()["status"] == "approved"

    applied = change("POST", "/apply", zhang)
    assert applied.status_code == 200, applied.text
    assert applied.json()["status"] == "applied"
    assert holders(client, codes["101"], zhang) == []
    assert holders(client, codes["103"], zhang) == ["P1", "P2"]
    reverted = change("POST", "/revert", zhang, {"reason": "工程取消"})
    assert reverted.json()["status"] == "reverted", reverted.text
    assert holders(client, codes["101"], zhang) == ["P1", "P2"]
    assert holders(client, codes["103"], zhang) == []
    events = [each["action"] for each in reverted.json()["events"]]
    assert events == [
        "create", "edit", "solve", "submit", "approve", "approve", "apply", "revert",
    ]  # fmt: skip
    logged = admin.execute(
        "SELECT count(*) FROM fangma.audit_log WHERE subject = %s", [f"plan {plan['plan']}"]
    ).fetchone()
    assert logged == (len(events),)


def test_a_plan_waits_for_its_day(
    client: TestClient, sign_in: SignIn, codes: dict[str, str]
) -> None:
    zhang, li = sign_in("zhang", "planner"), sign_in("li", "leader")
    later = (datetime.now(UTC) + timedelta(days=9)).date().isoformat()
    plan = client.post("/api/plans", json=request(codes, on=later), headers=zhang).json()
    path = f"/api/plans/{plan['plan']}"
    any_ = {"If-Match": "*"}
    client.post(f"{path}/submit", json={}, headers=zhang | any_)
    client.post(f"{path}/decisions", json={"decision": "approve"}, headers=li | any_)
    early = client.post(f"{path}/apply", headers=zhang | any_)
    assert (early.status_code, early.json()["code"]) == (409, "plans:day.early")


def test_two_plans_are_compared_and_merged_with_conflicts_shown(
    client: TestClient, sign_in: SignIn, codes: dict[str, str]
) -> None:
    zhang = sign_in("zhang", "planner")
    wish = {"demands": [], "settings": {"alternatives": False, "workers": 1}}
    plans = []
    for room in ("103", "102"):
        plan = client.post("/api/plans", json={"request": wish, "solve": False}, headers=zhang)
        number = plan.json()["plan"]
        client.put(
            f"/api/plans/{number}/assignments/P1",
            json={"room": codes[room]},
            headers=zhang | {"If-Match": "*"},
        )
        plans.append(number)
    sides = {"left": plans[0], "right": plans[1]}
    compared = client.get("/api/plans/compare", params=sides, headers=zhang).json()
    different = {"person": "P1", "present": codes["101"], "left": codes["103"],
                 "right": codes["102"]}  # fmt: skip
    assert compared["differences"] == [different]
    merged = client.post("/api/plans/merge", json=sides, headers=zhang)
    assert merged.json()["conflicts"] == [different]
    chosen = client.post(
        "/api/plans/merge", json={**sides, "choose": {"P1": "right"}}, headers=zhang
    ).json()
    assert chosen["conflicts"] == []
    assert chosen["assignments"] == [{"person": "P1", "from": codes["101"], "to": codes["102"]}]
    assert chosen["parents"] == plans


def test_a_plan_with_a_secret_room_is_not_there_for_those_not_entitled(
    client: TestClient, sign_in: SignIn, codes: dict[str, str]
) -> None:
    cleared = sign_in("zhang", "planner", sees_secret=True)
    other = sign_in("li", "planner")
    pins = [{"kind": "pin", "person": person, "room": codes["104"]} for person in ("P1", "P2")]
    body = request(codes, wishes=pins)
    plan = client.post("/api/plans", json=body, headers=cleared)
    assert plan.status_code == 200, plan.text
    path = f"/api/plans/{plan.json()['plan']}"
    assert codes["104"] in plan.text
    assert client.get(path, headers=other).status_code == 404
    assert client.get("/api/plans", headers=other).json()["items"] == []
    assert len(client.get("/api/plans", headers=cleared).json()["items"]) == 1
    solved = client.post("/api/plans/solve", json={"request": body["request"]}, headers=other)
    assert (solved.status_code, solved.json()["code"]) == (422, "plans:request.invalid")
    assert codes["104"] not in client.get("/api/plans/template", headers=other).text


def test_what_is_impossible_is_an_answer_and_hostile_requests_are_refused_in_words(
    client: TestClient, sign_in: SignIn, codes: dict[str, str]
) -> None:
    zhang = sign_in("zhang", "planner")
    everywhere = {
        "demands": [{"kind": "close", "rooms": [codes[n] for n in ("101", "102", "103")]}]
    }
    answer = client.post("/api/plans/solve", json={"request": everywhere}, headers=zhang).json()
    assert (answer["status"], len(answer["conflict"])) == ("infeasible", 1)
    wrongs: tuple[dict[str, Any], ...] = (
        {"demands": [{"kind": "close", "rooms": ["nowhere"]}]},
        {"settings": {"time_limit_s": 3600}},
        {"settings": []},
        {"rooms": [], "persons": 3},
    )
    for wrong in wrongs:
        refused = client.post("/api/plans/solve", json={"request": wrong}, headers=zhang)
        assert refused.status_code == 422, refused.text
        assert refused.json()["remedy"]
    assert client.get("/api/plans/999", headers=zhang).status_code == 404


def test_a_note_stays_in_the_rooms_file(
    client: TestClient, sign_in: SignIn, codes: dict[str, str]
) -> None:
    zhang, li = sign_in("zhang", "planner"), sign_in("li", "leader")
    sketch = {"type": "Point", "coordinates": [1.0, 2.0]}
    path = f"/api/items/{codes['103']}"
    kept = client.post(
        f"{path}/notes", json={"text": "门宽不足0.9m", "sketch": sketch}, headers=zhang
    )
    assert kept.status_code == 200, kept.text
    (note,) = client.get(path, headers=li).json()["notes"]
    assert (note["author"], note["text"], note["sketch"]) == ("zhang", "门宽不足0.9m", sketch)
    secret = client.post(f"/api/items/{codes['104']}/notes", json={"text": "x"}, headers=li)
    assert secret.status_code == 404
