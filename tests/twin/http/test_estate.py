"""Idle rooms, changes between audits, pushes, and how long questions wait, over HTTP."""

from __future__ import annotations

from asyncio import Semaphore
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
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

if TYPE_CHECKING:
    import psycopg
    from fastapi.testclient import TestClient

    from fangma.asset_registry.store.connection import Connection
    from fangma.twin.audit_shelf import AuditShelf

pytestmark = pytest.mark.db
SignIn = Callable[..., dict[str, str]]
MAY = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def rooms(dsn: str) -> list[str]:
    """A person who moves from a room of 9 m2 to one of 20 m2 in May; a third room is empty."""
    with connect(dsn) as conn:
        compound = found(conn)
        new = [compound.new_room(number) for number in ("101", "102", "103")]
        unit, person = uuid4(), uuid4()
        applied = compound.record(
            new=tuple(new),
            states=tuple(compound.room_state(room.id, use="办公室") for room in new),
            shapes=tuple(
                Shape(entry_id=room.id, area_m2=area)
                for room, area in zip(new, (9.0, 20.0, 12.5), strict=True)
            ),
            occupation=OccupationChanges(
                units=(Named(id=unit, code="D1"),),
                people=(Named(id=person, code="P1"),),
                added=(
                    UnitState(unit_id=unit, name="局", organ_class="市级", authorised=5),
                    Post(person_id=person, unit_id=unit, rank="局(处)级以下"),
                    Assignment(entry_id=new[0].id, person_id=person, valid_to=MAY),
                    Assignment(entry_id=new[1].id, person_id=person, valid_from=MAY),
                ),
            ),
        )
        watch(compound, new[1].id)
    return [applied.codes[room.id] for room in new]


def watch(compound: Compound, room: UUID) -> None:
    """Count in the room since 2025; somebody was there on 2026-01-10 for the last time."""
    conn = compound.conn
    conn.execute("SELECT set_config('fangma.reader', 'operator', false)")
    for month in ("2025-12-01", "2026-01-01", "2026-11-01"):
        conn.execute("SELECT fangma.make_observation_month(%s::date)", [month])
    conn.execute(
        "INSERT INTO fangma.stream (sensor, declared, property, unit)"
        " VALUES ('S1', true, 'flow', '{persons}')"
    )
    conn.execute(
        "INSERT INTO fangma.binding (stream_id, entry_id, scope_id, valid, recorded, revision_id)"
        " SELECT s.id, e.id, e.scope_id, tstzrange(NULL, NULL),"
        " tstzrange(r.recorded_at, NULL), r.id"
        " FROM fangma.stream AS s, fangma.entry AS e,"
        " (SELECT id, recorded_at FROM fangma.revision ORDER BY id DESC LIMIT 1) AS r"
        " WHERE e.id = %s",
        [room],
    )
    conn.execute(
        "INSERT INTO fangma.observation (stream_id, at, number, recorded_at)"
        " SELECT s.id, o.at::timestamptz, o.number, '2026-01-01' FROM fangma.stream AS s,"
        " (VALUES ('2025-12-01T02:00Z', 0), ('2026-01-10T02:00Z', 2), ('2026-01-11T02:00Z', 0),"
        "  ('2026-11-20T02:00Z', 0)) AS o (at, number)"
    )
    conn.commit()


