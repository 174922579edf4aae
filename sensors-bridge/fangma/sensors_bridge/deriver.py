"""The deriver: tells the streams that are derived over the tree, as ordinary observations.

It looks every few seconds at what came since it looked last. A changed reading touches its place
and what that lies in, nothing else; what did not change is told again every ten minutes, so that it
does not look stale. Hours are told five minutes after they are over, from the roll-ups.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import psycopg

from fangma.asset_registry.deriving import Derived, reckon
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.observation import EARLIEST, Observation
from fangma.asset_registry.store import derivations as store
from fangma.asset_registry.store.connection import OPERATOR, connect, reading, recording
from fangma.asset_registry.store.observations import DERIVED, Recorder
from fangma.asset_registry.store.rollups import bring_up

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.derivations import Derivation, Named, Tree

ACTOR: Final = "deriver"
_LOG: Final = logging.getLogger("fangma.deriver")
_EVERY_S: Final = 5.0
_LOOK_AGAIN_S: Final = 30.0
_AGAIN: Final = timedelta(minutes=10)
_OVERLAP: Final = timedelta(seconds=60)
"""Longest that a recording of observations lasts: what it stores bears the time it began."""
_PAUSE_S: Final = 5.0
_AWAY: Final = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.UndefinedTable)
_HOUR: Final = timedelta(hours=1)
_GRACE: Final = timedelta(minutes=5)
_FURTHEST: Final = timedelta(days=400)
_HOURS_AT_ONCE: Final = 48
_READINGS_AT_ONCE: Final = 50_000


@dataclass(slots=True, kw_only=True)
class _Kept:
    """A derivation with its part of the tree; ``sensors`` by the key of the place."""

    derivation: Derivation
    places: tuple[Named, ...]
    sources: dict[int, str]
    sensors: dict[str, str]
    derived: Derived | None
    told: dict[str, datetime] = field(default_factory=dict)


class Deriver:
    """Keeps the derived streams of a database current, over one connection at a time."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._stopping = threading.Event()
        self._kept: list[_Kept] = []
        self._by_stream: dict[int, list[Derived]] = {}
        self._signature: tuple[object, ...] = ()
        self._look_again = 0.0
        self._since = EARLIEST
        self._recorder: Recorder | None = None

    def stop(self) -> None:
        """Ask :meth:`run` to end."""
        self._stopping.set()

    def run(self) -> None:
        """Work; a database that is away is waited for."""
        while not self._stopping.is_set():
            try:
                with connect(self._url) as conn:
                    self.begin(conn)
                    while not self._stopping.is_set():
                        began = time.monotonic()
                        self.step(conn)
                        # Of very many streams this takes long: at most half of the time.
                        self._stopping.wait(max(_EVERY_S, time.monotonic() - began))
            except _AWAY as error:
                _LOG.warning("the database is away: %s", " ".join(str(error).split()))
                self._stopping.wait(_PAUSE_S)
            except RegistryError as error:  # a place that went while its stream was declared
                _LOG.warning("begun anew: %s", error.message)
                self._stopping.wait(_PAUSE_S)

    def begin(self, conn: Connection) -> None:
        """Start over a new connection."""
        self._recorder = Recorder(conn, DERIVED)
        self._signature, self._look_again = (), 0.0

    def step(self, conn: Connection, now: datetime | None = None) -> int:
        """Tell what changed since the last step; return how many observations that were.

        Parameters
        ----------
        now : datetime or None
            By our clock; what is told bears it.
        """
        now = now or datetime.now(UTC)
        if time.monotonic() >= self._look_again:
            self._look(conn)
        if not self._kept:
            return 0
        told = self._newest(conn, now)
        self._record(told)
        return len(told) + self._hours(conn, now)

    def _look(self, conn: Connection) -> None:
        """Learn what is derived, and on which trees, when that may have changed."""
        began = time.monotonic()
        with reading(conn, OPERATOR):
            found = store.derivations(conn)
            properties = sorted({each.observed_property for each in found})
            ids = tuple(each.id for each in found)
            signature = (ids, *store.signature(conn, properties))
        if signature != self._signature:
            self._load(conn, found, properties)
            with reading(conn, OPERATOR):  # declaring made a revision, which changes no tree
                self._signature = (ids, *store.signature(conn, properties))
        self._look_again = time.monotonic() + max(_LOOK_AGAIN_S, 10 * (time.monotonic() - began))

    def _load(
        self, conn: Connection, found: Sequence[Derivation], properties: Sequence[str]
    ) -> None:
        before = {each.derivation.id: each for each in self._kept}
        trees: dict[UUID, Tree] = {}
        kept = []
        for each in found:
            if each.site_id not in trees:
                with reading(conn, OPERATOR):
                    trees[each.site_id] = store.tree_of(conn, each.site_id, each.site, properties)
            places, sources = trees[each.site_id].of(each.definition)
            old = before.get(each.id)
            if old is not None and (old.places, old.sources) == (places, sources):
                kept.append(old)
                continue
            with recording(conn, OPERATOR):
                sensors = store.declare_streams(conn, each, places, actor=ACTOR)
            derived = None
            if each.of_what == "newest":
                derived = Derived(each.definition, places, sources)
            kept.append(
                _Kept(
                    derivation=each,
                    places=places,
                    sources=sources,
                    sensors=sensors,
                    derived=derived,
                    told={} if old is None else old.told,
                )
            )
        self._kept = kept
        by_stream: dict[int, list[Derived]] = defaultdict(list)
        for one in kept:
            if one.derived is not None:
                for stream in one.sources:
                    by_stream[stream].append(one.derived)
        self._by_stream = dict(by_stream)
        self._since = EARLIEST

    def _newest(self, conn: Connection, now: datetime) -> list[Observation]:
        with reading(conn, OPERATOR) as moment:
            news = store.newest(conn, list(self._by_stream), self._since)
        self._since = moment.at - _OVERLAP
        for stream, number, heard in news:
            for derived in self._by_stream[stream]:
                if number is None:
                    derived.forget(stream)
                else:
                    derived.hear(stream, heard.timestamp(), number)
        told = []
        for kept in self._kept:
            if kept.derived is None:
                continue
            kept.derived.forget_stale(now.timestamp())
            changed = {each.place.key for each in kept.derived.changes()}
            for each in kept.derived.present():
                key = each.place.key
                sensor = kept.sensors.get(key)
                is_due = key in changed or now - kept.told.get(key, EARLIEST) >= _AGAIN
                if sensor is not None and each.value is not None and is_due:
                    kept.told[key] = now
                    told.append(Observation(sensor, now, each.value))
        return told

    def _record(self, told: Sequence[Observation]) -> None:
        if told and self._recorder is not None:
            self._recorder.record(told)

    def _hours(self, conn: Connection, now: datetime) -> int:
        """Tell hours that are over: some of each derivation, so that the newest never wait long.

        Stored first and noted then: killed in between, the same hours are told again and kept once.
        """
        whole = (now - _GRACE).replace(minute=0, second=0, microsecond=0)
        told = 0
        for kept in self._kept:
            each = kept.derivation
            start = each.filled_until
            if each.of_what == "newest" or not kept.sources or (start and start >= whole):
                continue
            bring_up(conn)
            streams = list(kept.sources)
            with reading(conn, OPERATOR):
                start = start or store.first_hour(conn, streams, now - _FURTHEST) or whole
                many = max(_HOURS_AT_ONCE, _READINGS_AT_ONCE // len(streams))
                until = min(whole, start + many * _HOUR)
                found = store.hours(conn, streams, start, until, used=each.of_what == "used")
            batch = [
                Observation(kept.sensors[key], hour, value)
                for hour in sorted(found)
                for key, value in reckon(
                    each.definition, kept.places, kept.sources, found[hour]
                ).items()
                if key in kept.sensors
            ]
            self._record(batch)
            with recording(conn, OPERATOR):
                store.fill(conn, each, until)
            kept.derivation = replace(each, filled_until=until)
            told += len(batch)
        return told
