"""Places that questions name: a room, a labelled thing, a wall by its GlobalId, an outline."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.errors import ShapelyError

from fangma.asset_registry.store import networks as stored, surroundings
from fangma.asset_registry.store.networks import NetworkError
from fangma.spatial.prisms import Prism, prisms_of

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.twin.pipes.bodies import Bodies

_MOST_CORNERS: Final = 2000
_WIDEST_M: Final = 5000.0
_THINNEST_M: Final = 0.001


def body_of(
    conn: Connection,
    bodies: Bodies,
    moment: Moment,
    *,
    code: str | None = None,
    guid: str | None = None,
) -> list[Prism]:
    """Return the body of a room, of what a label names, or of an element by its GlobalId.

    A room is its outline from floor to ceiling; a wall the least upright box about its triangles.

    Raises
    ------
    NetworkError
        When there is no such thing, or nothing is known of where it is.
    CodeError, UnknownCodeError
    """
    if code is not None:
        row = stored.place_of(conn, stored.find(conn, code).id, moment)
        name = code
    else:
        row = stored.place_of_guid(conn, guid or "", moment)
        name = f"element {guid}"
        if row is None:
            raise NetworkError(
                f"found no {name}, expected a GlobalId that a model on this site holds",
                "take the GlobalId of a wall, slab, door or window from the model",
            )
    if row is not None and row.footprint is not None and row.floor_z is not None:
        outline = shapely.from_wkb(row.footprint)
        return prisms_of(outline, row.floor_z, max(row.floor_z, row.ceiling_z or row.floor_z))
    if row is not None and row.model_id is not None:
        standing = surroundings.placements(conn, [row.model_id])
        if row.model_id in standing:
            placement = np.array(standing[row.model_id], dtype=np.float64).reshape(4, 4)
            triangles = bodies.triangles(row.model_id, row.id, placement)
            if triangles is not None:
                corners = triangles.reshape(-1, 3)
                plan = shapely.multipoints(corners[:, :2]).minimum_rotated_rectangle
                low, high = float(corners[:, 2].min()), float(corners[:, 2].max())
                return prisms_of(_thick(plan), low, high)
    if row is None or row.extent is None:
        raise NetworkError(
            f"nothing is known of where {name} is, expected a thing with a body",
            "name a room, a thing with a body, or a point",
        )
    x0, y0, z0, x1, y1, z1 = row.extent
    return prisms_of(_thick(shapely.box(x0, y0, x1, y1)), z0, z1)


def _thick(plan: shapely.Geometry) -> Polygon:
    """Give what is a line or a point in plan a millimetre of width."""
    found = plan if isinstance(plan, Polygon) and plan.area > 0.0 else plan.buffer(_THINNEST_M)
    if not isinstance(found, Polygon):
        raise AssertionError  # one buffer of a line or point
    return found


def read_outline(path: Path) -> Polygon | MultiPolygon:
    """Read an outline from a file of GeoJSON or WKT, the site's CRS.

    Raises
    ------
    NetworkError
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as failure:
        raise NetworkError(
            f"{path.name} cannot be read: {failure}", "name a file of GeoJSON or WKT"
        ) from None
    if text.lstrip().startswith("{"):
        try:
            return outline_of(json.loads(text))
        except ValueError as failure:
            raise NetworkError(
                f"{path.name} is no JSON: {failure}", "export the outline anew"
            ) from None
    return outline_of(text.strip())


def outline_of(given: dict[str, Any] | str) -> Polygon | MultiPolygon:
    """Take an outline as GeoJSON (geometry, feature, or collection of one) or as WKT.

    Raises
    ------
    NetworkError
        When it is none, crosses itself, is not in metres, or has too many corners.
    """
    remedy = "give one Polygon or MultiPolygon in metres of the site's CRS"
    try:
        if isinstance(given, str):
            found = shapely.from_wkt(given)
        else:
            geometry: Any = given
            if geometry.get("type") == "FeatureCollection":
                (geometry,) = geometry["features"]
            if geometry.get("type") == "Feature":
                geometry = geometry["geometry"]
            found = shapely.from_geojson(json.dumps(geometry))
    except (ShapelyError, TypeError, ValueError, AttributeError, KeyError) as failure:
        raise NetworkError(f"found no outline that can be read ({failure})", remedy) from None
    if not isinstance(found, Polygon | MultiPolygon) or found.is_empty:
        kind = "nothing" if found is None or found.is_empty else found.geom_type
        raise NetworkError(f"found {kind}, expected a polygon", remedy)
    corners = shapely.get_coordinates(found)
    if not np.isfinite(corners).all() or not found.is_valid:
        reason = shapely.is_valid_reason(found)
        raise NetworkError(f"found an outline that is none: {reason}", remedy)
    if len(corners) > _MOST_CORNERS:
        raise NetworkError(
            f"found {len(corners)} corners, expected at most {_MOST_CORNERS}", "simplify it"
        )
    size = np.ptp(corners, axis=0).max()
    if size > _WIDEST_M:
        raise NetworkError(f"found a pit {size:.0f} m wide, expected at most 5000", remedy)
    if (np.abs(corners) <= [180.0, 90.0]).all() and size < 1.0:
        raise NetworkError("found degrees, expected metres", remedy)
    return shapely.force_2d(found)
