"""Find a plan: one aim after the other, each held before the next is looked at.

The bound of a level is what CP-SAT proved of all plans that keep the levels before it at the values
that were reached; where those were proved best too, it holds for the whole order of aims.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ortools.sat.python import cp_model

from fangma.asset_registry.reallocation.aims import expression, figures
from fangma.asset_registry.reallocation.bounding import (
    NEVER_LARGE,
    PART_S,
    Bounds,
    solver_for,
)
from fangma.asset_registry.reallocation.conflict import Conflict, find_conflict
from fangma.asset_registry.reallocation.errors import NoTimeError, SolverError
from fangma.asset_registry.reallocation.kinds import kinds_of, name_places
from fangma.asset_registry.reallocation.program import LARGE, Program
from fangma.asset_registry.reallocation.scale import (
    free_rooms,
    only,
    parts_of,
    touched,
)
from fangma.asset_registry.reallocation.situation import Aim, Sharing
from fangma.asset_registry.reallocation.wishes import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.asset_registry.reallocation.kinds import Kind
    from fangma.asset_registry.reallocation.scale import Part
    from fangma.asset_registry.reallocation.situation import Situation

    _Found = tuple[tuple["Level", ...], dict[tuple[int, str], int]]

_SHARE: Final = 0.45
"""Part of the time that is left which a level may take; the last takes all."""


_FOR_BEGINNING: Final = 0.85
"""Part of the time for a plan to begin from, and for bounds."""

_MANY: Final = 20_000
"""Cells above which two workers look, where the settings leave it open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What became of one aim.

    Attributes
    ----------
    value, bound : int
        Reached, and proved to be the least; whole numbers as :func:`aims.unit_of_measure` has them.
    seconds : float
        Wall time that it took.
    is_reproducible : bool
        Another run gives the same: one worker, and time did not run out.
    """

    aim: Aim
    value: int
    bound: int
    seconds: float
    is_reproducible: bool

    @property
    def gap(self) -> float:
        """Share of the value that may be too much; 0 when it is proved best."""
        return (self.value - self.bound) / self.value if self.value > self.bound else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A plan.

    Attributes
    ----------
    places : dict of person to room
        After the plan; None for whoever leaves.
    levels : tuple of Level
        In the order of the aims.
    """

    places: dict[str, str | None]
    levels: tuple[Level, ...]

    @property
    def is_optimal(self) -> bool:
        """Whether every level is proved best."""
        return all(level.value == level.bound for level in self.levels)

    @property
    def gap(self) -> float:
        """The largest gap of any level."""
        return max((level.gap for level in self.levels), default=0.0)


def solve(situation: Situation, *, large: int = LARGE) -> Solution | Conflict:
    """Find the plan that is best in the order of the aims, or what makes one impossible.

    Parameters
    ----------
    large : int
        Cells above which kinds are offered fewer rooms; see :class:`program.Program`.

    Raises
    ------
    NoTimeError
        When the time limit passed without a plan or a proof that there is none.
    """
    started = time.monotonic()
    kinds = kinds_of(situation)
    if len(kinds) * len(situation.rooms) <= large:
        found = _Run(situation, Program(situation, kinds), started).levels()
    else:
        found = _in_parts(situation, kinds, started)
    if found is None:
        return find_conflict(situation, kinds)
    levels, counts = found
    places = name_places(situation, kinds, counts)
    reached = figures(situation, places)
    for level in levels:
        # The program's figure is an upper bound while it is not pressed down to the plan's own.
        if reached[level.aim] > level.value:
            raise SolverError(
                f"the plan has {level.aim} {reached[level.aim]}, the solver told {level.value}",
                "report this with the request; nothing was written",
            )
    return Solution(places=places, levels=levels)


