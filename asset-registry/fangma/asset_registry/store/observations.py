"""Observations in and out: each once, counted in the transaction that stores it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.observation import (
    QUALITIES,
    Observation,
    Refused,
    Result,
    quality_at,
    result_of,
)
from fangma.asset_registry.store.connection import OPERATOR, Connection, recording
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

CHANNEL: Final = "fangma_live"
"""PostgreSQL's NOTIFY channel: ids of streams whose newest value changed, separated by commas."""

ALARMS: Final = "alarms"
"""What the channel carries when alarms changed."""

_TYPES: Final = ("int4", "timestamptz", "float8", "text", "int2")
_IDS_A_NOTE: Final = 600  # 8,000 bytes are the most that a notification carries


class UnknownSensorError(RegistryError):
    """A stream that the registry does not have, or the reader may not see."""

    def __init__(self, sensor: str) -> None:
        super().__init__(
            f"there is no sensor {sensor[:80]!r} that you may see",
            "fangma sensors list shows them; one that was never declared appears when it reports",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of a batch; ``changed`` are the ids of streams with a new newest value."""

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
        with recording(conn, reader):
            conn.execute(load("observations")["make_staging"])

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
        self._make_ready(fresh, again)
        sql = load("observations")
        refusals = list(refused)
        with recording(self._conn, self._reader):
            found, changed = self._store(again)
            stored, changed_too = self._store(fresh)
            for refusal in refusals:
                self._conn.execute(
                    sql["reject"],
                    {
                        "place": refusal.place,
                        "rule": refusal.rule,
                        "message": refusal.message,
                        "sample": refusal.sample,
                    },
                )
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
            streams = sorted({*changed, *changed_too})
            for i in range(0, len(streams), _IDS_A_NOTE):
                note = ",".join(map(str, streams[i : i + _IDS_A_NOTE]))
                self._conn.execute(sql["announce"], {"streams": note})
        return Recorded(stored=stored + found, duplicates=duplicates, changed=tuple(streams))

    def drained(self) -> int:
        """Return the number of the last file of the spool that is in the database."""
        with recording(self._conn, self._reader):
            row = self._conn.execute(load("observations")["drained"], {"name": self._name})
            found = row.fetchone()
        return int(found[0]) if found else 0

    def _make_ready(self, *batches: Sequence[Observation]) -> None:
        """Have a stream for every sensor and a partition for every month, each committed before.

        What a batch relies on must not vanish with it when it is rolled back.
        """
        unknown = {
            observation.sensor for batch in batches for observation in batch
        } - self._ids.keys()
        if unknown:
            sql = load("streams")
            asked = {"sensors": sorted(unknown)}
            with recording(self._conn, self._reader):
                self._ids.update(self._conn.execute(sql["ids_of"], asked).fetchall())
                asked = {"sensors": sorted(unknown - self._ids.keys())}
                if asked["sensors"]:
                    self._conn.execute(sql["add_unknown"], asked)
                    self._ids.update(self._conn.execute(sql["ids_of"], asked).fetchall())
        months = {_month(observation.at) for batch in batches for observation in batch}
        if months - self._months:
            sql = load("observations")
            with recording(self._conn, self._reader):
                self._months.update(row[0] for row in self._conn.execute(sql["months"]))
                for month in sorted(months - self._months):
                    self._conn.execute(sql["make_month"], {"month": month})
            self._months.update(months)

    def _store(self, batch: Sequence[Observation]) -> tuple[int, list[int]]:
        if not batch:
            return 0, []
        sql = load("observations")
        ids, now = self._ids, datetime.now(UTC)
        with self._conn.cursor() as cursor:
            cursor.execute(sql["empty_staging"])
            with cursor.copy(sql["copy_observations"]) as copy:
                copy.set_types(_TYPES)
                for observation in batch:
                    at = observation.at
                    quality = quality_at(at, now)
                    copy.write_row((ids[observation.sensor], at, *observation.columns(), quality))
            row = cursor.execute(sql["store"]).fetchone()
        if row is None:
            raise AssertionError  # a SELECT without FROM gives one row
        return int(row[0]), list(row[1])


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
    conn: Connection, sensor: str, start: datetime | None = None, end: datetime | None = None
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
        {"stream_id": found[1], "start": start, "end": end},
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
    observed: Observed
    recorded_at: datetime


def page(
    conn: Connection, wanted: Wanted, *, descending: bool = False, limit: int = 100, skip: int = 0
) -> list[ObservedBy]:
    """Return a page of observations in the order of their times."""
    asked = {**asdict(wanted), "descending": descending, "limit": limit, "skip": skip}
    return [
        ObservedBy(
            sensor=sensor,
            observed=Observed(at=at, result=result_of(number, word), quality=QUALITIES[quality]),
            recorded_at=recorded_at,
        )
        for sensor, at, number, word, quality, recorded_at in conn.execute(
            load("observations")["page"], asked
        )
    ]


def count(conn: Connection, wanted: Wanted) -> int:
    """Count observations."""
    row = conn.execute(load("observations")["count_page"], asdict(wanted)).fetchone()
    return int(row[0]) if row else 0


def _month(at: datetime) -> date:
    return at.astimezone(UTC).date().replace(day=1)