def test_idle_rooms_are_told_with_evidence_days_and_the_order_of_handling(
    client: TestClient, sign_in: SignIn, rooms: list[str]
) -> None:
    planner = sign_in("p", "planner")
    answer = client.get("/api/idle", params={"at": "2026-11-21"}, headers=planner)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    by_room = {row["room"]: row for row in told["rooms"]}
    first, second, third = rooms
    assert (by_room[first]["kind"], by_room[first]["since"]) == ("no-assignment", "2026-05-02")
    assert by_room[first]["days"] == 203
    assert (by_room[second]["kind"], by_room[second]["since"]) == ("unused", "2026-01-11")
    assert "2026-01-10" in by_room[second]["evidence"]
    assert (by_room[third]["kind"], by_room[third]["since"]) == ("no-assignment", None)
    assert [row["room"] for row in told["rooms"]] == [second, first, third]
    assert [step["step"] for step in told["handling"]] == [
        "调剂使用", "转换用途", "置换", "出租", "拍卖", "拆除",
    ]  # fmt: skip
    assert all(step["clause"] for step in told["handling"])
    assert told["summary"]["no-assignment"] == {"rooms": 2, "area_m2": 21.5}
    # In April the person sat in the first room: only the third was idle.
    then = client.get("/api/idle", params={"at": "2026-02-01"}, headers=planner).json()
    assert {row["room"] for row in then["rooms"]} == {second, third}
    assert client.get("/api/idle", headers=sign_in("m", "maintainer")).status_code == 403


def test_a_silent_counter_is_no_evidence(
    client: TestClient, sign_in: SignIn, rooms: list[str]
) -> None:
    planner = sign_in("p", "planner")
    later = client.get("/api/idle", params={"at": "2026-12-21"}, headers=planner).json()
    assert rooms[1] not in {row["room"] for row in later["rooms"]}


def test_two_audits_are_compared_with_what_caused_the_difference(
    client: TestClient, sign_in: SignIn, rooms: list[str]
) -> None:
    auditor = sign_in("a", "auditor")
    asked = {"since": "2026-03-01", "at": "2026-06-01"}
    answer = client.get("/api/audit/changes", params=asked, headers=auditor)
    assert answer.status_code == 200, answer.text
    (person,) = answer.json()["persons"]
    assert (person["person"], person["change"]) == ("P1", "changed")
    assert person["before"]["verdict"] == "within"
    assert (person["after"]["verdict"], person["after"]["excess_m2"]) == ("over", 11.0)
    assert {(cause["what"], cause["before"], cause["after"]) for cause in person["causes"]} == {
        ("room", rooms[0], None),
        ("room", None, rooms[1]),
    }
    assert answer.json()["idle"] == {"new": [rooms[0]], "gone": [rooms[1]]}
    again = client.get("/api/audit/changes", params=asked, headers=auditor)
    assert again.content == answer.content
    same = client.get(
        "/api/audit/changes", params={"since": "2026-06-01", "at": "2026-06-01"}, headers=auditor
    ).json()
    assert (same["persons"], same["units"], same["rooms"]) == ([], [], [])
    wrong = client.get("/api/audit/changes", params={"since": "gestern"}, headers=auditor)
    assert wrong.status_code == 422


@pytest.mark.usefixtures("rooms")
def test_an_auditor_pushes_an_audit_once_and_sees_how_it_goes(
    client: TestClient, sign_in: SignIn, admin: psycopg.Connection
) -> None:
    auditor = sign_in("a", "auditor")
    order = {"at": "2026-06-01T00:00:00+08:00"}
    assert (
        client.post("/api/audit/push", json=order, headers=sign_in("p", "planner")).status_code
        == 403
    )
    first = client.post("/api/audit/push", json=order, headers=auditor)
    assert first.status_code == 202, first.text
    again = client.post("/api/audit/push", json=order, headers=auditor)
    assert again.json()["key"] == first.json()["key"]
    (told,) = client.get("/api/pushes", headers=auditor).json()["items"]
    assert (told["state"], told["queuedBy"], told["attempts"]) == ("waiting", "a", 0)
    admin.execute("UPDATE fangma.account SET every_site = false WHERE name = 'a'")
    admin.execute("DELETE FROM fangma.account_grant")
    admin.commit()
    assert client.get("/api/pushes", headers=auditor).json()["items"] == []
    chosen = client.post(
        "/api/audit/push", json={**order, "url": "http://169.254.169.254/"}, headers=auditor
    )
    assert chosen.status_code == 422  # nobody chooses an address
    (body,) = admin.execute("SELECT body FROM fangma.outbox").fetchall()
    assert b'"P1"' in body[0]
    log = admin.execute("SELECT actor FROM fangma.audit_log WHERE action = 'push-queue'").fetchall()
    assert log == [("a",)]


