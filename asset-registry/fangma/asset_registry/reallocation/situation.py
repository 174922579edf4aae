"""What the solver is told: rooms, people, demands, wishes and how to weigh them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.reallocation.requirements import Close

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from fangma.asset_registry.reallocation.requirements import Requirement

UNLIMITED: Final = 10_000_000
"""Ceiling of whoever has none, hundredths of a square metre: larger than any room."""


class Aim(StrEnum):
    """What a plan keeps small, each where it does no harm to those before it.

    ``moves``: people and units who have a room and get another. ``excess``: area above the sum of
    the ceilings of those in a room. ``scatter``: storeys and buildings beyond the first, over all
    units. ``distance``: the longest way between the rooms of two teams that belong together, over
    all such pairs. ``fragments``: empty area on storeys that are still partly in use.
    """

    MOVES = "moves"
    EXCESS = "excess"
    SCATTER = "scatter"
    DISTANCE = "distance"
    FRAGMENTS = "fragments"


class Ceilings(StrEnum):
    """Whom the ceilings bind.

    ``placed``: nobody is placed in a room over the standard, and no room gets worse than it is.
    ``all``: no room of the scope is over the standard. ``aim``: nobody; the excess is an aim only.
    """

    PLACED = "placed"
    ALL = "all"
    AIM = "aim"


class Sharing(StrEnum):
    """Who may share a room: people of one unit, of one organisation (the unit at the top), any."""

    UNIT = "unit"
    ORGANISATION = "organisation"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room that people may hold.

    Attributes
    ----------
    area : int
        Hundredths of a square metre, so that sums are exact.
    capacity : int
        People at most.
    level : int
        Storeys above the ground floor; below it negative.
    is_accessible : bool
        On the ground floor, or reached by a lift.
    is_destination : bool
        Somebody may be placed here; False where the area is not known or the use is another.
    beside : frozenset of str
        Rooms through one wall.
    zone : str
        Part of a storey; ways are reckoned between zones.
    """

    code: str
    area: int
    capacity: int
    building: str = ""
    storey: str = ""
    level: int = 0
    is_accessible: bool = True
    is_destination: bool = True
    beside: frozenset[str] = frozenset()
    zone: str = ""
    number: str | None = None
    use: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupant:
    """Somebody, or a unit's whole room, that has a place or needs one.

    Attributes
    ----------
    id : str
        人员编号; ``UNIT+1`` for somebody to come whom nobody knows yet; ``UNIT@ROOM`` for a room
        that a unit holds without names.
    unit, organisation : str
        Unit, after mergers, and the unit at the top above it.
    ceiling : int or None
        Hundredths of a square metre; None = cannot be told, then nobody moves them by guess.
    room : str or None
        Where they are; None for whoever has no room yet.
    further_of : str or None
        Who holds this room beside another one: a second office, ceiling 0 because the ceiling is
        counted with the first. It stays unless it is closed; then it is given back.
    is_alone : bool
        Holds a room alone.
    least : int
        Smallest area that is fit, hundredths of a square metre.
    is_block : bool
        A unit's room without names.
    is_newcomer : bool
        Not among the people before the plan.
    arrives : date or None
        First day on which a room is needed.
    """

    id: str
    unit: str
    organisation: str = ""
    rank: str | None = None
    ceiling: int | None = UNLIMITED
    room: str | None = None
    further_of: str | None = None
    is_alone: bool = False
    least: int = 0
    is_block: bool = False
    is_newcomer: bool = False
    arrives: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a plan is made; every answer repeats them.

    Attributes
    ----------
    on : date
        Day from which the plan holds.
    aims : tuple of Aim
        In order: the first goes before all others.
    time_limit_s : float
        For the plan itself; alternatives take as much again at most.
    seed, workers : int
        Of CP-SAT. Workers 0 = one, or two for a large problem. With one worker the same seed gives
        the same plan unless time ran out.
    """

    on: date
    aims: tuple[Aim, ...] = tuple(Aim)
    ceilings: Ceilings = Ceilings.PLACED
    sharing: Sharing = Sharing.ANY
    time_limit_s: float = 60.0
    seed: int = 1
    workers: int = 0
    alternatives: bool = True


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Rooms, people, and what is asked of them.

    Attributes
    ----------
    rooms : mapping of code to Room
    people : mapping of id to Occupant
        Everybody in the scope, and who is to come.
    requirements : tuple of Requirement
        Demands first, then wishes.
    near : tuple of (unit, unit)
        Teams that belong together; ways are reckoned between them.
    ways : mapping of (zone, zone) to int
        Metres between zones, both ways; a pair that is missing is 0.
    unit_names : mapping of str to str
    standard : str or None
        Name of the rule pack that the ceilings come from.
    released : tuple of (person, room)
        Further rooms that are given back because they are closed or their holder leaves.
    notes : tuple of (zh, en)
        What was taken for granted or left out, in words.
    """

    rooms: Mapping[str, Room]
    people: Mapping[str, Occupant]
    settings: Settings
    requirements: tuple[Requirement, ...] = ()
    near: tuple[tuple[str, str], ...] = ()
    ways: Mapping[tuple[str, str], int] = field(default_factory=dict)
    unit_names: Mapping[str, str] = field(default_factory=dict)
    standard: str | None = None
    released: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()

    @cached_property
    def holders(self) -> dict[str, tuple[str, ...]]:
        """Who holds each room before the plan."""
        found: dict[str, list[str]] = {code: [] for code in self.rooms}
        for person in self.people.values():
            if person.room is not None:
                found[person.room].append(person.id)
        return {code: tuple(ids) for code, ids in found.items()}

    @cached_property
    def closed(self) -> frozenset[str]:
        """Rooms that are closed at some time from the day of the plan on."""
        return closed_rooms(self.requirements, self.settings.on)


def closed_rooms(requirements: tuple[Requirement, ...], on: date) -> frozenset[str]:
    """Return the rooms that some closure takes at any time from a day on."""
    return frozenset(
        room
        for each in requirements
        if isinstance(each, Close) and (each.until is None or each.until >= on)
        for room in each.rooms
    )


def excess_of(area: int, ceilings: int) -> int:
    """Return the area above the ceilings of those in a room, hundredths of a square metre."""
    return max(0, area - ceilings)
