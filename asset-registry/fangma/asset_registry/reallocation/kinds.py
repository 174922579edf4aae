"""People who are all the same to a plan, counted instead of named.

Two people of one unit with one ceiling who stand in the same demands and wishes can change places
in any plan without changing what it costs or whether it is allowed. So a plan is decided in counts
(how many of a kind sit in a room) and named afterwards: whoever sits in a room where their kind
still has a place stays there. That is exact, and turns 5,000 people into some hundred kinds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.asset_registry.reallocation.requirements import (
    Apart,
    Close,
    Note,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.reallocation.requirements import Requirement
    from fangma.asset_registry.reallocation.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """People who are interchangeable.

    Attributes
    ----------
    people : tuple of str
        Ascending.
    here : mapping of room to int
        How many of them sit there before the plan.
    """

    people: tuple[str, ...]
    unit: str
    organisation: str
    ceiling: int | None
    is_alone: bool
    least: int
    is_block: bool
    here: Mapping[str, int]

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.people)


def kinds_of(situation: Situation) -> tuple[Kind, ...]:
    """Group the people of a situation, in an order that hangs on nothing but their ids."""
    standing = _standing(situation.requirements)
    groups: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for id_ in sorted(situation.people):
        person = situation.people[id_]
        key = (
            person.unit,
            person.organisation,
            person.ceiling,
            person.is_alone,
            person.least,
            person.is_block,
            person.further_of is not None,
            person.room is None,
            standing.get(id_, ()),
        )
        groups[key].append(id_)
    kinds = []
    for ids in groups.values():
        first = situation.people[ids[0]]
        rooms = (situation.people[id_].room for id_ in ids)
        kinds.append(
            Kind(
                people=tuple(ids),
                unit=first.unit,
                organisation=first.organisation,
                ceiling=first.ceiling,
                is_alone=first.is_alone,
                least=first.least,
                is_block=first.is_block,
                here=dict(sorted(Counter(room for room in rooms if room is not None).items())),
            )
        )
    return tuple(kinds)


def people_of(requirement: Requirement) -> frozenset[str]:
    """Return everybody whom a requirement names."""
    if isinstance(requirement, Apart):
        return requirement.people | requirement.others
    if isinstance(requirement, Close | Note):
        return frozenset()
    named: frozenset[str] = getattr(requirement, "people", frozenset())
    return named


def name_places(
    situation: Situation, kinds: tuple[Kind, ...], counts: Mapping[tuple[int, str], int]
) -> dict[str, str | None]:
    """Say who sits where, given how many of each kind sit in each room.

    Parameters
    ----------
    counts : mapping of (number of the kind, room) to int

    Returns
    -------
    places : dict of person to room
        None for whoever leaves. Of a kind, those with the smallest ids stay.
    """
    places: dict[str, str | None] = {}
    for number, kind in enumerate(kinds):
        free = {room: n for (k, room), n in sorted(counts.items()) if k == number and n > 0}
        moving = []
        for person in kind.people:
            room = situation.people[person].room
            if room is not None and free.get(room, 0) > 0:
                free[room] -= 1
                places[person] = room
            else:
                moving.append(person)
        seats = [room for room, n in free.items() for _ in range(n)]
        places.update(dict.fromkeys(moving[len(seats) :]))
        places.update(zip(moving, seats, strict=False))
    return places


def _standing(requirements: tuple[Requirement, ...]) -> dict[str, tuple[tuple[int, bool], ...]]:
    """Return, for each person, the requirements that name them and on which side."""
    found: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for number, each in enumerate(requirements):
        for person in people_of(each):
            found[person].append((number, isinstance(each, Apart) and person in each.others))
            if isinstance(each, Apart) and person in each.people and person in each.others:
                found[person].append((number, False))
    return {person: tuple(sorted(rows)) for person, rows in found.items()}
