"""Upright prisms: an outline in plan between two heights, such as a pit, a room or a wall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    from fangma.spatial.capsules import Solids

    Floats = NDArray[np.float64]

# Outlines this near to their convex hull are taken for it: digitised corners are no better.
_CONVEX_SHARE = 1.0 - 1e-6
_ROUNDS = 40
_LEVEL_M = 1e-9
_GOLDEN = (5**0.5 - 1) / 2
# Boxes times corners worked on at once.
_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prism:
    """A convex outline between two heights; metres, frame of the solids.

    Attributes
    ----------
    corners : (k, 2) float64
        Counter-clockwise, not closed.
    """

    corners: Floats
    low: float
    high: float

    def gaps(self, solids: Solids, shift: Floats | None = None) -> tuple[Floats, Floats]:
        """Measure from the prism to the axis of every piece, or to its box.

        Parameters
        ----------
        shift : (n, 3) float64, optional
            Moves each piece first.

        Returns
        -------
        distances : (n,) float64
            Metres, 0 inside; the radius is not taken off.
        normals : (n, 3) float64
            Unit vectors from the prism to the piece where they are nearest; zero where they meet.
        """
        distances, normals = np.zeros(len(solids)), np.zeros((len(solids), 3))
        step = max(1, _AT_ONCE // max(1, len(self.corners)))
        for first in range(0, len(solids), step):
            rows = np.arange(first, min(first + step, len(solids)))
            some = solids.take(rows)
            gap = self._gap(some, None if shift is None else shift[rows])
            distances[rows] = np.sqrt(np.einsum("ij,ij->i", gap, gap))
            normals[rows] = gap / np.where(distances[rows] > 0.0, distances[rows], 1.0)[:, None]
        return distances, normals

    def _gap(self, solids: Solids, shift: Floats | None) -> Floats:
        """Search along each axis: the distance to a convex body is convex along a line."""
        a = solids.start if shift is None else solids.start + shift
        b = solids.end if shift is None else solids.end + shift
        way = b - a
        low, high = np.zeros(len(a)), np.ones(len(a))
        if way.any():
            for _ in range(_ROUNDS):
                left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
                first, second = (
                    self._from_point(a + t[:, None] * way, solids.half) for t in (left, right)
                )
                nearer = (first**2).sum(axis=1) <= (second**2).sum(axis=1)
                low, high = np.where(nearer, low, left), np.where(nearer, right, high)
        return self._from_point(a + ((low + high) / 2)[:, None] * way, solids.half)

    def _from_point(self, points: Floats, half: Floats) -> Floats:
        """Return the shortest vectors from the prism to points, or to boxes about them.

        A box is taken for the cylinder about it: the distance is never too large.
        """
        flat = _from_outline(self.corners, points[:, :2])
        up = np.maximum(points[:, 2] - half[:, 2] - self.high, 0.0)
        down = np.maximum(self.low - points[:, 2] - half[:, 2], 0.0)
        wide = np.hypot(half[:, 0], half[:, 1])
        if wide.any():
            length = np.hypot(flat[:, 0], flat[:, 1])
            kept = np.maximum(length - wide, 0.0) / np.where(length > 0.0, length, 1.0)
            flat = flat * kept[:, None]
        return np.column_stack([flat, up - down])


def _from_outline(corners: Floats, points: Floats) -> Floats:
    """Return the shortest vectors in plan from a convex outline to points; zero inside."""
    start, way = corners, np.roll(corners, -1, axis=0) - corners
    length2 = np.maximum((way**2).sum(axis=1), 1e-18)
    off = points[:, None] - start[None]
    left: Floats = way[None, :, 0] * off[..., 1] - way[None, :, 1] * off[..., 0]
    inside = (left.min(axis=1) >= 0.0)[:, None]
    share = np.clip(np.einsum("ijk,jk->ij", off, way) / length2, 0.0, 1.0)
    gaps = off - share[..., None] * way[None]
    nearest = np.argmin((gaps**2).sum(axis=2), axis=1)
    best = gaps[np.arange(len(points)), nearest]
    return np.where(inside, 0.0, best)


def clipped(
    start: Floats, end: Floats, low: Floats, high: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Cut lines to what lies between two heights.

    Parameters
    ----------
    start, end : (n, 3) float64
    low, high : (n,) float64

    Returns
    -------
    lines : (n, 2, 3) float64
        Ends of what is left; where nothing is, one point.
    within : (n,) bool
        Something is left.
    """
    rise = end[:, 2] - start[:, 2]
    level = np.abs(rise) < _LEVEL_M
    safe = np.where(level, 1.0, rise)
    first, last = (low - start[:, 2]) / safe, (high - start[:, 2]) / safe
    lower = np.where(level, 0.0, np.clip(np.minimum(first, last), 0.0, None))
    upper = np.where(level, 1.0, np.clip(np.maximum(first, last), None, 1.0))
    within = np.where(level, (start[:, 2] >= low) & (start[:, 2] <= high), lower <= upper)
    upper = np.maximum(lower, upper)
    way = end - start
    ends = [start + np.clip(t, 0.0, 1.0)[:, None] * way for t in (lower, upper)]
    return np.stack(ends, axis=1), within


def prisms_of(outline: Polygon | MultiPolygon, low: float, high: float) -> list[Prism]:
    """Cut an outline into convex prisms; their union is the whole.

    Parameters
    ----------
    outline : Polygon or MultiPolygon
        In plan, metres; holes are kept out.
    """
    prisms = []
    for polygon in shapely.get_parts(outline):
        hull = polygon.convex_hull
        if polygon.area >= _CONVEX_SHARE * hull.area:
            pieces = [hull]
        else:
            pieces = list(shapely.get_parts(shapely.constrained_delaunay_triangles(polygon)))
        for piece in pieces:
            ring = shapely.get_coordinates(shapely.orient_polygons(piece))[:-1]
            prisms.append(Prism(corners=ring, low=low, high=high))
    return prisms
