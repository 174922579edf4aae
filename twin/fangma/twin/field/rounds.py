"""Rounds as one walks them: which are due, in which order of stops, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.asset_registry.inspections.rounds import Due, due, due_days
from fangma.asset_registry.store import audit_log, inspections, ways
from fangma.asset_registry.store.connection import recording
from fangma.spatial.tours import length, tour
from fangma.spatial.walking import walking_distances
from fangma.twin.times import CHINA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.asset_registry.inspections.rounds import Plan
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.inspections import PlacedStop, Round, Visit, Visited

#: How far back a walk that was not finished is still told, and how far ahead one is planned.
_BACK: Final = timedelta(days=92)
_AHEAD: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The order in which to walk.

    Attributes
    ----------
    stops : tuple of PlacedStop
        Those with a known place first, on a short way; then the others, storey by storey.
    length_m : float
        Of the way, level metres; climbing counted as :data:`fangma.spatial.walking.CLIMB`.
    legs_m : tuple of float or None
        To each stop from the one before; None for the first and where no place is known.
    """

    stops: tuple[PlacedStop, ...]
    length_m: float
    legs_m: tuple[float | None, ...]


def route_of(conn: Connection, round_: Round, moment: Moment) -> Route:
    """Find a short way through the stops that the reader sees."""
    placed = [stop for stop in round_.stops if stop.x is not None]
    lost = [stop for stop in round_.stops if stop.x is None]
    points = np.array([[stop.x, stop.y, stop.z] for stop in placed], dtype=float).reshape(-1, 3)
    buildings = sorted({stop.building for stop in placed if stop.building})
    net = ways.network(conn, buildings, moment)
    distances = walking_distances(points, net.floors, net.doors)
    order = tour(distances)
    # Upwards reads more naturally than down; the way is the same.
    if len(order) > 1 and points[order[0], 2] > points[order[-1], 2]:
        order.reverse()
    legs: list[float | None] = [None] if order else []
    legs += [float(distances[a, b]) for a, b in pairwise(order)]
    lost.sort(key=lambda stop: (stop.building or "", stop.storey or "", stop.code))
    return Route(
        stops=(*(placed[i] for i in order), *lost),
        length_m=length(distances, order),
        legs_m=(*legs, *(None for _ in lost)),
    )


def walks(plan: Plan, visits: Sequence[Visited], today: date) -> list[Due]:
    """List the walks of a round that matter today: unfinished ones of the last months, and next."""
    found = []
    for day in due_days(plan, today - _BACK, today + _AHEAD):
        seen = {visit.code for visit in visits if visit.due_on == day}
        found.append(due(plan, day, seen, today))
    return found


def told(conn: Connection, round_: Round, moment: Moment, *, now: datetime) -> dict[str, Any]:
    """Return a round with its route, its walks and what was found on them."""
    today = now.astimezone(CHINA).date()
    found = inspections.visits(conn, [round_.id], moment, since=today - _BACK)
    route = route_of(conn, round_, moment)
    walked = walks(round_.plan, found, today)
    return {
        **brief(round_, walked),
        "length_m": round(route.length_m, 1),
        "stops": [
            {
                "code": stop.code,
                "kind": stop.kind,
                "name": stop.name,
                "door": stop.door,
                "system": stop.system,
                "building": stop.building,
                "storey": stop.storey,
                "storey_name": stop.storey_name,
                "checks": stop.checks,
                "leg_m": None if leg is None else round(leg, 1),
            }
            for stop, leg in zip(route.stops, route.legs_m, strict=True)
        ],
        "visits": [visit.as_dict() for visit in found],
    }


def brief(round_: Round, walked: Sequence[Due]) -> dict[str, Any]:
    """Return a round in a list of rounds."""
    return {
        "id": str(round_.id),
        "number": round_.number,
        "site": round_.site,
        "name": round_.plan.name,
        "every_days": round_.plan.every_days,
        "starts_on": round_.plan.starts_on.isoformat(),
        "stop_count": len(round_.stops),
        "walks": [
            {
                "on": each.on.isoformat(),
                "state": each.state,
                "visited": each.visited,
                "stops": each.stops,
            }
            for each in walked
        ],
    }


def listed(
    conn: Connection, moment: Moment, *, now: datetime, site_id: UUID | None = None
) -> list[dict[str, Any]]:
    """Return all rounds of a site with their walks."""
    today = now.astimezone(CHINA).date()
    found = inspections.rounds(conn, moment, site_id=site_id)
    seen = inspections.visits(conn, [each.id for each in found], moment, since=today - _BACK)
    return [
        brief(each, walks(each.plan, [v for v in seen if v.round_id == each.id], today))
        for each in found
    ]


def visit(conn: Connection, reader: str | UUID, made: Visit, *, actor: str) -> bool:
    """Record what was found at a stop; the same visit twice is one.

    Returns
    -------
    is_new : bool
    """
    with recording(conn, reader):
        is_new = inspections.add_visit(conn, made, actor=actor)
        if is_new:
            audit_log.append(
                conn,
                actor=actor,
                action="round-visit",
                subject=made.code,
                detail={"round": str(made.round_id), "outcome": made.outcome},
            )
    return is_new
