"""What a camera sees on a plan: its cone, cut off by its range and by what stands in the way.

Angles of the world are compass bearings: degrees clockwise from grid north. What is seen of a plan
is found exactly, by an angular sweep: between two neighbouring bearings at which something begins
or ends (a corner, the edge of the cone, a wall that leaves the range) the same wall is the nearest
one, so that one ray between them tells which. Arcs are chords of half a degree, inside the true
arc.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Chords of arcs; a metre is lost to 1e-5 of the radius at most.
_CHORD: Final = math.radians(0.5)
#: Bearings closer than this are one.
_SAME: Final = 1e-10
#: A camera that is drawn inside its wall is moved out of it along its heading, this far at most.
_OUT_OF_WALL_M: Final = 0.8
_STEP_M: Final = 0.02
#: Rays at once: memory stands still however many walls there are.
_RAYS: Final = 256
#: Above this angle a lens is no flat picture any more, and pixels are counted along the arc.
_FLAT_DEG: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaze:
    """How a camera looks, on a plan.

    Attributes
    ----------
    x, y : float
        Metres east and north.
    heading_deg : float
        Middle of the cone, clockwise from north.
    angle_deg : float
        Width of the cone; 360 sees all around.
    near_m, far_m : float
        Nothing nearer and nothing farther is seen.
    """

    x: float
    y: float
    heading_deg: float
    angle_deg: float
    near_m: float
    far_m: float


def range_at_density(pixels: int, horizontal_deg: float, pixels_per_m: float) -> float:
    """Tell up to which distance a picture has so many pixels a metre.

    The width of the scene is 2 d tan(angle / 2), as IEC 62676-4 measures pixel density at the
    target; for wide-angle and panoramic lenses it is counted along the arc.

    Parameters
    ----------
    pixels : int
        Of a line of the picture.
    horizontal_deg : float
        Horizontal angle of view, more than 0 to 360.
    pixels_per_m : float
        More than 0.

    Returns
    -------
    distance : float
        Metres.

    Examples
    --------
    >>> round(range_at_density(1920, 90.0, 250.0), 2)
    3.84
    """
    angle = math.radians(horizontal_deg)
    width = 2.0 * math.tan(angle / 2) if horizontal_deg <= _FLAT_DEG else angle
    return pixels / (pixels_per_m * width)


def reach(
    height_m: float, tilt_deg: float, vertical_deg: float, far_m: float
) -> tuple[float, float] | None:
    """Tell between which distances a camera sees what is at a level.

    Parameters
    ----------
    height_m : float
        Of the camera above that level; less than 0 when it is below.
    tilt_deg : float
        Of the middle of the picture below the horizon; less than 0 looks up.
    vertical_deg : float
        Vertical angle of view.
    far_m : float
        Its range.

    Returns
    -------
    reach : (float, float) or None
        Nearest and farthest distance in plan, metres; None when nothing of the level is seen.

    Examples
    --------
    >>> [round(m, 2) for m in reach(2.0, 30.0, 30.0, 50.0)]
    [2.0, 7.46]
    """
    if height_m < 0.0:
        return reach(-height_m, -tilt_deg, vertical_deg, far_m)
    lowest = tilt_deg + vertical_deg / 2  # of the picture, below the horizon
    highest = tilt_deg - vertical_deg / 2
    if lowest <= 0.0 or highest >= 90.0:
        return None
    near = 0.0 if lowest >= 90.0 else height_m / math.tan(math.radians(lowest))
    far = far_m if highest <= 0.0 else min(far_m, height_m / math.tan(math.radians(highest)))
    return (near, far) if near < far else None


def place_out_of_wall(gaze: Gaze, obstacles: shapely.Geometry) -> Gaze | None:
    """Move a gaze out of the wall that it is drawn in, along its heading.

    Returns
    -------
    gaze : Gaze or None
        The same when it stands free; None when the wall goes on for more than 0.8 m.
    """
    shapely.prepare(obstacles)
    way = math.radians(gaze.heading_deg)
    for step in range(round(_OUT_OF_WALL_M / _STEP_M) + 1):
        x = gaze.x + step * _STEP_M * math.sin(way)
        y = gaze.y + step * _STEP_M * math.cos(way)
        if not shapely.intersects_xy(obstacles, x, y):
            return Gaze(
                x=x, y=y, heading_deg=gaze.heading_deg, angle_deg=gaze.angle_deg,
                near_m=gaze.near_m, far_m=gaze.far_m,
            )  # fmt: skip
    return None


def visible_region(gaze: Gaze, obstacles: shapely.Geometry) -> shapely.Geometry:
    """Return what is seen of a plan.

    Parameters
    ----------
    gaze : Gaze
        Outside of the obstacles; see :func:`place_out_of_wall`.
    obstacles : shapely Geometry
        Areas and lines that nothing is seen through or in, metres, the frame of the gaze.

    Returns
    -------
    region : Polygon or MultiPolygon
        Empty when nothing is seen.
    """
    if gaze.far_m <= max(0.0, gaze.near_m) or gaze.angle_deg <= 0.0:
        return shapely.Polygon()
    starts, ends = _segments(obstacles, gaze)
    width = math.radians(min(gaze.angle_deg, 360.0))
    first = math.radians(90.0 - gaze.heading_deg) - width / 2
    edges = _bearings(starts, ends, first, width, gaze.far_m)
    low, high = edges[:-1], edges[1:]
    nearest = _nearest((low + high) / 2 + first, starts, ends, gaze.far_m)
    from_m = _along(low + first, nearest, starts, ends, gaze.far_m)
    to_m = _along(high + first, nearest, starts, ends, gaze.far_m)
    ring = np.zeros((2 * len(low), 2))
    ring[0::2] = from_m[:, None] * _ways(low + first)
    ring[1::2] = to_m[:, None] * _ways(high + first)
    if width < 2 * math.pi - _SAME:
        ring = np.vstack([np.zeros((1, 2)), ring])
    region = _areal(shapely.Polygon(ring + np.array([gaze.x, gaze.y])))
    if gaze.near_m > 0.0:
        region = region.difference(shapely.Point(gaze.x, gaze.y).buffer(gaze.near_m, quad_segs=90))
    return _areal(region)


def seen_by(regions: Iterable[shapely.Geometry]) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Return what any of some regions covers, and what at least two of them do."""
    once: shapely.Geometry = shapely.MultiPolygon()
    twice: shapely.Geometry = shapely.MultiPolygon()
    for region in regions:
        twice = twice.union(once.intersection(region))
        once = once.union(region)
    return _areal(once), _areal(twice)


