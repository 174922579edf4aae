"""Read the plans of the storeys on which rooms lie, for drawings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from fangma.asset_registry.auditing.plan_drawings import PlanRoom, Ring, StoreyPlan
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomInPlan:
    """A room seen from above.

    Attributes
    ----------
    rings : tuple of rings
        Outer and inner outlines; (x, y) in metres of the tileset's local frame.
    """

    code: str
    number: str | None
    name: str | None
    use: str | None
    area_m2: float | None
    building: str | None
    rings: tuple[Ring, ...]


def rooms_of_storey(
    conn: Connection, site: Site, code: str, moment: Moment
) -> tuple[RoomInPlan, ...]:
    """Return the rooms of a storey that have a footprint, as far as the reader sees them.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.reading`.
    site : Site
        The site that the storey stands on.
    code : str
        Code of the storey.
    """
    asked = {"code": code, "at": moment.at, "known": moment.known}
    east, north = site.origin[0], site.origin[1]
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load("storey_plans")["storey"], asked).fetchall()
    return tuple(
        RoomInPlan(
            **{key: row[key] for key in ("code", "number", "name", "use", "area_m2", "building")},
            rings=tuple(
                tuple((round(x - east, 3), round(y - north, 3)) for x, y in ring)
                for ring in _rings(row["footprint"])
            ),
        )
        for row in rows
    )


def storey_plans(
    conn: Connection, site_id: UUID, codes: Iterable[str], moment: Moment
) -> dict[str, StoreyPlan]:
    """Return the plan of its storey for each room that has one, as far as the reader sees it.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.reading`.
    codes : iterable of str
        Codes of rooms.
    """
    wanted = set(codes)
    asked = {
        "site_id": site_id,
        "codes": sorted(wanted),
        "at": moment.at,
        "known": moment.known,
    }
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load("storey_plans")["rooms"], asked).fetchall()
    storeys: dict[str, list[PlanRoom]] = defaultdict(list)
    for row in rows:
        room = PlanRoom(
            code=row["code"],
            label=row["number"] or row["name"] or "",
            rings=tuple(_rings(row["footprint"])),
        )
        storeys[row["storey"]].append(room)
    plans = {
        storey: StoreyPlan(title=storey, rooms=tuple(rooms)) for storey, rooms in storeys.items()
    }
    return {
        room.code: plan for plan in plans.values() for room in plan.rooms if room.code in wanted
    }


def _rings(footprint: dict[str, Any]) -> Iterable[Ring]:
    """Yield the outlines of a GeoJSON MultiPolygon."""
    for polygon in footprint["coordinates"]:
        for ring in polygon:
            yield tuple((float(point[0]), float(point[1])) for point in ring)
