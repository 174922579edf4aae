"""The hub: one listener on the database, any number of watchers, none of whom can slow another.

A watcher holds a set of ids, not a queue of messages: however slow it is, what waits for it is at
most one id a stream, and what it then reads is the newest value.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Final

import psycopg

from fangma.asset_registry.store.connection import connect
from fangma.asset_registry.store.observations import ALARMS, listen

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOG: Final = logging.getLogger("fangma.live")
_LOOK_S: Final = 0.5
_PAUSE_S: Final = 2.0


class Watcher:
    """One client: what has changed since it looked last."""

    def __init__(self) -> None:
        self._changed: set[int] = set()
        self._alarms = False
        self._everything = False
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    async def wait(self) -> tuple[set[int], bool, bool]:
        """Wait for changes.

        Returns
        -------
        streams : set of int
            Ids of streams with a new newest value.
        alarms : bool
            Alarms changed.
        everything : bool
            Something may have been missed: look at all anew.
        """
        await self._event.wait()
        self._event.clear()
        found = self._changed, self._alarms, self._everything
        self._changed, self._alarms, self._everything = set(), False, False
        return found

    def tell(self, streams: Iterable[int], *, alarms: bool, everything: bool) -> None:
        """Note changes, from the hub's thread."""
        self._loop.call_soon_threadsafe(self._note, tuple(streams), alarms, everything)

    def _note(self, streams: tuple[int, ...], alarms: bool, everything: bool) -> None:
        self._changed.update(streams)
        self._alarms |= alarms
        self._everything |= everything
        self._event.set()


class Hub:
    """Listens to one database for all watchers, in a thread of its own."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._watchers: set[Watcher] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live hub", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Cease, and wait for the thread."""
        self._stopping.set()
        self._thread.join()

    def add(self, watcher: Watcher) -> None:
        """Tell a watcher from now on."""
        with self._lock:
            self._watchers.add(watcher)

    def remove(self, watcher: Watcher) -> None:
        """Tell it no more."""
        with self._lock:
            self._watchers.discard(watcher)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._url) as conn:
                    listen(conn)
                    self._tell((), everything=True)  # what came while nobody listened
                    self._listen(conn)
            except psycopg.OperationalError as error:
                _LOG.warning("the database is away: %s", " ".join(str(error).split()))
                self._stopping.wait(_PAUSE_S)

    def _listen(self, conn: psycopg.Connection[tuple[object, ...]]) -> None:
        while not self._stopping.is_set():
            for note in conn.notifies(timeout=_LOOK_S, stop_after=1):
                if note.payload == ALARMS:
                    self._tell((), alarms=True)
                else:
                    self._tell(int(each) for each in note.payload.split(",") if each.isdecimal())

    def _tell(
        self, streams: Iterable[int], *, alarms: bool = False, everything: bool = False
    ) -> None:
        told = tuple(streams)
        with self._lock:
            for watcher in self._watchers:
                watcher.tell(told, alarms=alarms, everything=everything)
