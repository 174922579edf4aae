"""Find a plan: one aim after the other, each held before the next is looked at.

The bound of a level is what CP-SAT proved of all plans that keep the levels before it at the values
that were reached; where those were proved best too, it holds for the whole order of aims.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ortools.sat.python import cp_model

from fangma.asset_registry.reallocation.aims import expression, figures
from fangma.asset_registry.reallocation.conflict import Conflict, find_conflict
from fangma.asset_registry.reallocation.errors import NoTimeError, SolverError
from fangma.asset_registry.reallocation.kinds import kinds_of, name_places
from fangma.asset_registry.reallocation.program import LARGE, Program
from fangma.asset_registry.reallocation.wishes import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.asset_registry.reallocation.kinds import Kind
    from fangma.asset_registry.reallocation.situation import Aim, Situation

_SHARE: Final = 0.45
"""Part of the time that is left which a level may take; the last takes all."""


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
    run = _Run(situation, kinds, large, started)
    found = run.levels()
    if found is None and not run.program.is_whole:
        run = _Run(situation, kinds, len(kinds) * len(situation.rooms) + 1, started)
        found = run.levels()
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


class _Run:
    """One program, solved level by level."""

    def __init__(
        self, situation: Situation, kinds: Sequence[Kind], large: int, started: float
    ) -> None:
        self.situation = situation
        self.program = Program(situation, kinds, large=large)
        require(self.program)
        self._started = started
        self._workers = situation.settings.workers or (2 if len(self.program.x) > _MANY else 1)
        self._values: list[int] = []

    def levels(self) -> tuple[tuple[Level, ...], dict[tuple[int, str], int]] | None:
        """Solve; None when there is no plan at all."""
        program, settings = self.program, self.situation.settings
        self._hint_presence()
        levels: list[Level] = []
        for number, aim in enumerate(settings.aims):
            expressed = expression(program, aim)
            begun = time.monotonic()
            left = settings.time_limit_s - (begun - self._started)
            is_last = number == len(settings.aims) - 1
            solved = self._minimise(expressed, left if is_last else left * _SHARE)
            if solved is None:
                return None
            value, bound, is_cut_short = solved
            levels.append(
                Level(
                    aim=aim,
                    value=value,
                    bound=bound if program.is_whole else min(bound, value),
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
        self._values = list(solver.response_proto.solution)
        self._hint(self._values)
        value = round(solver.objective_value)
        bound = math.ceil(solver.best_objective_bound - 1e-6)
        return value, min(bound, value), status != cp_model.OPTIMAL

    def _reached(self, expressed: Any) -> int:  # noqa: ANN401
        """Return an expression's value in the plan of the level before, extended to it."""
        solver = solver_for(self.situation, 10.0, self._workers)
        frozen = self.program.model.clone()
        frozen.clear_objective()  # type: ignore[no-untyped-call]
        for cell, variable in self.program.x.items():
            del cell
            frozen.add(
                frozen.get_int_var_from_proto_index(variable.index) == self._values[variable.index]
            )
        frozen.minimize(expressed)
        if solver.solve(frozen) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
            raise SolverError(
                "the plan of one level is none at the next", "report this with the request"
            )
        self._values = list(solver.response_proto.solution)
        self._hint(self._values)
        return round(solver.objective_value)

    def _counts(self) -> dict[tuple[int, str], int]:
        return {
            cell: self._values[variable.index]
            for cell, variable in self.program.x.items()
            if self._values[variable.index] > 0
        }

    def _hint_presence(self) -> None:
        """Begin from everybody where they are."""
        model = self.program.model
        for (k, code), variable in self.program.x.items():
            model.add_hint(variable, self.program.kinds[k].here.get(code, 0))

    def _hint(self, values: Sequence[int]) -> None:
        model = self.program.model
        model.clear_hints()  # type: ignore[no-untyped-call]
        for index, value in enumerate(values):
            model.add_hint(model.get_int_var_from_proto_index(index), value)


def solver_for(situation: Situation, seconds: float, workers: int) -> cp_model.CpSolver:
    """Return CP-SAT as the settings ask for it.

    One worker gives the same plan each time. CP-SAT could make several do so too, by interleaving,
    but that search aborts the process in 9.15 when it is given hints (or-tools issue 5025).
    """
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = situation.settings.seed
    solver.parameters.num_workers = workers
    return solver


def places_before(situation: Situation) -> Mapping[str, str | None]:
    """Return who sits where before the plan."""
    return {id_: person.room for id_, person in situation.people.items()}
