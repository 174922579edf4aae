"""Questions about hidden pipes: what is near, may I drill, what feeds this, what must I close."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from numpy.typing import NDArray

from fangma.asset_registry.store import audit_log, networks
from fangma.asset_registry.store.connection import recording
from fangma.spatial.drilling import Drill
from fangma.twin.http.access import Maintainer
from fangma.twin.http.bodies import (
    CodeInPath,
    CodeInQuery,
    DrillAnswer,
    IsolationAnswer,
    NearAnswer,
    TraceAnswer,
    ValvePositionBody,
    ValvePositionSet,
)
from fangma.twin.http.dependencies import At, Known, PoolOf, Registry
from fangma.twin.http.errors import BadParameterError
from fangma.twin.pipes import questions
from fangma.twin.pipes.book import PipeBook
from fangma.twin.times import parse_time

if TYPE_CHECKING:
    from fangma.twin.pipes.shelf import Shelf

router: Final = APIRouter(prefix="/api/pipes", tags=["pipes"])
_Place = Annotated[
    str,
    Query(max_length=120, description="`x,y,z` in metres: east, north, height in the site's CRS."),
]
_Codes = Annotated[list[str], Query(alias="code", min_length=1, max_length=100)]


@router.get("/near", operation_id="findNearPipes", response_model=NearAnswer)
def near(
    registry: Registry,
    request: Request,
    at: At,
    known: Known,
    point: _Place,
    count: Annotated[int, Query(ge=1, le=1000)] = 5,
    within: Annotated[float | None, Query(ge=0.0, le=10_000.0)] = None,
    site: CodeInQuery = None,
) -> dict[str, Any]:
    """Find what is nearest to a point, by the distance to its surface."""
    book = _book(request, registry, at, known, site)
    return questions.near(book, _point(point), count=count, within_m=within)


@router.get("/drill", operation_id="judgeDrill", response_model=DrillAnswer)
def drill(
    registry: Registry,
    request: Request,
    at: At,
    known: Known,
    from_: Annotated[_Place, Query(alias="from")],
    to: _Place,
    diameter: Annotated[float, Query(ge=0.0, le=10.0, description="Of the bit, metres.")],
    site: CodeInQuery = None,
) -> dict[str, Any]:
    """Say whether one may drill here; unknown where data are missing."""
    hole = Drill(start=_point(from_), end=_point(to), diameter_m=diameter)
    return questions.drill(_book(request, registry, at, known, site), hole)


@router.get("/isolation", operation_id="planIsolation", response_model=IsolationAnswer)
def isolate(
    registry: Registry, request: Request, at: At, known: Known, codes: _Codes
) -> dict[str, Any]:
    """Say which valves to close, in order, and who goes dry."""
    book = _book(request, registry, at, known, None)
    return questions.isolate(registry.connection, book, codes, registry.moment)


@router.get("/{code}/trace", operation_id="tracePipe", response_model=TraceAnswer)
def trace(
    registry: Registry,
    request: Request,
    at: At,
    known: Known,
    code: CodeInPath,
    direction: Literal["up", "down", "both"],
) -> dict[str, Any]:
    """Follow a pipe to what feeds it, or to what it feeds."""
    book = _book(request, registry, at, known, None)
    return questions.trace(registry.connection, book, code, direction, registry.moment)


@router.put("/{code}/position", operation_id="setValvePosition", response_model=ValvePositionSet)
def set_position(
    code: CodeInPath, body: ValvePositionBody, session: Maintainer, pool: PoolOf
) -> dict[str, Any]:
    """Record how a valve stands from a time on."""
    since = datetime.now(UTC) if body.at is None else parse_time(body.at)
    with pool.connection() as connection, recording(connection, session.reader):
        networks.set_valve(connection, code, body.position, actor=session.name, valid_from=since)
        audit_log.append(
            connection,
            actor=session.name,
            action="valve",
            subject=code,
            detail={"position": body.position, "at": since.isoformat()},
        )
    return {"code": code, "position": body.position, "at": since}


def _book(
    request: Request,
    registry: Registry,
    at: datetime | None,
    known: datetime | None,
    site: str | None,
) -> PipeBook:
    shelf: Shelf = request.app.state.pipe_books
    site_id = None if site is None else networks.find(registry.connection, site).site_id
    return shelf.book(
        registry.connection, registry.moment, site_id, is_now=at is None and known is None
    )


def _point(text: str) -> NDArray[np.float64]:
    try:
        values = np.array([float(each) for each in text.split(",")])
    except ValueError:
        values = np.zeros(0)
    if values.shape != (3,) or not np.isfinite(values).all():
        raise BadParameterError(
            f"found the place {text!r}, expected three numbers x,y,z",
            "give metres in the site's CRS: east,north,height",
        )
    return values
