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
from fangma.twin.http.bodies import CodeInPath, CodeInQuery, ValvePositionBody, ValvePositionSet
from fangma.twin.http.dependencies import At, Known, Next, PoolOf, Registry
from fangma.twin.http.errors import BadParameterError
from fangma.twin.http.paging import decode_next, encode_next
from fangma.twin.http.pipe_bodies import (
    ConcealmentAnswer,
    DigAnswer,
    DigBody,
    DrillAnswer,
    IsolationAnswer,
    LeakAnswer,
    LeakBody,
    NearAnswer,
    PiecePage,
    PipeRun,
    TraceAnswer,
)
from fangma.twin.pipes import closing, hiding, leaks, places, questions, runs
from fangma.twin.pipes.bodies import Bodies
from fangma.twin.pipes.book import PipeBook
from fangma.twin.pipes.needs import Joined, ReadBook
from fangma.twin.pipes.readings import taken
from fangma.twin.times import parse_time

if TYPE_CHECKING:
    from fangma.twin.pipes.shelf import Shelf

router: Final = APIRouter(prefix="/api/pipes", tags=["pipes"])
_Place = Annotated[
    str,
    Query(max_length=120, description="`x,y,z` in metres: east, north, height in the site's CRS."),
]
_OptionalPlace = Annotated[
    str | None,
    Query(max_length=120, description="`x,y,z` in metres: east, north, height in the site's CRS."),
]
_Hidden = Annotated[
    bool,
    Query(description="Tell of each thing what hides it too, and from which room it is reached."),
]
#: A piece is some 200 bytes: a page of a megabyte.
_MOST_PIECES: Final = 5000
_Codes = Annotated[list[str], Query(alias="code", min_length=1, max_length=100)]


@router.get("/near", operation_id="findNearPipes", response_model=NearAnswer)
def near(
    registry: Registry,
    request: Request,
    at: At,
    known: Known,
    point: _OptionalPlace = None,
    code: CodeInQuery = None,
    element: Annotated[
        str | None, Query(max_length=64, description="GlobalId of a wall, slab or door.")
    ] = None,
    count: Annotated[int, Query(ge=1, le=1000)] = 5,
    within: Annotated[float | None, Query(ge=0.0, le=10_000.0)] = None,
    site: CodeInQuery = None,
    concealment: _Hidden = False,
) -> dict[str, Any]:
    """Find what is nearest to a point, a room, a labelled thing or a wall, surface to surface."""
    if sum(each is not None for each in (point, code, element)) != 1:
        raise BadParameterError(
            "found none or several of point, code and element, expected one",
            "say near what: point=x,y,z or code=CODE or element=GlobalId",
        )
    read = _read(request, registry, at, known, site)
    conn, moment = registry.connection, registry.moment
    place: Any
    if point is not None:
        place = _point(point)
    else:
        place = places.body_of(conn, _bodies(request), moment, code=code, guid=element)
    book, found = questions.nearest(read, place, count=count, within_m=within)
    if concealment:
        hiding.tell(conn, book, found["items"], _bodies(request), moment)
    return found


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
    concealment: _Hidden = False,
) -> dict[str, Any]:
    """Say whether one may drill here; unknown where data are missing."""
    hole = Drill(start=_point(from_), end=_point(to), diameter_m=diameter)
    read = _read(request, registry, at, known, site)
    book = read(questions.near_hole(hole))
    found = questions.drill(book, hole)
    return _with_more(request, registry, book, read, found, concealment=concealment)


@router.post("/dig", operation_id="judgeDig", response_model=DigAnswer)
def dig(
    registry: Registry,
    request: Request,
    at: At,
    known: Known,
    body: DigBody,
    site: CodeInQuery = None,
    concealment: _Hidden = False,
) -> dict[str, Any]:
    """Say whether one may dig a pit here; unknown where data are missing."""
    read = _read(request, registry, at, known, site)
    outline = places.outline_of(body.polygon)
    book = read(questions.near_pit(outline))
    found = questions.dig(book, outline, body.depth, body.ground)
    return _with_more(request, registry, book, read, found, concealment=concealment)


@router.post("/leak", operation_id="findLeaks", response_model=LeakAnswer)
def leak(
    registry: Registry,
    request: Request,
    at: At,
    known: Known,
    body: LeakBody,
    site: CodeInQuery = None,
) -> dict[str, Any]:
    """Say which zones lose water and where to look first: from readings, or from the streams."""
    conn, moment = registry.connection, registry.moment
    given = leaks.observed(conn, moment) if body.readings is None else taken(body.readings)
    read = _read(request, registry, at, known, site)
    site_id = None if site is None else networks.find(conn, site).site_id
    return leaks.leak(conn, read, given, _bodies(request), moment, site_id=site_id)


