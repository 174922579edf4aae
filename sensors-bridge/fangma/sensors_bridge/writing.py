"""A batch goes to the database, or to the spool while the database is away; never nowhere."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

import psycopg

from fangma.asset_registry.observation import Refused
from fangma.asset_registry.store.connection import connect
from fangma.asset_registry.store.observations import Recorder
from fangma.sensors_bridge.spool import Batch, Spool

if TYPE_CHECKING:
    from collections.abc import Callable

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.observations import Recorded

_LOG: Final = logging.getLogger("fangma.bridge")
_AWAY: Final = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.UndefinedTable)
_STATEMENT_S: Final = 60
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 5.0
_DRAIN_FILES: Final = 20  # between two looks at the network


class Writer:
    """Takes batches in order; returns when each is safe.

    Parameters
    ----------
    database_url : str
        Tried again and again.
    name : str
        In which books the batches are counted.
    spool : Spool
        Opened.
    stored : callable
        Told of what was committed, with the connection, outside a transaction.
    """

    def __init__(
        self,
        database_url: str,
        name: str,
        spool: Spool,
        stored: Callable[[Batch, Recorded, Connection], None],
    ) -> None:
        self._url = database_url
        self._name = name
        self._spool = spool
        self._stored = stored
        self._conn: Connection | None = None
        self._recorder: Recorder | None = None
        self._pause = _FIRST_PAUSE_S
        self._not_before = 0.0

    @property
    def connection(self) -> Connection | None:
        """The connection, None while the database is away."""
        return self._conn

    def write(self, batch: Batch) -> None:
        """Keep a batch, behind everything that waits already.

        Raises
        ------
        SpoolFullError
            When neither database nor spool takes it; nothing of it was kept.
        """
        self.drain()
        if len(self._spool) == 0 and self._record(batch, drained=0):
            return
        self._spool.append(batch)

    def drain(self) -> None:
        """Bring some of what waits into the database, if that is back."""
        for _ in range(_DRAIN_FILES):
            found = self._spool.first() if len(self._spool) else None
            if found is None:
                return
            serial, batch = found
            if not self._record(batch, drained=serial):
                return
            self._spool.remove_first()

    def close(self) -> None:
        """Let go of the database."""
        if self._conn is not None:
            self._conn.close()
        self._conn = self._recorder = None

    def _record(self, batch: Batch, *, drained: int) -> bool:
        """Commit a batch; tell whether the database was there."""
        recorder = self._connected()
        if recorder is None or self._conn is None:
            return False
        if 0 < drained <= recorder.drained():  # committed just before a crash
            return True
        try:
            self._commit(recorder, batch, drained)
        except _AWAY as error:
            self._lose(error)
            return False
        return True

    def _commit(self, recorder: Recorder, batch: Batch, drained: int) -> None:
        """Commit a batch, without those that the database refuses for what they are."""
        try:
            recorded = recorder.record(
                batch.fresh, batch.again, refused=batch.refused, drained=drained
            )
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            # The decoders let nothing through that the database does not take: if one ever does,
            # it must not keep back all that come after it.
            halves = _halves(batch)
            if halves is None:
                _LOG.exception("an observation that the database refuses")
                place = next(o.sensor for o in (*batch.fresh, *batch.again))
                why = Refused(place, "database", str(error)[:500], "")
                self._commit(recorder, Batch([], [], [*batch.refused, why]), drained)
                return
            for i, half in enumerate(halves):
                self._commit(recorder, half, drained if i == 1 else 0)
            return
        if self._conn is not None:
            self._stored(batch, recorded, self._conn)

    def _connected(self) -> Recorder | None:
        if self._recorder is not None:
            return self._recorder
        if time.monotonic() < self._not_before:
            return None
        try:
            url = psycopg.conninfo.make_conninfo(self._url, connect_timeout=5)
            self._conn = connect(url, statement_timeout_s=_STATEMENT_S)
            self._recorder = Recorder(self._conn, self._name)
            self._spool.remove_until(self._recorder.drained())
        except psycopg.Error as error:
            self._lose(error)
            return None
        self._pause = _FIRST_PAUSE_S
        _LOG.info("the database is there; %d batches wait in the spool", len(self._spool))
        return self._recorder

    def _lose(self, error: psycopg.Error) -> None:
        words = " ".join(str(error).split())
        _LOG.warning("the database is away, tried again in %g s: %s", self._pause, words)
        self.close()
        self._not_before = time.monotonic() + self._pause
        self._pause = min(_LONGEST_PAUSE_S, 2 * self._pause)


def _halves(batch: Batch) -> tuple[Batch, Batch] | None:
    """Split a batch in two, None when it holds one observation."""
    fresh, again = len(batch.fresh), len(batch.again)
    if fresh + again <= 1:
        return None
    if fresh and again:
        return Batch([], batch.again, batch.refused), Batch(batch.fresh, [], [])
    return (
        Batch(batch.fresh[: fresh // 2], batch.again[: again // 2], batch.refused),
        Batch(batch.fresh[fresh // 2 :], batch.again[again // 2 :], []),
    )
