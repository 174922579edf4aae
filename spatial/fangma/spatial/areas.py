"""The usable floor area of a room, measured from its solid.

Rule: the horizontal projection within the inner wall faces (GB/T 17986.1-2000, usable area
按内墙面水平投影计算; wording of the clause from memory, see docs/areas.md). What lies under the
room counts once: niches and window bays whose sill is more than 0.45 m above the floor don't, steps
and platforms do. Parts lower than 2.20 m are not deducted (that is a rule of GB/T 50353 for
building area); the height is reported beside the area.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import GEOSException, MultiPolygon, Polygon

from fangma.spatial.errors import SpatialError
from fangma.spatial.vectors import cross

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fangma.spatial.mesh import Placements

# A window bay counts as floor up to this sill height (GB/T 50353-2013, 3.0.13; from memory).
_SILL_M = 0.45
# Flatter than 45 degrees is floor or ceiling, steeper is wall.
_FLAT = 0.7071
_WELD_M = 1e-4
_SECTION_ABOVE_M = 1.0
_AGREEMENT = 0.01


class RoomMeasureError(SpatialError):
    """The mesh encloses no floor at all: it is empty, or has no extent in plan."""


class Method(StrEnum):
    """How the footprint of a room was found."""

    FLOOR = "floor"  # union of the faces that the room stands on
    SECTION = "section"  # horizontal cut one metre above the lowest point
    SILHOUETTE = "silhouette"  # outline of the whole seen from above


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomMeasure:
    """The measured room, in the frame of its mesh.

    Attributes
    ----------
    footprint : Polygon or MultiPolygon
        Metres, seen from above; holes are columns and shafts.
    area_m2 : float
        Area of the footprint.
    floor_z, ceiling_z : float
        Lowest and highest point, metres.
    volume_m3 : float or None
        By divergence; None when the surface is not closed.
    method : Method
        How the footprint was found.
    is_closed : bool
        Every edge of the surface belongs to two faces that agree about the inside.
    notes : tuple of str
        What makes the measure doubtful, in English, for a finding.
    """

    footprint: Polygon | MultiPolygon
    area_m2: float
    floor_z: float
    ceiling_z: float
    volume_m3: float | None
    method: Method
    is_closed: bool
    notes: tuple[str, ...] = ()

    @property
    def height_m(self) -> float:
        """From the lowest to the highest point, metres."""
        return self.ceiling_z - self.floor_z

    @property
    def mean_height_m(self) -> float | None:
        """Volume over area, metres; None when the volume is unknown."""
        return None if self.volume_m3 is None else self.volume_m3 / self.area_m2


def placed_body(
    placements: Placements, element: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Join all bodies of an element in the model frame.

    Returns
    -------
    vertices : (n, 3) float64
        Metres.
    triangles : (m, 3) int64
        Both are empty when the element has no body.
    """
    vertices: list[NDArray[np.float64]] = [np.zeros((0, 3))]
    triangles: list[NDArray[np.int64]] = [np.zeros((0, 3), dtype=np.int64)]
    count = 0
    for row in np.flatnonzero(placements.element == element):
        placed = placements.placed(int(row))
        vertices.append(placed)
        mesh = placements.meshes[placements.mesh[row]]
        faces = mesh.triangles.astype(np.int64)
        if np.linalg.det(placements.matrix_model_from_local[row][:3, :3]) < 0.0:
            faces = faces[:, ::-1]  # a mirrored placement turns the inside out
        triangles.append(faces + count)
        count += len(placed)
    return np.concatenate(vertices), np.concatenate(triangles)


