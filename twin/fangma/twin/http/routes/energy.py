"""The energy book of a site, and what streams are expected to read."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from fangma.asset_registry.presence import told
from fangma.asset_registry.store.forecasts import forecasts
from fangma.asset_registry.store.streams import streams
from fangma.twin.http.access import Reader
from fangma.twin.http.bodies import CodeInQuery
from fangma.twin.http.dependencies import PoolOf, Registry
from fangma.twin.http.derived_bodies import EnergyBook, ForecastAnswer
from fangma.twin.http.in_lines import RESPONSES, answer
from fangma.twin.metering import USUAL_LEVELS, energy_document
from fangma.twin.times import parse_time

router: Final = APIRouter(prefix="/api", tags=["live"])
_Level = Literal["site", "unit", "building", "storey", "room"]
_Time = Annotated[str, Query(max_length=40, description="RFC 3339 with an offset, or a date.")]
_Word = Annotated[str, Query(min_length=1, max_length=60, pattern=r"^[^\x00]+$")]


@router.get("/energy", operation_id="readEnergy", response_model=EnergyBook, responses=RESPONSES)
def read_energy(
    request: Request,
    session: Reader,
    pool: PoolOf,
    start: Annotated[_Time | None, Query(alias="from")] = None,
    end: Annotated[_Time | None, Query(alias="to")] = None,
    by: Annotated[list[_Level] | None, Query(max_length=5)] = None,
    observed_property: Annotated[_Word, Query(alias="property")] = "energy",
    unit: _Word = "kW.h",
    site: CodeInQuery = None,
    metered: Annotated[
        bool, Query(description="Leave out rooms that have no meter and miss none.")
    ] = False,
) -> Response:
    """Tell what places used, by the meters that the reader may see; missing ones are findings.

    Whole hours count. Without ``from``: the last thirty days.
    """
    with pool.connection() as connection:
        document = energy_document(
            connection,
            session.reader,
            site=site,
            observed_property=observed_property,
            unit=unit,
            start=None if start is None else parse_time(start),
            end=None if end is None else parse_time(end),
            levels=by or USUAL_LEVELS,
            metered=metered,
        )
    return answer(request, document, {})


@router.get("/forecast", operation_id="readForecast", response_model=ForecastAnswer)
def read_forecast(
    registry: Registry,
    sensor: Annotated[str, Query(min_length=1, max_length=200)],
    start: Annotated[_Time | None, Query(alias="from")] = None,
    end: Annotated[_Time | None, Query(alias="to")] = None,
) -> dict[str, Any]:
    """Give what a stream was, or is, expected to read in each hour: beside what it did read.

    Made every day of the hours that are derived. Without ``from``: from a day ago.
    """
    since = datetime.now(UTC) - timedelta(days=1) if start is None else parse_time(start)
    until = since + timedelta(days=9) if end is None else parse_time(end)
    found = forecasts(registry.connection, sensor, since, until)
    (stream,) = streams(registry.connection, sensor=sensor)
    items = [
        each.as_dict()
        for each in found
        if told(stream.observed_property, stream.unit, each.number) is not None
    ]
    return {"sensor": sensor, "items": items}
