"""Large problems, taken apart by organisation.

Organisations share no room, so they meet only where rooms are free. Each that a demand or wish
touches is solved by itself, one after the other, over its own rooms and the free ones that are
left; together that is a plan to begin from. Everybody else stays.

A bound for all plans comes from the same parts: let whoever leaves a room of an organisation find a
place outside that costs nothing. No plan moves fewer of that organisation, so the least moves of
the parts add up to a bound; and where a plan reaches it, nobody else moves in any plan as good, and
the least excess of the parts adds up too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from fangma.asset_registry.reallocation.before import excess_before, group_of
from fangma.asset_registry.reallocation.requirements import (
    Allow,
    Alone,
    Apart,
    Arrive,
    Close,
    Leave,
    Note,
    Stay,
    Together,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.reallocation.requirements import Requirement
    from fangma.asset_registry.reallocation.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Organisations that are solved together.

    Attributes
    ----------
    people : frozenset of str
        Everybody of them.
    rooms : frozenset of str
        Rooms that they hold now.
    """

    people: frozenset[str]
    rooms: frozenset[str]


def parts_of(situation: Situation) -> tuple[Part, ...]:
    """Return the parts that demands and wishes touch; none when anybody may share with anybody.

    Groups that a wish ties together, or that share a room already, are one part.
    """
    group = group_of(situation.settings.sharing)
    if group is None:
        return ()
    leader: dict[str, str] = {}

    def root(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = leader[leader[name]]
            name = leader[name]
        return name

    def tie(people: Iterable[str]) -> None:
        names = sorted({group(situation.people[id_]) for id_ in people})
        for name in names[1:]:
            leader[root(name)] = root(names[0])

    for ids in situation.holders.values():
        tie(ids)
    for each in situation.requirements:
        if isinstance(each, Together):
            tie(each.people)
        elif isinstance(each, Apart):
            tie(each.people | each.others)
    chosen = {root(group(situation.people[id_])) for id_ in touched(situation)}
    people: dict[str, set[str]] = defaultdict(set)
    rooms: dict[str, set[str]] = defaultdict(set)
    for id_, person in situation.people.items():
        name = root(group(person))
        people[name].add(id_)
        if person.room is not None:
            rooms[name].add(person.room)
    return tuple(
        Part(people=frozenset(people[name]), rooms=frozenset(rooms[name]))
        for name in sorted(chosen, key=lambda name: (-len(people[name]), name))
    )


def only(situation: Situation, part: Part, rooms: Iterable[str]) -> Situation:
    """Return the situation of one part over some rooms."""
    held = set(rooms)
    requirements = [
        cut for each in situation.requirements if (cut := _cut(each, part.people)) is not None
    ]
    return replace(
        situation,
        rooms={code: room for code, room in situation.rooms.items() if code in held},
        people={id_: person for id_, person in situation.people.items() if id_ in part.people},
        requirements=tuple(requirements),
        near=(),
        ways={},
    )


def free_rooms(situation: Situation) -> frozenset[str]:
    """Return open rooms that nobody holds."""
    return frozenset(
        code
        for code, room in situation.rooms.items()
        if room.is_destination and not situation.holders[code] and code not in situation.closed
    )


def excess_elsewhere(situation: Situation, parts: Iterable[Part]) -> tuple[int, tuple[int, ...]]:
    """Return the excess of the rooms that no part holds, and what moves there can take from it.

    Returns
    -------
    excess : int
    gains : tuple of int
        What one move can take away at most, what a second one can, and so on. It leaves a room,
        which mends it by its part of those who must leave for that; and it enters another one,
        which mends that by its ceiling.
    """
    inside = {code for part in parts for code in part.rooms}
    group = group_of(situation.settings.sharing)
    most: dict[str, int] = defaultdict(int)
    for person in situation.people.values():
        if group is not None and not person.is_alone:
            most[group(person)] = max(most[group(person)], person.ceiling or 0)
    excess = 0
    left, entered = [], []
    for code in situation.rooms.keys() - inside - situation.closed:
        rest = excess_before(situation, code) or 0
        if not rest:
            continue
        excess += rest
        room = situation.rooms[code]
        holders = [situation.people[id_] for id_ in situation.holders[code]]
        left += [-(-rest // len(holders))] * len(holders)
        if room.is_destination and group is not None and not any(p.is_alone for p in holders):
            one = most[group(holders[0])]
            for _ in range(room.capacity):  # others may make a place
                entered.append(min(one, rest))
                rest -= entered[-1]
    left, entered = ([n for n in sorted(each, reverse=True) if n] for each in (left, entered))
    gains = (leave + enter for leave, enter in zip_longest(left, entered, fillvalue=0))
    return excess, tuple(gains)


def forced(situation: Situation) -> set[str]:
    """Return who moves in every plan: closed out, or in a room that a wish forbids them."""
    leaving = {
        id_ for each in situation.requirements if isinstance(each, Leave) for id_ in each.people
    }
    found = {id_ for code in situation.closed for id_ in situation.holders.get(code, ())}
    for each in situation.requirements:
        if isinstance(each, Allow):
            found |= {
                id_
                for id_ in each.people
                if (room := situation.people[id_].room) is not None and room not in each.rooms
            }
    return found - leaving


def least_excess_of_fillers(situation: Situation, spare: int) -> int:
    """Return a bound of the excess where anybody may share and ``spare`` more move than must.

    A room's excess falls when somebody is added to it or when people leave it. Whoever is added
    mends one room at most, and a spare move two.
    """
    must = forced(situation)
    comes, leaves = set(must), set(must)
    for each in situation.requirements:
        if isinstance(each, Arrive):
            comes |= each.people
        elif isinstance(each, Leave):
            leaves |= each.people
    left = {situation.people[id_].room for id_ in leaves} | situation.closed
    rows = sorted(
        (excess_before(situation, code) or 0 for code in situation.rooms if code not in left),
        reverse=True,
    )
    return sum(rows[len(comes) + 2 * spare :])


def touched(situation: Situation) -> set[str]:
    """Return who must move, who is to come or to leave, and whom wishes name."""
    found = {id_ for code in situation.closed for id_ in situation.holders.get(code, ())}
    for each in situation.requirements:
        match each:
            case Allow():
                found |= {i for i in each.people if situation.people[i].room not in each.rooms}
            case Leave():  # and who sits with them, whose room gets worse
                rooms = {situation.people[id_].room for id_ in each.people}
                found |= {id_ for code in rooms if code for id_ in situation.holders[code]}
            case Arrive() | Together() | Apart() | Alone():
                found |= each.people & situation.people.keys()
            case Stay() | Close() | Note() | _:
                pass
    return found


def _cut(each: Requirement, people: frozenset[str]) -> Requirement | None:
    """Return a requirement about some of its people; None when it is about none of them."""
    if isinstance(each, Close):
        return each
    named: frozenset[str] = getattr(each, "people", frozenset())
    if not named & people:
        return None
    return replace(each, people=named & people)  # type: ignore[call-arg]
