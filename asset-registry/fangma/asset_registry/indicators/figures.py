"""The figures of a site: each with its value, the rooms behind it and what it rests on. Pure.

The display wall shows some of them, the index board reckons with them, and both open down to the
same rooms. A figure whose facts are not there is None, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.auditing.uses import UseClass, use_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fangma.asset_registry.indicators.metering import Metered
    from fangma.asset_registry.indicators.rectifying import Rectification
    from fangma.asset_registry.presence import Presence

CHINA: Final = timezone(timedelta(hours=8))
FRESH_S: Final = 3600.0
"""A stream that was silent for longer tells nothing of the present."""

CO2_LIMIT_PPM: Final = 1000.0  # GB/T 18883-2022, table 1: carbon dioxide <= 0.10 %
_PPM: Final = frozenset({"[ppm]", "ppm", "10*-6"})
_URGENT: Final = frozenset({"critical", "high"})
_PRESSING: Final = frozenset({"emergency", "urgent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureKind:
    """What a figure is.

    Attributes
    ----------
    unit : str
        ``room m2 person order alarm stream kWh pair``: the thing counted.
    query : str
        Where the same facts can be read, below the server's address; ``{site}`` is filled in.
    """

    key: str
    zh: str
    en: str
    unit: str
    query: str


_ITEMS: Final = "api/items?kind=room&site={site}"
_AUDIT: Final = "api/audit?site={site}"
_IDLE: Final = "api/idle?site={site}"
_MOMENT: Final = "api/moment?site={site}"
_ORDERS: Final = "api/orders?site={site}"
_METERS: Final = "api/streams?bound=true"
_ALARMS: Final = "api/alarms?state=active&state=acknowledged"

KINDS: Final[Mapping[str, FigureKind]] = {
    row[0]: FigureKind(key=row[0], zh=row[1], en=row[2], unit=row[3], query=row[4])
    for row in (
        ("rooms", "房间", "Rooms", "room", _ITEMS),
        ("area", "房间面积", "Area of rooms", "m2", _ITEMS),
        ("office_area", "办公室面积", "Area of offices", "m2", _ITEMS),
        ("service_area", "服务用房面积", "Area of service rooms", "m2", _ITEMS),
        ("plant_area", "设备用房面积", "Area of plant rooms", "m2", _ITEMS),
        ("meeting_rooms", "会议室", "Meeting rooms", "room", _ITEMS),
        ("meeting_area", "会议室面积", "Area of meeting rooms", "m2", _ITEMS),
        ("canteen_area", "食堂面积", "Area of canteens", "m2", _ITEMS),
        ("toilets", "卫生间", "Toilets", "room", _ITEMS),
        ("unknown_use_rooms", "用途不明的房间", "Rooms of unknown use", "room", _ITEMS),
        ("people", "人员", "People", "person", _AUDIT),
        ("people_judged", "已判定人员", "People judged", "person", _AUDIT),
        ("people_over", "超标人员", "People over the standard", "person", _AUDIT),
        ("excess_area", "超标面积", "Area over the standard", "m2", _AUDIT),
        ("over_rooms", "超标房间", "Rooms over the standard", "room", _AUDIT),
        ("judged_rooms", "已判定办公室", "Offices judged", "room", _AUDIT),
        ("books_compared", "账目核对项", "Book entries compared", "pair", _AUDIT),
        ("books_agree", "账目相符项", "Book entries that agree", "pair", _AUDIT),
        ("idle_rooms", "闲置房间", "Idle rooms", "room", _IDLE),
        ("idle_area", "闲置面积", "Idle area", "m2", _IDLE),
        ("over_before", "年初超标房间", "Rooms over at the start of the year", "room", _AUDIT),
        ("rectified_rooms", "已整改房间", "Rooms put right", "room", _AUDIT),
        ("watched_rooms", "有人感监测的房间", "Rooms where presence is told", "room", _MOMENT),
        ("occupied_rooms", "此刻有人的房间", "Rooms in use now", "room", _MOMENT),
        ("air_rooms", "有空气监测的房间", "Rooms with air sensors", "room", _MOMENT),
        ("good_air_rooms", "空气达标的房间", "Rooms with good air", "room", _MOMENT),
        ("smoke_rooms", "有烟感的房间", "Rooms with smoke detectors", "room", _MOMENT),
        ("streams", "监测点", "Sensors", "stream", _MOMENT),
        ("fresh_streams", "一小时内有数的监测点", "Sensors heard lately", "stream", _MOMENT),
        ("alarms", "未解除告警", "Open alarms", "alarm", _ALARMS),
        ("urgent_alarms", "高级别告警", "Urgent alarms", "alarm", _ALARMS),
        ("orders_open", "未办结工单", "Open orders", "order", _ORDERS),
        ("orders_urgent", "紧急未办结工单", "Urgent open orders", "order", _ORDERS),
        ("orders_reported", "30日内报修", "Reported in 30 days", "order", _ORDERS),
        ("orders_closed", "其中已办结", "Of these closed", "order", _ORDERS),
        ("energy_today", "今日用电", "Electricity today", "kWh", _METERS),
        ("energy_yesterday", "昨日同时段用电", "Electricity yesterday until now", "kWh", _METERS),
        ("energy_last_week", "上周同日同时段用电", "Electricity a week ago", "kWh", _METERS),
        ("energy_30d", "近30日用电", "Electricity in 30 days", "kWh", _METERS),
        ("metered_area", "已计量面积", "Metered area", "m2", _ITEMS),
    )
}  # fmt: skip
"""Every figure that there is, in the order of the tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with its trail.

    Attributes
    ----------
    value : float or None
        None = cannot be told; ``lacks`` says for want of what.
    rooms : tuple of str
        Codes of the rooms behind it, ascending.
    readings : int or None
        Sensors whose readings it rests on; None where it rests on the registry alone.
    rule : str
        Standard, clause or definition by which it was counted.
    newest : str or None
        Time of the newest reading, RFC 3339.
    """

    kind: FigureKind
    value: float | None
    rooms: tuple[str, ...] = ()
    readings: int | None = None
    rule: str = ""
    newest: str | None = None
    lacks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """Work orders of a site: of the last thirty days, how many were reported and closed."""

    reported: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFacts:
    """What figures are made of that stands until something is recorded.

    Attributes
    ----------
    rooms : sequence of dict
        As ``GET /api/moment`` tells them.
    audit : dict
        The document of ``fangma audit --json``.
    since : datetime
        The day that rectification is counted from.
    """

    rooms: Sequence[Mapping[str, Any]]
    audit: Mapping[str, Any]
    rectified: Rectification
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What figures are made of that may be another any minute, at one moment.

    Attributes
    ----------
    at : datetime
    rooms, values, alarms, orders : sequence of dict
        As ``GET /api/moment`` tells them.
    presence : dict of str to Presence
    energy : Metered
        Hour by hour, for the last thirty days.
    """

    at: datetime
    rooms: Sequence[Mapping[str, Any]]
    values: Sequence[Mapping[str, Any]]
    presence: Mapping[str, Presence]
    alarms: Sequence[Mapping[str, Any]]
    orders: Sequence[Mapping[str, Any]]
    month: Orders
    energy: Metered


