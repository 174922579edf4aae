"""Pipe books kept ready between questions, so that an answer takes milliseconds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from operator import itemgetter
from threading import Lock
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.store import networks
from fangma.twin.pipes.book import PipeBook
from fangma.twin.turns import Turns

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

_KEPT: Final = 6
_Key = tuple[int, "UUID | None", str]  # revision, site, scopes that the reader sees


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelved:
    book: PipeBook
    holds_until: datetime | None
    entries: str


class Shelf:
    """The newest books by revision, site and what their readers may see.

    A book is shared only by readers who see exactly the same scopes, which the database says anew
    for every question; so a grant that was taken away counts at once. A fact may begin or end in
    the future: a book holds until the first one does. Of several who ask for a new book at once one
    reads it, and the others wait. A book goes on where what was recorded since, as a work order or
    who sits where, is nothing that it was read from, and where valves were turned with these alone
    read again: large networks take seconds to read.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._books: OrderedDict[_Key, _Shelved] = OrderedDict()
        self._turns = Turns()

    def book(
        self, conn: Connection, moment: Moment, site_id: UUID | None, *, is_now: bool
    ) -> PipeBook:
        """Return the book of a moment; those of the past are read for one question only."""
        if not is_now:
            return PipeBook.read(conn, moment, site_id)
        key = (moment.revision, site_id, networks.scopes_seen(conn))
        found = self._find(key, moment)
        if found is not None:
            return found
        with self._turns.of(key):
            found = self._find(key, moment)
            if found is not None:
                return found
            shelved = self._take_on(conn, moment, key) or _Shelved(
                book=PipeBook.read(conn, moment, site_id).warmed(),
                holds_until=networks.holds_until(conn, moment),
                entries=networks.entries_seen(conn),
            )
            with self._lock:
                self._books[key] = shelved
                while len(self._books) > _KEPT:
                    self._books.popitem(last=False)
        return shelved.book

    def _take_on(self, conn: Connection, moment: Moment, key: _Key) -> _Shelved | None:
        """Take the newest earlier book off the shelf, if no more than valves changed in it."""
        with self._lock:
            earlier = [each for each in self._books if each[1:] == key[1:] and each[0] < key[0]]
            if not earlier:
                return None
            newest = max(earlier, key=itemgetter(0))
            shelved = self._books[newest]
        if shelved.holds_until is not None and moment.at >= shelved.holds_until:
            return None
        if networks.have_changed(conn, newest[0]):
            return None
        if networks.entries_seen(conn) != shelved.entries:
            return None
        turned = networks.turned(conn, newest[0])
        if turned:
            valves = networks.parts(conn, moment, key[1], ids=turned)
            shelved = replace(
                shelved,
                book=shelved.book.turned(valves, moment.at).warmed(),
                holds_until=networks.holds_until(conn, moment),
            )
        with self._lock:
            self._books.pop(newest, None)
        return shelved

    def _find(self, key: _Key, moment: Moment) -> PipeBook | None:
        with self._lock:
            shelved = self._books.get(key)
            if shelved is None:
                return None
            if shelved.holds_until is not None and moment.at >= shelved.holds_until:
                return None
            self._books.move_to_end(key)
            # The same facts, asked later: ages of data are told as of now.
            return shelved.book.asked_at(moment.at)
