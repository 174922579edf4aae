"""Observations in and out: each once, counted in the transaction that stores it."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, LiteralString

import numpy as np
import psycopg
from psycopg.generators import send
from psycopg.rows import class_row

from fangma.asset_registry.observation import (
    EARLIEST,
    LARGEST_LEAD,
    QUALITIES,
    Observation,
    Refused,
    Result,
    result_of,
)
from fangma.asset_registry.presence import COUNTING, COUNTING_UNIT, PRESENCE, SMALLEST
from fangma.asset_registry.qualities import (
    NEVER,
    Columns,
    Judged,
    Memory,
    judge,
    keep,
    plausible_for,
)
from fangma.asset_registry.store.arrays import Float8, Int2, Int4, Times, teach
from fangma.asset_registry.store.connection import OPERATOR, Connection, recording
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.streams import UnknownSensorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from numpy.typing import NDArray
    from psycopg import Cursor

    _Cursor = Cursor[tuple[Any, ...]]

CHANNEL: Final = "fangma_live"
"""PostgreSQL's NOTIFY channel: ids of streams whose newest value changed, separated by commas."""

SESSIONS: Final = "sessions:"
"""Before the id of an account, some of whose sessions have ended."""

ALARMS: Final = "alarms"
"""What the channel carries when alarms changed."""

DERIVED: Final = "derived"
"""The books of what is derived here; they are not among the totals, which count what came in."""

_LOOK_AGAIN_S: Final = 60.0
_HOUR_US: Final = 3_600_000_000
_MICROSECOND: Final = timedelta(microseconds=1)
_RENEWED_SHARE: Final = 4
"""Renewing walks over all streams up to its last: it pays where a fourth of them is renewed."""

_IDS_A_NOTE: Final = 600  # 8,000 bytes are the most that a notification carries


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of a batch; ``changed`` are the ids of streams with a new newest value.

    Where somebody else stored something newer meanwhile, there are such among them.
    """

    stored: int
    duplicates: int
    changed: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The books of all bridges together; counts of observations since ever."""

    streams: int
    bound: int
    received: int
    stored: int
    duplicates: int
    rejected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What was refused somewhere for one reason."""

    place: str
    rule: str
    count: int
    last_at: datetime
    message: str
    sample: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A stored observation."""

    at: datetime
    result: Result
    quality: str

    def as_dict(self) -> dict[str, Any]:
        """Return the form of CONTRACTS."""
        return {"time": self.at.isoformat(), "result": self.result, "quality": self.quality}


@dataclass(frozen=True, slots=True)
class _Batch:
    """Observations by columns; ``words`` is None where all results are numbers."""

    columns: Columns
    words: list[str | None] | None


