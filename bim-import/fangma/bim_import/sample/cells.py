"""From cells that tile a storey to walls and to the free area within them. Pure functions."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import shapely

from fangma.bim_import.sample.plan import Cell, Ring, Surface, Wall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """A stretch of one straight line with the same cell on either side all along."""

    axis: str
    at: int
    lo: int
    hi: int
    low: str | None
    high: str | None


def rectangle(west: int, south: int, east: int, north: int) -> Ring:
    """Return the counter-clockwise ring of a rectangle."""
    return ((west, south), (east, south), (east, north), (west, north))


def rings_of(shape: Surface) -> list[Ring]:
    """Return the outer rings of a (multi)polygon as whole millimetres, counter-clockwise.

    The first point is the smallest one, so that equal shapes give equal rings.
    """
    polygons = [shape] if shape.geom_type == "Polygon" else list(shape.geoms)
    rings = [tidy(polygon.exterior.coords) for polygon in polygons if polygon.area > 0]
    return sorted(rings)


def tidy(coordinates: Iterable[tuple[float, float]]) -> Ring:
    """Round a ring, drop points on straight lines, orient it and begin at its smallest point."""
    points = [(round(x), round(y)) for x, y, *_ in coordinates]
    if points[0] == points[-1]:
        points.pop()
    count = len(points)
    corners = [
        point
        for i, point in enumerate(points)
        if _turn(points[i - 1], point, points[(i + 1) % count]) != 0
    ]
    area = sum(
        a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1], strict=True)
    )
    if area < 0:
        corners.reverse()
    first = corners.index(min(corners))
    return tuple(corners[first:] + corners[:first])


def _turn(a: tuple[int, int], b: tuple[int, int], c: tuple[int, int]) -> int:
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def boundaries(cells: Iterable[Cell]) -> list[Boundary]:
    """Find where cells meet each other and the open.

    Returns
    -------
    boundaries : list of Boundary
        Sorted; a point where three cells meet ends the boundaries that touch it.
    """
    lines: dict[tuple[str, int], list[tuple[int, int, bool, str]]] = defaultdict(list)
    for cell in cells:
        for (x0, y0), (x1, y1) in zip(cell.ring, cell.ring[1:] + cell.ring[:1], strict=True):
            # The inside of a counter-clockwise ring lies to the left of each edge.
            if y0 == y1:
                lines["x", y0].append((min(x0, x1), max(x0, x1), x1 > x0, cell.key))
            else:
                lines["y", x0].append((min(y0, y1), max(y0, y1), y1 < y0, cell.key))
    found: list[Boundary] = []
    for (axis, at), edges in sorted(lines.items()):
        stops = sorted({stop for lo, hi, _, _ in edges for stop in (lo, hi)})
        last: Boundary | None = None
        for lo, hi in itertools.pairwise(stops):
            low = high = None
            for start, end, is_high, key in edges:
                if start <= lo and hi <= end:
                    if is_high:
                        high = key
                    else:
                        low = key
            if low is None and high is None:
                last = None
                continue
            if last and (last.low, last.high, last.hi) == (low, high, lo):
                last = replace(last, hi=hi)
                found[-1] = last
            else:
                last = Boundary(axis=axis, at=at, lo=lo, hi=hi, low=low, high=high)
                found.append(last)
    return found


def walls(
    edges: Iterable[Boundary], thickness: Callable[[str | None, str | None], int]
) -> list[Wall]:
    """Build walls on boundaries and trim them where they meet.

    At a node the walls of one axis go through: the axis with two walls, else the thicker, else x.
    Walls of the other axis stop at its face; a single wall that goes through also fills the corner.

    Parameters
    ----------
    thickness : callable
        Millimetres for a pair of cells; 0 means that there is no wall.
    """
    built = [
        Wall(
            key=f"{edge.axis}{edge.at}:{edge.lo}",
            axis=edge.axis,
            at=edge.at,
            lo=edge.lo,
            hi=edge.hi,
            thickness=deep,
            low=edge.low,
            high=edge.high,
        )
        for edge in edges
        if (deep := thickness(edge.low, edge.high))
    ]
    nodes: dict[tuple[int, int], dict[str, list[tuple[int, str]]]] = defaultdict(
        lambda: {"x": [], "y": []}
    )
    for i, wall in enumerate(built):
        for end in ("lo", "hi"):
            along = wall.lo if end == "lo" else wall.hi
            nodes[(along, wall.at) if wall.axis == "x" else (wall.at, along)][wall.axis].append(
                (i, end)
            )
    for meeting in nodes.values():
        if not meeting["x"] or not meeting["y"]:
            continue
        half = {axis: max(built[i].thickness for i, _ in meeting[axis]) // 2 for axis in "xy"}
        through = max("xy", key=lambda a: (len(meeting[a]), half[a], a == "x"))
        across = "y" if through == "x" else "x"
        if len(meeting[through]) == 1:
            i, end = meeting[through][0]
            built[i] = _moved(built[i], end, half[across])
        for i, end in meeting[across]:
            built[i] = _moved(built[i], end, -half[through])
    return built


def _moved(wall: Wall, end: str, outward: int) -> Wall:
    if end == "lo":
        return replace(wall, lo=wall.lo - outward)
    return replace(wall, hi=wall.hi + outward)


def footprint(wall: Wall) -> tuple[int, int, int, int]:
    """Return west, south, east, north of a wall's plan."""
    half = wall.thickness // 2
    if wall.axis == "x":
        return wall.lo, wall.at - half, wall.hi, wall.at + half
    return wall.at - half, wall.lo, wall.at + half, wall.hi


def free_area(cell: Cell, built: Iterable[Wall]) -> Surface:
    """Return the polygon of a cell within the inner faces of its walls."""
    polygon = shapely.Polygon(cell.ring)
    taken = shapely.union_all([shapely.box(*footprint(wall)) for wall in built])
    free = polygon.difference(taken)
    (ring, *_) = sorted(rings_of(free), key=lambda ring: -shapely.Polygon(ring).area)
    return shapely.Polygon(ring)
