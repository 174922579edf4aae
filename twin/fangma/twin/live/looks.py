"""Looks at everything, shared: who asks while a look is under way shares the next one.

Two hundred browsers that come back after a restart ask for the same three megabytes at once. A look
that began before somebody asked may lack what he has missed since, so it is not his; the one that
begins after it serves all who wait. Nothing is kept when nobody waits.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

T = TypeVar("T")


@dataclass(slots=True)
class _Slot(Generic[T]):
    """Who waits for looks of one kind, and the last of them.

    Attributes
    ----------
    began : int
        When the last look began, by the counter; 0 = there was none.
    """

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    began: int = 0
    found: T | None = None


class Looks(Generic[T]):
    """Looks by what they are of; for one event loop."""

    def __init__(self) -> None:
        self._slots: dict[Hashable, _Slot[T]] = {}
        self._clock = itertools.count(1)

    async def look(self, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return what a look that begins from now on finds; several who wait share one.

        Whatever ``make`` raises is raised to him whose turn it was; the next one tries again.
        """
        asked = next(self._clock)
        slot = self._slots.setdefault(key, _Slot())
        slot.waiting += 1
        try:
            async with slot.lock:
                if slot.found is None or slot.began < asked:
                    began = next(self._clock)
                    slot.found = await make()
                    slot.began = began
                return slot.found
        finally:
            slot.waiting -= 1
            if not slot.waiting:
                self._slots.pop(key, None)

    def __len__(self) -> int:
        """Count what is waited for."""
        return len(self._slots)
