"""A small demonstration: work in every state, found once however often it is begun."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fangma.asset_registry.store import alarms, closures, inspections, work_orders
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.networks import parts
from fangma.asset_registry.store.plans import list_plans
from fangma.asset_registry.work_orders.lifecycle import STATES, Standing, after
from fangma.twin.audit_shelf import AuditShelf
from fangma.twin.demonstration import prepare
from fangma.twin.demonstration.days import at, working_day
from fangma.twin.demonstration.orders import FAULTS
from fangma.twin.figures import site_figures
from fangma.twin.revision_shelf import RevisionShelf
from fangma.twin.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SEED, ROOMS = 1, 70  # one building of two storeys and its basement


@pytest.mark.parametrize("weekday", range(7))
def test_a_working_day_is_none_of_a_week_end_and_so_many_away(weekday: int) -> None:
    now = datetime(2026, 11, 16 + weekday, 15, 30, tzinfo=UTC)
    days = [working_day(now, away) for away in (-6, -5, -1, 1, 5, 6)]
    assert [day.weekday() < 5 for day in days] == [True] * 6
    assert days == sorted(set(days))
    assert days[2] < now.astimezone(days[2].tzinfo).replace(hour=0, minute=0) < days[3]
    assert days[1] - days[0] in (timedelta(days=1), timedelta(days=3))
    assert at(now, -1, "08:05") - days[2] == timedelta(hours=8, minutes=5)


def test_every_state_of_an_order_is_shown_and_nobody_approves_their_own_work() -> None:
    shown = set()
    for fault in FAULTS:
        standing = Standing(state="reported")
        times = [(fault.when, "report"), *((done.when, done.deed) for done in fault.deeds)]
        assert times == sorted(times, key=lambda each: each[0]), fault.key
        for done in fault.deeds:
            person = None if done.to is None else done.to.account
            standing = after(
                done.deed, standing, actor=done.by.account, roles=[done.by.role],
                note=done.note, person=person,
            )  # fmt: skip
        shown.add(standing.state)
    assert shown == set(STATES)


@pytest.mark.db
def test_a_demonstration_is_at_work_and_begun_again_is_what_it_was(
    dsn: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=dsn)

    def begin() -> str:
        shown = prepare(settings, dsn, seed=SEED, rooms=ROOMS, progress=lambda _done, _what: None)
        return shown.site

    site = begin()
    first = _told(dsn)
    folder = tmp_path / "demo" / f"seed-{SEED}-rooms-{ROOMS}"
    truth = {
        case["kind"]: case
        for case in json.loads((folder / "sample" / "truth.json").read_text("utf-8"))["cases"]
    }
    assert {"leak", "stuck-valve"} <= truth.keys()

    # So small a compound has not every place in which something is broken.
    assert {"on_hold", "accepted", "done"} <= {order.state for order in first["orders"]}
    (leak,) = (order for order in first["orders"] if order.urgency == "emergency")
    assert leak.kind == "pipe"
    assert "planned" in [each.state for each in first["closures"]]
    # What the closure shuts is not the valve that does not turn.
    (stuck,) = first["stuck"]
    assert all(stuck not in each.valves for each in first["closures"] if leak.code in each.targets)
    assert first["rounds"], "rounds are planned"
    assert [plan["status"] for plan in first["plans"]].count("draft") >= 1
    # An office that was over the standard when the year began is within it now.
    (carried_out,) = (plan for plan in first["plans"] if plan["status"] == "applied")
    assert carried_out["planned_on"] < datetime.now(UTC).date()
    with connect(dsn) as conn:
        found = site_figures(
            conn, OPERATOR, site=site, audits=AuditShelf(), places=RevisionShelf(most=10**6)
        ).figures
    before, after_ = (found[key].value for key in ("over_before", "rectified_rooms"))
    assert before
    assert after_
    assert after_ < before, "work is left for whoever looks"

    (folder / "lived-in").unlink()  # as if it had been interrupted
    assert begin() == site
    again = _told(dsn)
    for what in ("orders", "closures", "rounds", "plans", "alarms"):
        assert len(again[what]) == len(first[what]), what
    revision = _revision(dsn)
    begin()
    assert _revision(dsn) == revision, "a start that finds everything done records nothing"


def _told(dsn: str) -> dict[str, list[Any]]:
    with connect(dsn) as conn, reading(conn, OPERATOR) as moment:
        valves = [part for part in parts(conn, moment) if part.position == "stuck"]
        return {
            "orders": work_orders.list_orders(conn, moment),
            "closures": closures.list_closures(conn, moment),
            "rounds": inspections.rounds(conn, moment),
            "plans": list_plans(conn, site_id=None, status=None),
            "alarms": alarms.alarms(conn),
            "stuck": [part.code for part in valves],
        }


def _revision(dsn: str) -> int:
    with connect(dsn) as conn, reading(conn, OPERATOR):
        row = conn.execute("SELECT max(id) FROM fangma.revision").fetchone()
    assert row is not None
    return int(row[0])
