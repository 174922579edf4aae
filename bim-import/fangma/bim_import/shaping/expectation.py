"""What a body should measure, told cheaply from its representation before any kernel runs.

Kernels lose or damage shapes without a word. Box and volume of extrusions, swept disks and
tessellations follow from a few numbers, so a wrong result is noticed and sent to the next kernel.
Where nothing is known cheaply (B-reps of thousands of faces) the answer is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fangma.bim_import.shaping.matrices import axes, mapping, vector3
from fangma.bim_import.shaping.reading import READ_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ifcopenshell
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Box and volume of a body before openings are cut.

    Attributes
    ----------
    low, high : (3,) float64
        Corners of the box, in the frame and unit of whoever asked.
    volume : float or None
        Cubed unit; None where it does not follow easily.
    is_bound : bool
        The body may be smaller than the box: something is cut from it.
    slack : float
        How far the box may be off, because a curve was bounded generously.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    volume: float | None
    is_bound: bool = False
    slack: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outline:
    """Points that span a profile in its plane, its area, and how rough the points are."""

    points: NDArray[np.float64]  # (n, 2)
    area: float | None
    slack: float = 0.0


def _rectangle(width: float, depth: float) -> NDArray[np.float64]:
    x, y = width / 2.0, depth / 2.0
    return np.array([[-x, -y], [x, -y], [x, y], [-x, y]])


def _ring_area(points: NDArray[np.float64]) -> float:
    x, y = points[:, 0], points[:, 1]
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2.0


def _ellipse(a: float, b: float) -> NDArray[np.float64]:
    angle = np.linspace(0.0, 2.0 * np.pi, 72, endpoint=False)
    return np.column_stack([a * np.cos(angle), b * np.sin(angle)])


def _curve(curve: ifcopenshell.entity_instance) -> _Outline | None:
    if curve.is_a("IfcPolyline"):
        points = np.array([point.Coordinates[:2] for point in curve.Points], dtype=float)
        return _Outline(points=points, area=_ring_area(points))
    if curve.is_a("IfcIndexedPolyCurve"):
        points = np.array(curve.Points.CoordList, dtype=float)[:, :2]
        if curve.Segments and any(s.is_a("IfcArcIndex") for s in curve.Segments):
            return _Outline(points=points, area=None, slack=float(np.ptp(points, axis=0).max()))
        return _Outline(points=points, area=_ring_area(points))
    if curve.is_a("IfcCircle") or curve.is_a("IfcEllipse"):
        a, b = (
            (curve.Radius, curve.Radius) if curve.is_a("IfcCircle")
            else (curve.SemiAxis1, curve.SemiAxis2)
        )  # fmt: skip
        place = axes(curve.Position)
        points = _ellipse(a, b) @ place[:2, :2].T + place[:2, 3]
        return _Outline(points=points, area=np.pi * a * b)
    if curve.is_a("IfcCompositeCurve"):
        parts = []
        for segment in curve.Segments:
            parent = getattr(segment, "ParentCurve", None)
            if parent is None or not parent.is_a("IfcPolyline"):
                return None
            points = np.array([point.Coordinates[:2] for point in parent.Points], dtype=float)
            parts.append(points if segment.SameSense else points[::-1])
        points = np.concatenate(parts)
        return _Outline(points=points, area=_ring_area(points))
    return None


def outline(profile: ifcopenshell.entity_instance) -> _Outline | None:
    """Read the outline of a profile; None for those that take more than a few numbers."""
    found: _Outline | None = None
    if profile.is_a("IfcArbitraryClosedProfileDef"):
        found = _curve(profile.OuterCurve)
        if found is None or not profile.is_a("IfcArbitraryProfileDefWithVoids"):
            return found
        holes = [_curve(inner) for inner in profile.InnerCurves]
        area = found.area
        for hole in holes:
            area = None if area is None or hole is None or hole.area is None else area - hole.area
        return _Outline(points=found.points, area=area, slack=found.slack)
    if profile.is_a("IfcRectangleProfileDef"):
        plain = profile.is_a() == "IfcRectangleProfileDef"
        found = _Outline(
            points=_rectangle(profile.XDim, profile.YDim),
            area=profile.XDim * profile.YDim if plain else None,
        )
    elif profile.is_a("IfcCircleProfileDef"):
        radius = profile.Radius
        area = np.pi * radius**2
        if profile.is_a("IfcCircleHollowProfileDef"):
            area -= np.pi * (radius - profile.WallThickness) ** 2
        found = _Outline(points=_ellipse(radius, radius), area=area)
    elif profile.is_a("IfcIShapeProfileDef") and hasattr(profile, "OverallWidth"):
        found = _Outline(points=_rectangle(profile.OverallWidth, profile.OverallDepth), area=None)
    if found is None:
        return None
    place = axes(profile.Position)
    return _Outline(
        points=found.points @ place[:2, :2].T + place[:2, 3], area=found.area, slack=found.slack
    )


def _extrusion(solid: ifcopenshell.entity_instance, matrix: NDArray[np.float64]) -> Expected | None:
    flat = outline(solid.SweptArea)
    if flat is None or len(flat.points) < 3:
        return None
    direction = vector3(solid.ExtrudedDirection.DirectionRatios)
    direction = direction / np.linalg.norm(direction)
    base = np.column_stack([flat.points, np.zeros(len(flat.points))])
    place = matrix @ axes(solid.Position)
    points = np.concatenate([base, base + direction * solid.Depth])
    points = points @ place[:3, :3].T + place[:3, 3]
    scale = abs(float(np.linalg.det(place[:3, :3])))
    volume = None if flat.area is None else flat.area * solid.Depth * abs(direction[2]) * scale
    return Expected(
        low=points.min(axis=0),
        high=points.max(axis=0),
        volume=volume,
        slack=flat.slack * scale ** (1 / 3),
    )


def _spanned(points: NDArray[np.float64], matrix: NDArray[np.float64]) -> Expected:
    moved = points @ matrix[:3, :3].T + matrix[:3, 3]
    return Expected(low=moved.min(axis=0), high=moved.max(axis=0), volume=None)


def expect_item(
    item: ifcopenshell.entity_instance, matrix: NDArray[np.float64], *, depth: int = 0
) -> Expected | None:
    """Tell what one item should measure.

    Parameters
    ----------
    item : ifcopenshell.entity_instance
        A representation item.
    matrix : (4, 4) float64
        From the item's frame to that of the answer, file units.
    depth : int
        How many mapped items or booleans enclose it; too many are a cycle.

    Returns
    -------
    expected : Expected or None
        None where nothing cheap is known.
    """
    if depth > 8:
        return None
    if item.is_a() == "IfcExtrudedAreaSolid":
        return _extrusion(item, matrix)
    if item.is_a("IfcBooleanResult"):
        if item.Operator == "UNION":
            return None
        whole = expect_item(item.FirstOperand, matrix, depth=depth + 1)
        if whole is None:
            return None
        return Expected(
            low=whole.low, high=whole.high, volume=whole.volume, is_bound=True, slack=whole.slack
        )
    if item.is_a("IfcMappedItem"):
        inner = matrix @ mapping(item)
        return expect_items(item.MappingSource.MappedRepresentation.Items, inner, depth=depth + 1)
    if item.is_a("IfcBoundingBox"):
        corner = vector3(item.Corner.Coordinates)
        size = np.array([item.XDim, item.YDim, item.ZDim])
        x, y, z = np.meshgrid(*np.column_stack([corner, corner + size]), indexing="ij")
        found = _spanned(np.column_stack([x.ravel(), y.ravel(), z.ravel()]), matrix)
        return Expected(low=found.low, high=found.high, volume=None)
    if item.is_a("IfcTriangulatedFaceSet") or item.is_a("IfcPolygonalFaceSet"):
        # Points that no face uses may be listed, so the box is a bound.
        found = _spanned(np.array(item.Coordinates.CoordList, dtype=float), matrix)
        return Expected(low=found.low, high=found.high, volume=None, is_bound=True)
    return None


def expect_items(
    items: Iterable[ifcopenshell.entity_instance], matrix: NDArray[np.float64], *, depth: int = 0
) -> Expected | None:
    """Join what the items of a representation should measure; None when one is unknown."""
    total: Expected | None = None
    for item in items:
        part = expect_item(item, matrix, depth=depth)
        if part is None:
            return None
        if total is None:
            total = part
            continue
        both = None if total.volume is None or part.volume is None else total.volume + part.volume
        total = Expected(
            low=np.minimum(total.low, part.low),
            high=np.maximum(total.high, part.high),
            volume=both,
            is_bound=total.is_bound or part.is_bound,
            slack=max(total.slack, part.slack),
        )
    return total


def expect_body(model: ifcopenshell.file, body: int, unit_m: float) -> Expected | None:
    """Tell what a body should measure, in the product's frame and metres; None when unknown."""
    try:
        found = expect_items(model.by_id(body).Items, np.diag([unit_m, unit_m, unit_m, 1.0]))
    except READ_ERRORS:
        return None
    if found is None or not (np.isfinite(found.low).all() and np.isfinite(found.high).all()):
        return None
    return found


def bound_points(model: ifcopenshell.file, body: ifcopenshell.entity_instance) -> Expected | None:
    """Bound a body by all points that it refers to: dear, for the box of last resort only.

    Points of nested placements and directions of sweeps are ignored, so the box is rough.
    """
    total: Expected | None = None
    for item in body.Items:
        part = expect_item(item, np.eye(4))
        if part is None:
            inner = mapping(item) if item.is_a("IfcMappedItem") else np.eye(4)
            rows = [
                vector3(found.Coordinates)
                for found in model.traverse(item)
                if found.is_a("IfcCartesianPoint") and len(found.Coordinates) == 3
            ]
            rows += [
                vector3(tuple(row))
                for found in model.traverse(item)
                if found.is_a("IfcCartesianPointList3D")
                for row in found.CoordList
            ]
            if not rows:
                continue
            part = _spanned(np.array(rows), inner)
        total = part if total is None else Expected(
            low=np.minimum(total.low, part.low),
            high=np.maximum(total.high, part.high),
            volume=None,
        )  # fmt: skip
    return total
