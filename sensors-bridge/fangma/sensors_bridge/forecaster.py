"""The forecaster: ``python -m fangma.sensors_bridge.forecaster``. Tells a week of hours ahead.

A process that ends when it has told what is due: what learns needs a hundred megabytes, and nobody
shall keep them for the day in between. The keeper starts it.
"""

from __future__ import annotations

import logging
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.forecasting import TooShortError, forecast
from fangma.asset_registry.store.connection import OPERATOR, connect, reading, recording
from fangma.asset_registry.store.forecasts import due, keep, series
from fangma.asset_registry.store.rollups import bring_up
from fangma.asset_registry.workdays import Workdays, read_workdays
from fangma.sensors_bridge.telling import tell_as

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.store.connection import Connection

_LOG: Final = logging.getLogger("fangma.forecaster")
_PAST: Final = timedelta(weeks=26)
_AT_ONCE: Final = 200


def tell(
    conn: Connection,
    now: datetime,
    *,
    at_most: int = _AT_ONCE,
    workdays: Workdays | None = None,
) -> int:
    """Make the forecasts that are due, the oldest first; return how many."""
    bring_up(conn)
    whole = now.replace(minute=0, second=0, microsecond=0)
    with reading(conn, OPERATOR):
        waiting = due(conn, now, limit=at_most)
    told = 0
    for stream, sensor in waiting:
        with reading(conn, OPERATOR):
            past, start = series(conn, stream, now - _PAST, whole)
        try:
            found = forecast(past, start, workdays=workdays or read_workdays())
        except TooShortError as error:
            _LOG.info("%s: %s", sensor, error.message)
            continue
        first = datetime.fromtimestamp(found.start * 3600, UTC)
        with recording(conn, OPERATOR):
            keep(conn, stream, first, found.values.tolist(), found.error)
        told += 1
    return told


def calendar_of(environment: Mapping[str, str]) -> Workdays:
    """Read which days are off: of the home, where it says so, else those that we know.

    A calendar that cannot be used is told and left out.
    """
    home = environment.get("FANGMA_HOME")
    file = Path(home) / "bridge" / "workdays.yaml" if home else None
    try:
        return read_workdays(file.read_text("utf-8") if file and file.exists() else None)
    except (RegistryError, OSError, UnicodeDecodeError) as error:
        _LOG.error("workdays.yaml cannot be used, the one that came with the program is: %s", error)
        return read_workdays()


def main() -> int:
    """Tell what is due of the database that the environment names."""
    tell_as("forecaster")
    url = os.environ.get("FANGMA_DATABASE_URL")  # noqa: TID251 - the keeper handed it on
    if not url:
        _LOG.error("FANGMA_DATABASE_URL is not set: fangma up sets it")
        return 1
    os.nice(10)  # nobody waits for it
    try:
        with connect(url) as conn:
            told = tell(conn, datetime.now(UTC), workdays=calendar_of(os.environ))  # noqa: TID251
    except psycopg.OperationalError as error:
        _LOG.warning("the database is away: %s", " ".join(str(error).split()))
        return 1
    if told:
        _LOG.info("%d forecasts were made", told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
