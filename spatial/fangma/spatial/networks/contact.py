"""Where a pipe ends at a body without ports, and which bodies touch each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from fangma.spatial.networks.parts import GAP_M, SHORT_M
from fangma.spatial.solidity import are_inside
from fangma.spatial.vectors import cross

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from fangma.spatial.networks.parts import Ends, Part

    Floats = NDArray[np.float64]

_TOUCH_M = 0.004
# So many points of a surface are enough to tell whether it touches another.
_LOOKED_AT = 40
# Bodies that are asked for what is near them in one query.
_AT_ONCE = 1024
_SMALL_KINDS = frozenset({"fitting", "valve"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An end (row of the ends) that meets the body of a part.

    ``inside`` a fitting or valve an end is joined to that and to nothing else: pipes that are drawn
    to the middle of a valve meet there, and still only through it.
    """

    end: int
    part: int
    gap: float
    confidence: float
    inside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """Two parts whose bodies touch; ``mouth``: over a face, as flanges do, not along a line."""

    a: int
    b: int
    point: Floats
    gap: float
    confidence: float
    mouth: bool


def contacts(
    parts: Sequence[Part], bodies: Sequence[int], ends: Ends, free: NDArray[np.intp]
) -> list[Contact]:
    """Find the ends, of those that are free, that meet the body of another part without a port.

    A body that has vertices around the rim of the pipe's mouth was made to take it; a flat face
    that the mouth touches will do, with less confidence.
    """
    found = []
    reach = SHORT_M + 0.5 * ends.radius + ends.slack
    for body, near in _near_boxes(parts, bodies, ends.position[free], reach[free]):
        for end in _without_port(parts[body], body, ends, free[near]):
            contact = _contact(parts[body], body, ends, end, float(reach[end]))
            if contact is not None:
                found.append(contact)
    return found


def _without_port(part: Part, body: int, ends: Ends, near: NDArray[np.int64]) -> list[int]:
    """Leave out a part's own ends, and those at a port of it: that says what is joined there.

    Asked before any surface is measured: where models have ports, hardly an end is left.
    """
    rows = near[ends.part[near] != body]
    ports = [port.position for port in part.ports if port.position is not None]
    if ports and len(rows):
        away = np.linalg.norm(ends.position[rows][:, None] - np.array(ports), axis=2)
        rows = rows[(away > GAP_M + ends.radius[rows][:, None]).all(axis=1)]
    kept: list[int] = rows.tolist()
    return kept


def _contact(part: Part, body: int, ends: Ends, end: int, reach: float) -> Contact | None:
    """Judge one end against one body."""
    triangles = _tri(part)
    corners = triangles.reshape(-1, 3)
    place, out = ends.position[end], ends.outward[end]
    radius = float(ends.radius[end])
    is_small = part.kind in _SMALL_KINDS
    gap = float(_distance_to_triangles(place, triangles).min())
    inside = not part.is_rough and _is_inside(place, out, radius, triangles)
    if inside:
        confidence = 0.96 if is_small else 0.7
    elif not part.is_rough and _has_rim(corners - place, out, radius, reach):
        confidence = 0.92 if is_small else 0.85
    elif gap <= _allowed(place, out, gap, triangles, reach):
        confidence = 0.8 * (1.0 - 0.4 * gap / reach)
    elif is_small and _is_within(place, corners):
        confidence = 0.7
    else:
        return None
    if part.is_rough:
        confidence *= 0.85
    return Contact(end=end, part=body, gap=gap, confidence=confidence, inside=inside and is_small)


def _is_inside(place: Floats, out: Floats, radius: float, triangles: Floats) -> bool:
    """Tell whether a mouth lies inside a body, or at a face of it with the pipe behind inside."""
    if not out.any():
        return False
    behind = place - max(0.005, 0.5 * radius) * out
    if bool(are_inside(behind[None], triangles)[0]):
        return True
    # Hollow bodies hold it when they have vertices around it behind and ahead.
    corners = triangles.reshape(-1, 3)
    off = corners - place
    along, around = _about(off, out, radius)
    step = 0.5 * radius
    return all(
        _are_several(off[around & side]) for side in (along < -step, along > step)
    ) and _is_within(behind, corners)


def _has_rim(off: Floats, out: Floats, radius: float, reach: float) -> bool:
    """Tell whether a body has vertices around the rim of a mouth."""
    if not out.any() or radius <= 0.0:
        return False
    along, around = _about(off, out, radius)
    return _are_several(off[around & (np.abs(along) <= reach)])


