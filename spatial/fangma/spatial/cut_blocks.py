"""The piece of a building that is cut out and drawn: a hidden thing seen in its place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import Polygon

_REACH_M: Final = 2.2
# The wall beside, from which one measures, is drawn up to so far away.
_BESIDE_M: Final = 4.6
_INTO_ROOM_M: Final = 2.2
_BEHIND_FACE_M: Final = 0.45
# The side towards the camera is peeled: the block ends this much before the face of its wall.
_PEEL_M: Final = 0.03
_FAR_WALL_M: Final = 0.3
_EDGE_M: Final = 0.25
_LEAST_M: Final = 0.6
_UNDER_FLOOR_M: Final = 0.25
_LEAST_TOP_M: Final = 1.5
_AROUND_M: Final = 0.7
_OUTDOORS_M: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An upright box, turned so that it faces the wall.

    Attributes
    ----------
    origin : (3,) float64
        The thing itself, metres.
    along, inward : (2,) float64
        Unit vectors in plan: along the wall to the camera's side, and from the wall into the room.
    low, high : (3,) float64
        Reach from the origin: along, inward, up; ``low`` is not positive.
    """

    origin: NDArray[np.float64]
    along: NDArray[np.float64]
    inward: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def matrix_site_from_block(self) -> NDArray[np.float64]:
        """Column vectors along, inward, up, (3, 3)."""
        return np.array(
            [
                [self.along[0], self.inward[0], 0.0],
                [self.along[1], self.inward[1], 0.0],
                [0.0, 0.0, 1.0],
            ]
        )

    def corners(self) -> NDArray[np.float64]:
        """Return the eight corners, (8, 3), the frame of the origin."""
        ends = np.array([self.low, self.high])
        local = np.array(
            [[ends[i, 0], ends[j, 1], ends[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)]
        )
        turned: NDArray[np.float64] = local @ self.matrix_site_from_block.T + self.origin
        return turned


def cut_block(
    point: NDArray[np.float64],
    outline: Polygon | None,
    *,
    floor_z: float | None,
    ceiling_z: float | None,
    shown: Sequence[tuple[float, ...]] = (),
) -> Block:
    """Choose the block about a thing: its wall behind it, nothing before it.

    Parameters
    ----------
    point : (3,) float64
        Metres.
    outline : Polygon or None
        Inner faces of the room in which it is, or that is nearest; None outdoors.
    floor_z, ceiling_z : float or None
    shown : sequence of (float, float, ...)
        Places in plan that have to be on the picture, such as edges that one measures from.
    """
    x, y, z = (float(v) for v in point)
    if outline is None or floor_z is None:
        reach = np.array([_OUTDOORS_M, _OUTDOORS_M, 1.5])
        return Block(
            origin=np.array([x, y, z]),
            along=np.array([1.0, 0.0]),
            inward=np.array([0.0, -1.0]),
            low=-reach,
            high=reach,
        )
    inward, depth = _inward(np.array([x, y]), outline)
    along = np.array([inward[1], -inward[0]])
    foot = np.array([x, y]) - depth * inward + 0.02 * inward
    right = min(_free(foot, along, outline), _REACH_M)
    left = _free(foot, -along, outline)
    beside = [float((np.array(place[:2]) - np.array([x, y])) @ along) for place in shown]
    ahead, behind = max(beside, default=0.0), -min(beside, default=0.0)
    # The camera stands where there is more room, and away from a wall that one measures from.
    if ahead > behind + _EDGE_M or (ahead == behind and left > right):
        along, right, left = -along, min(left, _REACH_M), right
        beside = [-each for each in beside]
    front = _free(foot, inward, outline)
    middle = min(max(depth, 0.0) + _INTO_ROOM_M, max(front - _PEEL_M, _LEAST_M))
    top = max(z + _AROUND_M, floor_z + _LEAST_TOP_M)
    if ceiling_z is not None and z < ceiling_z:
        top = min(top, max(ceiling_z - _PEEL_M, z + 0.15))
    back = depth + _BEHIND_FACE_M if depth < _INTO_ROOM_M else _INTO_ROOM_M
    reach_left = (left if left <= _BESIDE_M else _REACH_M) + _FAR_WALL_M
    for each in beside:
        right = max(right, min(each, _BESIDE_M) + _EDGE_M) if each > _EDGE_M else right
        reach_left = max(reach_left, min(-each, 2 * _BESIDE_M) + _EDGE_M)
    return Block(
        origin=np.array([x, y, z]),
        along=along,
        inward=inward,
        low=np.array([-reach_left, -max(back, 0.2), floor_z - _UNDER_FLOOR_M - z]),
        high=np.array([max(right - _PEEL_M, _LEAST_M), max(middle - depth, 0.3), top - z]),
    )


def _inward(plan: NDArray[np.float64], outline: Polygon) -> tuple[NDArray[np.float64], float]:
    """Return the normal of the nearest face into the room, and how far before it a point lies.

    Behind the face the distance is negative.
    """
    best: tuple[float, NDArray[np.float64], NDArray[np.float64]] | None = None
    for ring in (outline.exterior, *outline.interiors):
        corners = np.asarray(ring.coords)[:, :2]
        for a, b in pairwise(corners):
            run = b - a
            size = float(np.hypot(*run))
            if size < 0.3:
                continue
            share = float(np.clip((plan - a) @ run / size**2, 0, 1))
            away = float(np.hypot(*(plan - a - share * run)))
            if best is None or away < best[0]:
                best = (away, a, run / size)
    if best is None:
        return np.array([0.0, -1.0]), 0.0
    _, a, unit = best
    normal = np.array([-unit[1], unit[0]])
    share = float((plan - a) @ unit)
    probe = a + share * unit + 0.05 * normal
    if not shapely.intersects_xy(outline, *probe) and shapely.intersects_xy(
        outline, *(a + share * unit - 0.05 * normal)
    ):
        normal = -normal
    return normal, float((plan - a) @ normal)


def _free(start: NDArray[np.float64], way: NDArray[np.float64], outline: Polygon) -> float:
    """Measure how far one walks from a point until the next wall; far where there is none."""
    far = 50.0
    line = shapely.LineString([start, start + far * way])
    inside = shapely.intersection(line, outline)
    pieces = [p for p in shapely.get_parts(inside) if p.length > 0]
    first = min(pieces, key=lambda p: p.distance(shapely.Point(start)), default=None)
    if first is None or first.distance(shapely.Point(start)) > 0.1:
        return _LEAST_M
    return float(max(math.dist(start, corner[:2]) for corner in first.coords))
