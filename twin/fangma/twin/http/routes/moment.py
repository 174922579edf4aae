"""Any moment of a site: the scene as it was, and the events that mark the slider."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from fangma.asset_registry.store.moments import PARTS, events, scene_at
from fangma.twin.http.dependencies import At, Known, Registry, SiteOf
from fangma.twin.http.in_lines import RESPONSES, answer
from fangma.twin.http.live_bodies import EventList, MomentAnswer
from fangma.twin.times import parse_time

router: Final = APIRouter(prefix="/api", tags=["live"])
_Part = Literal["values", "occupancy", "alarms", "valves", "rooms", "orders"]


@router.get("/moment", operation_id="readMoment", response_model=MomentAnswer, responses=RESPONSES)
def read_moment(
    request: Request,
    registry: Registry,
    site: SiteOf,
    at: At,
    known: Known,
    part: Annotated[
        list[_Part] | None,
        Query(max_length=len(PARTS), description="Lists that are wanted; the others stay empty."),
    ] = None,
) -> Response:
    """Give the scene at a moment: values, presence, alarms, valves, rooms, open work orders.

    ``known`` = as it was known then; without it, as it is known now, late data included.
    """
    found = scene_at(
        registry.connection, site.id, at or registry.moment.at, known, parts=part or PARTS
    )
    told = found.as_dict()
    registry.note_secrets(site.code, found.codes())
    return answer(request, {"site": site.code} | told, {})


@router.get("/events", operation_id="listEvents", response_model=EventList)
def list_events(
    registry: Registry,
    site: SiteOf,
    start: Annotated[str | None, Query(alias="from", max_length=40)] = None,
    end: Annotated[str | None, Query(alias="to", max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> dict[str, Any]:
    """List what happened between two times (else the last day), the latest first."""
    until = registry.moment.at if end is None else parse_time(end)
    since = until - timedelta(days=1) if start is None else parse_time(start)
    found = events(registry.connection, site.id, since, until, limit=limit)
    registry.note_secrets(site.code, (each.code for each in found))
    return {"items": [each.as_dict() for each in found]}
