"""What a room is used as, in the classes of table 2 of the standard."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.room_uses import CLASSES, room_uses
from fangma.asset_registry.standards.ranks import fold

if TYPE_CHECKING:
    from fangma.asset_registry.auditing.facts import AssignmentFact, RoomFact


class UseClass(StrEnum):
    """Class of use; 领导办公室 and 办公室 are one (table 2)."""

    OFFICE = "办公室"
    SERVICE = "服务用房"
    PLANT = "设备用房"
    ANCILLARY = "附属用房"
    TECHNICAL = "技术业务用房"
    CIRCULATION = "公共交通"


class Part(StrEnum):
    """What a room is to the person who holds it."""

    OFFICE = "office"
    REST_ROOM = "rest-room"
    TOILET = "toilet"
    OTHER = "other"  # service, plant and so on: no part of the office


REST_ROOM: Final = "休息室"
TOILET: Final = "卫生间"


@cache
def use_class(use: str | None) -> UseClass | None:
    """Return the class of a use by its name, or None when the name is not known.

    Examples
    --------
    >>> str(use_class("领导办公室")), str(use_class("会议室")), use_class("闲置")
    ('办公室', '服务用房', None)
    """
    words = fold(use or "")
    if words == "公共":
        return UseClass.CIRCULATION
    name = words if words in CLASSES else _classes().get(words)
    if name is None:
        return None
    return UseClass.OFFICE if name == "领导办公室" else UseClass(name)


@cache
def _classes() -> dict[str, str]:
    return {fold(use.name): use.use_class for use in room_uses()}


def use_in_fact(room: RoomFact, assignment: AssignmentFact | None) -> UseClass | None:
    """Return the class that a room is used as: as assigned, else as the model tells it."""
    return _told(assignment.use if assignment is not None else None, room.use)


def part_of_office(room: RoomFact, assignment: AssignmentFact | None) -> Part:
    """Tell what a room is to the person who holds it.

    A rest room or toilet that a person holds, or that is entered from an office only, is part of
    the office whatever the assignment calls it (notes 3 and 4 to table 3). A room given to a person
    without a known use is taken for an office: meeting tables and sofas change nothing.
    """
    assigned = assignment.use if assignment is not None else None
    if room.annex_of is None:
        return _part(assigned, room.use, is_annex=False)
    # The ledger, which names the office, also says what the annex is.
    told = TOILET if TOILET in {room.use, room.registered_use} else room.use
    return _part(assigned, told, is_annex=True)


@cache
def _told(assigned: str | None, modelled: str | None) -> UseClass | None:
    return use_class(assigned) or use_class(modelled)


@cache
def _part(assigned: str | None, modelled: str | None, *, is_annex: bool) -> Part:
    if TOILET in {assigned, modelled}:
        return Part.TOILET
    if is_annex or REST_ROOM in {assigned, modelled}:
        return Part.REST_ROOM
    return Part.OFFICE if _told(assigned, modelled) in {UseClass.OFFICE, None} else Part.OTHER
