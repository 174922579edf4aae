"""Axis and diameter of pipes and ducts that the file states outright.

An extruded circle and a swept disk say both; then nothing need be guessed from triangles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fangma.bim_import.shaping import matrices

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ifcopenshell
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptAxis:
    """The line along which a round section was swept.

    Attributes
    ----------
    points : (n, 3) float64
        Metres, model frame, in the order of the sweep.
    outer_m : float
        Outer diameter.
    inner_m : float or None
        Inner diameter; None for a solid section or one that the file doesn't give.
    """

    points: NDArray[np.float64]
    outer_m: float
    inner_m: float | None

    def placed(self, matrix: NDArray[np.float64]) -> SweptAxis:
        """Carry it through a (4, 4) matrix, which may scale evenly."""
        scale = abs(float(np.linalg.det(matrix[:3, :3]))) ** (1.0 / 3.0)
        return SweptAxis(
            points=self.points @ matrix[:3, :3].T + matrix[:3, 3],
            outer_m=self.outer_m * scale,
            inner_m=None if self.inner_m is None else self.inner_m * scale,
        )


def _arc(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Walk the circle through three points, (3, 3), in chords of at most 10 degrees."""
    a, b, c = points
    u, v = b - a, c - a
    normal = np.cross(u, v)
    square = float(normal @ normal)
    if square < 1e-18:
        return points
    centre = a + np.cross(normal, u * float(v @ v) - v * float(u @ u)) / (2.0 * square)
    radius = a - centre
    side = np.cross(normal / square**0.5, radius)
    sweep = float(np.arctan2((c - centre) @ side, (c - centre) @ radius)) % (2.0 * np.pi)
    angle = np.linspace(0.0, sweep, max(2, int(np.ceil(sweep / np.radians(10.0))) + 1))
    walked: NDArray[np.float64] = (
        centre + np.outer(np.cos(angle), radius) + np.outer(np.sin(angle), side)
    )
    return walked


def _directrix(curve: ifcopenshell.entity_instance) -> NDArray[np.float64] | None:
    if curve.is_a("IfcPolyline"):
        return np.array([matrices.vector3(point.Coordinates) for point in curve.Points])
    if curve.is_a("IfcIndexedPolyCurve"):
        listed = np.array([matrices.vector3(tuple(row)) for row in curve.Points.CoordList])
        if not curve.Segments:
            return listed
        parts = []
        for segment in curve.Segments:
            corners = listed[np.array(segment.wrappedValue) - 1]
            parts.append(_arc(corners) if segment.is_a("IfcArcIndex") else corners)
        return np.concatenate(parts)
    if curve.is_a("IfcCompositeCurve"):
        pieces = []
        for segment in curve.Segments:
            parent = getattr(segment, "ParentCurve", None)
            piece = None if parent is None else _directrix(parent)
            if piece is None:
                return None
            pieces.append(piece if segment.SameSense else piece[::-1])
        return np.concatenate(pieces)
    return None


def _sweeps(
    items: tuple[ifcopenshell.entity_instance, ...],
    matrix: NDArray[np.float64],
    depth: int = 0,
) -> Iterator[SweptAxis]:
    """Walk the round sweeps of a representation, in file units."""
    for item in items:
        if item.is_a("IfcMappedItem") and depth < 8:
            inner = matrix @ matrices.mapping(item)
            yield from _sweeps(item.MappingSource.MappedRepresentation.Items, inner, depth + 1)
            continue
        if item.is_a() == "IfcExtrudedAreaSolid" and item.SweptArea.is_a("IfcCircleProfileDef"):
            profile = item.SweptArea
            direction = matrices.vector3(item.ExtrudedDirection.DirectionRatios)
            start = matrices.axes(profile.Position)[:3, 3]
            path = np.array([start, start + direction / np.linalg.norm(direction) * item.Depth])
            place = matrix @ matrices.axes(item.Position)
            outer = 2.0 * profile.Radius
            is_hollow = profile.is_a("IfcCircleHollowProfileDef")
            inner_m = outer - 2.0 * profile.WallThickness if is_hollow else None
        elif item.is_a("IfcSweptDiskSolid"):
            found = _directrix(item.Directrix)
            if found is None:
                continue
            path, place = found, matrix
            outer, inner = 2.0 * item.Radius, item.InnerRadius
            inner_m = None if inner is None else 2.0 * inner
        else:
            continue
        steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
        path = path[np.concatenate([[True], steps > 1e-9])]
        yield SweptAxis(points=path, outer_m=outer, inner_m=inner_m).placed(place)


def read_axis(
    body: ifcopenshell.entity_instance, matrix: NDArray[np.float64], unit_m: float
) -> SweptAxis | None:
    """Read the axis of a body that is one round sweep.

    Parameters
    ----------
    body : ifcopenshell.entity_instance
        The representation.
    matrix : (4, 4) float64
        From the product's frame to the model's, metres.
    unit_m : float
        Metres in one length unit of the file.

    Returns
    -------
    axis : SweptAxis or None
        The longest sweep where concentric ones make up a wall; None when there is none.
    """
    scaled = matrix @ np.diag([unit_m, unit_m, unit_m, 1.0])
    found = list(_sweeps(body.Items, scaled))
    if not found:
        return None
    return max(
        found, key=lambda axis: float(np.linalg.norm(np.diff(axis.points, axis=0), axis=1).sum())
    )
