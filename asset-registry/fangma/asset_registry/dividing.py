"""Outlines and axes of what people divide and throw together by hand. Pure.

Coordinates are those of the site's CRS, metres.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.ops import split as cut_by, substring

from fangma.asset_registry.changes import Shape
from fangma.asset_registry.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.asset_registry.changes import Point

LOST_SHARE: Final = 0.05
"""This part of the area may go into the walls of a split or come out of them at a merge, ..."""
LOST_M2: Final = 1.0
"""... or this much, where the rooms are small."""
GROSS_SHARE: Final = 0.2
"""Parts that miss the whole by this share are a slip, unless somebody stands for them."""
_REACH: Final = 1000.0
_WALL_M: Final = 0.5


class DivideError(RegistryError):
    """Parts that do not make up what they should be parts of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part as a person names it.

    Attributes
    ----------
    share : float
        Of the whole's area (rooms) or length (pipes), above 0; all parts add up to 1.
    """

    number: str | None = None
    name: str | None = None
    share: float = 0.0


def shares_of(
    parts: Sequence[Part], whole: float | None, given: Sequence[float | None]
) -> list[Part]:
    """Turn areas or lengths that a person gave into shares; parts without one share the rest.

    Raises
    ------
    DivideError
        When there are fewer than two parts, or figures that leave nothing for a part.
    """
    if len(parts) < 2:
        raise DivideError(
            f"found {len(parts)} parts, expected two or more", "name each part with --part"
        )
    told = [value for value in given if value is not None]
    if any(value <= 0.0 for value in told):
        raise DivideError("found a part of no size, expected more than 0", "correct the figure")
    open_ = len(given) - len(told)
    total = sum(told) if not open_ else max(whole or 0.0, sum(told))
    rest = total - sum(told)
    if open_ and rest <= 0.0 and told:
        raise DivideError(
            f"the parts with a figure take all of {total:g}, nothing is left for the others",
            "give every part a figure, or smaller ones",
        )
    each = (rest / open_ if told else 1.0) if open_ else 0.0
    values = [value if value is not None else each for value in given]
    return [
        replace(part, share=value / sum(values)) for part, value in zip(parts, values, strict=True)
    ]


def is_gross(whole: float, parts: float, limit: float = GROSS_SHARE) -> bool:
    """Tell whether parts are so far from the whole that no wall explains it, but a slip does.

    >>> is_gross(20.0, 150.0), is_gross(20.0, 18.0), is_gross(2.0, 2.9)
    (True, False, False)
    """
    return abs(parts - whole) > max(LOST_M2, limit * whole)


def is_conserved(before_m2: float, after_m2: float) -> bool:
    """Tell whether descendants have the area of their ancestors, but for the walls between them."""
    return abs(after_m2 - before_m2) <= max(LOST_M2, LOST_SHARE * before_m2)


def cut_outline(outline: bytes, line: LineString) -> tuple[MultiPolygon, MultiPolygon]:
    """Cut an outline along a line, which is drawn on to both sides; the part on its left first.

    Raises
    ------
    DivideError
        When the line does not cross the outline.
    """
    (x0, y0), (x1, y1) = line.coords[0][:2], line.coords[-1][:2]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    if length == 0.0:
        raise DivideError("the cut begins where it ends", "give two different points")
    dx, dy = (x1 - x0) / length * _REACH, (y1 - y0) / length * _REACH
    long = LineString([(x0 - dx, y0 - dy), (x1 + dx, y1 + dy)])
    left: list[Polygon] = []
    right: list[Polygon] = []
    whole = shapely.from_wkb(outline)
    for piece in getattr(whole, "geoms", [whole]):
        for part in cut_by(piece, long).geoms:
            middle = part.representative_point()
            side = (x1 - x0) * (middle.y - y0) - (y1 - y0) * (middle.x - x0)
            (left if side > 0.0 else right).append(part)
    if not left or not right:
        raise DivideError(
            "the cut does not cross the outline", "give two points on both sides, in the site's CRS"
        )
    return MultiPolygon(left), MultiPolygon(right)


def shapes_of_parts(
    whole: Shape, ids: Sequence[UUID], parts: Sequence[Part], cut: LineString | None
) -> list[Shape]:
    """Measure the parts of a room or a pipe.

    Without a cut the outline of a room's parts is not known: they have an area and no body.

    Raises
    ------
    DivideError
        As :func:`cut_outline`, or when a cut is given for something that it can't divide in two.
    """
    if whole.axis is not None:
        return _runs(whole, ids, parts)
    if cut is not None:
        if whole.footprint is None or len(parts) != 2:
            raise DivideError(
                f"a cut divides a room with an outline in two, not into {len(parts)}",
                "name two parts, or leave the cut out and give areas",
            )
        return [
            replace(
                whole, entry_id=id_, footprint=shapely.to_wkb(outline), area_m2=outline.area,
                extent=_extent(outline, whole), declared=(), mesh_hash=None, method="cut",
                volume_m3=_volume(outline.area, whole), kernel=None,
            )
            for id_, outline in zip(ids, cut_outline(whole.footprint, cut), strict=True)
        ]  # fmt: skip
    area = whole.area_m2
    return [
        Shape(
            entry_id=id_, area_m2=None if area is None else area * part.share, method="share",
            floor_z=whole.floor_z, ceiling_z=whole.ceiling_z,
        )
        for id_, part in zip(ids, parts, strict=True)
    ]  # fmt: skip


def _extent(outline: MultiPolygon, whole: Shape) -> tuple[Point, Point] | None:
    if whole.extent is None:
        return None
    x0, y0, x1, y1 = outline.bounds
    return (x0, y0, whole.extent[0][2]), (x1, y1, whole.extent[1][2])


def _volume(area_m2: float, whole: Shape) -> float | None:
    if not whole.volume_m3 or not whole.area_m2:
        return None
    return whole.volume_m3 * area_m2 / whole.area_m2


def _runs(whole: Shape, ids: Sequence[UUID], parts: Sequence[Part]) -> list[Shape]:
    """Cut an axis from its start on, in the order of the parts."""
    axis = shapely.from_wkb(whole.axis)
    radius = (whole.outer_diameter_m or 0.0) / 2
    found: list[Shape] = []
    start = 0.0
    for id_, part in zip(ids, parts, strict=True):
        end = min(1.0, start + part.share)
        piece = _with_heights(axis, substring(axis, start, end, normalized=True))
        low = [min(c[k] for c in piece.coords) - radius for k in range(3)]
        high = [max(c[k] for c in piece.coords) + radius for k in range(3)]
        found.append(
            replace(
                whole, entry_id=id_, axis=shapely.to_wkb(piece, output_dimension=3),
                extent=((low[0], low[1], low[2]), (high[0], high[1], high[2])), mesh_hash=None,
                kernel=None, declared=(),
                volume_m3=None if whole.volume_m3 is None else whole.volume_m3 * part.share,
            )
        )  # fmt: skip
        start = end
    return found


def _with_heights(axis: LineString, piece: LineString) -> LineString:
    """Give a piece of an axis the heights of the axis, which not every library keeps."""
    if piece.has_z:
        return piece
    heights = [axis.interpolate(axis.project(shapely.Point(c[:2]))).z for c in piece.coords]
    return LineString([(c[0], c[1], z) for c, z in zip(piece.coords, heights, strict=True)])


def united_shape(id_: UUID, shapes: Sequence[Shape]) -> Shape:
    """Put shapes together: areas add up, outlines close over the wall between them.

    The outline is left out where one of them has none; the axis where runs do not meet.
    """
    areas = [s.area_m2 for s in shapes]
    extents = [s.extent for s in shapes if s.extent is not None]
    extent = None
    if len(extents) == len(shapes):
        low = tuple(min(e[0][k] for e in extents) for k in range(3))
        high = tuple(max(e[1][k] for e in extents) for k in range(3))
        extent = (low, high)
    first = shapes[0]
    return Shape(
        entry_id=id_,
        footprint=_united_outline([s.footprint for s in shapes]),
        axis=_united_axis([s.axis for s in shapes]),
        extent=extent,  # type: ignore[arg-type]
        floor_z=first.floor_z,
        ceiling_z=first.ceiling_z,
        area_m2=None if None in areas else sum(a for a in areas if a is not None),
        method="sum" if None not in areas else None,
        inner_diameter_m=first.inner_diameter_m,
        outer_diameter_m=first.outer_diameter_m,
    )


def _united_outline(outlines: Sequence[bytes | None]) -> bytes | None:
    known = [shapely.from_wkb(o) for o in outlines if o is not None]
    if len(known) < len(outlines) or not known:
        return None
    whole = shapely.union_all(known)
    closed = whole.buffer(_WALL_M / 2, join_style="mitre").buffer(-_WALL_M / 2, join_style="mitre")
    best = closed if closed.is_valid and not closed.is_empty else whole
    polygons = [g for g in getattr(best, "geoms", [best]) if isinstance(g, Polygon)]
    return shapely.to_wkb(MultiPolygon(polygons)) if polygons else None


def _united_axis(axes: Sequence[bytes | None]) -> bytes | None:
    known = [shapely.from_wkb(a) for a in axes if a is not None]
    if len(known) < len(axes) or not known:
        return None
    line = known[0]
    for other in known[1:]:
        ends = [
            (shapely.Point(line.coords[i]).distance(shapely.Point(other.coords[j])), i, j)
            for i in (0, -1)
            for j in (0, -1)
        ]
        _, i, j = min(ends)
        mine = list(line.coords) if i == -1 else list(line.coords)[::-1]
        yours = list(other.coords) if j == 0 else list(other.coords)[::-1]
        line = LineString([*mine, *yours[1 if mine[-1] == yours[0] else 0 :]])
    whole: bytes = shapely.to_wkb(line, output_dimension=3)
    return whole