@pytest.fixture
def shelf(client: TestClient) -> AuditShelf:
    found: AuditShelf = client.app.state.audits  # type: ignore[attr-defined]
    return found


def verdict_of(client: TestClient, headers: dict[str, str], **asked: str) -> str:
    answer = client.get("/api/audit", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    (person,) = answer.json()["persons"]
    return str(person["verdict"])


@pytest.mark.usefixtures("rooms")
def test_an_audit_lies_ready_for_the_next_question_and_says_the_moment_of_that_one(
    client: TestClient, sign_in: SignIn, shelf: AuditShelf
) -> None:
    planner = sign_in("p", "planner")
    early, late = (
        client.get(
            "/api/audit", params={"at": f"2026-06-01T{hour}:00:00+08:00"}, headers=planner
        ).json()
        for hour in ("08", "20")
    )
    assert len(shelf) == 1
    assert (early["at"][:13], late["at"][:13]) == ("2026-06-01T08", "2026-06-01T20")
    assert {**early, "at": ""} == {**late, "at": ""}
    assert verdict_of(client, planner, at="2026-06-02") == "over"
    assert len(shelf) == 2  # another day


def test_what_is_recorded_counts_at_once(
    client: TestClient, sign_in: SignIn, rooms: list[str], dsn: str
) -> None:
    planner = sign_in("p", "planner")
    assert verdict_of(client, planner) == "over"
    with connect(dsn) as conn:
        compound = compound_of(conn)
        row = conn.execute("SELECT set_config('fangma.reader', 'operator', false)").fetchone()
        assert row is not None
        room = conn.execute("SELECT id FROM fangma.entry WHERE code = %s", [rooms[1]]).fetchone()
        conn.rollback()
        assert room is not None
        compound.record(shapes=(Shape(entry_id=room[0], area_m2=8.0),))
    assert verdict_of(client, planner) == "within"


def compound_of(conn: Connection) -> Compound:
    conn.execute("SELECT set_config('fangma.reader', 'operator', false)")
    row = conn.execute("SELECT id, code FROM fangma.entry WHERE kind = 'site'").fetchone()
    conn.rollback()
    assert row is not None
    return Compound(conn=conn, site=row[0], site_code=row[1])


@pytest.mark.usefixtures("rooms")
def test_a_grant_that_is_taken_away_counts_at_once(
    client: TestClient, sign_in: SignIn, admin: psycopg.Connection
) -> None:
    planner = sign_in("p", "planner")
    assert verdict_of(client, planner) == "over"
    admin.execute("DELETE FROM fangma.account_grant")
    admin.execute("UPDATE fangma.account SET every_site = false WHERE name = 'p'")
    admin.commit()
    answer = client.get("/api/audit", headers=planner)
    assert answer.status_code in {403, 404}, answer.text


@pytest.mark.usefixtures("rooms")
def test_who_waits_for_features_or_an_audit_keeps_nobody_else_out(
    client: TestClient, sign_in: SignIn
) -> None:
    planner = sign_in("p", "planner")
    turns = Semaphore(0)
    client.app.state.dear = turns  # type: ignore[attr-defined]
    answered: list[int] = []

    def ask(path: str) -> None:
        answered.append(client.get(path, headers=planner).status_code)

    dear = ("/api/features", "/api/audit", "/api/features/values?by=unit")
    waiting = [Thread(target=ask, args=(path,)) for path in dear * 4]
    for each in waiting:
        each.start()
    assert client.get("/api/sites", headers=planner).status_code == 200
    assert answered == []
    assert client.portal is not None
    client.portal.call(turns.release)
    for each in waiting:
        each.join(60)
    assert answered == [200] * len(waiting)
