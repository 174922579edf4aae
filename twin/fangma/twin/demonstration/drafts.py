"""The plans of the demonstration: two drafts to compare, and one that waits for its day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.reallocation.errors import NoTimeError, SolverError
from fangma.asset_registry.store.audit_facts import audit_facts
from fangma.asset_registry.store.connection import OPERATOR, reading
from fangma.twin.demonstration.days import working_day
from fangma.twin.demonstration.staff import AUDITOR, PLANNER
from fangma.twin.plans import Desk

if TYPE_CHECKING:
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.sites import Site
    from fangma.twin.demonstration.places import Places

# One thread and no alternatives: these are solved while somebody waits for the first sight.
_SETTINGS: Final = {"time_limit_s": 20, "seed": 1, "workers": 1, "alternatives": False}


def draw_up(conn: Connection, site: Site, places: Places, now: datetime) -> None:
    """Draft what a repair asks for in two ways, and place newcomers; unless there are plans."""
    planner = Desk(conn, OPERATOR, PLANNER.account, now, frozenset({PLANNER.role}))
    if planner.list(site=site.code):
        return
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
            _approve(conn, planner, plan, now)


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


def _approve(conn: Connection, planner: Desk, plan: dict[str, Any], now: datetime) -> None:
    number = plan["plan"]
    planner.submit(number, None, comment="用闲置房间安置，不突破标准，请审核。")
    auditor = Desk(conn, OPERATOR, AUDITOR.account, now, frozenset({AUDITOR.role}))
    auditor.decide(
        number, None, decision="approve", roles=frozenset({AUDITOR.role}),
        comment="人均面积未超标准，同意。",
    )  # fmt: skip