class Recorder:
    """Writes batches through one connection, remembering the ids of streams.

    Parameters
    ----------
    conn : Connection
        In nobody else's use, outside a transaction.
    name : str
        In which books the batches are counted.
    """

    def __init__(self, conn: Connection, name: str, reader: str | UUID = OPERATOR) -> None:
        self._conn = conn
        self._name = name
        self._reader = reader
        self._ids: dict[str, int] = {}
        self._months: set[date] = set()
        self._memory = Memory()
        self._judged: list[Judged] = []
        self._kept_from = EARLIEST
        self._look_again = 0.0
        teach(conn)

    def record(
        self,
        fresh: Sequence[Observation],
        again: Sequence[Observation] = (),
        *,
        refused: Iterable[Refused] = (),
        drained: int = 0,
    ) -> Recorded:
        """Store a batch and count it; all of it is committed on return, or nothing.

        Parameters
        ----------
        fresh : sequence of Observation
            Each counts as received; those that are there already as duplicates.
        again : sequence of Observation
            Delivered before, perhaps, by a broker that was not told in time. Those that are there
            already were counted then, and are not counted now.
        refused : iterable of Refused
            Each counts as received and as rejected.
        drained : int
            Number of the spool's file that this batch is, 0 when it is none.
        """
        try:
            return self._record(fresh, again, list(refused), drained, is_alone=True)
        except (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected):
            # Somebody else stored something newer than what we remember: look, and be careful.
            self._look()
            return self._record(fresh, again, list(refused), drained, is_alone=False)

    def _record(
        self,
        fresh: Sequence[Observation],
        again: Sequence[Observation],
        refusals: list[Refused],
        drained: int,
        *,
        is_alone: bool,
    ) -> Recorded:
        if time.monotonic() > self._look_again:
            self._look()
        fresh, again = (self._not_too_old(batch, refusals) for batch in (fresh, again))
        self._judged = []
        told_again, told = self._made_ready(again), self._made_ready(fresh)
        sql = load("observations")
        # A pipeline: what takes eleven answers, one after the other, waits for two.
        with self._conn.pipeline() as pipeline, recording(self._conn, self._reader):
            self._send(sql["in_order"], {})
            done = [self._store(told_again, is_alone=False), self._store(told, is_alone=is_alone)]
            for refusal in refusals:
                self._send(
                    sql["reject"],
                    {
                        "place": refusal.place,
                        "rule": refusal.rule,
                        "message": refusal.message,
                        "sample": refusal.sample,
                    },
                )
            pipeline.sync()
            found, stored = (sum(each.rowcount for each in answers) for answers, _ in done)
            streams = np.union1d(done[0][1], done[1][1]).tolist()
            duplicates = len(fresh) - stored
            self._conn.execute(
                sql["count"],
                {
                    "name": self._name,
                    "received": len(fresh) + found + len(refusals),
                    "stored": stored + found,
                    "duplicates": duplicates,
                    "rejected": len(refusals),
                    "drained": drained,
                },
            )
            for i in range(0, len(streams), _IDS_A_NOTE):
                note = ",".join(map(str, streams[i : i + _IDS_A_NOTE]))
                self._send(sql["announce"], {"streams": note})
        for judged in self._judged:
            keep(self._memory, judged)
        return Recorded(stored=stored + found, duplicates=duplicates, changed=tuple(streams))

    def drained(self) -> int:
        """Return the number of the last file of the spool that is in the database."""
        with recording(self._conn, self._reader):
            row = self._conn.execute(load("observations")["drained"], {"name": self._name})
            found = row.fetchone()
        return int(found[0]) if found else 0

    def _not_too_old(
        self, batch: Sequence[Observation], refusals: list[Refused]
    ) -> Sequence[Observation]:
        """Refuse what belongs to months that were let go: their roll-ups are final."""
        if self._kept_from == EARLIEST or all(each.at >= self._kept_from for each in batch):
            return batch
        refusals.extend(
            Refused(
                each.sensor,
                "retention",
                f"phenomenonTime is {each.at.isoformat()}, expected "
                f"{self._kept_from.isoformat()} or later: those from before are no longer kept",
                str(each.result)[:200],
            )
            for each in batch
            if each.at < self._kept_from
        )
        return [each for each in batch if each.at >= self._kept_from]

    def _made_ready(self, batch: Sequence[Observation]) -> _Batch | None:
        """Return a batch by columns; every sensor has a stream then, every month a partition.

        These are committed before: what a batch relies on must not vanish with it when it is
        rolled back.
        """
        if not batch:
            return None
        try:
            found = self._columns(batch)
        except KeyError:
            self._meet({each.sensor for each in batch} - self._ids.keys())
            found = self._columns(batch)
        times = found.columns.times
        months = {_month_of(each) for each in (times.min(), times.max())}
        if len(months) > 1:
            months = set(times.astype("M8[us]").astype("M8[M]").astype("M8[D]").tolist())
        if months - self._months:
            sql = load("observations")
            with recording(self._conn, self._reader):
                self._months.update(row[0] for row in self._conn.execute(sql["months"]))
                for month in sorted(months - self._months):
                    self._conn.execute(sql["make_month"], {"month": month})
            self._months.update(months)
        return found

    def _meet(self, unknown: set[str]) -> None:
        """Learn of sensors, adding those that nobody declared.

        Raises
        ------
        UnknownSensorError
            When there is one that the reader may neither see nor add.
        """
        asked = {"sensors": sorted(unknown)}
        try:
            with recording(self._conn, self._reader):
                self._learn(asked)
                asked = {"sensors": sorted(unknown - self._ids.keys())}
                if asked["sensors"]:
                    self._conn.execute(load("streams")["add_unknown"], asked)
                    self._learn(asked)
        except psycopg.errors.InsufficientPrivilege:
            raise UnknownSensorError(asked["sensors"][0]) from None
        if missing := unknown - self._ids.keys():
            raise UnknownSensorError(min(missing))

    def _look(self) -> None:
        """Learn again what may have changed: limits by property and unit, how far back we keep."""
        began = time.monotonic()
        with recording(self._conn, self._reader):
            row = self._conn.execute(load("observations")["kept_from"]).fetchone()
            self._kept_from = row[0] if row else EARLIEST
            if self._ids:
                self._learn({"sensors": list(self._ids)})
        now = time.monotonic()
        self._look_again = now + max(_LOOK_AGAIN_S, 50 * (now - began))

    def _learn(self, asked: Mapping[str, list[str]]) -> None:
        rows = self._conn.execute(load("streams")["known_of"], asked).fetchall()
        self._ids.update((row[0], row[1]) for row in rows)
        self._memory.learn(
            (row[1], plausible_for(row[2], row[3]), row[4] and _microseconds(row[4]), row[5])
            for row in rows
        )

    def _store(
        self, batch: _Batch | None, *, is_alone: bool
    ) -> tuple[list[_Cursor], NDArray[np.int32]]:
        """Send a batch; how many rows it made the answers tell, which come with the next sync.

        With them the streams that say something newer than what we know of them.
        """
        if batch is None:
            return [], np.zeros(0, np.int32)
        sql = load("observations")
        columns = batch.columns
        now_us = time.time_ns() // 1000
        judged = judge(self._memory, columns, now_us)
        self._judged.append(judged)
        known_at = self._memory.at[columns.streams]
        is_new = columns.times > known_at
        if not is_alone:
            is_new[:] = False
        stored = [
            self._send(sql[name], _parameters(batch, judged.qualities, np.flatnonzero(which)))
            for name, which in (("add", is_new), ("store", ~is_new))
            if which.any()
        ]
        last = _last(columns, known_at, now_us)
        newer = columns.streams[last]
        is_known = known_at[last] != NEVER
        if len(newer) * _RENEWED_SHARE < newer.max(initial=0):
            is_known[:] = False  # an upsert each is cheaper
        for name, which in (("begin", last[~is_known]), ("renew", last[is_known])):
            if len(which):
                newest = _parameters(batch, judged.qualities, which)
                self._send(sql[name], {**newest, "lead": LARGEST_LEAD})
        self._send(sql["due"], _due(columns))
        return stored, newer

    def _send(self, query: LiteralString, parameters: Mapping[str, object]) -> _Cursor:
        """Execute within the pipeline and see all of it off.

        psycopg (3.3) may leave a rest of what is larger than the socket's buffer in libpq, and then
        ``sync`` and the end of a transaction wait for an answer to what was never sent. That holds
        when an earlier statement was refused, too: the server reads on up to the next sync.
        """
        try:
            return self._conn.execute(query, parameters)
        finally:
            if not self._conn.closed:
                self._conn.wait(send(self._conn.pgconn))

    def _columns(self, batch: Sequence[Observation]) -> _Batch:
        """Sort a batch by stream and time; of the same pair the first counts.

        Raises
        ------
        KeyError
            When a sensor is unknown.
        """
        ids = self._ids
        streams = np.array([ids[each.sensor] for each in batch], np.int32)
        seconds = np.array([each.at.timestamp() for each in batch])
        # Exact to the microsecond up to 2100: both roundings together stay below one half of one.
        times = np.rint(seconds * 1e6).astype(np.int64)
        results = [each.result for each in batch]
        words: list[str | None] | None = None
        if set(map(type, results)) != {float}:
            pairs = [each.columns() for each in batch]
            results = [np.nan if number is None else number for number, _ in pairs]
            words = [word for _, word in pairs]
        numbers = np.array(results, np.float64)
        order = np.lexsort((times, streams))
        streams, times = streams[order], times[order]
        is_other = np.ones(len(order), bool)
        is_other[1:] = (streams[1:] != streams[:-1]) | (times[1:] != times[:-1])
        order = order[is_other]
        if words is not None:
            words = [words[i] for i in order]
        found = Columns(streams=streams[is_other], times=times[is_other], numbers=numbers[order])
        return _Batch(found, words)


