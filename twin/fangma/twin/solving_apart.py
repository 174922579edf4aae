"""Solve in a process of its own: a solver that aborts takes nothing down but itself.

CP-SAT is native code that ends its process where it finds itself at fault. A web server, with the
sessions of everybody in it, must not go with it; and Python goes on answering meanwhile.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.reallocation.answer import answer_request
from fangma.asset_registry.reallocation.assumptions import shipped_assumptions
from fangma.asset_registry.reallocation.errors import (
    NoTimeError,
    ReallocationError,
    SolverError,
)
from fangma.twin.errors import TwinError

if TYPE_CHECKING:
    from fangma.asset_registry.reallocation.assumptions import Assumptions
    from fangma.asset_registry.reallocation.situation import Situation

_AT_ONCE: Final = 2
_PATIENCE_S: Final = 5.0
_turns: Final = BoundedSemaphore(_AT_ONCE)


class SolverBusyError(TwinError):
    """As many plans as this machine takes are being solved."""


def solve_apart(situation: Situation, given: Assumptions | None = None) -> dict[str, Any]:
    """Answer a request in a process of its own; the document of CONTRACTS.

    Raises
    ------
    SolverBusyError
        When others are being solved.
    NoTimeError, SolverError
        As :func:`fangma.asset_registry.reallocation.answer.answer_request`; also when the solver
        died twice.
    """
    if not _turns.acquire(timeout=_PATIENCE_S):
        raise SolverBusyError(
            f"{_AT_ONCE} plans are being solved already.", "Try again in a minute."
        )
    try:
        return _answer(situation, shipped_assumptions() if given is None else given)
    finally:
        _turns.release()


def _answer(situation: Situation, given: Assumptions) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    # The second time with one worker: the faults that are known are those of several.
    for tried in (situation, replace(situation, settings=replace(situation.settings, workers=1))):
        with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
            try:
                document, failure = pool.submit(_work, tried, given).result()
            except BrokenProcessPool:
                continue
        if failure is not None:
            kind, message, remedy = failure
            raise (NoTimeError if kind == "NoTimeError" else SolverError)(message, remedy)
        return document
    raise SolverError("the solver's process died twice", "make the scope smaller, and report this")


def _work(
    situation: Situation, given: Assumptions
) -> tuple[dict[str, Any], tuple[str, str, str] | None]:
    """Answer in the other process; errors travel as words, which every error can be made of."""
    try:
        return answer_request(situation, given), None
    except ReallocationError as error:
        return {}, (type(error).__name__, error.message, error.remedy)
