"""The alarms that were: readings of some weeks, kept and judged as every reading is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store import alarms, audit_log
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import streams
from fangma.sensors_bridge.alarms.rules import read_rules
from fangma.sensors_bridge.alarms.watch import Watch
from fangma.twin.demonstration.days import at
from fangma.twin.demonstration.staff import DISPATCHER, ELECTRICIAN, PLUMBER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection
    from fangma.twin.demonstration.staff import Member

_BOOK: Final = "demonstration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A contact that said so for a while.

    Attributes
    ----------
    sensor : str
        As the sample names it.
    result : bool
        What it said meanwhile; the opposite before and after.
    order : str
        Key of the work order about it; empty where there is none.
    """

    sensor: str
    when: tuple[int, str]
    minutes: int
    by: Member
    note: str
    result: bool = True
    order: str = ""


INCIDENTS: Final = (
    Incident(sensor="A01-B101-leak", when=(-12, "05:40"), minutes=96, by=PLUMBER,
             note="2 号泵机械密封渗漏，已切换备用泵并更换密封。"),
    Incident(sensor="A02-B101-leak", when=(-8, "13:05"), minutes=41, by=PLUMBER,
             note="冲洗地面时溅水，非渗漏。"),
    Incident(sensor="A01-B104-door", when=(-7, "18:12"), minutes=34, by=ELECTRICIAN,
             note="设备进场后未关门，已提醒施工单位。"),
    Incident(sensor="A02-0213-leak", when=(-6, "08:31"), minutes=64, by=PLUMBER,
             note="排水不畅致地面积水，已疏通。", order="drain"),
    Incident(sensor="A01-0105-smoke", when=(-4, "11:22"), minutes=6, by=DISPATCHER,
             note="消防维保测试，已与控制室核对。"),
    Incident(sensor="A01-0216-leak", when=(-2, "07:31"), minutes=155, by=PLUMBER,
             note="吊顶内给水支管渗漏，已接水盘，待停水更换。", order="leak"),
    Incident(sensor="A01-B104-door", when=(-1, "12:48"), minutes=22, by=ELECTRICIAN,
             note="巡检期间开门。"),
)  # fmt: skip


def live_through(conn: Connection, now: datetime, orders: Mapping[str, int]) -> None:
    """Keep the readings of the incidents, judge them by the rules, and note who saw to the alarms.

    Parameters
    ----------
    orders : mapping
        Numbers of work orders by their keys.
    """
    with reading(conn, OPERATOR):
        known = {stream.sensor for stream in streams(conn, is_declared=True)}
        before = {(each.sensor, each.raised_at) for each in alarms.alarms(conn)}
    readings = [
        each
        for incident in INCIDENTS
        if incident.sensor in known and all(sensor != incident.sensor for sensor, _ in before)
        for each in _readings(incident, at(now, *incident.when))
    ]
    Recorder(conn, _BOOK).record(readings)
    Watch(read_rules()).observe(conn, readings)
    with reading(conn, OPERATOR):
        raised = {(each.sensor, each.raised_at): each for each in alarms.alarms(conn)}
    for incident in INCIDENTS:
        start = at(now, *incident.when)
        for (sensor, raised_at), alarm in raised.items():
            is_its = sensor == incident.sensor and start <= raised_at <= start + _longest(incident)
            if is_its and (sensor, raised_at) not in before:
                _see_to(conn, alarm.id, incident, orders.get(incident.order))


def _longest(incident: Incident) -> timedelta:
    return timedelta(minutes=incident.minutes)


def _readings(incident: Incident, start: datetime) -> list[Observation]:
    """Return what the contact said: each minute while it lasted, as its gateway repeats it."""
    said = [
        Observation(incident.sensor, start + timedelta(minutes=minute), incident.result)
        for minute in range(incident.minutes)
    ]
    calm = not incident.result
    first = Observation(incident.sensor, start - timedelta(minutes=1), calm)
    return [first, *said, Observation(incident.sensor, start + _longest(incident), calm)]


def _see_to(conn: Connection, id_: int, incident: Incident, order: int | None) -> None:
    with recording(conn, OPERATOR):
        alarms.note(conn, id_, incident.note, actor=incident.by.account)
        if order is not None:
            alarms.assign(conn, id_, order, actor=DISPATCHER.account)
        audit_log.append(
            conn,
            actor=incident.by.account,
            action="alarm-note",
            subject=None,
            detail={"alarm": id_, "note": incident.note},
        )