def _in_parts(situation: Situation, kinds: Sequence[Kind], started: float) -> _Found | None:
    """Solve a large problem: part by part for a plan to begin from, then whole, few moving."""
    parts = parts_of(situation)
    bounds = Bounds(situation, parts)
    # Where anybody may share, organisations that keep apart make a plan to begin from all the same.
    apart = situation
    if not parts:
        strict = replace(situation.settings, sharing=Sharing.ORGANISATION)
        apart = replace(situation, settings=strict)
    begun = parts or parts_of(apart)
    first, reached = _begin(apart, begun, kinds, situation.settings.time_limit_s)
    until = started + situation.settings.time_limit_s * _FOR_BEGINNING
    bounds.refine(reached if parts else {}, until=until)
    concerned = {id_ for part in parts for id_ in part.people} or touched(situation)
    if first is not None:
        concerned |= _moved(kinds, first)
    moving = frozenset(
        number for number, kind in enumerate(kinds) if not concerned.isdisjoint(kind.people)
    )
    for movers, large in ((moving, 0), (None, 0), (None, NEVER_LARGE)):
        if movers is None or movers:
            program = Program(situation, kinds, large=large, movers=movers)
            found = _Run(situation, program, started, bounds, first).levels()
            if found is not None:
                return found
    return None


def _moved(kinds: Sequence[Kind], counts: Mapping[tuple[int, str], int]) -> set[str]:
    """Return the people of kinds of whom somebody moves."""
    return {
        kind.people[0]
        for number, kind in enumerate(kinds)
        if any(counts.get((number, code), 0) < count for code, count in kind.here.items())
    }


def _begin(
    situation: Situation, parts: Sequence[Part], kinds: Sequence[Kind], limit: float
) -> tuple[dict[tuple[int, str], int] | None, dict[int, int]]:
    """Solve one part after the other over the free rooms that are left.

    Returns
    -------
    counts : dict or None
        How many of each kind sit in each room; None when a part found no plan, or time ran out.
    reached : dict of number of the part to moves
    """
    started = time.monotonic()
    places = dict(places_before(situation))
    free = set(free_rooms(situation))
    reached: dict[int, int] = {}
    for number, part in enumerate(parts):
        left = limit * _FOR_BEGINNING - (time.monotonic() - started)
        own = only(situation, part, part.rooms | free)
        short = replace(
            own.settings,
            time_limit_s=min(PART_S, 3 * left / (len(parts) - number)),
            workers=1,
            aims=tuple(aim for aim in own.settings.aims if aim in {Aim.MOVES, Aim.EXCESS}),
        )
        own = replace(own, settings=short)
        own_kinds = kinds_of(own)
        try:
            run = _Run(own, Program(own, own_kinds, large=NEVER_LARGE), time.monotonic())
            found = run.levels() if left > 0 else None
        except NoTimeError:
            found = None
        if found is None:
            return None, reached
        placed = name_places(own, own_kinds, found[1])
        places.update(placed)
        free -= {code for code in placed.values() if code is not None}
        reached[number] = next(each.value for each in found[0] if each.aim is Aim.MOVES)
    counts: dict[tuple[int, str], int] = defaultdict(int)
    for number, kind in enumerate(kinds):
        for person in kind.people:
            code = places[person]
            if code is not None:
                counts[number, code] += 1
    return dict(counts), reached


