"""Turns: of several who want the same thing made at once, one makes it and the others wait."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator


@dataclass(slots=True, kw_only=True)
class _Turn:
    lock: Lock = field(default_factory=Lock)
    wanting: int = 0


class Turns:
    """One turn a key; nothing is kept of a key that nobody wants, whether its making failed or not.

    Examples
    --------
    >>> turns = Turns()
    >>> with turns.of("audit"):
    ...     len(turns)
    1
    >>> len(turns)
    0
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._turns: dict[Hashable, _Turn] = {}

    def __len__(self) -> int:
        """Count the keys that somebody holds or waits for."""
        with self._lock:
            return len(self._turns)

    @contextmanager
    def of(self, key: Hashable) -> Iterator[None]:
        """Wait for the turn of a key; look again whether it was made meanwhile."""
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
            turn.wanting += 1
        try:
            with turn.lock:
                yield
        finally:
            with self._lock:
                turn.wanting -= 1
                if turn.wanting == 0:
                    del self._turns[key]
