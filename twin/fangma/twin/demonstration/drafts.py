"""The plans of the demonstration: one carried out, two to compare, one that waits for its day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.reallocation.errors import NoTimeError, SolverError
from fangma.asset_registry.store.audit_facts import audit_facts
from fangma.asset_registry.store.connection import OPERATOR, reading
from fangma.twin.demonstration.days import new_year, working_day
from fangma.twin.demonstration.staff import AUDITOR, PLANNER
from fangma.twin.plans import Desk

if TYPE_CHECKING:
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.sites import Site
    from fangma.twin.demonstration.places import Places

_PUT_RIGHT: Final = -25
"""Working days; what was over the standard was put right so long ago."""

# One thread and no alternatives: these are solved while somebody waits for the first sight.
_SETTINGS: Final = {"time_limit_s": 20, "seed": 1, "workers": 1, "alternatives": False}


def draw_up(conn: Connection, site: Site, places: Places, now: datetime) -> None:
    """Put an office right, plan what a repair asks for, place newcomers; unless there are plans."""
    planner = Desk(conn, OPERATOR, PLANNER.account, now, frozenset({PLANNER.role}))
    if planner.list(site=site.code):
        return
    _put_right(conn, planner, site, places, now)
    closed = [
        code
        for name in ("规划处办公室", "督查处办公室")
        if (code := places.room(name, building="A01")) is not None
    ]
    if closed:
        on = working_day(now, 12)
        repair = {
            "id": "维修",
            "kind": "close",
            "rooms": closed,
            "from": working_day(now, 15).date().isoformat(),
            "to": working_day(now, 60).date().isoformat(),
        }
        for title, second in (("甲：少超标", "excess"), ("乙：处室集中", "scatter")):
            request = _request(site, on, repair, ["moves", second])
            _drawn(planner, request, f"办公主楼维修周转方案（{title}）")
    with reading(conn, OPERATOR) as moment:
        units = [unit.code for unit in audit_facts(conn, site.id, moment).units if unit.parent]
    if units:
        on = working_day(now, 10)
        grows = {
            "id": "新录用",
            "kind": "grow",
            "unit": min(units),
            "people": [{"rank": "局(处)级以下", "count": 2}],
            "on": on.date().isoformat(),
        }
        plan = _drawn(planner, _request(site, on, grows, ["moves"]), "新录用人员办公用房安排")
        if plan["check"] is not None and plan["check"]["ok"]:
            words = ("用闲置房间安置，不突破标准，请审核。", "人均面积未超标准，同意。")
            _approve(conn, planner, plan, now, words)


def _put_right(conn: Connection, planner: Desk, site: Site, places: Places, now: datetime) -> None:
    """Move whoever sits alone in too large an office in with colleagues, some weeks ago.

    What was over the standard when the year began is then within it; in its first days there is
    nothing to tell of yet.
    """
    room = places.planted("over-ceiling", "room_guid")
    person = places.told_of("over-ceiling", "person")
    on = max(working_day(now, _PUT_RIGHT), working_day(new_year(now), 1))
    if room is None or person is None or on >= working_day(now, -1):
        return
    vacate = {"kind": "forbid", "id": "腾退", "persons": [person], "rooms": [room]}
    request = {
        "site": site.code,
        "on": on.date().isoformat(),
        "wishes": [vacate],
        "aims": ["moves", "excess"],
        "settings": _SETTINGS,
    }
    plan = _drawn(planner, request, "超标办公室腾退整改")
    if plan["check"] is None or not plan["check"]["ok"]:
        planner.withdraw(plan["plan"], None, comment="现有房间安排不下，另行研究。")
        return
    words = ("一人一间且超标，调入本单位合用办公室。", "调整后不超标准，同意，限期腾退。")
    _approve(conn, planner, plan, now, words)
    planner.apply(plan["plan"], None)


def _drawn(planner: Desk, request: dict[str, Any], title: str) -> dict[str, Any]:
    """Draft a plan; on a machine too slow to solve it in time it is left to be solved."""
    try:
        return planner.draft(request, title=title)
    except (NoTimeError, SolverError):
        return planner.draft(request, title=title, solve=False)


def _request(site: Site, on: datetime, demand: dict[str, Any], aims: list[str]) -> dict[str, Any]:
    return {
        "site": site.code,
        "on": on.date().isoformat(),
        "demands": [demand],
        "aims": aims,
        "settings": _SETTINGS,
    }


def _approve(
    conn: Connection, planner: Desk, plan: dict[str, Any], now: datetime, words: tuple[str, str]
) -> None:
    """Let a plan be submitted and approved, with a word of each."""
    number = plan["plan"]
    planner.submit(number, None, comment=words[0])
    auditor = Desk(conn, OPERATOR, AUDITOR.account, now, frozenset({AUDITOR.role}))
    auditor.decide(
        number, None, decision="approve", roles=frozenset({AUDITOR.role}), comment=words[1]
    )