@router.get("/isolation", operation_id="planIsolation", response_model=IsolationAnswer)
def isolate(
    registry: Registry, request: Request, at: At, known: Known, codes: _Codes
) -> dict[str, Any]:
    """Say which valves to close, in order, and who goes dry."""
    read = _read(request, registry, at, known, None)
    return closing.isolate(registry.connection, read, codes, registry.moment)


@router.get("/{code}/trace", operation_id="tracePipe", response_model=TraceAnswer)
def trace(
    registry: Registry,
    request: Request,
    at: At,
    known: Known,
    code: CodeInPath,
    direction: Literal["up", "down", "both"],
    to: CodeInQuery = None,
) -> dict[str, Any]:
    """Follow a pipe to what feeds it, or to what it feeds; with `to` the way to another part."""
    read = _read(request, registry, at, known, None)
    return questions.trace(registry.connection, read, code, direction, registry.moment, to)


@router.get("/{code}/concealment", operation_id="readConcealment", response_model=ConcealmentAnswer)
def read_concealment(
    registry: Registry, request: Request, at: At, known: Known, code: CodeInPath
) -> dict[str, Any]:
    """Say what hides a pipe, run by run, and from which room and panel it is reached."""
    conn, moment = registry.connection, registry.moment
    needed = Joined(frozenset({networks.find(conn, code).id}))
    book = _read(request, registry, at, known, None)(needed)
    return hiding.concealment(conn, book, code, _bodies(request), moment)


@router.get("/places", operation_id="listPipePlaces", response_model=PiecePage)
def list_places(
    registry: Registry,
    request: Request,
    at: At,
    known: Known,
    site: CodeInQuery = None,
    bbox: Annotated[
        str | None,
        Query(
            max_length=120,
            description="Only what reaches into `x0,y0,x1,y1`: metres, the site's CRS.",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=_MOST_PIECES)] = _MOST_PIECES,
    next_: Next = None,
) -> dict[str, Any]:
    """List where pipes lie and how well that is known; a page may begin anew after an import."""
    key = decode_next(next_, int)
    box = None if bbox is None else _box(bbox)
    read = _read(request, registry, at, known, site)
    book = read(None if box is None else questions.near_box(box))
    first = max(0, int(key[0])) if key else 0
    pieces, following = runs.places(book, first=first, count=limit, box=box)
    return {"items": pieces, "next": None if following is None else encode_next(following)}


@router.get("/{code}/run", operation_id="readPipeRun", response_model=PipeRun)
def read_run(
    registry: Registry, request: Request, at: At, known: Known, code: CodeInPath
) -> dict[str, Any]:
    """Follow a pipe both ways to where it branches, ends, or meets a device."""
    read = _read(request, registry, at, known, None)
    return runs.run(registry.connection, read, code)


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


def _with_more(
    request: Request,
    registry: Registry,
    book: PipeBook,
    read: ReadBook,
    found: dict[str, Any],
    *,
    concealment: bool,
) -> dict[str, Any]:
    conn, moment = registry.connection, registry.moment
    if concealment:
        hiding.tell(conn, book, found["items"], _bodies(request), moment)
    return {**found, "shut": closing.shutting(conn, book, read, found, moment)}


def _bodies(request: Request) -> Bodies:
    bodies: Bodies = request.app.state.bodies
    return bodies


def _read(
    request: Request,
    registry: Registry,
    at: datetime | None,
    known: datetime | None,
    site: str | None,
) -> ReadBook:
    shelf: Shelf = request.app.state.pipe_books
    site_id = None if site is None else networks.find(registry.connection, site).site_id
    is_now = at is None and known is None
    return lambda need: shelf.book(
        registry.connection, registry.moment, site_id, need, is_now=is_now
    )


def _box(text: str) -> list[float]:
    values = _numbers(text)
    if len(values) != 4 or values[0] > values[2] or values[1] > values[3]:
        raise BadParameterError(
            f"found the bbox {text!r}, expected four numbers x0,y0,x1,y1, the lesser ones first",
            "give metres in the site's CRS: west,south,east,north",
        )
    return values


def _numbers(text: str) -> list[float]:
    """Read finite numbers between commas; none where one is not."""
    try:
        values = [float(each) for each in text.split(",")]
    except ValueError:
        return []
    return values if np.isfinite(values).all() else []


def _point(text: str) -> NDArray[np.float64]:
    values = np.array(_numbers(text))
    if values.shape != (3,):
        raise BadParameterError(
            f"found the place {text!r}, expected three numbers x,y,z",
            "give metres in the site's CRS: east,north,height",
        )
    return values