class _Run:
    """One program, solved level by level."""

    def __init__(
        self,
        situation: Situation,
        program: Program,
        started: float,
        loose: Bounds | None = None,
        first: Mapping[tuple[int, str], int] | None = None,
    ) -> None:
        self.situation = situation
        self._first = first
        self.program = program
        require(self.program)
        self._loose = loose
        self._started = started
        self._workers = situation.settings.workers or (2 if len(self.program.x) > _MANY else 1)
        self._values: list[int] = []

    def levels(self) -> _Found | None:
        """Solve; None when there is no plan at all."""
        program, settings = self.program, self.situation.settings
        self._hint_cells()
        if self._first is not None:
            self._complete(self._first)
        levels: list[Level] = []
        for number, aim in enumerate(settings.aims):
            expressed = expression(program, aim)
            begun = time.monotonic()
            least = 0 if self._loose is None else self._loose.of(aim)
            if least > 0:
                program.model.add(expressed >= least)
            left = settings.time_limit_s - (begun - self._started)
            is_last = number == len(settings.aims) - 1
            solved = self._minimise(expressed, left if is_last else left * _SHARE)
            if solved is None:
                return None
            value, bound, is_cut_short = solved
            if self._loose is not None:
                bound = min(value, least) if not program.is_whole else bound
                self._loose.hold(aim, value)
            levels.append(
                Level(
                    aim=aim,
                    value=value,
                    bound=bound,
                    seconds=time.monotonic() - begun,
                    is_reproducible=self._workers == 1 and not is_cut_short,
                )
            )
            if not isinstance(expressed, int):
                program.model.add(expressed <= value)
        return tuple(levels), self._counts()

    def _minimise(self, expressed: Any, seconds: float) -> tuple[int, int, bool] | None:  # noqa: ANN401
        if isinstance(expressed, int) and self._values:
            return expressed, expressed, False
        model = self.program.model
        model.minimize(expressed)
        solver = solver_for(self.situation, max(seconds, 1.0), self._workers)
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return None
        if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            if self._values:  # the plan of the level before is still one
                return self._reached(expressed), 0, True
            raise NoTimeError(
                f"found no plan within {self.situation.settings.time_limit_s:g} s, nor a proof "
                "that there is none",
                "give more time with --time-limit, or a smaller scope",
            )
        value = round(solver.objective_value)
        kept = self._values
        self._values = list(solver.response_proto.solution)
        if kept and status != cp_model.OPTIMAL:
            # What was there to begin from may still be the better one.
            self._values, found = kept, self._values
            if self._reached(expressed) <= value:
                value = self._reached(expressed)
            else:
                self._values = found
        self._hint(self._values)
        bound = math.ceil(solver.best_objective_bound - 1e-6)
        return value, min(bound, value), status != cp_model.OPTIMAL

    def _reached(self, expressed: Any) -> int:  # noqa: ANN401
        """Return an expression's value in the plan of the level before, extended to it."""
        value = self._fixed(
            {cell: self._values[x.index] for cell, x in self.program.x.items()}, expressed
        )
        if value is None:
            raise SolverError(
                "the plan of one level is none at the next", "report this with the request"
            )
        return value

    def _complete(self, counts: Mapping[tuple[int, str], int]) -> None:
        """Take a plan to begin from, if it is one of this program."""
        if all(cell in self.program.x for cell, count in counts.items() if count):
            self._fixed({cell: counts.get(cell, 0) for cell in self.program.x}, 0)

    def _fixed(self, counts: Mapping[tuple[int, str], int], expressed: Any) -> int | None:  # noqa: ANN401
        """Give everything else its values when the cells have theirs; None when it cannot be."""
        solver = solver_for(self.situation, PART_S * 2, 1)
        frozen = self.program.model.clone()
        frozen.clear_hints()  # type: ignore[no-untyped-call]
        for cell, variable in self.program.x.items():
            same = frozen.get_int_var_from_proto_index(variable.index)
            frozen.add(same == counts[cell])
        frozen.minimize(expressed)
        if solver.solve(frozen) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            return None
        self._values = list(solver.response_proto.solution)
        self._hint(self._values)
        return round(solver.objective_value)

    def _counts(self) -> dict[tuple[int, str], int]:
        return {
            cell: self._values[variable.index]
            for cell, variable in self.program.x.items()
            if self._values[variable.index] > 0
        }

    def _hint_cells(self) -> None:
        """Begin from a plan that is there, else from everybody where they are."""
        model = self.program.model
        for (k, code), variable in self.program.x.items():
            here = self.program.kinds[k].here.get(code, 0)
            model.add_hint(variable, here if self._first is None else self._first.get((k, code), 0))

    def _hint(self, values: Sequence[int]) -> None:
        model = self.program.model
        model.clear_hints()  # type: ignore[no-untyped-call]
        for index, value in enumerate(values):
            model.add_hint(model.get_int_var_from_proto_index(index), value)


def places_before(situation: Situation) -> Mapping[str, str | None]:
    """Return who sits where before the plan."""
    return {id_: person.room for id_, person in situation.people.items()}
