"""Forecasts of streams in the database: which are due, what they are made from, what is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg.rows import class_row

from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.streams import UnknownSensorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection

_FILE = "forecasts"
_HOUR = timedelta(hours=1)
_EVERY = timedelta(hours=20)

ENOUGH = timedelta(weeks=5)
"""``forecasting.SHORTEST``, whose module is slow to import."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of an hour; ``error`` is how far off such a word was, on average."""

    at: datetime
    number: float
    error: float
    made_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API."""
        return {
            "time": self.at.isoformat(),
            "result": self.number,
            "error": self.error,
            "made": self.made_at.isoformat(),
        }


def due(conn: Connection, now: datetime, *, limit: int) -> list[tuple[int, str]]:
    """Return streams of hours with enough of a past and no forecast of today: ids and names."""
    asked = {"before": now - _EVERY, "enough": now - ENOUGH, "limit": limit}
    return [(row[0], row[1]) for row in conn.execute(load(_FILE)["due"], asked).fetchall()]


def series(
    conn: Connection, stream_id: int, since: datetime, until: datetime
) -> tuple[NDArray[np.float64], int]:
    """Return the means of hours up to ``until``, NaN where nothing is known, and the first hour.

    Returns
    -------
    series : (n,) float64
    start : int
        Hours since 1970.
    """
    asked = {"stream_id": stream_id, "since": since, "until": until}
    rows = conn.execute(load(_FILE)["series"], asked).fetchall()
    if not rows:
        return np.zeros(0), 0
    hours = np.array([int(at.timestamp()) // 3600 for at, _ in rows])
    found = np.full(int(hours[-1] - hours[0]) + 1, np.nan)
    found[hours - hours[0]] = [mean for _, mean in rows]
    return found, int(hours[0])


def keep(
    conn: Connection, stream_id: int, start: datetime, numbers: Sequence[float], error: float
) -> None:
    """Keep what is expected of the hours from ``start`` on, inside a recording transaction."""
    conn.execute(
        load(_FILE)["keep"],
        {
            "stream_id": stream_id,
            "times": [start + i * _HOUR for i in range(len(numbers))],
            "numbers": list(numbers),
            "error": error,
        },
    )


def forecasts(conn: Connection, sensor: str, since: datetime, until: datetime) -> list[Expected]:
    """Return what is, or was, expected of a stream's hours between two times.

    Raises
    ------
    UnknownSensorError
    """
    found = conn.execute(load("streams")["ids_of"], {"sensors": [sensor]}).fetchone()
    if found is None:
        raise UnknownSensorError(sensor)
    with conn.cursor(row_factory=class_row(Expected)) as cursor:
        return cursor.execute(
            load(_FILE)["forecasts"], {"stream_id": found[1], "since": since, "until": until}
        ).fetchall()


def expected_at(
    conn: Connection, streams: Sequence[int], hour: datetime
) -> dict[int, tuple[float, float]]:
    """Return what is expected of streams in an hour, and the usual error, by id."""
    asked = {"streams": list(streams), "hour": hour}
    return {
        row[0]: (row[1], row[2]) for row in conn.execute(load(_FILE)["expected"], asked).fetchall()
    }
