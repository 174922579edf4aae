"""What routes ask for, as annotated aliases: a connection, a reading, a page, a moment."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Request

from fangma.asset_registry.store.connection import Connection, Moment, Pool, reading
from fangma.twin.http.access import Reader
from fangma.twin.http.paging import MOST, USUAL
from fangma.twin.settings import Settings
from fangma.twin.times import parse_time

_TIME_WORDS = "RFC 3339 with an offset, or a date alone for the start of that day in China."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A snapshot of the registry as the reader may see it, at a moment."""

    connection: Connection
    moment: Moment


def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _time(text: str | None) -> datetime | None:
    return None if text is None else parse_time(text)


def _at(
    at: Annotated[str | None, Query(description="When true in the world. " + _TIME_WORDS)] = None,
) -> datetime | None:
    return _time(at)


def _known(
    known: Annotated[str | None, Query(description="When known to us. " + _TIME_WORDS)] = None,
) -> datetime | None:
    return _time(known)


PoolOf = Annotated[Pool, Depends(_pool)]
SettingsOf = Annotated[Settings, Depends(_settings)]
At = Annotated[datetime | None, Depends(_at)]
Known = Annotated[datetime | None, Depends(_known)]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows a page at most.")]
Next = Annotated[
    str | None, Query(max_length=500, description="`next` of the page before; absent = first.")
]
USUAL_LIMIT = USUAL


def _reading(reader: Reader, pool: PoolOf, at: At, known: Known) -> Iterator[Reading]:
    with (
        pool.connection() as connection,
        reading(connection, reader.reader, at, known) as moment,
    ):
        yield Reading(connection=connection, moment=moment)


# scope="function": the snapshot ends before the answer goes out, so that a slow client holds none.
Registry = Annotated[Reading, Depends(_reading, scope="function")]