@dataclass(slots=True)
class _Book:
    """Figures as they are counted."""

    figures: dict[str, Figure] = field(default_factory=dict)

    def write(
        self,
        key: str,
        value: float | None,
        *,
        rooms: Iterable[str] = (),
        readings: int | None = None,
        rule: str = "",
        newest: str | None = None,
        lacks: str = "",
    ) -> None:
        self.figures[key] = Figure(
            kind=KINDS[key],
            value=value if value is None else round(value, 2),
            rooms=tuple(sorted(set(rooms))),
            readings=readings,
            rule=rule,
            newest=newest,
            lacks="" if value is not None else lacks,
        )


def standing_figures(facts: StandingFacts) -> dict[str, Figure]:
    """Count the figures of rooms, people and books: all that no reading and no order changes."""
    book = _Book()
    _rooms(book, facts)
    _standard(book, facts)
    return book.figures


def figures(facts: SiteFacts, standing: Mapping[str, Figure]) -> dict[str, Figure]:
    """Count every figure of a site.

    Parameters
    ----------
    standing : dict of str to Figure
        What :func:`standing_figures` counted of the same rooms.

    Returns
    -------
    figures : dict of str to Figure
        By key, one for each of :data:`KINDS`.
    """
    book = _Book(figures=dict(standing))
    _readings(book, facts)
    _work(book, facts)
    _energy(book, facts)
    return {key: book.figures[key] for key in KINDS}


def _area(rooms: Iterable[Mapping[str, Any]]) -> float:
    return sum(room["area_m2"] or 0.0 for room in rooms)


def _codes(rooms: Iterable[Mapping[str, Any]]) -> list[str]:
    return [room["code"] for room in rooms if room["code"]]


