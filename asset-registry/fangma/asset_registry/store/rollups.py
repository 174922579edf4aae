"""Roll-ups of observations by minute, hour and day: kept current, read, and what they outlive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store.connection import OPERATOR, Connection, recording
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.streams import UnknownSensorError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

SPANS: Final = ("minute", "hour", "day")
"""By number as the database keeps them. A day is one in China (UTC+8)."""

WIDTHS: Final = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1))
_AT_ONCE: Final = 2000


class SpanError(RegistryError):
    """A span that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """What a stream said within a span.

    Attributes
    ----------
    at : datetime
        The beginning.
    count : int
        Observations.
    usable : int
        Numbers among them that can be; the other attributes are of these, None where none are.
    first, last : float or None
        By time: of a meter, ``last`` - ``first`` of the next is what was used.
    """

    at: datetime
    count: int
    usable: int
    sum: float | None
    least: float | None
    most: float | None
    first: float | None
    last: float | None

    @property
    def mean(self) -> float | None:
        """The mean of the numbers."""
        return None if self.sum is None or not self.usable else self.sum / self.usable

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``fangma observations --every``."""
        return {
            "time": self.at.isoformat(),
            "count": self.count,
            "usable": self.usable,
            "mean": self.mean,
            "min": self.least,
            "max": self.most,
            "first": self.first,
            "last": self.last,
        }


def bring_up(conn: Connection, *, at_most: int | None = None) -> int:
    """Roll up what is due, outside of a transaction; return how many batches' worth that was.

    Safe to call by several programs at once: they take turns. Who reads roll-ups calls it before:
    then they hold everything that was committed.
    """
    done = 0
    while at_most is None or done < at_most:
        with recording(conn, OPERATOR):
            row = conn.execute(load("rollups")["roll_up"], {"at_most": _AT_ONCE}).fetchone()
        if row is None or row[0] == 0:
            return done
        done += row[0]
    return done


def waiting(conn: Connection) -> int:
    """Count the entries that must be rolled up; for the operator."""
    row = conn.execute(load("rollups")["waiting"]).fetchone()
    return int(row[0]) if row else 0


def rollups(
    conn: Connection,
    sensor: str,
    span: str,
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[Rollup]:
    """Return the roll-ups of a sensor that begin between two times, both included, oldest first.

    Raises
    ------
    SpanError, UnknownSensorError
    """
    if span not in SPANS:
        raise SpanError(
            f"found the span {span[:40]!r}, expected one of {', '.join(SPANS)}", "name one of them"
        )
    found = conn.execute(load("streams")["ids_of"], {"sensors": [sensor]}).fetchone()
    if found is None:
        raise UnknownSensorError(sensor)
    with conn.cursor(row_factory=class_row(Rollup)) as cursor:
        return cursor.execute(
            load("rollups")["rollups"],
            {"span": SPANS.index(span), "stream_id": found[1], "start": start, "end": end},
        ).fetchall()


def usual_at(conn: Connection, streams: Sequence[int], hour: datetime) -> dict[int, float]:
    """Return what streams read on average in the same hour of the four weeks before, by id.

    Streams of which fewer than two of these hours are known are left out.
    """
    hours = [hour - timedelta(weeks=weeks) for weeks in range(1, 5)]
    rows = conn.execute(load("rollups")["usual"], {"streams": list(streams), "hours": hours})
    return dict(rows.fetchall())


def let_go(conn: Connection, before: datetime) -> list[str]:
    """Let the observations of whole months (UTC) go that end at or before a time.

    Their roll-ups stay. The last month is always kept.

    Returns
    -------
    gone : list of str
        Partitions that were dropped.
    """
    with recording(conn, OPERATOR):
        row = conn.execute(load("rollups")["let_go"], {"before": before}).fetchone()
    return list(row[0]) if row else []
