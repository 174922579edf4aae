"""What a room's area would be if it were measured to the middle of its walls.

Some authoring tools can be set to bound rooms by wall centres; areas declared by such a model are
larger than the usable floor by half of the walls around. To tell that habit from an error, each
edge of the floor is moved outward to the axis of the wall that stands along it, or by half of its
thickness where the wall states no axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_TOUCH_M = 0.02


def wall_thickness(wall: Polygon | MultiPolygon) -> float:
    """Measure the thickness of a straight wall in plan: the short side of its rectangle, metres."""
    rectangle = shapely.minimum_rotated_rectangle(wall)
    if not isinstance(rectangle, Polygon):
        return 0.0
    corners = shapely.get_coordinates(rectangle)
    return float(np.linalg.norm(np.diff(corners[:3], axis=0), axis=1).min())


@dataclass(frozen=True, slots=True, kw_only=True)
class WallInPlan:
    """A straight wall seen from above, metres.

    Attributes
    ----------
    outline : Polygon or MultiPolygon
        Doors and windows not cut out.
    axis : LineString or None
        The line by which the wall was drawn; it need not run in the middle of unequal layers.
    """

    outline: Polygon | MultiPolygon
    axis: LineString | None = None

    def depth(self, edge: LineString) -> float:
        """Measure from a face of the wall to its axis, else half of its thickness."""
        half = wall_thickness(self.outline) / 2.0
        if self.axis is None:
            return half
        along = shapely.get_coordinates(self.axis)
        middle = edge.interpolate(0.5, normalized=True)
        step = along[-1] - along[0]
        length = float(np.linalg.norm(step))
        if length == 0.0:
            return half
        away = np.array([middle.x, middle.y]) - along[0]
        off = abs(float(step[0] * away[1] - step[1] * away[0])) / length
        return off if off <= 2.0 * half else half


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Part of an edge along which one wall stands: metres along the edge, depth to its centre."""

    start: float
    end: float
    depth: float


def _stretches(
    edge: LineString, outward: NDArray[np.float64], walls: Sequence[WallInPlan]
) -> list[_Stretch]:
    """Share an edge out among the walls that stand along it, the first come first."""
    free: shapely.Geometry = edge
    found = []
    for wall in walls:
        if not wall.outline.dwithin(edge, _TOUCH_M):
            continue
        half = wall_thickness(wall.outline) / 2.0
        # What of the edge, moved a little outward, lies in the wall.
        inside = shapely.transform(
            wall.outline.buffer(_TOUCH_M / 2, join_style="mitre"),
            lambda xy: xy - outward * _TOUCH_M,
        )
        for part in shapely.get_parts(free.intersection(inside)):
            # A wall that only ends here runs away from the room.
            if part.length < min(3.0 * half + _TOUCH_M, 0.9 * edge.length):
                continue
            ends = sorted(edge.project(shapely.Point(c)) for c in part.coords)
            found.append(_Stretch(ends[0], ends[-1], wall.depth(edge)))
            free = free.difference(part.buffer(1e-6))
    return sorted(found, key=lambda stretch: stretch.start)


def _strips(ring: NDArray[np.float64], walls: Sequence[WallInPlan]) -> Iterator[Polygon]:
    """Make the strips from a ring, its floor on the left, to the middles of the walls."""
    steps = np.diff(ring, axis=0)
    length = np.linalg.norm(steps, axis=1)
    along = steps / length[:, None]
    outward = np.column_stack([along[:, 1], -along[:, 0]])
    count = len(steps)
    edges = [_stretches(LineString(ring[i : i + 2]), outward[i], walls) for i in range(count)]
    for i in range(count):
        before, after = edges[i - 1], edges[(i + 1) % count]
        for stretch in edges[i]:
            start, end = stretch.start, stretch.end
            # A convex corner is squared with the depth of the wall round it.
            if start < _TOUCH_M and before and along[i] @ outward[i - 1] < -1e-3:
                start = -before[-1].depth
            following = (i + 1) % count
            if length[i] - end < _TOUCH_M and after and along[i] @ outward[following] > 1e-3:
                end = float(length[i]) + after[0].depth
            base = np.array([ring[i] + along[i] * start, ring[i] + along[i] * end])
            yield Polygon(np.concatenate([base, base[::-1] + outward[i] * stretch.depth]))


def grow_to_wall_centres(
    footprint: Polygon | MultiPolygon, walls: Sequence[WallInPlan]
) -> Polygon | MultiPolygon:
    """Grow a room's footprint to the middle of the walls around it.

    Parameters
    ----------
    footprint : Polygon or MultiPolygon
        Usable floor of the room, metres.
    walls : sequence of WallInPlan
        Where two stand over each other, the first of them decides.

    Returns
    -------
    grown : Polygon or MultiPolygon
        The footprint and the half of each wall that faces it.

    Examples
    --------
    >>> room = shapely.box(0, 0, 4, 3)
    >>> wall = WallInPlan(outline=shapely.box(4, -1, 4.2, 4))
    >>> round(grow_to_wall_centres(room, [wall]).area, 3)
    12.3
    """
    near = [wall for wall in walls if wall.outline.dwithin(footprint, _TOUCH_M)]
    parts: list[shapely.Geometry] = [footprint]
    for polygon in shapely.get_parts(shapely.orient_polygons(footprint)):
        for ring in (polygon.exterior, *polygon.interiors):
            parts += _strips(shapely.get_coordinates(ring), near)
    grown = shapely.union_all(parts)
    pieces = [part for part in shapely.get_parts(grown) if isinstance(part, Polygon)]
    return pieces[0] if len(pieces) == 1 else MultiPolygon(pieces)
