"""The plan as an integer program: how many of each kind sit in each room.

``x[k, r]`` counts people of kind ``k`` in room ``r``. What is written here and in ``wishes`` is the
definition of a plan that is allowed; ``checking`` says the same in other words, person by person.

With ``optional`` every demand and wish hangs on a literal, so that the solver can tell which of
them cannot be had together.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from ortools.sat.python import cp_model

from fangma.asset_registry.reallocation.before import excess_before, group_of, is_broken
from fangma.asset_registry.reallocation.requirements import Allow, Leave, Note
from fangma.asset_registry.reallocation.situation import Ceilings, Sharing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fangma.asset_registry.reallocation.kinds import Kind
    from fangma.asset_registry.reallocation.situation import Situation

Cell = tuple[int, str]
_WITH_ROOM: Final = 300
LARGE: Final = 60_000
"""Cells above which a kind is offered fewer rooms: free ones and those of its organisation."""


class Program:
    """A CP-SAT model of a situation: who may sit where, and the rules of every room.

    Attributes
    ----------
    model : cp_model.CpModel
    x : dict of (number of the kind, room) to variable
    rooms_of : dict of number of the kind to list of rooms
    kinds_in : dict of room to list of numbers
    occupied, excess : dict of room to variable
        Whether anybody sits there; area over the standard, where it may be more than none.
    outside : dict of number of the kind to variable
        How many find a place nobody asks about, for a bound; empty unless ``has_outside``.
    literals : dict of requirement id to literal
        Empty unless ``optional``.
    is_whole : bool
        Every kind was offered every room that could take it: what is proved holds for all plans.
    """

    def __init__(
        self,
        situation: Situation,
        kinds: Sequence[Kind],
        *,
        optional: bool = False,
        large: int = LARGE,
        movers: frozenset[int] | None = None,
        has_outside: bool = False,
    ) -> None:
        self.situation = situation
        self.kinds = tuple(kinds)
        self.model = cp_model.CpModel()
        self.is_optional = optional
        self.literals: dict[str, Any] = {}
        if optional:
            self.literals = {
                each.id: self.model.new_bool_var(f"if:{each.id}")
                for each in situation.requirements
                if not isinstance(each, Note)
            }
        self._number = {person: k for k, kind in enumerate(kinds) for person in kind.people}
        self.x: dict[Cell, Any] = {}
        self.rooms_of: dict[int, list[str]] = defaultdict(list)
        self.kinds_in: dict[str, list[int]] = defaultdict(list)
        self.occupied: dict[str, Any] = {}
        self.excess: dict[str, Any] = {}
        self.outside: dict[int, Any] = {}
        if has_outside:
            self.outside = {
                k: self.model.new_int_var(0, kind.size, f"outside{k}")
                for k, kind in enumerate(kinds)
            }
        self.is_whole = movers is None
        self._movers = movers
        gone = _leaving(situation)
        self._lay_out(large)
        for code in sorted(self.kinds_in):
            must_change = not gone.isdisjoint(situation.holders[code]) or (
                situation.settings.ceilings is Ceilings.ALL and excess_before(situation, code)
            )
            if movers is None or must_change or movers & set(self.kinds_in[code]):
                self._keep_rules(code)
            else:  # nothing can change here
                self.occupied[code] = self.model.new_constant(1)
                self.excess[code] = self.model.new_constant(excess_before(situation, code) or 0)

    def numbers(self, people: Iterable[str]) -> list[int]:
        """Return the kinds that people belong to."""
        return sorted({self._number[person] for person in people if person in self._number})

    def heads(self, code: str) -> Any:  # noqa: ANN401 - an expression of ortools
        """Return how many sit in a room."""
        return sum(self.x[k, code] for k in self.kinds_in[code])

    def most_in(self, code: str) -> int:
        """Return how many may sit in a room at most; more than its capacity where more do now."""
        room = self.situation.rooms[code]
        return max(room.capacity, len(self.situation.holders[code]), 1)

    # ---- who may sit where ----

    def _lay_out(self, large: int) -> None:
        situation = self.situation
        # Hung on a literal, a closure or a wish takes no cell away: it forbids its use.
        closed = frozenset[str]() if self.is_optional else situation.closed
        barred = {} if self.is_optional else _allowed(situation)
        gone = set() if self.is_optional else _leaving(situation)
        broken = {code for code in situation.rooms if is_broken(situation, code)}
        takers = {
            code
            for code, room in situation.rooms.items()
            if room.is_destination
            and code not in closed
            and code not in broken
            and excess_before(situation, code) is not None
        }
        offers: dict[str, set[str]] = {}
        if len(self.kinds) * len(takers) > large and not self.is_optional:
            self.is_whole = False
            free = {code for code in takers if not situation.holders[code]}
            free |= set(_with_room(situation, takers))
            offers = {
                organisation: (rooms & takers) | free
                for organisation, rooms in _rooms_by_organisation(situation).items()
            }
            offers[""] = free
        for k, kind in enumerate(self.kinds):
            if kind.people[0] in gone:
                continue
            if self._movers is not None and k not in self._movers:
                self._seat(k, kind)
                continue
            offered = offers.get(kind.organisation, offers[""]) if offers else takers
            may = barred.get(kind.people[0])
            rooms = (set(kind.here) - closed) | (offered if kind.ceiling is not None else set())
            for code in sorted(rooms if may is None else rooms & may):
                room = situation.rooms[code]
                here = kind.here.get(code, 0)
                most = min(kind.size, room.capacity) if code in takers else here
                if code in takers and kind.least > 0:
                    most = min(most, room.area // kind.least)
                if code in takers and kind.is_alone:
                    most = min(most, 1)
                if max(most, here) > 0:
                    self.x[k, code] = self.model.new_int_var(0, max(most, here), f"x{k}@{code}")
                    self.rooms_of[k].append(code)
                    self.kinds_in[code].append(k)

    def _seat(self, k: int, kind: Kind) -> None:
        """Leave a kind where it is."""
        for code, count in kind.here.items():
            self.x[k, code] = self.model.new_int_var(count, count, f"x{k}@{code}")
            self.rooms_of[k].append(code)
            self.kinds_in[code].append(k)

    # ---- rules of a room ----

    def _keep_rules(self, code: str) -> None:
        occupied = self.model.new_bool_var(f"occupied@{code}")
        self.model.add(self.heads(code) <= self.most_in(code) * occupied)
        self.model.add(self.heads(code) >= occupied)
        self.occupied[code] = occupied
        before = excess_before(self.situation, code)
        if before is None or is_broken(self.situation, code):
            for k in self.kinds_in[code]:  # nobody is added; see before.is_broken
                self.model.add(self.x[k, code] <= self.kinds[k].here.get(code, 0))
        if not is_broken(self.situation, code):
            self._share(code)
        if before is not None:
            self._keep_ceilings(code, before)

    def _share(self, code: str) -> None:
        room, kinds = self.situation.rooms[code], self.kinds_in[code]
        self.model.add(self.heads(code) <= room.capacity)
        if any(self.kinds[k].least for k in kinds):
            least = sum(self.kinds[k].least * self.x[k, code] for k in kinds)
            self.model.add(least <= room.area)
        self.leave_alone([k for k in kinds if self.kinds[k].is_alone], code)
        group = group_of(self.situation.settings.sharing)
        if group is None:
            return
        members: dict[str, list[int]] = defaultdict(list)
        for k in kinds:
            members[group(self.kinds[k])].append(k)
        if len(members) > 1:
            there = []
            for name, numbers in sorted(members.items()):
                literal = self.model.new_bool_var(f"{name}@{code}")
                total = sum(self.x[k, code] for k in numbers)
                self.model.add(total <= room.capacity * literal)
                there.append(literal)
            self.model.add(sum(there) <= 1)

    def leave_alone(self, kinds: Sequence[int], code: str, *conditions: Any) -> None:  # noqa: ANN401
        """Let somebody of some kinds shut everybody else out of a room, under conditions."""
        inside = [self.x[k, code] for k in kinds if (k, code) in self.x]
        if not inside or sum(self.kinds[k].size for k in self.kinds_in[code]) == 1:
            return
        there = self.model.new_bool_var(f"alone@{code}")
        most = self.most_in(code)
        if conditions:
            self.model.add(sum(inside) <= most * there)
            self.model.add(self.heads(code) <= 1).only_enforce_if(there, *conditions)
        else:
            self.model.add(sum(inside) <= there)
            self.model.add(self.heads(code) <= most - (most - 1) * there)

    def _keep_ceilings(self, code: str, before: int) -> None:
        area, kinds = self.situation.rooms[code].area, self.kinds_in[code]
        rule = self.situation.settings.ceilings
        ceilings = sum((self.kinds[k].ceiling or 0) * self.x[k, code] for k in kinds)
        most = {Ceilings.PLACED: before, Ceilings.ALL: 0, Ceilings.AIM: area}[rule]
        if most == 0:
            self.model.add(ceilings >= area * self.occupied[code])
            return
        excess = self.model.new_int_var(0, most, f"excess@{code}")
        self.model.add(excess >= area * self.occupied[code] - ceilings)
        self.excess[code] = excess
        if rule is Ceilings.PLACED:
            added = self.model.new_bool_var(f"added@{code}")
            for k in kinds:
                here = self.kinds[k].here.get(code, 0)
                self.model.add(self.x[k, code] <= here + self.kinds[k].size * added)
            self.model.add(excess <= before * (1 - added))


def _allowed(situation: Situation) -> dict[str, frozenset[str]]:
    """Return the rooms that wishes leave to those whom they name."""
    found: dict[str, frozenset[str]] = {}
    for each in situation.requirements:
        if isinstance(each, Allow):
            for person in each.people:
                found[person] = found.get(person, each.rooms) & each.rooms
    return found


def _with_room(situation: Situation, takers: set[str]) -> list[str]:
    """Return held rooms that have most use for one more, where anybody may share."""
    if situation.settings.sharing is not Sharing.ANY:
        return []
    gone = _leaving(situation)

    def use(code: str) -> tuple[int, int, str]:
        spare = situation.rooms[code].capacity - len(situation.holders[code])
        loses = sum(id_ in gone for id_ in situation.holders[code])
        gain = (excess_before(situation, code) or 0) if spare > 0 else 0
        return (-loses, -gain if gain else -min(spare, 1), code)

    held = [code for code in takers if situation.holders[code]]
    return sorted(held, key=use)[:_WITH_ROOM]


def _leaving(situation: Situation) -> set[str]:
    return {
        person
        for each in situation.requirements
        if isinstance(each, Leave)
        for person in each.people
    }


def _rooms_by_organisation(situation: Situation) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for person in situation.people.values():
        if person.room is not None:
            found[person.organisation].add(person.room)
    return found
