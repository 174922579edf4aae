"""Rooms that nobody uses: since when, by what evidence, why, and what lawfully comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.auditing.results import Handling, IdleRoom
from fangma.asset_registry.auditing.uses import TOILET, UseClass, use_class

if TYPE_CHECKING:
    from datetime import date

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.facts import RoomFact

_RULE: Final = "湖北省实施中办发〔2017〕70号的规定·闲置办公用房处置"
_OWN: Final = "中办发〔2017〕70号·处置利用(条号待核实)"

HANDLING: Final = (
    Handling(
        step="调剂使用",
        clause=_RULE,
        flag="VERIFIED",
        note="优先；由机关事务管理部门在本级单位之间调剂",
        note_en="first: give it to another unit of the same level",
    ),
    Handling(
        step="转换用途",
        clause=_RULE,
        flag="VERIFIED",
        note="转为便民服务、社区活动等公益场所",
        note_en="turn it into a place of public service",
    ),
    Handling(
        step="置换",
        clause=_RULE,
        flag="VERIFIED",
        note="置换为符合需要的其他房屋",
        note_en="exchange it for other premises that are needed",
    ),
    Handling(
        step="出租",
        clause=_OWN,
        flag="MEMORY",
        note="前三项无法实施时，经公共资源交易平台公开招租，收入实行收支两条线",
        note_en="only when the first three cannot be done; by public tender, for the treasury",
    ),
    Handling(
        step="拍卖",
        clause=_RULE,
        flag="VERIFIED",
        note="依法公开拍卖",
        note_en="auction it",
    ),
    Handling(
        step="拆除",
        clause=_RULE,
        flag="VERIFIED",
        note="危房或规划要求时",
        note_en="pull it down, where dangerous or planned",
    ),
)
"""What may be done with idle premises, in this order."""

STEPS: Final = tuple(each.step for each in HANDLING)

REASONS: Final = {
    "surplus": "总量满足需要后仍有富余",
    "unsuitable": "地段、周边环境或房屋结构不适合继续办公",
    "planning": "因城乡规划调整等需要拆迁",
    "dangerous": "经鉴定为危房且无加固改造价值",
    "left-over": "布局调整后腾出",
}
"""Conditions under which premises count as idle (the same rule; VERIFIED)."""

# Where nobody may work any more there is nothing to reallocate (DERIVED from the conditions).
_FROM: Final = {"planning": 5, "dangerous": 5, "unsuitable": 1}

# Rooms that belong to a floor, not to somebody: no assignment says nothing about them.
_COMMON: Final = frozenset({TOILET, "开水间", "值班室", "收发室"})
_ASSIGNABLE: Final = frozenset({None, UseClass.OFFICE, UseClass.SERVICE, UseClass.TECHNICAL})

# A counter that has been silent so long is no evidence of the present (SETTING).
_SILENT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    kind: str
    since: date | None
    zh: str
    en: str


def idle_room(estate: Estate, code: str) -> IdleRoom | None:
    """Tell whether a room is idle, since when, why, and what comes next; None when it is not.

    A room is idle when it is sealed; when it could be assigned and is not; or when it is assigned
    and nobody was counted in it for ``unused_days`` of the rule packs, counted all that time.
    """
    room = estate.rooms[code]
    if room.sealed_on is None and room.presence_from is None and estate.assigned.get(code):
        return None  # nine out of ten
    found = _idle(estate, room)
    if found is None:
        return None
    reason = room.idle_reason if room.idle_reason in REASONS else None
    return IdleRoom(
        code=code,
        building=room.building,
        storey=room.storey,
        area_m2=estate.areas[code],
        use=room.use,
        since=found.since,
        days=(estate.day - found.since).days if found.since is not None else None,
        kind=found.kind,
        evidence=found.zh,
        evidence_en=found.en,
        reason=REASONS[reason] if reason is not None else None,
        handling=HANDLING[_FROM.get(reason or "", 0) :],
    )


def _idle(estate: Estate, room: RoomFact) -> _Found | None:
    day = estate.day
    if room.sealed_on is not None and room.sealed_on <= day:
        return _Found(
            kind="sealed",
            since=room.sealed_on,
            zh=f"台账记载{room.sealed_on}封存",
            en=f"the ledger says sealed on {room.sealed_on}",
        )
    if any(
        lease.direction == "出租" and (lease.until is None or lease.until >= day)
        for lease in estate.leases.get(room.code, ())
    ):
        return None
    if room.annex_of is not None or room.use in _COMMON or use_class(room.use) not in _ASSIGNABLE:
        return None
    if not estate.assigned.get(room.code):
        return _unassigned(room)
    return _unused(estate, room)


def _unassigned(room: RoomFact) -> _Found:
    if room.empty_since is not None:
        return _Found(
            kind="no-assignment",
            since=room.empty_since,
            zh=f"最后一次分配止于{room.empty_since - timedelta(days=1)}，此后无分配",
            en=f"its last assignment ended on {room.empty_since - timedelta(days=1)}",
        )
    return _Found(
        kind="no-assignment", since=room.since, zh="没有分配记录", en="no assignment is on record"
    )


def _unused(estate: Estate, room: RoomFact) -> _Found | None:
    """Tell a room that is assigned and empty, where counters have watched it all the while."""
    day = estate.day
    if room.presence_from is None:
        return None
    if room.presence_until is not None and room.presence_until < day - _SILENT:
        return None
    quiet_since = room.presence_from
    if room.last_presence_on is not None:
        quiet_since = room.last_presence_on + timedelta(days=1)
    if (day - quiet_since).days < int(estate.standard().figures["unused_days"].value):
        return None
    seen = room.last_presence_on
    return _Found(
        kind="unused",
        since=quiet_since,
        zh=f"已分配；计数器自{room.presence_from}起计数，"
        + (f"最后一次有人为{seen}" if seen is not None else "从未有人"),
        en=f"assigned; counted since {room.presence_from}, "
        + (f"somebody was last there on {seen}" if seen is not None else "nobody was ever there"),
    )
