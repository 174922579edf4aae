"""The hub: one listener on the database, any number of watchers, none of whom can slow another.

Ten times a second at most, twice a second for 200 watchers, the hub reads what changed, once, as
the operator, and hands to each watcher what row-level security would let him see
(``store.rights``). A watcher holds the newest value of each stream, not a queue of messages:
however slow it is, what waits for it is bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Final

import psycopg

from fangma.asset_registry.alarming import OPEN
from fangma.asset_registry.store.alarms import Alarm, alarms
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, reading
from fangma.asset_registry.store.observations import ALARMS, SESSIONS, listen
from fangma.asset_registry.store.rights import Rights, rights_of
from fangma.asset_registry.store.streams import streams
from fangma.twin.live.looks import Looks
from fangma.twin.live.portions import Changes, Item, Portion, Watched, alarm_items, message

if TYPE_CHECKING:
    from uuid import UUID

_LOG: Final = logging.getLogger("fangma.live")
_LOOK_S: Final = 0.1
_TOLD_A_SECOND: Final = 400
_PAUSE_S: Final = 2.0
_RIGHTS_S: Final = 5.0
_MOST_ALARMS: Final = 1000


class Watcher:
    """One client: what it watches, and what has changed since it looked last."""

    def __init__(self, reader: str | UUID) -> None:
        self.reader = reader
        self.watched = Watched()
        self._portion: Portion | None = None
        self._alarms: str | None = None
        self._everything = False
        #: Sessions of the reader's have ended: ask for this one before anything else is told.
        self.is_doubted = False
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    async def wait(self) -> tuple[Portion | None, str | None, bool]:
        """Wait for changes.

        Returns
        -------
        portion : Portion or None
            Newest values.
        alarms : str or None
            A message with all alarms that are not over, when they changed.
        everything : bool
            Something may have been missed: look at all anew.
        """
        await self._event.wait()
        self._event.clear()
        found = self._portion, self._alarms, self._everything
        self._portion, self._alarms, self._everything = None, None, False
        return found

    def look(self) -> None:
        """Have everything looked at anew; from the loop's thread."""
        self._note(None, None, everything=True)

    def tell(self, portion: Portion | None, told: str | None, *, everything: bool = False) -> None:
        """Note changes, from the hub's thread."""
        with contextlib.suppress(RuntimeError):  # its loop has ended: nobody waits there
            self._loop.call_soon_threadsafe(
                lambda: self._note(portion, told, everything=everything)
            )

    def doubt(self) -> None:
        """Have the session asked for, from the hub's thread."""
        self.is_doubted = True
        self.tell(None, None)

    def _note(self, portion: Portion | None, told: str | None, *, everything: bool) -> None:
        if portion is not None:
            self._portion = portion if self._portion is None else self._portion.joined(portion)
        self._alarms = told or self._alarms
        self._everything |= everything
        self._event.set()


class Hub:
    """Listens to one database for all watchers, in a thread of its own."""

    def __init__(self, database_url: str) -> None:
        self.looks: Looks[tuple[str, str]] = Looks()  # of those who come, or missed something
        self._url = database_url
        self._watchers: set[Watcher] = set()
        self._rights: dict[str | UUID, tuple[float, Rights]] = {}
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

    def __len__(self) -> int:
        """Count the watchers."""
        return len(self._watchers)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with connect(self._url) as heard, connect(self._url) as asked:
                    listen(heard)
                    self._rights.clear()
                    for watcher in self._present():  # what came while nobody listened
                        watcher.tell(None, None, everything=True)
                    self._listen(heard, asked)
            except psycopg.Error as error:
                # Whatever the database says, a migration under way or a lock that was lost: nobody
                # else would begin to listen again.
                _LOG.warning("the database is away or refuses: %s", " ".join(str(error).split()))
                self._stopping.wait(_PAUSE_S)
            except Exception:  # noqa: BLE001 - the edge of the thread
                # A fault of ours, told whole: without this thread all pages would stand still.
                _LOG.exception("the live hub begins anew")
                self._stopping.wait(_PAUSE_S)

    def _listen(self, heard: Connection, asked: Connection) -> None:
        while not self._stopping.is_set():
            changed: set[int] = set()
            are_alarms = False
            # Each message to each watcher costs: the more there are, the more goes into one.
            pause = max(_LOOK_S, len(self) / _TOLD_A_SECOND)
            for note in heard.notifies(timeout=pause):
                if note.payload == ALARMS:
                    are_alarms = True
                elif note.payload.startswith(SESSIONS):
                    self._doubt(note.payload.removeprefix(SESSIONS))
                else:
                    changed.update(
                        int(each) for each in note.payload.split(",") if each.isdecimal()
                    )
            if changed or are_alarms:
                self._tell(asked, changed, are_alarms=are_alarms)

    def _doubt(self, account: str) -> None:
        for watcher in self._present():
            if str(watcher.reader) == account:
                watcher.doubt()

    def _tell(self, conn: Connection, changed: set[int], *, are_alarms: bool) -> None:
        """Read what changed, and hand it out."""
        present = self._present()
        if not present:
            return
        rights = {watcher: self._right(conn, watcher) for watcher in present}
        open_: list[Alarm] = []
        with reading(conn, OPERATOR) as moment:
            found = streams(conn, ids=sorted(changed)) if changed else []
            if are_alarms:
                open_ = alarms(conn, states=OPEN, limit=5 * _MOST_ALARMS)
        changes = Changes([Item.of(stream) for stream in found], moment.at.isoformat())
        told: dict[Rights, str] = {}
        for watcher, right in rights.items():
            if are_alarms and right not in told:
                items = alarm_items(open_, right, at_most=_MOST_ALARMS)
                told[right] = message("alarms", items, changes.as_of)
            portion = changes.portion(right, watcher.watched)
            if portion is not None or are_alarms:
                watcher.tell(portion, told.get(right))

    def _right(self, conn: Connection, watcher: Watcher) -> Rights:
        """Return what a watcher may see, asked again every few seconds."""
        now = time.monotonic()
        asked_at, right = self._rights.get(watcher.reader, (0.0, None))
        if right is None or now - asked_at > _RIGHTS_S:
            fresh = rights_of(conn, watcher.reader)
            if right is not None and fresh != right:
                for each in self._present():
                    if each.reader == watcher.reader:
                        each.tell(None, None, everything=True)
            right = fresh
            self._rights[watcher.reader] = (now, right)
        return right

    def _present(self) -> list[Watcher]:
        with self._lock:
            return list(self._watchers)