def gaps(
    area: shapely.Geometry,
    seen: shapely.Geometry,
    *,
    least_m2: float,
    least_width_m: float,
) -> list[shapely.Polygon]:
    """Return the parts of an area that are not seen, the largest first.

    What is narrower or smaller than asked is no gap: nobody stands in the seam between two cones.
    """
    left = _areal(area.difference(seen))
    half = least_width_m / 2
    kept = left.buffer(-half, join_style="mitre").buffer(half * 1.01, join_style="mitre")
    parts = [
        part
        for part in shapely.get_parts(_areal(left.intersection(kept)))
        if part.area >= max(least_m2, 1e-9)
    ]
    return sorted(parts, key=lambda part: -part.area)


def _segments(obstacles: shapely.Geometry, gaze: Gaze) -> tuple[Floats, Floats]:
    """Return the ends of all walls within range, as seen from the camera; none crosses another."""
    half = gaze.far_m * 1.01
    near = obstacles.intersection(
        shapely.box(gaze.x - half, gaze.y - half, gaze.x + half, gaze.y + half)
    )
    parts = shapely.get_parts(near)
    areas = parts[shapely.get_dimensions(parts) == 2]
    lines = [*shapely.boundary(areas), *parts[shapely.get_dimensions(parts) == 1]]
    if not lines:
        return np.zeros((0, 2)), np.zeros((0, 2))
    # The union cuts lines where they meet.
    noded = shapely.get_parts(shapely.union_all(lines))
    points, line_of = shapely.get_coordinates(noded, return_index=True)
    points = points - (gaze.x, gaze.y)
    same = line_of[:-1] == line_of[1:]
    starts, ends = points[:-1][same], points[1:][same]
    long = np.hypot(*(ends - starts).T) > 0.0
    return starts[long], ends[long]


