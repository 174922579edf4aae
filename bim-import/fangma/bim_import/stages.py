"""The stages of an import: how long each took, and how far it is."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What part of the time each stage takes on a usual model; a progress bar moves by it.
_SHARES: Final = {"open": 0.1, "read": 0.15, "shape": 0.5, "match": 0.05, "publish": 0.2}


class Stages:
    """Times the stages and tells how far they are.

    Parameters
    ----------
    moved : callable
        Takes the stage, what is done of it and of how much; called when it begins, too.

    Attributes
    ----------
    seconds : dict of str to float
        Wall time by stage.
    """

    def __init__(self, moved: Callable[[str, int, int], None] | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._moved = moved

    def moved(self, name: str, done: int, total: int) -> None:
        """Tell how far a stage is, wherever it runs."""
        if self._moved is not None and total > 0:
            self._moved(name, done, total)

    @contextmanager
    def stage(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Run one stage, or a part of it; the function that is given takes what is done of what."""
        start = time.perf_counter()
        self.moved(name, 0, 1)
        try:
            yield lambda done, total: self.moved(name, done, total)
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def share_done(name: str, done: int, total: int) -> float:
    """Say what share of a whole import is behind, 0 to 0.99, ``done`` of ``total`` into a stage."""
    before = 0.0
    for stage, share in _SHARES.items():
        if stage == name:
            return min(0.99, before + share * done / total)
        before += share
    raise AssertionError(name)
