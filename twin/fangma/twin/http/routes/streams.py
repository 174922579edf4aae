"""Streams: what reports where, what it said, and what it is bound to."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from fangma.asset_registry.presence import told as told_of
from fangma.asset_registry.store import audit_log, observations
from fangma.asset_registry.store.connection import Connection, reading, recording
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.rollups import bring_up, rollups
from fangma.asset_registry.store.streams import (
    Stream,
    UnknownSensorError,
    rebind,
    stream_counts,
    streams,
)
from fangma.sensors_bridge.codec.judgement import PayloadError, judge
from fangma.twin.http.access import Operator, Reader
from fangma.twin.http.bodies import CodeInQuery
from fangma.twin.http.dependencies import USUAL_LIMIT, Limit, Next, PoolOf, Registry
from fangma.twin.http.errors import BadParameterError
from fangma.twin.http.live_bodies import (
    BindingBody,
    Pushed,
    PushedObservation,
    SeriesAnswer,
    StreamCounts,
    StreamItem,
    StreamPage,
)
from fangma.twin.http.paging import decode_next, encode_next
from fangma.twin.times import parse_time

router: Final = APIRouter(prefix="/api", tags=["live"])
_MOST_RAW: Final = 100_000
_Sensor = Annotated[str, Path(min_length=1, max_length=200)]
_Sensors = Annotated[list[str], Query(alias="sensor", min_length=1, max_length=30)]
_Time = Annotated[str, Query(max_length=40, description="RFC 3339 with an offset, or a date.")]
_Every = Literal["minute", "hour", "day", "auto"]


@router.get("/streams", operation_id="listStreams", response_model=StreamPage)
def list_streams(
    registry: Registry,
    code: Annotated[
        list[str] | None, Query(max_length=200, description="What watches these.")
    ] = None,
    within: CodeInQuery = None,
    bound: bool | None = None,
    declared: bool | None = None,
    property_: Annotated[
        str | None, Query(alias="property", max_length=100, description="What they observe.")
    ] = None,
    q: Annotated[
        str | None,
        Query(min_length=1, max_length=100, pattern=r"^[^\x00]+$", description="What names hold."),
    ] = None,
    limit: Limit = USUAL_LIMIT,
    next_: Next = None,
) -> dict[str, Any]:
    """List streams with their newest values; ``within`` = of a room, storey or building.

    ``bound=false`` are those that watch nothing, ``declared=false`` those that nobody declared;
    ``q`` is sought in names of sensors, what they are called, and codes of what they watch.
    """
    key = decode_next(next_, int)
    place = None if within is None else find_entry(registry.connection, within, registry.moment)[0]
    found = streams(
        registry.connection,
        any_of=None if code is None else (code, ()),
        within=place,
        is_bound=bound,
        is_declared=declared,
        observed_property=property_,
        holds=q,
        after=int(key[0]) if key else None,
        limit=limit + 1,
    )
    page = found[:limit]
    return {
        "items": [stream.as_dict() for stream in page],
        "next": encode_next(page[-1].id) if len(found) > limit else None,
    }


@router.get("/streams/counts", operation_id="countStreams", response_model=StreamCounts)
def count_streams(registry: Registry) -> dict[str, Any]:
    """Count streams by building and property: what there is, before any of it is listed."""
    found = stream_counts(registry.connection)
    return {
        "count": sum(each.streams for each in found),
        "items": [
            {
                "building": each.building,
                "property": each.observed_property,
                "streams": each.streams,
                "unbound": each.unbound,
                "undeclared": each.undeclared,
                "fresh": each.fresh,
            }
            for each in found
        ],
    }


@router.get(
    "/series",
    operation_id="readSeries",
    response_model=SeriesAnswer,
    response_model_exclude_none=False,
)
def read_series(
    pool: PoolOf,
    session: Reader,
    sensors: _Sensors,
    start: Annotated[_Time | None, Query(alias="from")] = None,
    end: Annotated[_Time | None, Query(alias="to")] = None,
    every: _Every | None = None,
) -> dict[str, Any]:
    """Give what sensors observed, by columns: raw, or rolled up by minute, hour or day.

    ``auto`` chooses by how long a time is asked for. Roll-ups hold everything that was stored.
    Without ``from``: the last day.
    """
    now = datetime.now(UTC)
    until = now if end is None else parse_time(end)
    since = until - timedelta(days=1) if start is None else parse_time(start)
    span = _span(until - since) if every == "auto" else every
    with pool.connection() as connection:
        if span is not None:
            bring_up(connection, at_most=10_000)
        with reading(connection, session.reader):
            return {"items": [_series(connection, s, since, until, span) for s in sensors]}


@router.post("/observations", operation_id="pushObservations", response_model=Pushed)
def push_observations(
    body: PushedObservation | Annotated[list[PushedObservation], Field(max_length=10_000)],
    session: Operator,
    pool: PoolOf,
) -> dict[str, Any]:
    """Store observations of any sensors, each once; all of them, or none.

    A sensor that nobody declared is kept and listed, where the account sees every site. Without a
    time an observation is of now.
    """
    now = datetime.now(UTC)
    told = []
    for i, each in enumerate(body if isinstance(body, list) else [body]):
        try:
            told.append(judge(each.sensor, each.phenomenonTime or now, each.result))
        except PayloadError as error:
            raise BadParameterError(
                f"observation {i + 1} cannot be stored: {error}", "correct it and send all again"
            ) from None
    with pool.connection() as connection:
        done = Recorder(connection, "http", session.reader).record(told)
    return {"received": len(told), "stored": done.stored, "duplicates": done.duplicates}


@router.put("/streams/{sensor:path}/binding", operation_id="bindStream", response_model=StreamItem)
def bind_stream(
    sensor: _Sensor, body: BindingBody, session: Operator, pool: PoolOf
) -> dict[str, Any]:
    """Say what a stream watches from a time on; what it watched before stays in the history."""
    since = None if body.since is None else parse_time(body.since)
    with pool.connection() as connection, recording(connection, session.reader):
        stream = rebind(
            connection,
            sensor,
            code=body.code,
            observed_property=body.property,
            unit=body.unit,
            name=body.name,
            actor=session.name,
            valid_from=since,
            reason=body.reason,
        )
        audit_log.append(
            connection,
            actor=session.name,
            action="bind",
            subject=body.code,
            detail={"sensor": sensor, "since": since and since.isoformat()},
        )
    return stream.as_dict()


def _series(
    connection: Connection, sensor: str, since: datetime, until: datetime, span: str | None
) -> dict[str, Any]:
    found = streams(connection, sensor=sensor)
    if not found:
        raise UnknownSensorError(sensor)
    stream: Stream = found[0]
    told: dict[str, Any] = {
        "sensor": sensor,
        "code": stream.code,
        "property": stream.observed_property,
        "unit": stream.unit,
        "every": span,
    }
    if span is None:
        raw = observations.observations(connection, sensor, since, until, limit=_MOST_RAW + 1)
        if len(raw) > _MOST_RAW:
            raise BadParameterError(
                f"{sensor} has more than {_MOST_RAW} observations in that time",
                "ask for every=minute, hour or day, or for a shorter time",
            )
        return told | {
            "time": [each.at for each in raw],
            "result": [told_of(stream.observed_property, stream.unit, each.result) for each in raw],
            "quality": [each.quality for each in raw],
        }
    rolled = rollups(connection, sensor, span, since, until)
    return told | {
        "time": [each.at for each in rolled],
        "mean": [told_of(stream.observed_property, stream.unit, each.mean) for each in rolled],
        "min": [told_of(stream.observed_property, stream.unit, each.least) for each in rolled],
        "max": [told_of(stream.observed_property, stream.unit, each.most) for each in rolled],
        "first": [told_of(stream.observed_property, stream.unit, each.first) for each in rolled],
        "last": [told_of(stream.observed_property, stream.unit, each.last) for each in rolled],
        "count": [each.count for each in rolled],
    }


def _span(asked: timedelta) -> str:
    if asked <= timedelta(days=2):
        return "minute"
    return "hour" if asked <= timedelta(days=90) else "day"
