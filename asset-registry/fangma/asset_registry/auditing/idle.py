"""Rooms that nobody uses: since when, why, and the lawful order of handling them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fangma.asset_registry.auditing.results import IdleRoom
from fangma.asset_registry.auditing.uses import TOILET, UseClass, use_class

if TYPE_CHECKING:
    from datetime import date

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.facts import RoomFact

STEPS: Final = ("调剂使用", "转换用途", "置换", "出租", "拍卖", "拆除")
"""Order of handling, 调剂 first (Hubei's rule that carries out 中办发〔2017〕70号; VERIFIED)."""

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


def idle_room(estate: Estate, code: str) -> IdleRoom | None:
    """Tell whether a room is idle, since when, why, and what comes next; None when it is not.

    A room is idle when it is sealed; when it could be assigned and is not; or when it is assigned
    and nobody was counted in it for ``unused_days`` of the rule packs, counted all that time.
    """
    room = estate.rooms[code]
    found = _idle(estate, room)
    if found is None:
        return None
    kind, since = found
    reason = room.idle_reason if room.idle_reason in REASONS else None
    return IdleRoom(
        code=code,
        area_m2=estate.areas[code],
        use=room.use,
        since=since,
        days=(estate.day - since).days if since is not None else None,
        kind=kind,
        reason=REASONS[reason] if reason is not None else None,
        steps=STEPS[_FROM.get(reason or "", 0) :],
    )


def _idle(estate: Estate, room: RoomFact) -> tuple[str, date | None] | None:
    day = estate.day
    if room.sealed_on is not None and room.sealed_on <= day:
        return "sealed", room.sealed_on
    if any(
        lease.direction == "出租" and (lease.until is None or lease.until >= day)
        for lease in estate.leases.get(room.code, ())
    ):
        return None
    if room.annex_of is not None or room.use in _COMMON or use_class(room.use) not in _ASSIGNABLE:
        return None
    if not estate.assigned.get(room.code):
        return "no-assignment", room.empty_since or room.since
    if room.presence_from is None:
        return None
    quiet_since = room.last_presence_on or room.presence_from
    limit = int(estate.standard().figures["unused_days"].value)
    return ("unused", quiet_since) if (day - quiet_since).days >= limit else None