def _parameters(
    batch: _Batch, qualities: NDArray[np.int16], which: NDArray[np.intp]
) -> dict[str, object]:
    columns = batch.columns
    return {
        "streams": Int4(columns.streams[which]),
        "times": Times(columns.times[which]),
        "numbers": Float8(columns.numbers[which]),
        "words": batch.words and [batch.words[i] for i in which],
        "qualities": Int2(qualities[which]),
    }


def _last(columns: Columns, known_at: NDArray[np.int64], now_us: int) -> NDArray[np.intp]:
    """Return which reading of each stream is its last, where that may be newer than the newest.

    One of a time to come only beside no other; the database has the last word.
    """
    streams, times, which = columns.streams, columns.times, np.arange(len(columns.streams))
    latest = now_us + LARGEST_LEAD // _MICROSECOND
    is_ahead = times > latest
    if is_ahead.any():
        which = np.flatnonzero(~is_ahead | ~np.isin(streams, streams[~is_ahead]))
    is_last = np.ones(len(which), bool)
    is_last[:-1] = streams[which[1:]] != streams[which[:-1]]
    which = which[is_last]
    # What is known may be of a time to come (observation.is_newer).
    may_be_newer = (times[which] > known_at[which]) | (known_at[which] > latest)
    found: NDArray[np.intp] = which[may_be_newer]
    return found


