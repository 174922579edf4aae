"""Pipe books kept ready between questions, so that an answer takes milliseconds."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.store import networks
from fangma.twin.pipes.book import PipeBook

if TYPE_CHECKING:
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

_KEPT: Final = 6


class Shelf:
    """The newest books by revision, minute, site and what their readers may see.

    A book is shared only by readers who see exactly the same scopes, which the database says anew
    for every question; so a grant that was taken away counts at once. The minute is there because
    facts may begin in the future.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._books: OrderedDict[tuple[object, ...], PipeBook] = OrderedDict()

    def book(
        self, conn: Connection, moment: Moment, site_id: UUID | None, *, is_now: bool
    ) -> PipeBook:
        """Return the book of a moment; those of the past are read for one question only."""
        if not is_now:
            return PipeBook.read(conn, moment, site_id)
        minute = int(moment.at.timestamp() // 60)
        key = (moment.revision, minute, site_id, networks.scopes_seen(conn))
        with self._lock:
            book = self._books.get(key)
            if book is not None:
                self._books.move_to_end(key)
                return book
        book = PipeBook.read(conn, moment, site_id)
        with self._lock:
            self._books[key] = book
            while len(self._books) > _KEPT:
                self._books.popitem(last=False)
        return book
