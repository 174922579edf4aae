"""Bounds of large problems, from their parts; see ``scale`` for why they hold."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from ortools.sat.python import cp_model

from fangma.asset_registry.reallocation.aims import expression
from fangma.asset_registry.reallocation.kinds import kinds_of
from fangma.asset_registry.reallocation.program import Program
from fangma.asset_registry.reallocation.scale import (
    excess_elsewhere,
    forced,
    free_rooms,
    least_excess_of_fillers,
    only,
)
from fangma.asset_registry.reallocation.situation import Aim
from fangma.asset_registry.reallocation.wishes import require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.asset_registry.reallocation.scale import Part
    from fangma.asset_registry.reallocation.situation import Situation

PART_S: Final = 5.0
"""Seconds for one part of a large problem."""

_OTHERS: Final = 2
"""How many people elsewhere are thought of who make room for a part; more cost as many moves."""

NEVER_LARGE: Final = 10**9
"""As ``large`` of a program: every kind is offered every room."""


class Bounds:
    """What no plan of a large problem can be better than; see ``scale``."""

    def __init__(self, situation: Situation, parts: Sequence[Part]) -> None:
        self._situation = situation
        self._parts = parts
        self._held: dict[Aim, int] = {}
        self._least_moves = [self._least(part, Aim.MOVES) for part in parts]
        self._moves = list(self._least_moves)
        # Moves of a part and of those who make room for it elsewhere, where anybody does.
        self._with_others = [least + 1 for least in self._least_moves]

    def refine(self, reached: Mapping[int, int], *, until: float = math.inf) -> None:
        """Look closer at parts that moved more than their bound, one after the other.

        A part may get rooms of another: of one that is touched as well, which costs nothing more
        that is sure, or of one that is not, which costs a move there for everybody who sits in
        them. So its bound is the lesser of its own best over all rooms of the touched parts, and of
        its best when ``n`` others make room, with their ``n`` moves; nobody moves for two parts,
        since organisations share no room.

        Parameters
        ----------
        reached : mapping of number of the part to moves
        until : float
            When to stop, on the clock of :func:`time.monotonic`; what is found by then holds.
        """
        touched = {code for part in self._parts for code in part.rooms}
        rooms = (touched | free_rooms(self._situation)) - self._situation.closed
        for number, part in enumerate(self._parts):
            least, most = self._least_moves[number], reached.get(number, 0)
            if most <= least or time.monotonic() > until:
                continue
            others = min(most - least, _OTHERS)
            with_others = least + others + 1
            alone = 0
            for n in range(others, -1, -1):  # with fewer rooms it is never less
                if alone < most:
                    more = rooms | self._rooms_left_by(n, touched)
                    alone = self._least(part, Aim.MOVES, rooms=part.rooms | more, below=most)
                if n:
                    with_others = min(with_others, max(alone, least) + n)
            self._with_others[number] = with_others
            self._moves[number] = max(least, min(alone, with_others))

    def _rooms_left_by(self, others: int, touched: set[str]) -> frozenset[str]:
        """Return rooms outside the parts that so many people could leave to somebody else."""
        return frozenset(
            code
            for code, holders in self._situation.holders.items()
            if 0 < len(holders) <= others
            and code not in touched
            and code not in self._situation.closed
        )

    def of(self, aim: Aim) -> int:
        """Return a bound of moves when they come first, of excess when it comes next; else 0."""
        if aim is Aim.MOVES and not self._held:
            return max(sum(self._moves), len(forced(self._situation)))
        if aim is Aim.EXCESS and self._held.keys() == {Aim.MOVES} and not self._parts:
            spare = self._held[Aim.MOVES] - len(forced(self._situation))
            return least_excess_of_fillers(self._situation, spare)
        if aim is Aim.EXCESS and self._held.keys() == {Aim.MOVES} and self._parts:
            spare = self._held[Aim.MOVES] - sum(self._moves)
            return self._least_excess(spare)
        return 0

    def _least_excess(self, spare: int) -> int:
        """Return a bound of the excess of plans with so many moves more than the bound.

        Each spare move is one part's, or mends two rooms at most elsewhere: the one that is left
        and the one that is entered, by no more than a ceiling. No more can gain than there are.
        A part for which others make room leaves its own share of the bound to their moves.
        """
        moves = self._moves
        tight = [
            self._least(part, Aim.EXCESS, moves=least)
            for part, least in zip(self._parts, moves, strict=True)
        ]
        elsewhere, by_move = excess_elsewhere(self._situation, self._parts)
        left_to_others = sum(
            here - least
            for here, least, both in zip(moves, self._least_moves, self._with_others, strict=True)
            if both <= here + spare
        )
        elsewhere -= sum(by_move[:left_to_others])
        gains = list(by_move[: max(spare, 0)])
        if spare > 0:
            gains += [
                here - self._least(part, Aim.EXCESS, moves=least + spare)
                for part, least, here in zip(self._parts, moves, tight, strict=True)
                if here > 0
            ]
        return max(0, sum(tight) + elsewhere - sum(sorted(gains, reverse=True)[:spare]))

    def hold(self, aim: Aim, value: int) -> None:
        """Keep an aim at what was reached."""
        self._held[aim] = value

    def _least(
        self,
        part: Part,
        aim: Aim,
        *,
        moves: int | None = None,
        rooms: frozenset[str] | None = None,
        below: int | None = None,
    ) -> int:
        """Return the least of a part: with places outside, or over rooms as if they were free.

        With ``below`` it is only asked whether there is less than that, which is sooner answered.
        """
        own = only(self._situation, part, part.rooms if rooms is None else rooms)
        kinds = kinds_of(own)
        program = Program(own, kinds, large=NEVER_LARGE, has_outside=rooms is None)
        require(program)
        expressed = expression(program, aim)
        if moves is not None:
            program.model.add(expression(program, Aim.MOVES) <= moves)
        if isinstance(expressed, int):
            return expressed
        if below is not None:
            program.model.add(expressed < below)
        program.model.minimize(expressed)
        solver = solver_for(own, PART_S, 1)
        if solver.solve(program.model) == cp_model.INFEASIBLE:
            return below or 0
        bound = solver.best_objective_bound
        return max(0, math.ceil(bound - 1e-6)) if math.isfinite(bound) else 0


def solver_for(situation: Situation, seconds: float, workers: int) -> cp_model.CpSolver:
    """Return CP-SAT as the settings ask for it.

    One worker gives the same plan each time. CP-SAT could make several do so too, by interleaving,
    but that search aborts the process in 9.15 when it is given hints (or-tools issue 5025).
    """
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = situation.settings.seed
    solver.parameters.num_workers = workers
    # Its search for symmetries takes longer than it saves: kinds have taken them out.
    solver.parameters.symmetry_level = 0
    return solver
