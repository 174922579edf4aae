"""Pipes as solids for questions of distance: straight pieces with a radius, and boxes.

Columns of numbers, one row a piece: a bent pipe has several rows of one ``owner``. Whatever has no
axis is its box (aligned with the axes of the frame), which holds the true body: a distance to it is
never too large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# A segment that goes so little along an axis stands still in it.
_STILL_M = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Solids:
    """Pieces of things, metres, site frame.

    Attributes
    ----------
    start, end : (n, 3) float64
        Ends of the axis; the centre, twice, for a box.
    radius : (n,) float64
        Outer radius of the piece; 0 for a box.
    half : (n, 3) float64
        Half the size of the box; 0 for a piece of pipe.
    owner : (n,) int64
        Row of the thing that the piece belongs to.
    """

    start: Floats
    end: Floats
    radius: Floats
    half: Floats
    owner: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the pieces."""
        return len(self.owner)

    @classmethod
    def gather(
        cls,
        axes: Sequence[Floats | None],
        radii: Sequence[float],
        boxes: Sequence[Sequence[float] | None],
    ) -> Self:
        """Cut things into pieces.

        Parameters
        ----------
        axes : sequence of (k, 3) float64 or None
            Polyline of each thing; None or a single point where there is only a box.
        radii : sequence of float
            Outer radius of each thing, metres.
        boxes : sequence of 6 floats or None
            Lowest, then highest corner; used where there is no axis. A thing with neither has no
            piece.
        """
        lines = [row for row, axis in enumerate(axes) if axis is not None and len(axis) > 1]
        boxed = [
            (row, box)
            for row, (axis, box) in enumerate(zip(axes, boxes, strict=True))
            if box is not None and (axis is None or len(axis) <= 1)
        ]
        laid = [axis for axis in axes if axis is not None and len(axis) > 1]
        points = np.concatenate([*laid, np.zeros((1, 3))])
        lengths = np.array([len(axis) for axis in laid], dtype=np.int64)
        # No piece leads from the end of one line to the start of the next.
        inner = np.ones(len(points) - 1, dtype=bool)
        inner[np.cumsum(lengths) - 1] = False
        corners = np.array([box for _, box in boxed], dtype=np.float64).reshape(-1, 6)
        middle = (corners[:, :3] + corners[:, 3:]) / 2
        pieces = int(inner.sum())
        owner = np.concatenate(
            [np.repeat(np.array(lines, dtype=np.int64), lengths - 1), [row for row, _ in boxed]]
        ).astype(np.int64)
        order = np.argsort(owner, kind="stable")
        radius = np.zeros(len(owner))
        radius[:pieces] = np.array(radii, dtype=np.float64)[owner[:pieces]]
        half = np.concatenate([np.zeros((pieces, 3)), (corners[:, 3:] - corners[:, :3]) / 2])
        return cls(
            start=np.concatenate([points[:-1][inner], middle])[order],
            end=np.concatenate([points[1:][inner], middle])[order],
            radius=radius[order],
            half=half[order],
            owner=owner[order],
        )

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Return some of the pieces."""
        return type(self)(
            start=self.start[rows],
            end=self.end[rows],
            radius=self.radius[rows],
            half=self.half[rows],
            owner=self.owner[rows],
        )


def distances_to_point(solids: Solids, point: Floats) -> Floats:
    """Measure from a point to the surface of every piece.

    Parameters
    ----------
    point : (3,) float64
        Metres, frame of the solids.

    Returns
    -------
    distances : (n,) float64
        Metres; negative inside a piece of pipe, 0 inside a box.
    """
    way = solids.end - solids.start
    length2 = np.einsum("ij,ij->i", way, way)
    from_start = point - solids.start
    along = np.einsum("ij,ij->i", from_start, way) / np.where(length2 > 0.0, length2, 1.0)
    off = from_start - np.clip(along, 0.0, 1.0)[:, None] * way
    off = np.maximum(np.abs(off) - solids.half, 0.0)
    distances: Floats = np.sqrt(np.einsum("ij,ij->i", off, off)) - solids.radius
    return distances


def nearest_between(
    solids: Solids, start: Floats, end: Floats, shift: Floats | None = None
) -> tuple[Floats, Floats]:
    """Measure from a straight line to the axis of every piece, or to its box.

    Parameters
    ----------
    start, end : (3,) float64
        Ends of the line, metres.
    shift : (n, 3) float64, optional
        Moves each piece first.

    Returns
    -------
    distances : (n,) float64
        Metres from the line to the axis (the radius is not taken off), or to the box.
    normals : (n, 3) float64
        Unit vectors from the line to the piece at the closest approach; zero where they meet.
    """
    a = solids.start if shift is None else solids.start + shift
    b = solids.end if shift is None else solids.end + shift
    gap = _segment_gap(start, end, a, b)
    boxes = np.flatnonzero(solids.half.any(axis=1))
    if len(boxes):
        gap[boxes] = _box_gap(start, end, a[boxes], solids.half[boxes])
    distances = np.sqrt(np.einsum("ij,ij->i", gap, gap))
    normals = gap / np.where(distances > 0.0, distances, 1.0)[:, None]
    return distances, normals


def _segment_gap(p0: Floats, p1: Floats, a: Floats, b: Floats) -> Floats:
    """Return the shortest vectors from one segment to many, after Ericson's closest points."""
    d1, d2 = p1 - p0, b - a
    r = p0 - a
    len1 = float(d1 @ d1)
    len2 = np.einsum("ij,ij->i", d2, d2)
    c, f = r @ d1, np.einsum("ij,ij->i", d2, r)
    cross = d2 @ d1
    safe1, safe2 = max(len1, 1e-300), np.where(len2 > 0.0, len2, 1.0)
    denominator = len1 * len2 - cross**2
    parallel = denominator <= 1e-12 * np.maximum(len1 * len2, 1e-300)
    s = np.where(parallel, 0.0, (cross * f - c * len2) / np.where(parallel, 1.0, denominator))
    s = np.clip(s, 0.0, 1.0) if len1 > 0.0 else np.zeros_like(s)
    t = np.where(len2 > 0.0, (cross * s + f) / safe2, 0.0)
    clipped = np.clip(t, 0.0, 1.0)
    again = np.clip((clipped * cross - c) / safe1, 0.0, 1.0) if len1 > 0.0 else s
    s = np.where((t != clipped) | (len2 <= 0.0), again, s)
    return (a + clipped[:, None] * d2) - (p0 + s[:, None] * d1)


