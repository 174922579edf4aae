"""The order of moves: nobody without a room, no room over its capacity, swaps through a spare one.

Everybody moves on the plan's day, who is still to come on the day of arrival. A ring of people who
wait for one another is opened through a spare room; where there is none, the ring is declared a
swap at the same time, and says so.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.asset_registry.reallocation.before import group_of
from fangma.asset_registry.reallocation.requirements import Allow, Leave

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from fangma.asset_registry.reallocation.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One person (or a unit's room) goes from one room to another.

    Attributes
    ----------
    number : int
        Steps are done in this order; those of one number at the same time.
    from_, to : str or None
        Codes; from None = comes from outside, to None = leaves.
    is_temporary : bool
        Into a spare room, to be left again.
    is_swap : bool
        Has to be done at the same time as the others of its number.
    """

    number: int
    on: date
    person: str
    from_: str | None
    to: str | None
    is_temporary: bool = False
    is_swap: bool = False


def order_moves(situation: Situation, places: Mapping[str, str | None]) -> tuple[Step, ...]:
    """Put the moves of a plan in an order that can be carried out.

    Parameters
    ----------
    places : mapping of person to room
        After the plan, allowed by the rules; None for whoever leaves.
    """
    return _Ordering(situation, places).steps()


class _Ordering:
    def __init__(self, situation: Situation, places: Mapping[str, str | None]) -> None:
        self._situation = situation
        self._places = places
        self._group = group_of(situation.settings.sharing)
        self._at: dict[str, str | None] = {
            id_: person.room for id_, person in situation.people.items()
        }
        self._in: dict[str, set[str]] = defaultdict(set)
        for id_, room in self._at.items():
            if room is not None:
                self._in[room].add(id_)
        self._may: dict[str, frozenset[str]] = {}
        for each in situation.requirements:
            if isinstance(each, Allow):
                for person in each.people:
                    self._may[person] = self._may.get(person, each.rooms) & each.rooms
        self._steps: list[Step] = []
        self._number = 0
        self._parked: set[str] = set()

    def steps(self) -> tuple[Step, ...]:
        situation, on = self._situation, self._situation.settings.on
        for each in situation.requirements:
            if isinstance(each, Leave):
                for person in sorted(each.people):
                    if self._at.get(person) is not None:
                        self._go([person], on)
        by_day: dict[date, list[str]] = defaultdict(list)
        for person, room in self._places.items():
            if room is not None and room != self._at[person]:
                comes = situation.people[person].arrives
                day = max(on, comes) if comes is not None and self._at[person] is None else on
                by_day[day].append(person)
        for day, people in sorted(by_day.items()):
            self._settle(sorted(people), day)
        return tuple(self._steps)

    def _settle(self, waiting: list[str], on: date) -> None:
        while waiting:
            ready = [person for person in waiting if self._may_enter(person, self._places[person])]
            if ready:
                # One at a time: whoever goes first may take the seat of the next.
                self._go([ready[0]], on)
                waiting.remove(ready[0])
                continue
            if self._park(waiting, on):
                continue
            ring = self._ring(waiting)
            self._go(ring, on, is_swap=True)
            for person in ring:
                waiting.remove(person)

    def _park(self, waiting: list[str], on: date) -> bool:
        """Send somebody who stands in another's way to a spare room; False when there is none."""
        wanted = {self._places[person] for person in waiting}
        for person in waiting:
            room = self._at[person]
            if person in self._parked or room not in wanted or room is None:
                continue
            for spare in sorted(self._situation.rooms):
                if spare not in wanted and self._may_enter(person, spare):
                    self._go([person], on, to=spare)
                    self._parked.add(person)
                    return True
        return False

    def _ring(self, waiting: list[str]) -> list[str]:
        """Return a shortest ring of people of whom each waits for the next; else all of them."""
        in_way = {
            person: [
                other
                for other in waiting
                if other != person and self._at[other] == self._places[person]
            ]
            for person in waiting
        }
        best: list[str] | None = None
        for start in waiting:
            ring = _shortest_ring(in_way, start)
            if (
                ring is not None
                and (best is None or len(ring) < len(best))
                and self._may_all_go(ring)
            ):
                best = ring
        return sorted(best if best is not None else waiting)

    def _may_all_go(self, ring: list[str]) -> bool:
        """Tell whether the rooms of a ring hold whom they get once all have left."""
        left = {room: people - set(ring) for room, people in self._in.items()}
        for person in ring:
            target = self._places[person]
            if target is None or not self._fits(person, target, left.get(target, set())):
                return False
            left.setdefault(target, set()).add(person)
        return True

    def _may_enter(self, person: str, code: str | None) -> bool:
        if code is None:
            return True
        room = self._situation.rooms[code]
        may = self._may.get(person)
        is_open = code == self._places[person] or (
            room.is_destination
            and code not in self._situation.closed
            and (may is None or code in may)
        )
        return is_open and code != self._at[person] and self._fits(person, code, self._in[code])

    def _fits(self, person: str, code: str, others: Iterable[str]) -> bool:
        """Tell whether a room can take one more beside others."""
        room = self._situation.rooms[code]
        people = [self._situation.people[id_] for id_ in (*others, person)]
        group = self._group
        return (
            len(people) <= room.capacity
            and sum(each.least for each in people) <= room.area
            and (len(people) == 1 or not any(each.is_alone for each in people))
            and (group is None or len({group(each) for each in people}) == 1)
        )

    def _go(
        self, people: list[str], on: date, *, to: str | None = None, is_swap: bool = False
    ) -> None:
        self._number += 1
        for person in people:
            from_ = self._at[person]
            target = to if to is not None else self._places[person]
            self._steps.append(
                Step(
                    number=self._number,
                    on=on,
                    person=person,
                    from_=from_,
                    to=target,
                    is_temporary=to is not None,
                    is_swap=is_swap and len(people) > 1,
                )
            )
            if from_ is not None:
                self._in[from_].discard(person)
            self._at[person] = target
        for person in people:
            target = self._at[person]
            if target is not None:
                self._in[target].add(person)


def _shortest_ring(in_way: Mapping[str, list[str]], start: str) -> list[str] | None:
    """Return a shortest ring through ``start``, by breadth."""
    paths = {start: [start]}
    queue = [start]
    while queue:
        at = queue.pop(0)
        for other in in_way[at]:
            if other == start:
                return paths[at]
            if other not in paths:
                paths[other] = [*paths[at], other]
                queue.append(other)
    return None
