"""What a plan must obey beside the standard: demands and wishes, brought down to eight forms.

Each names people and rooms one by one, so that the solver, the checker and a reader in doubt can
work from the same words without knowing how a request is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


class Within(StrEnum):
    """What people who keep together share."""

    ROOM = "room"
    STOREY = "storey"
    BUILDING = "building"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One demand or wish.

    Attributes
    ----------
    id : str
        The planner's name for it, else its path in the request; unique.
    path : str
        Where it stands in the request: ``demands[0]``; empty for one of our own.
    zh, en : str
        What it asks, in a sentence without an end.
    """

    id: str
    path: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrive(Requirement):
    """People who have no room get one."""

    people: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Requirement):
    """People give back what they hold."""

    people: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Requirement):
    """Rooms are empty from a day on, to another day.

    Attributes
    ----------
    since, until : date or None
        First and last day; None = unbounded. A room that is closed at any time from the plan's day
        on is no destination.
    """

    rooms: frozenset[str]
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow(Requirement):
    """People sit in one of these rooms and in no other."""

    people: frozenset[str]
    rooms: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay(Requirement):
    """People stay where they are."""

    people: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Together(Requirement):
    """People share one room, storey or building."""

    people: frozenset[str]
    within: Within


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart(Requirement):
    """No room of the first is one of the others', or beside one."""

    people: frozenset[str]
    others: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone(Requirement):
    """Each of these people has a room without anybody else."""

    people: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Requirement):
    """A demand that changes who belongs where, and by itself forbids nothing (two units merge)."""