def _about(off: Floats, out: Floats, radius: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Tell how far along a pipe's axis points lie from its mouth, and which lie about the axis."""
    along = off @ out
    return along, np.linalg.norm(off - along[:, None] * out, axis=1) <= 1.6 * radius + 0.01


def _are_several(points: Floats) -> bool:
    """Tell whether there are three places, enough to go around something."""
    return len(np.unique(np.round(points, 3), axis=0)) >= 3


def _allowed(place: Floats, out: Floats, gap: float, triangles: Floats, reach: float) -> float:
    """Tell how far a body may be: a little farther where the mouth points at it."""
    step = 0.01
    ahead = float(_distance_to_triangles(place + step * out, triangles).min())
    return reach if gap - ahead > 0.7 * step else reach - (SHORT_M - GAP_M)


def touching(parts: Sequence[Part], bodies: Sequence[int]) -> list[Touch]:
    """Find bodies that touch: a valve on a tee, a tap on a basin.

    Only with a fitting or valve on one side, since furniture and devices touch by chance.
    """
    chosen = [body for body in bodies if parts[body].triangles is not None]
    if len(chosen) < 2:
        return []
    boxes = np.array([_box(parts[body]) for body in chosen])
    grown = shapely.box(
        boxes[:, 0] - _TOUCH_M, boxes[:, 1] - _TOUCH_M,
        boxes[:, 3] + _TOUCH_M, boxes[:, 4] + _TOUCH_M,
    )  # fmt: skip
    first, second = shapely.STRtree(grown).query(grown)
    found = []
    for i, j in zip(first.tolist(), second.tolist(), strict=True):
        a, b = chosen[i], chosen[j]
        apart = max(boxes[i, 2] - boxes[j, 5], boxes[j, 2] - boxes[i, 5])
        if i >= j or apart > _TOUCH_M or not _SMALL_KINDS & {parts[a].kind, parts[b].kind}:
            continue
        small, large = (a, b) if len(_tri(parts[a])) <= len(_tri(parts[b])) else (b, a)
        close, gap = max(
            (_touching_points(parts[x], parts[y]) for x, y in ((small, large), (large, small))),
            key=lambda answer: len(answer[0]),
        )
        if len(close) >= 3:
            found.append(
                Touch(
                    a=a,
                    b=b,
                    point=close.mean(axis=0),
                    gap=gap,
                    confidence=0.7 if len(close) >= 6 else 0.55,
                    mouth=_is_face(close),
                )
            )
    return found


def _is_face(points: Floats) -> bool:
    """Tell whether points spread over a face, not along a line as of bodies side by side."""
    off = points - points.mean(axis=0)
    _, _, ways = np.linalg.svd(off, full_matrices=False)
    spread = np.ptp(off @ ways.T, axis=0)
    return len(spread) > 1 and bool(spread[1] >= max(0.01, 0.3 * spread[0]))


def _box(part: Part) -> Floats:
    corners = np.asarray(part.triangles).reshape(-1, 3)
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])


def _near_boxes(
    parts: Sequence[Part], bodies: Sequence[int], points: Floats, reach: Floats
) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Give the bodies that have points within reach of their box, and the rows of those points."""
    if not len(points) or not bodies:
        return
    tree = shapely.STRtree(shapely.points(points[:, :2]))
    most = float(reach.max())
    for begin in range(0, len(bodies), _AT_ONCE):
        some = bodies[begin : begin + _AT_ONCE]
        boxes = np.array([_box(parts[body]) for body in some])
        of, near = tree.query(
            shapely.box(
                boxes[:, 0] - most, boxes[:, 1] - most, boxes[:, 3] + most, boxes[:, 4] + most
            )
        )
        off = np.maximum(boxes[of, :3] - points[near], points[near] - boxes[of, 3:])
        is_near = (off <= reach[near][:, None]).all(axis=1)
        of, near = of[is_near], near[is_near]
        ends = np.searchsorted(of, np.arange(len(some) + 1)).tolist()
        for body, first, last in zip(some, ends, ends[1:], strict=False):
            if first != last:
                yield body, near[first:last]


def _is_within(point: Floats, corners: Floats) -> bool:
    return bool((corners.min(axis=0) <= point).all() and (point <= corners.max(axis=0)).all())


def _tri(part: Part) -> Floats:
    return np.asarray(part.triangles)


def _touching_points(part: Part, other: Part) -> tuple[Floats, float]:
    """Return the points of one surface that lie on the other, and how near the nearest comes."""
    triangles = _tri(part)
    middles = (triangles + np.roll(triangles, 1, axis=1)) / 2
    points = np.concatenate([triangles.reshape(-1, 3), middles.reshape(-1, 3)])
    points = np.unique(np.round(points, 4), axis=0)
    box = _box(other)
    inside = (points >= box[:3] - _TOUCH_M) & (points <= box[3:] + _TOUCH_M)
    points = points[inside.all(axis=1)]
    if not len(points):
        return points, np.inf
    points = points[:: max(1, len(points) // _LOOKED_AT)]
    there = _tri(other)
    low, high = points.min(axis=0) - _TOUCH_M, points.max(axis=0) + _TOUCH_M
    there = there[((there.max(axis=1) >= low) & (there.min(axis=1) <= high)).all(axis=1)]
    if not len(there):
        return points[:0], np.inf
    away = np.array([_distance_to_triangles(point, there).min() for point in points])
    return points[away <= _TOUCH_M], float(away.min())


def _distance_to_triangles(point: Floats, triangles: Floats) -> Floats:
    """Measure from a point to triangles: to their plane where it projects inside, else an edge."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    normal = cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)
    flat = length > 1e-14
    normal = normal / np.where(flat, length, 1.0)[:, None]
    height = np.einsum("ij,ij->i", point - a, normal)
    foot = point - height[:, None] * normal
    inside = flat.copy()
    distance = np.full(len(triangles), np.inf)
    for p, q in ((a, b), (b, c), (c, a)):
        edge = q - p
        inside &= np.einsum("ij,ij->i", cross(edge, foot - p), normal) >= 0.0
        square = np.einsum("ij,ij->i", edge, edge)
        t = np.einsum("ij,ij->i", point - p, edge) / np.where(square > 0.0, square, 1.0)
        near = p + np.clip(t, 0.0, 1.0)[:, None] * edge
        distance = np.minimum(distance, np.linalg.norm(point - near, axis=1))
    return np.where(inside, np.abs(height), distance)