def _weld(
    vertices: NDArray[np.float64], triangles: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Merge vertices within 0.1 mm; drop triangles that collapse or repeat another."""
    _, first, inverse = np.unique(
        np.round(vertices / _WELD_M).astype(np.int64),
        axis=0,
        return_index=True,
        return_inverse=True,
    )
    faces = inverse.reshape(-1)[triangles]
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (a != c)]
    # The same three vertices in the same sense are one face stated twice.
    turned = np.argmin(faces, axis=1)
    rows = np.arange(len(faces))
    canonical = np.column_stack([faces[rows, (turned + shift) % 3] for shift in range(3)])
    return vertices[first], np.unique(canonical, axis=0)


def _edge_balance(triangles: NDArray[np.int64]) -> bool:
    """Tell whether each edge is walked as often one way as the other."""
    start, end = triangles.reshape(-1), triangles[:, [1, 2, 0]].reshape(-1)
    low, high = np.minimum(start, end), np.maximum(start, end)
    _, edge = np.unique(low * (int(triangles.max()) + 1) + high, return_inverse=True)
    return not np.bincount(edge, weights=np.where(start < end, 1.0, -1.0)).any()


def enclosed_volume(vertices: NDArray[np.float64], triangles: NDArray[np.int64]) -> float:
    """Measure the volume within a closed surface by divergence.

    Parameters
    ----------
    vertices : (n, 3) float64
        Metres.
    triangles : (m, 3) int
        Vertex indices.

    Returns
    -------
    volume : float
        Cubic metres; negative when the winding is inward.

    Examples
    --------
    >>> corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    >>> faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]])
    >>> round(enclosed_volume(corners, faces), 6)
    0.166667
    """
    corners = vertices[triangles] - vertices.mean(axis=0)
    crossed = cross(corners[:, 1], corners[:, 2])
    return float(np.einsum("ij,ij->", corners[:, 0], crossed)) / 6.0


def _union(rings: NDArray[np.float64]) -> Polygon | MultiPolygon:
    """Unite triangles seen from above, (m, 3, 2) metres, and close hairlines between bodies."""
    first, second = rings[:, 1] - rings[:, 0], rings[:, 2] - rings[:, 0]
    doubled = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
    rings = rings[doubled > 1e-9]
    if not len(rings):
        return Polygon()
    polygons = shapely.polygons(rings)
    try:
        united = shapely.union_all(polygons)
    except GEOSException:
        united = shapely.union_all(polygons, grid_size=1e-5)
    if united.geom_type == "MultiPolygon" or shapely.get_num_interior_rings(united) > 0:
        closed = united.buffer(5e-4, join_style="mitre").buffer(-5e-4, join_style="mitre")
        if shapely.get_num_coordinates(closed) < shapely.get_num_coordinates(united):
            united = closed
    return _surface(shapely.simplify(united, _WELD_M))


def _surface(geometry: shapely.Geometry) -> Polygon | MultiPolygon:
    """Keep the areas of an overlay's result; touching lines and points are no floor."""
    if isinstance(geometry, Polygon | MultiPolygon):
        return geometry
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]
    return MultiPolygon(parts)


def _floor(corners: NDArray[np.float64], candidates: NDArray[np.bool_]) -> Polygon | MultiPolygon:
    """Unite the faces that the room stands on, from the lowest up.

    Parameters
    ----------
    corners : (m, 3, 3) float64
        Triangles.
    candidates : (m,) bool
        The flat ones that may be floor.
    """
    flat = corners[candidates]
    if not len(flat):
        return Polygon()
    level = flat[:, :, 2].min(axis=1)
    order = np.argsort(level)
    flat, level = flat[order], level[order]
    # Storeys of the floor: a gap of more than a sill's height ends it.
    tops = np.maximum.accumulate(flat[:, :, 2].max(axis=1))
    gaps = np.flatnonzero(level[1:] - tops[:-1] > _SILL_M)
    last = int(gaps[0]) + 1 if len(gaps) else len(flat)
    return _union(flat[:last, :, :2])


def _section(corners: NDArray[np.float64], height: float) -> Polygon | MultiPolygon:
    """Cut the surface at a height and join the cuts to areas; empty when they don't close."""
    z = corners[:, :, 2] - height
    crossing = (z.min(axis=1) < 0.0) & (z.max(axis=1) > 0.0)
    chosen, z = corners[crossing], z[crossing]
    if not len(chosen):
        return Polygon()
    ends = []
    for i, j in ((0, 1), (1, 2), (2, 0)):
        with np.errstate(divide="ignore", invalid="ignore"):
            share = z[:, i] / (z[:, i] - z[:, j])
            point = chosen[:, i, :2] + share[:, None] * (chosen[:, j, :2] - chosen[:, i, :2])
        ends.append(np.where(((z[:, i] < 0.0) != (z[:, j] < 0.0))[:, None], point, np.nan))
    stacked = np.stack(ends, axis=1)
    pairs = stacked[~np.isnan(stacked[:, :, 0])].reshape(-1, 2, 2)
    lines = shapely.linestrings(np.round(pairs / _WELD_M) * _WELD_M)
    lines = lines[shapely.length(lines) > 0.0]
    areas = shapely.polygonize([shapely.union_all(lines)])
    inside = [part for part in shapely.get_parts(areas) if _is_inside(part, pairs)]
    return _surface(shapely.union_all(inside)) if inside else Polygon()


