"""What rooms are coloured by, taken from an audit: one value a room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class RoomValue(StrEnum):
    """What can be asked of every room."""

    VERDICT = "verdict"
    UNIT = "unit"
    AREA_PER_PERSON = "area_per_person"
    IDLE_DAYS = "idle_days"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomValues:
    """One value a room.

    Attributes
    ----------
    of : mapping of str to float or int or None
        By the room's code: numbers, or indices into ``dictionary`` where there is one; None =
        cannot be told, or does not apply. Rooms without a value are left out.
    dictionary, titles : tuple of str or None
        Words and how they are read; ``area_per_person`` and ``idle_days`` are numbers.
    limits : tuple of float
        Ceilings of those who hold one office each here, square metres, ascending.
    """

    of: Mapping[str, float | None]
    dictionary: tuple[str, ...] | None
    titles: tuple[str, ...] | None
    limits: tuple[float, ...]


def room_values(document: Mapping[str, Any], by: RoomValue) -> RoomValues:
    """Read one column out of the document of an audit.

    Parameters
    ----------
    document : mapping
        As :func:`fangma.twin.auditing.run_audit` returns it, of a whole site.
    by : RoomValue
    """
    rooms = document["rooms"]
    limits: tuple[float, ...] = ()
    if by is RoomValue.VERDICT:
        return _words(((row["room"], row["verdict"]) for row in rooms), {})
    if by is RoomValue.UNIT:
        unit_of = {row["person"]: row["unit"] for row in document["persons"]}
        names = {row["unit"]: row["name"] or row["unit"] for row in document["units"]}
        return _words(((row["room"], _unit(row, unit_of)) for row in rooms), names)
    if by is RoomValue.IDLE_DAYS:
        # A room that is used has no value; one that is idle since nobody knows when has None.
        return RoomValues(
            of={row["room"]: row["days"] for row in document["idle"]},
            dictionary=None,
            titles=None,
            limits=limits,
        )
    allowed = {row["allowed_m2"] for row in document["persons"] if len(row["rooms"]) == 1}
    return RoomValues(
        of={
            row["room"]: None if row["area_m2"] is None else row["area_m2"] / len(row["persons"])
            for row in rooms
            if row["persons"]
        },
        dictionary=None,
        titles=None,
        limits=tuple(sorted(limit for limit in allowed if limit)),
    )


def _unit(row: Mapping[str, Any], unit_of: Mapping[str, str]) -> str | None:
    """Return the unit that holds a room; of several the one with most of its people."""
    held = [*row["units"], *(unit_of[person] for person in row["persons"] if person in unit_of)]
    return min(set(held), key=lambda unit: (-held.count(unit), unit), default=None)


def _words(pairs: Iterable[tuple[str, str | None]], titles: Mapping[str, str]) -> RoomValues:
    found = {room: word for room, word in pairs if word is not None}
    dictionary = tuple(sorted(set(found.values())))
    index = {word: number for number, word in enumerate(dictionary)}
    return RoomValues(
        of={room: index[word] for room, word in found.items()},
        dictionary=dictionary,
        titles=tuple(titles.get(word, word) for word in dictionary),
        limits=(),
    )