def _rooms(book: _Book, facts: StandingFacts) -> None:
    by_class: dict[UseClass | None, list[Mapping[str, Any]]] = {}
    by_use: dict[str, list[Mapping[str, Any]]] = {}
    for room in facts.rooms:
        by_class.setdefault(use_class(room["use"]), []).append(room)
        by_use.setdefault(room["use"] or "", []).append(room)
    measured = "净面积：内墙面之间的水平投影"
    book.write("rooms", len(facts.rooms), rooms=_codes(facts.rooms))
    book.write("area", _area(facts.rooms), rooms=_codes(facts.rooms), rule=measured)
    for key, of in (
        ("office_area", UseClass.OFFICE),
        ("service_area", UseClass.SERVICE),
        ("plant_area", UseClass.PLANT),
    ):
        found = by_class.get(of, [])
        book.write(key, _area(found), rooms=_codes(found), rule=f"用途归类：{of}")
    meeting, canteen = by_use.get("会议室", []), by_use.get("食堂", [])
    book.write("meeting_rooms", len(meeting), rooms=_codes(meeting), rule="用途：会议室")
    book.write("meeting_area", _area(meeting), rooms=_codes(meeting), rule="用途：会议室")
    book.write("canteen_area", _area(canteen), rooms=_codes(canteen), rule="用途：食堂")
    toilets = by_use.get("卫生间", [])
    book.write("toilets", len(toilets), rooms=_codes(toilets), rule="用途：卫生间")
    unknown = by_class.get(None, [])
    book.write("unknown_use_rooms", len(unknown), rooms=_codes(unknown), rule="用途无法归类")


def _standard(book: _Book, facts: StandingFacts) -> None:
    audit = facts.audit
    rule = f"规则包 {audit['standard']}"
    people = audit["persons"]
    by_verdict = {
        verdict: [row for row in people if row["verdict"] == verdict]
        for verdict in ("over", "within")
    }
    held = {
        verdict: [each["room"] for row in rows for each in row["rooms"]]
        for verdict, rows in by_verdict.items()
    }
    none_known = "没有人员名册"
    book.write(
        "people",
        len(people) if people else None,
        rooms=[each["room"] for row in people for each in row["rooms"]],
        rule="名册上的在册人员，按代号",
        lacks=none_known,
    )
    judged = len(by_verdict["over"]) + len(by_verdict["within"])
    book.write(
        "people_judged",
        judged if people else None,
        rooms=held["over"] + held["within"],
        rule=rule,
        lacks=none_known,
    )
    over = len(by_verdict["over"]) if judged else None
    book.write("people_over", over, rooms=held["over"], rule=rule, lacks="没有可判定的人员")
    excess = sum(row["excess_m2"] or 0.0 for row in by_verdict["over"]) if judged else None
    book.write("excess_area", excess, rooms=held["over"], rule=rule, lacks="没有可判定的人员")
    rooms = {
        verdict: [row["room"] for row in audit["rooms"] if row["verdict"] == verdict]
        for verdict in ("over", "within")
    }
    offices = [
        row["room"]
        for row in audit["rooms"]
        if row["verdict"] != "unknown" and row["allowed_m2"] is not None
    ]
    book.write("judged_rooms", len(offices), rooms=offices, rule=rule)
    book.write(
        "over_rooms",
        len(rooms["over"]) if judged else None,
        rooms=rooms["over"],
        rule=rule,
        lacks="没有可判定的人员",
    )
    checks = audit["reconciliation"]["checks"]
    compared = sum(check["compared"] for check in checks)
    book.write("books_compared", compared or None, rule="账账、账实核对", lacks="没有台账")
    agree = sum(check["agree"] for check in checks) if compared else None
    book.write("books_agree", agree, rule="账账、账实核对", lacks="没有台账")
    idle = audit["idle"]
    booked = bool(people) or compared > 0
    told = "没有分配记录，无从判断闲置"
    idle_codes = [row["room"] for row in idle]
    rule_idle = "无人分配、封存或长期无人使用"
    book.write(
        "idle_rooms", len(idle) if booked else None, rooms=idle_codes, rule=rule_idle, lacks=told
    )
    book.write(
        "idle_area", _area(idle) if booked else None, rooms=idle_codes, rule=rule_idle, lacks=told
    )
    since = facts.since.astimezone(CHINA).date().isoformat()
    put_right = facts.rectified
    book.write(
        "over_before",
        len(put_right.over) if judged else None,
        rooms=put_right.over,
        rule=f"{rule}，{since} 的核查",
        lacks="没有可判定的人员",
    )
    book.write(
        "rectified_rooms",
        len(put_right.rectified) if judged else None,
        rooms=put_right.rectified,
        rule=f"{rule}，{since} 超标而今合规",
        lacks="没有可判定的人员",
    )