def _box_gap(p0: Floats, p1: Floats, centre: Floats, half: Floats) -> Floats:
    """Return the shortest vectors from a segment to boxes.

    The square of the distance is convex along the segment, and its slope a chain of straight lines
    that bends where the segment enters or leaves a pair of faces: at most six places. The slope is
    told there, and its zero lies on the straight line between two of them.
    """
    way = p1 - p0
    off = centre - p0

    def gap(t: Floats) -> Floats:
        """Return the (n, 3) shortest vectors at one place each, or (n, k, 3) at (n, k) places."""
        between = (off if t.ndim == 1 else off[:, None]) - t[..., None] * way
        wide = half if t.ndim == 1 else half[:, None]
        shortest: Floats = np.sign(between) * np.maximum(np.abs(between) - wide, 0.0)
        return shortest

    moving = np.abs(way) > _STILL_M
    ways = np.where(moving, way, 1.0)
    bends = np.concatenate([(off - half) / ways, (off + half) / ways], axis=1)
    bends = np.clip(np.where(np.tile(moving, 2), bends, 0.0), 0.0, 1.0)
    ends = np.broadcast_to([0.0, 1.0], (len(centre), 2))
    places = np.sort(np.concatenate([ends, bends], axis=1), axis=1)
    slope = -(gap(places) @ way)  # ascending
    after = np.clip((slope < 0.0).sum(axis=1), 1, places.shape[1] - 1)
    rows = np.arange(len(centre))
    t0, t1 = places[rows, after - 1], places[rows, after]
    s0, s1 = slope[rows, after - 1], slope[rows, after]
    rise = s1 - s0
    share = np.where(rise > 0.0, -s0 / np.where(rise > 0.0, rise, 1.0), 0.0)
    return gap(t0 + np.clip(share, 0.0, 1.0) * (t1 - t0))
