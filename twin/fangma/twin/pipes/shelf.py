"""Pipe books kept ready between questions, so that an answer takes milliseconds."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.store import networks
from fangma.twin.pipes import needs
from fangma.twin.pipes.needs import Joined, Touched
from fangma.twin.turns import Turns

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.twin.pipes.book import PipeBook
    from fangma.twin.pipes.needs import Need

_KEPT: Final = 6
_MOST_COUNTED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """What readers share: equal scopes mean equal sight."""

    site_id: UUID | None
    scopes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    revision: int
    sight: _Sight
    need: Need | None


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
    read again: large networks take seconds to read. Of very large ones a book holds what a question
    needed, and serves those that need no more.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._books: OrderedDict[_Key, _Shelved] = OrderedDict()
        self._turns = Turns()
        self._are_many: dict[tuple[int, _Sight], bool] = {}

    def book(
        self,
        conn: Connection,
        moment: Moment,
        site_id: UUID | None,
        need: Need | None = None,
        *,
        is_now: bool,
    ) -> PipeBook:
        """Return a book of a moment; those of the past are read for one question only.

        Parameters
        ----------
        need : Near, Joined, Touched or None
            What the book must hold; None = everything. It may hold more.
        """
        if not is_now:
            return needs.reader(conn, moment, site_id)(need)
        sight = _Sight(site_id=site_id, scopes=networks.scopes_seen(conn))
        is_small = not isinstance(need, Touched) and not self._is_large(conn, moment, sight)
        if need is not None and is_small:
            need = None
        key = _Key(revision=moment.revision, sight=sight, need=need)
        found = self._find(key, moment)
        if found is not None:
            return found
        with self._turns.of(key):
            found = self._find(key, moment)
            if found is not None:
                return found
            shelved = self._take_on(conn, moment, key)
            if shelved is None:
                shelved = _Shelved(
                    book=needs.read(conn, moment, site_id, need).warmed(),
                    holds_until=networks.holds_until(conn, moment),
                    entries=networks.entries_seen(conn),
                )
                with self._lock:
                    self._books[key] = shelved
                    while len(self._books) > _KEPT:
                        self._books.popitem(last=False)
        return shelved.book

    def _is_large(self, conn: Connection, moment: Moment, sight: _Sight) -> bool:
        counted = (moment.revision, sight)
        if counted not in self._are_many:
            if len(self._are_many) > _MOST_COUNTED:
                self._are_many.clear()
            self._are_many[counted] = networks.are_many(conn, sight.site_id, needs.LARGE)
        return self._are_many[counted]

    def _take_on(self, conn: Connection, moment: Moment, key: _Key) -> _Shelved | None:
        """Take the newest earlier book off the shelf, if no more than valves changed in it."""
        with self._lock:
            earlier = [
                each
                for each, shelved in self._books.items()
                if each.sight == key.sight
                and each.revision < key.revision
                and _serves(each.need, shelved.book, key.need)
            ]
            if not earlier:
                return None
            newest = max(earlier, key=lambda each: each.revision)
            shelved = self._books[newest]
        if shelved.holds_until is not None and moment.at >= shelved.holds_until:
            return None
        if networks.have_changed(conn, newest.revision):
            return None
        if networks.entries_seen(conn) != shelved.entries:
            return None
        turned = networks.turned(conn, newest.revision)
        if turned:
            valves = networks.parts(conn, moment, key.sight.site_id, ids=turned)
            shelved = replace(
                shelved,
                book=shelved.book.turned(valves, moment.at).warmed(),
                holds_until=networks.holds_until(conn, moment),
            )
        with self._lock:
            self._books.pop(newest, None)
            self._books[replace(newest, revision=key.revision)] = shelved
        return shelved

    def _find(self, key: _Key, moment: Moment) -> PipeBook | None:
        with self._lock:
            for each, shelved in self._books.items():
                if (
                    (each.revision, each.sight) == (key.revision, key.sight)
                    and (shelved.holds_until is None or moment.at < shelved.holds_until)
                    and _serves(each.need, shelved.book, key.need)
                ):
                    self._books.move_to_end(each)
                    # The same facts, asked later: ages of data are told as of now.
                    return shelved.book.asked_at(moment.at)
        return None


def _serves(held: Need | None, book: PipeBook, need: Need | None) -> bool:
    """Tell whether a book, read for something, holds what a question needs."""
    if held is None or need is None:
        return held is None
    if isinstance(held, Joined):
        return isinstance(need, Joined) and need.ids <= book.row_of.keys()
    return held == need