def _bearings(starts: Floats, ends: Floats, first: float, width: float, far: float) -> Floats:
    """Return the bearings, from the cone's first edge, between which one wall is the nearest."""
    chords = np.linspace(0.0, width, max(2, math.ceil(width / _CHORD) + 1))
    corners = np.concatenate([starts, ends, _leaving(starts, ends, far)])
    corners = corners[np.hypot(*corners.T) <= far * 1.001]
    angles = np.mod(np.arctan2(corners[:, 1], corners[:, 0]) - first, 2 * math.pi)
    found: Floats = np.unique(np.concatenate([chords, angles[angles < width]]))
    found = found[np.concatenate([[True], np.diff(found) > _SAME])]
    found[-1] = width
    return found


def _leaving(starts: Floats, ends: Floats, far: float) -> Floats:
    """Return where walls cross the circle of the range."""
    along = ends - starts
    a = (along**2).sum(axis=1)
    b = (starts * along).sum(axis=1)
    c = (starts**2).sum(axis=1) - far * far
    disc = b * b - a * c
    crossing = disc > 0.0
    root = np.sqrt(disc[crossing])
    found = []
    for sign in (-1.0, 1.0):
        t = (-b[crossing] + sign * root) / a[crossing]
        on = (t >= 0.0) & (t <= 1.0)
        found.append(starts[crossing][on] + t[on, None] * along[crossing][on])
    return np.concatenate(found)


def _nearest(angles: Floats, starts: Floats, ends: Floats, far: float) -> NDArray[np.intp]:
    """Return the wall that each ray meets first; -1 where it meets none within range."""
    found = np.full(len(angles), -1, dtype=np.intp)
    if not len(starts):
        return found
    along = ends - starts
    across = _cross(starts, along)
    for begin in range(0, len(angles), _RAYS):
        ways = _ways(angles[begin : begin + _RAYS])
        slant = _cross(ways[:, None, :], along[None, :, :])
        with np.errstate(divide="ignore", invalid="ignore"):
            t = _cross(starts[None, :, :], ways[:, None, :]) / slant
            distance = across[None, :] / slant
        hit = (t >= 0.0) & (t <= 1.0) & (distance >= 0.0)
        distance = np.where(hit, distance, np.inf)
        which = np.argmin(distance, axis=1)
        least = distance[np.arange(len(ways)), which]
        found[begin : begin + _RAYS] = np.where(least <= far, which, -1)
    return found


def _along(
    angles: Floats, walls: NDArray[np.intp], starts: Floats, ends: Floats, far: float
) -> Floats:
    """Return how far each bearing sees: to its wall, else to the range."""
    found = np.full(len(angles), far)
    hit = walls >= 0
    if hit.any():
        a, along = starts[walls[hit]], (ends - starts)[walls[hit]]
        slant = _cross(_ways(angles[hit]), along)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = _cross(a, along) / slant
        # A wall seen edge on has no distance of its own at that bearing: its nearer end has.
        ends_at = np.minimum(np.hypot(*a.T), np.hypot(*(a + along).T))
        distance = np.where(np.isfinite(distance) & (distance >= 0.0), distance, ends_at)
        found[hit] = np.minimum(distance, far)
    return found


def _cross(a: Floats, b: Floats) -> Floats:
    crossed: Floats = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return crossed


def _ways(angles: Floats) -> Floats:
    ways: Floats = np.column_stack([np.cos(angles), np.sin(angles)])
    return ways


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the areas of a shape, valid, without the lines and points that they may have left."""
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    parts: Sequence[shapely.Geometry] = [
        part
        for part in shapely.get_parts(shapely.get_parts(valid))
        if part.geom_type == "Polygon" and not part.is_empty
    ]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts) if parts else shapely.Polygon()
