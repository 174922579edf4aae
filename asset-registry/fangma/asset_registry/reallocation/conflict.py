"""When no plan is possible: the smallest set of demands and wishes that cannot be had together.

Smallest in the sense that leaving out any one of the set makes the rest possible; each member was
tried. A subset is asked for by fixing the literals that its demands and wishes hang on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ortools.sat.python import cp_model

from fangma.asset_registry.reallocation.program import Program
from fangma.asset_registry.reallocation.requirements import Note
from fangma.asset_registry.reallocation.situation import Ceilings, Sharing
from fangma.asset_registry.reallocation.wishes import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.asset_registry.reallocation.kinds import Kind
    from fangma.asset_registry.reallocation.requirements import Requirement
    from fangma.asset_registry.reallocation.situation import Situation

_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Why there is no plan.

    Attributes
    ----------
    requirements : tuple of Requirement
        In the order of the request; empty when the settings alone allow none.
    is_minimal : bool
        Every member was proved to be needed; False when a proof ran out of time.
    relief : tuple of str
        Settings (``ceilings``, ``sharing``) each of which, loosened alone, would make it possible.
    """

    requirements: tuple[Requirement, ...]
    is_minimal: bool
    relief: tuple[str, ...] = ()


def find_conflict(situation: Situation, kinds: Sequence[Kind]) -> Conflict:
    """Return the smallest set of demands and wishes for which there is no plan.

    Parameters
    ----------
    situation : Situation
        One without a plan.
    kinds : sequence of Kind
        Of that situation.
    """
    asked = tuple(each for each in situation.requirements if not isinstance(each, Note))
    trial = _Trial(situation, kinds)
    kept = list(asked)
    if trial.is_impossible(()):
        return Conflict(requirements=(), is_minimal=True, relief=_relief(situation, kinds, ()))
    size = max(1, len(kept) // 2)
    while True:
        count, start = len(kept), 0
        while start < len(kept):
            rest = kept[:start] + kept[start + size :]
            if trial.is_impossible(rest):
                kept = rest
            else:
                start += size
        # Who leaves makes room: without such a demand another may not be needed any more, so the
        # last pass is one in which every single one was tried and kept.
        if size == 1 and len(kept) == count:
            break
        size = max(1, size // 2)
    return Conflict(
        requirements=tuple(kept),
        is_minimal=not trial.was_cut_short,
        relief=_relief(situation, kinds, kept),
    )


def _relief(
    situation: Situation, kinds: Sequence[Kind], kept: Sequence[Requirement]
) -> tuple[str, ...]:
    """Name the settings each of which would help alone."""
    found = []
    for name, loosened in (
        ("ceilings", replace(situation.settings, ceilings=Ceilings.AIM)),
        ("sharing", replace(situation.settings, sharing=Sharing.ANY)),
    ):
        if loosened != situation.settings:
            trial = _Trial(replace(situation, settings=loosened), kinds)
            if trial.is_possible(kept):
                found.append(name)
    return tuple(found)


class _Trial:
    """A program whose demands and wishes can be asked for one by one."""

    def __init__(self, situation: Situation, kinds: Sequence[Kind]) -> None:
        self._situation = situation
        self._program = Program(situation, kinds, optional=True)
        require(self._program)
        self.was_cut_short = False

    def is_impossible(self, asked: Sequence[Requirement]) -> bool:
        """Tell whether there is provably no plan for these."""
        return self._status(asked) == cp_model.INFEASIBLE

    def is_possible(self, asked: Sequence[Requirement]) -> bool:
        """Tell whether there is provably a plan for these."""
        return self._status(asked) in {cp_model.OPTIMAL, cp_model.FEASIBLE}

    def _status(self, asked: Sequence[Requirement]) -> int:
        wanted = {each.id for each in asked}
        model = self._program.model.clone()
        for id_, literal in self._program.literals.items():
            fixed = model.get_bool_var_from_proto_index(literal.index)
            model.add(fixed == (1 if id_ in wanted else 0))
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = _SECONDS
        solver.parameters.random_seed = self._situation.settings.seed
        solver.parameters.num_workers = 1
        status = solver.solve(model)
        if status == cp_model.UNKNOWN:
            self.was_cut_short = True
        return int(status)
