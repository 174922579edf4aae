"""What stands in the way of looking, on a storey and outdoors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import shapely

from fangma.asset_registry.store import cameras as stored, surroundings
from fangma.spatial.sections import section_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.asset_registry.cameras.watching import Doors, Glass
    from fangma.asset_registry.store.cameras import BodyRow, RoomRow
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.twin.pipes.bodies import Bodies

#: Always opaque, unless they are called glass.
_SOLID: Final = (
    "IfcWall", "IfcWallStandardCase", "IfcWallElementedCase", "IfcColumn", "IfcColumnStandardCase",
)  # fmt: skip
_DOORS: Final = ("IfcDoor", "IfcDoorStandardCase")
_GLASS: Final = (
    "IfcWindow", "IfcWindowStandardCase", "IfcCurtainWall", "IfcPlate", "IfcPlateStandardCase",
)  # fmt: skip
_GLAZED: Final = re.compile(r"玻璃|glass|glazed|verglas", re.IGNORECASE)
#: Bodies do not meet to the millimetre; nobody looks through a joint.
_JOINT_M: Final = 0.03
_THICKEST_WALL_M: Final = 0.6
_OUTER_WALL_M: Final = 0.3
_FARTHEST_M: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """What stands in the way.

    Attributes
    ----------
    shape : shapely Geometry
        In plan, the site's CRS.
    evidence : str
        ``bodies`` = cut out of the model; ``rooms`` = whatever is no room, where the model shows
        no walls or is not on this machine; ``outlines`` = buildings as a whole, seen from outside.
    """

    shape: shapely.Geometry
    evidence: Literal["bodies", "rooms", "outlines"]


def storey_walls(
    conn: Connection,
    site_id: UUID,
    rooms: Sequence[RoomRow],
    height: float,
    bodies: Bodies,
    moment: Moment,
    *,
    doors: Doors,
    glass: Glass,
) -> Walls:
    """Cut the walls about some rooms at a height.

    Parameters
    ----------
    height : float
        In the site's CRS, metres.
    """
    outlines = shapely.union_all([shapely.from_wkb(room.footprint) for room in rooms])
    west, south, east, north = outlines.buffer(_FARTHEST_M).bounds
    classes = [*_SOLID]
    if doors == "shut":
        classes += _DOORS
    if glass == "opaque":
        classes += _GLASS
    rows = stored.bodies(
        conn, site_id, (west, south, height - 0.05), (east, north, height + 0.05), classes, moment
    )
    if glass == "through":
        rows = [row for row in rows if not _GLAZED.search(row.name or "")]
    cut = _cut(conn, rows, height, bodies)
    if any(rows[i].ifc_class in _SOLID[:3] for i in cut):
        return Walls(shape=_closed(shapely.union_all(list(cut.values()))), evidence="bodies")
    return Walls(shape=_between(outlines, rooms), evidence="rooms")


def outer_walls(rooms: Sequence[RoomRow], height: float) -> Walls:
    """Return the outlines of buildings that reach to a height: rooms, and the walls about them."""
    standing = [
        shapely.from_wkb(room.footprint)
        for room in rooms
        if room.floor_z - 0.5 <= height <= (room.ceiling_z or room.floor_z + 3.0) + 0.5
    ]
    inside = shapely.union_all(standing).buffer(_THICKEST_WALL_M, join_style="mitre")
    shape = inside.buffer(_OUTER_WALL_M - _THICKEST_WALL_M, join_style="mitre")
    parts = [shapely.Polygon(part.exterior) for part in shapely.get_parts(shape)]
    return Walls(shape=shapely.union_all(parts), evidence="outlines")


def _cut(
    conn: Connection, rows: Sequence[BodyRow], height: float, bodies: Bodies
) -> dict[int, shapely.Geometry]:
    """Return the sections of those bodies that reach the height, by row."""
    models = sorted({row.model_id for row in rows if row.model_id is not None}, key=str)
    standing = surroundings.placements(conn, models)
    found: dict[int, shapely.Geometry] = {}
    for i, row in enumerate(rows):
        if row.model_id is None or row.model_id not in standing:
            continue
        placement = np.array(standing[row.model_id], dtype=np.float64).reshape(4, 4)
        triangles = bodies.triangles(row.model_id, row.id, placement)
        if triangles is None:
            continue
        section = section_at(triangles, height)
        if not section.is_empty:
            found[i] = section
    return found


def _between(outlines: shapely.Geometry, rooms: Sequence[RoomRow]) -> shapely.Geometry:
    """Return what is no room; rooms that touch are divided by a sheet, doors are shut."""
    hull = outlines.buffer(_THICKEST_WALL_M, join_style="mitre")
    sheets = shapely.union_all([shapely.boundary(shapely.from_wkb(r.footprint)) for r in rooms])
    return hull.difference(outlines).union(sheets.buffer(0.005))


def _closed(shape: shapely.Geometry) -> shapely.Geometry:
    return shape.buffer(_JOINT_M, join_style="mitre").buffer(-_JOINT_M, join_style="mitre")