def _readings(book: _Book, facts: SiteFacts) -> None:
    def age_s(value: Mapping[str, Any]) -> float:
        return (facts.at - datetime.fromisoformat(value["time"])).total_seconds()

    fresh = [value for value in facts.values if age_s(value) <= FRESH_S]
    newest = max((value["time"] for value in facts.values), default=None)
    book.write("streams", len(facts.values), readings=len(facts.values), newest=newest)
    book.write(
        "fresh_streams",
        len(fresh),
        readings=len(fresh),
        rule=f"{FRESH_S / 60:.0f} 分钟内有读数",
        newest=newest,
    )
    told = {code: each for code, each in facts.presence.items() if each.occupied is not None}
    used = [code for code, each in told.items() if each.occupied]
    rule = "人感、门磁、二氧化碳综合判断；只到房间，不到人"
    lacks = "没有人感监测"
    watching = [
        value
        for value in fresh
        if value["code"] in told and value["property"] in told[value["code"]].from_
    ]
    book.write(
        "watched_rooms", len(told), rooms=told, readings=len(watching), rule=rule, newest=newest
    )
    book.write(
        "occupied_rooms",
        len(used) if told else None,
        rooms=used,
        readings=len(watching),
        rule=rule,
        newest=newest,
        lacks=lacks,
    )
    air: dict[str, list[float]] = {}
    for value in fresh:
        if value["property"] == "co2" and value["unit"] in _PPM and value["code"]:
            air.setdefault(value["code"], []).append(float(value["result"]))
    good = [code for code, each in air.items() if max(each) <= CO2_LIMIT_PPM]
    rule = f"CO₂ ≤ {CO2_LIMIT_PPM:.0f} ppm（GB/T 18883-2022 表1）"
    count = sum(len(each) for each in air.values())
    book.write("air_rooms", len(air), rooms=air, readings=count, rule=rule, newest=newest)
    book.write(
        "good_air_rooms",
        len(good) if air else None,
        rooms=good,
        readings=count,
        rule=rule,
        newest=newest,
        lacks="没有二氧化碳监测",
    )
    rooms = {room["code"] for room in facts.rooms}
    smoke = [v["code"] for v in fresh if v["property"] == "smoke" and v["code"] in rooms]
    book.write(
        "smoke_rooms",
        len(set(smoke)),
        rooms=smoke,
        readings=len(smoke),
        rule="房间内烟感一小时内有读数",
        newest=newest,
    )


def _work(book: _Book, facts: SiteFacts) -> None:
    alarms = [each for each in facts.alarms if each["state"] != "shelved"]
    urgent = [each for each in alarms if each["severity"] in _URGENT]
    newest = max((each["since"] for each in alarms), default=None)
    for key, found in (("alarms", alarms), ("urgent_alarms", urgent)):
        book.write(
            key,
            len(found),
            rooms=_codes(found),
            readings=len({each["sensor"] for each in found}),
            rule="未解除且未搁置",
            newest=newest,
        )
    orders = facts.orders
    book.write("orders_open", len(orders), rooms=_codes(orders), rule="未关闭、未退回")
    pressing = [each for each in orders if each["urgency"] in _PRESSING]
    book.write("orders_urgent", len(pressing), rooms=_codes(pressing), rule="应急或紧急，未关闭")
    book.write("orders_reported", facts.month.reported, rule="近30日报修")
    book.write("orders_closed", facts.month.closed, rule="近30日报修中已关闭")


def _energy(book: _Book, facts: SiteFacts) -> None:
    energy = facts.energy
    today = facts.at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    newest_hour = max(energy.by_hour, default=None)
    newest = newest_hour.isoformat() if newest_hour is not None else None
    rule = "电表小时读数之差；表计更换当小时不计"
    lacks = "没有这段时间的电表读数"
    spans = {
        "energy_today": (today, facts.at),
        "energy_yesterday": (today - day, facts.at - day),
        "energy_last_week": (today - 7 * day, facts.at - 7 * day),
        "energy_30d": (today - 30 * day, facts.at),
    }
    for key, (start, end) in spans.items():
        used = energy.between(start, end)
        if key in {"energy_yesterday", "energy_last_week"} and used is not None:
            # Today's running hour is counted so far: the same hour of then by the same share.
            hour = end.replace(minute=0, second=0, microsecond=0)
            rest = 1 - (end - hour) / timedelta(hours=1)
            used -= rest * (energy.between(hour, end) or 0.0)
        book.write(
            key,
            used,
            rooms=energy.codes,
            readings=energy.meters,
            rule=rule,
            newest=newest,
            lacks=lacks,
        )
    metered = [room for room in facts.rooms if room["code"] in set(energy.codes)]
    book.write(
        "metered_area",
        _area(metered) if metered else None,
        rooms=_codes(metered),
        readings=energy.meters,
        rule="有电表的房间",
        lacks=lacks,
    )
