"""What is planned in the demonstration: closures to come, and rounds of inspection."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid5

from fangma.asset_registry.closures.lifecycle import ClosureError
from fangma.asset_registry.inspections.rounds import Plan, Stop
from fangma.asset_registry.store import audit_log, inspections, networks
from fangma.asset_registry.store.closures import Planned
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.twin.demonstration.days import at, working_day
from fangma.twin.demonstration.orders import NAMES
from fangma.twin.demonstration.staff import DISPATCHER, PLUMBER
from fangma.twin.field import rounds
from fangma.twin.pipes import closures

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.sites import Site
    from fangma.twin.demonstration.places import Places

_MOST_STOPS: Final = 8


def plan_closures(conn: Connection, site: str, places: Places, now: datetime) -> None:
    """Plan what the planted leak needs, a test of the fire main, and one that was called off."""
    stuck = places.planted("stuck-valve", "valve_guid")
    if stuck is not None:
        _find_stuck(conn, stuck, at(now, -2, "09:40"))
    chilled = places.valve("KTL-S 立管底阀", building="A01")
    fire = places.valve("消防引入总阀", building="A02")
    leak = places.planted("leak", "pipe_guid")
    morning = at(now, 4, "09:00"), at(now, 4, "12:00")
    called_off = _plan(conn, site, chilled, "空调水系统清洗过滤器", *morning)
    if called_off is not None:
        closures.advance(
            conn,
            OPERATOR,
            called_off,
            "cancel",
            key=uuid5(called_off, "cancel"),
            actor=DISPATCHER.account,
            at=at(now, -1, "16:00"),
            note="与会议保障时间冲突，改期另报。",
        )
    _plan(conn, site, fire, "消防管网年度试压", at(now, 7, "09:00"), at(now, 7, "11:30"))
    afternoon = at(now, 4, "13:30"), at(now, 4, "16:30")
    _plan(conn, site, leak, "更换二层给水支管渗漏段及卡死的支管阀", *afternoon)


def _find_stuck(conn: Connection, valve: str, when: datetime) -> None:
    """Record that a valve does not turn, as whoever stands before it does."""
    with recording(conn, OPERATOR):
        networks.set_valve(conn, valve, "stuck", actor=PLUMBER.account, valid_from=when)
        audit_log.append(
            conn,
            actor=PLUMBER.account,
            action="valve",
            subject=valve,
            detail={"position": "stuck", "at": when.isoformat()},
        )


def _plan(
    conn: Connection, site: str, target: str | None, reason: str, start: datetime, end: datetime
) -> UUID | None:
    """Plan a closure; None where the compound has no such thing, or nothing shuts it off."""
    if target is None:
        return None
    planned = Planned(
        id=uuid5(NAMES, f"{site} closure {reason}"),
        targets=(target,),
        reason=reason,
        start=start,
        end=end,
    )
    try:
        closures.plan(conn, OPERATOR, planned, actor=DISPATCHER.account)
    except ClosureError:
        return None
    return planned.id


def plan_rounds(conn: Connection, site: Site, places: Places, now: datetime) -> None:
    """Plan a weekly round of the plant rooms, walked but for this week's end, and one of valves."""
    plant = places.rooms("水泵房", "配电室", "制冷机房", "信息机房")[:_MOST_STOPS]
    valves = places.valves("JS")[:_MOST_STOPS]
    weekly = Plan(
        name="设备机房周检",
        every_days=7,
        starts_on=(working_day(now, -1) - timedelta(days=14)).date(),
        stops=tuple(Stop(code=code, checks=("leak", "noise", "exit")) for code in plant),
    )
    quarterly = Plan(
        name="给水阀门季检",
        every_days=90,
        starts_on=working_day(now, 3).date(),
        stops=tuple(Stop(code=code, checks=("valve_turns", "leak")) for code in valves),
    )
    for plan in (weekly, quarterly):
        if plan.stops:
            _walk(conn, site, plan, now, is_walked=plan is weekly)


def _walk(conn: Connection, site: Site, plan: Plan, now: datetime, *, is_walked: bool) -> None:
    own = uuid5(NAMES, f"{site.code} round {plan.name}")
    with reading(conn, OPERATOR) as moment:
        if any(each.id == own for each in inspections.rounds(conn, moment, site_id=site.id)):
            return
    with recording(conn, OPERATOR):
        made = inspections.add_round(conn, own, site.id, plan, actor=DISPATCHER.account)
        audit_log.append(
            conn,
            actor=DISPATCHER.account,
            action="round-add",
            subject=site.code,
            detail={"round": made.number, "name": plan.name, "stops": len(plan.stops)},
        )
    for week in range(2 if is_walked else 0):
        due_on = plan.starts_on + timedelta(days=7 * week)
        for i, stop in enumerate(plan.stops):
            visit = inspections.Visit(
                key=uuid5(own, f"{week} {i}"),
                round_id=own,
                due_on=due_on,
                code=stop.code,
                outcome="ok",
                found=dict.fromkeys(stop.checks, True),
                note=None,
                at=at(now, -1, "09:00") - timedelta(days=14 - 7 * week, minutes=-9 * i),
            )
            rounds.visit(conn, OPERATOR, visit, actor=PLUMBER.account)