def _due(columns: Columns) -> dict[str, object]:
    """Say what must be rolled up again: of each hour its first and last minute, and the streams."""
    hours = columns.times // _HOUR_US
    order = np.lexsort((columns.streams, hours))
    hours, times, streams = hours[order], columns.times[order], columns.streams[order]
    starts = np.flatnonzero(np.r_[True, hours[1:] != hours[:-1]])
    is_first = np.r_[True, streams[1:] != streams[:-1]]
    is_first[starts] = True
    ends = np.cumsum(np.add.reduceat(is_first, starts, dtype=np.int32), dtype=np.int32)
    return {
        "starts": Times(np.minimum.reduceat(times, starts)),
        "ends": Times(np.maximum.reduceat(times, starts)),
        "streams": Int4(streams[is_first]),
        # An array of arrays of different lengths is none to PostgreSQL: one, and where each lies.
        "firsts": Int4(np.r_[0, ends[:-1]].astype(np.int32) + 1),
        "lasts": Int4(ends),
    }


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1e6)


def listen(conn: Connection) -> None:
    """Have :data:`CHANNEL` delivered to a connection, which commits by itself from now on."""
    conn.autocommit = True
    conn.execute(load("observations")["listen"])


def totals(conn: Connection) -> Totals:
    """Return the books, inside a transaction that has a reader."""
    with conn.cursor(row_factory=class_row(Totals)) as cursor:
        found = cursor.execute(load("observations")["totals"]).fetchone()
    if found is None:
        raise AssertionError  # an aggregate gives one row
    return found


def rejections(conn: Connection, *, limit: int = 100) -> list[Rejection]:
    """Return what was refused, the latest first."""
    with conn.cursor(row_factory=class_row(Rejection)) as cursor:
        return cursor.execute(load("observations")["rejections"], {"limit": limit}).fetchall()


def observations(
    conn: Connection,
    sensor: str,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    limit: int | None = None,
) -> list[Observed]:
    """Return what a stream observed, oldest first.

    Parameters
    ----------
    start, end : datetime or None
        From this time up to that time, both included; None = since ever, for ever.

    Raises
    ------
    UnknownSensorError
    """
    found = conn.execute(load("streams")["ids_of"], {"sensors": [sensor]}).fetchone()
    if found is None:
        raise UnknownSensorError(sensor)
    rows = conn.execute(
        load("observations")["observations"],
        {"stream_id": found[1], "start": start, "end": end, "limit": limit},
    )
    return [
        Observed(at=at, result=result_of(number, word), quality=QUALITIES[quality])
        for at, number, word, quality in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which observations; None leaves a condition out.

    Attributes
    ----------
    streams : sequence of int or None
        Ids; None = all that the reader may see.
    since, until : datetime or None
        Both included.
    not_at, not_number : sequence
        What is left out; that is how bounds that are not included are said.
    least, most : float or None
        Of a number, both included.
    words : sequence of str or None
        What a word must be.
    """

    streams: Sequence[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    not_at: Sequence[datetime] | None = None
    least: float | None = None
    most: float | None = None
    not_number: Sequence[float] | None = None
    words: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedBy:
    """A stored observation with its sensor, and when it came to be known."""

    sensor: str
    observed_property: str | None
    unit: str | None
    observed: Observed
    recorded_at: datetime


def page(
    conn: Connection, wanted: Wanted, *, descending: bool = False, limit: int = 100, skip: int = 0
) -> list[ObservedBy]:
    """Return a page of observations in the order of their times."""
    asked = {**_asked(wanted), "descending": descending, "limit": limit, "skip": skip}
    return [
        ObservedBy(
            sensor=sensor,
            observed_property=observed_property,
            unit=unit,
            observed=Observed(at=at, result=result_of(number, word), quality=QUALITIES[quality]),
            recorded_at=recorded_at,
        )
        for sensor, observed_property, unit, at, number, word, quality, recorded_at in conn.execute(
            load("observations")["page"], asked
        )
    ]


def count(conn: Connection, wanted: Wanted) -> int:
    """Count observations."""
    row = conn.execute(load("observations")["count_page"], _asked(wanted)).fetchone()
    return int(row[0]) if row else 0


def _asked(wanted: Wanted) -> dict[str, Any]:
    return asdict(wanted) | {
        "smallest": SMALLEST,
        "counting": COUNTING,
        "counting_unit": COUNTING_UNIT,
        "presence": PRESENCE,
    }


def _month_of(time_us: np.int64) -> date:
    month: date = time_us.astype("M8[us]").astype("M8[M]").astype("M8[D]").item()
    return month
