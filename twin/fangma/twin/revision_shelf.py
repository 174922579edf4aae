"""What is dear to make and the same until something is recorded, kept ready for the next."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from fangma.asset_registry.store import networks, scene
from fangma.twin.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection, Moment

_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept(Generic[_Made]):
    """What was made; true of every time from the first to before the second; None = for ever."""

    made: _Made
    since: datetime
    until: datetime | None


class RevisionShelf(Generic[_Made]):
    """The newest answers by what they are about, revision and what their readers may see.

    An answer is shared only by readers who see exactly the same scopes, which the database says
    anew for every question; so a grant that was taken away counts at once. Whatever is recorded,
    marks of secrecy too, makes a new revision. A fact may begin or end in the future: an answer
    holds until the first one does. Of several who ask at once one makes it, and the others wait.

    It is for answers about things: who sits where and what sensors say may differ between readers
    of equal sight, and change without a revision.

    Parameters
    ----------
    most : int
        How much all answers may weigh; the newest stays whatever it weighs.
    weigh : callable
        What one answer weighs; by default each counts one.
    """

    def __init__(self, *, most: int, weigh: Callable[[_Made], int] = lambda _: 1) -> None:
        self._most = most
        self._weigh = weigh
        self._lock = Lock()
        self._answers: OrderedDict[Hashable, _Kept[_Made]] = OrderedDict()
        self._turns = Turns()

    def of(
        self,
        conn: Connection,
        moment: Moment,
        about: tuple[Hashable, ...],
        make: Callable[[], _Made],
    ) -> _Made:
        """Return the answer of a moment, made by ``make`` where it does not lie ready.

        Parameters
        ----------
        conn : Connection
            Inside :func:`fangma.asset_registry.store.connection.reading`.
        about : tuple
            What the answer depends on besides the moment and what the reader may see.
        """
        seen = hashlib.sha256(networks.scopes_seen(conn).encode()).digest()
        key = (about, moment.revision, seen)
        found = self._find(key, moment)
        if found is not None:
            return found.made
        with self._turns.of(key):
            found = self._find(key, moment)
            if found is not None:
                return found.made
            until = scene.holds_until(conn, moment)
            found = _Kept(made=make(), since=moment.at, until=until)
            with self._lock:
                self._answers[key] = found
                self._answers.move_to_end(key)
                self._tidy()
        return found.made

    def _find(self, key: Hashable, moment: Moment) -> _Kept[_Made] | None:
        with self._lock:
            found = self._answers.get(key)
            if found is None or moment.at < found.since:
                return None
            if found.until is not None and moment.at >= found.until:
                return None
            self._answers.move_to_end(key)
            return found

    def _tidy(self) -> None:
        weight = sum(self._weigh(kept.made) for kept in self._answers.values())
        while len(self._answers) > 1 and weight > self._most:
            weight -= self._weigh(self._answers.popitem(last=False)[1].made)