def _is_inside(part: Polygon, pairs: NDArray[np.float64]) -> bool:
    """Tell by even and odd crossings whether an area lies within the cuts, not in a hole."""
    point = part.representative_point()
    x, y = point.x, point.y
    (x0, y0), (x1, y1) = pairs[:, 0].T, pairs[:, 1].T
    spans = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    return bool(np.count_nonzero(spans & (at > x)) % 2)


def measure_room(vertices: NDArray[np.float64], triangles: NDArray[np.integer]) -> RoomMeasure:
    """Measure a room's usable floor area as its horizontal projection within the inner faces.

    The faces that the room stands on are projected and united. Where the surface is open and they
    disagree with what a cut at one metre and the silhouette agree upon, those decide.

    Parameters
    ----------
    vertices : (n, 3) float64
        Metres, z up.
    triangles : (m, 3) int
        Vertex indices; outward winding is used where it is consistent, not relied upon.

    Returns
    -------
    measure : RoomMeasure
        In the frame of the vertices.

    Raises
    ------
    RoomMeasureError
        When nothing in the mesh has an area in plan, or a coordinate is not finite.
    """
    if not len(triangles) or not np.isfinite(vertices).all():
        raise RoomMeasureError(
            f"A room needs triangles with finite corners; found {len(triangles)} triangles."
        )
    # Away from a far origin the products below would lose their digits.
    origin = vertices[np.asarray(triangles).reshape(-1)].min(axis=0)
    points, faces = _weld(vertices - origin, np.asarray(triangles, dtype=np.int64))
    if not len(faces):
        raise RoomMeasureError("The room's triangles have no extent.")
    corners = points[faces]
    normal = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1)
    slope = np.divide(normal[:, 2], length, out=np.zeros(len(normal)), where=length > 0.0)
    is_closed = _edge_balance(faces)
    volume = enclosed_volume(points, faces) if is_closed else 0.0
    if volume < 0.0:
        volume, slope = -volume, -slope
    silhouette = _union(corners[:, :, :2])
    used = points[np.unique(faces)]
    low, high = float(used[:, 2].min()), float(used[:, 2].max())
    floor = _floor(corners, slope < -_FLAT if is_closed else np.abs(slope) > _FLAT)
    at = low + min(_SECTION_ABOVE_M, (high - low) / 2.0)
    section = _section(corners, at) if high > low else Polygon()
    if silhouette.area <= 0.0 and section.area <= 0.0:
        raise RoomMeasureError("The room's triangles have no extent in plan.")
    footprint, method, notes = _decide(floor, section, silhouette, is_closed=is_closed)
    return RoomMeasure(
        footprint=shapely.transform(footprint, lambda xy: xy + origin[:2]),
        area_m2=float(footprint.area),
        floor_z=low + float(origin[2]),
        ceiling_z=high + float(origin[2]),
        volume_m3=volume if is_closed else None,
        method=method,
        is_closed=is_closed,
        notes=notes,
    )


def _agree(first: float, second: float) -> bool:
    return abs(first - second) <= _AGREEMENT * max(first, second)


def _decide(
    floor: Polygon | MultiPolygon,
    section: Polygon | MultiPolygon,
    silhouette: Polygon | MultiPolygon,
    *,
    is_closed: bool,
) -> tuple[Polygon | MultiPolygon, Method, tuple[str, ...]]:
    """Choose between floor, section and silhouette, and note what they disagree about."""
    areas = (
        f"floor {floor.area:.3f} m2, one metre up {section.area:.3f} m2, "
        f"silhouette {silhouette.area:.3f} m2"
    )
    open_note = () if is_closed else ("the surface of the room is not closed",)
    if floor.area > 0.0 and (is_closed or _agree(floor.area, silhouette.area)):
        if _agree(floor.area, section.area) or _agree(floor.area, silhouette.area):
            return floor, Method.FLOOR, open_note
        return floor, Method.FLOOR, (*open_note, f"the walls are not upright: {areas}")
    if section.area > 0.0 and not _agree(section.area, floor.area):
        return section, Method.SECTION, (*open_note, f"its floor is not whole: {areas}")
    if floor.area > 0.0:
        return floor, Method.FLOOR, (*open_note, f"the walls are not upright: {areas}")
    return silhouette, Method.SILHOUETTE, (*open_note, f"it has no floor: {areas}")
