"""Placements and axes of IFC as 4 x 4 matrices, lengths in the units of the file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import ifcopenshell
    from numpy.typing import NDArray

_DEEPEST = 200
_NO_TURN = np.eye(3)


class UnreadablePlacementError(ValueError):
    """A placement that is cyclic, degenerate or of a class that isn't read here."""


def vector3(values: tuple[float, ...]) -> NDArray[np.float64]:
    """Pad a direction or point of one to three ratios to (3,) float64."""
    padded = np.zeros(3)
    padded[: len(values)] = values
    return padded


Triple = tuple[float, float, float]

_X: Triple = (1.0, 0.0, 0.0)
_Z: Triple = (0.0, 0.0, 1.0)
_AXES = frozenset({"IfcAxis2Placement2D", "IfcAxis2Placement3D", "IfcAxis1Placement"})


# Plain floats: numpy takes ten times as long for three numbers, and there are many placements.
def _unit(vector: Triple) -> Triple:
    length = math.hypot(*vector)
    if not math.isfinite(length) or length < 1e-12:
        raise UnreadablePlacementError("a direction has no length")
    return (vector[0] / length, vector[1] / length, vector[2] / length)


def _square_to(vector: Triple, z: Triple) -> Triple:
    along = vector[0] * z[0] + vector[1] * z[1] + vector[2] * z[2]
    return (vector[0] - along * z[0], vector[1] - along * z[1], vector[2] - along * z[2])


def _cross(a: Triple, b: Triple) -> Triple:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def frame(origin: Triple, z: Triple, x: Triple) -> NDArray[np.float64]:
    """Build the matrix of a right-handed frame; ``x`` need not be square to ``z``."""
    z = _unit(z)
    x = _square_to(x, z)
    if math.hypot(*x) < 1e-9:  # parallel: any square direction will do
        x = _square_to(_X if abs(z[0]) < 0.9 else (0.0, 1.0, 0.0), z)
    x = _unit(x)
    y = _cross(z, x)
    return np.array(
        [
            [x[0], y[0], z[0], origin[0]],
            [x[1], y[1], z[1], origin[1]],
            [x[2], y[2], z[2], origin[2]],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )


def _triple(values: tuple[float, ...]) -> Triple:
    """Pad a point or direction of two ratios with zero."""
    return (values[0], values[1], values[2] if len(values) > 2 else 0.0)


# Attributes are taken by their place where every schema has the same: asking by name takes four
# times as long, and a model of many parts has hundreds of thousands of them.
# IfcDirection.DirectionRatios, IfcCartesianPoint.Coordinates: 0.
def _direction(direction: ifcopenshell.entity_instance | None, default: Triple) -> Triple:
    return default if direction is None else _triple(direction.get_argument(0))


def axes(placement: ifcopenshell.entity_instance | None) -> NDArray[np.float64]:
    """Read IfcAxis2Placement2D, IfcAxis2Placement3D or IfcAxis1Placement; None is the identity."""
    if placement is None:
        return np.eye(4)
    kind = placement.is_a()
    if kind not in _AXES:
        raise UnreadablePlacementError(f"#{placement.id()}={kind}")
    # Location: 0; 2D: RefDirection 1; 3D: Axis 1, RefDirection 2; Axis1Placement: Axis 1.
    origin = _triple(placement.get_argument(0).Coordinates)
    second = placement.get_argument(1)
    if kind == "IfcAxis2Placement2D":
        return frame(origin, _Z, _direction(second, _X))
    third = placement.get_argument(2) if kind == "IfcAxis2Placement3D" else None
    if second is None and third is None:
        return moved(origin)
    return frame(origin, _direction(second, _Z), _direction(third, _X))


def moved(origin: Triple) -> NDArray[np.float64]:
    """Build the matrix that only moves."""
    built = np.eye(4)
    built[:3, 3] = origin
    return built


def operator(target: ifcopenshell.entity_instance) -> NDArray[np.float64]:
    """Read IfcCartesianTransformationOperator3D, with its scale (ISO 16739-1, 8.7.3)."""
    # Axis1, Axis2, LocalOrigin, Scale, Axis3.
    if target.is_a() == "IfcCartesianTransformationOperator3D" and not any(
        target.get_argument(place) for place in (0, 1, 3, 4)
    ):
        return moved(_triple(target.get_argument(2).Coordinates))
    built = frame(
        _triple(target.LocalOrigin.Coordinates),
        _direction(target.Axis3, _Z),
        _direction(target.Axis1, _X),
    )
    if target.Axis2 and float(built[:3, 1] @ vector3(target.Axis2.DirectionRatios)) < 0.0:
        built[:3, 1] *= -1.0
    first = 1.0 if target.Scale is None else float(target.Scale)
    scales = [first, first, first]
    if target.is_a("IfcCartesianTransformationOperator3DnonUniform"):
        scales[1] = first if target.Scale2 is None else float(target.Scale2)
        scales[2] = first if target.Scale3 is None else float(target.Scale3)
    built[:3, :3] *= np.array(scales)
    return built


def mapping(item: ifcopenshell.entity_instance) -> NDArray[np.float64]:
    """Read where an IfcMappedItem puts its source."""
    return operator(item.MappingTarget) @ axes(item.MappingSource.MappingOrigin)


def is_rigid(matrix: NDArray[np.float64]) -> bool:
    """Tell whether a matrix only turns and moves."""
    turn = matrix[:3, :3]
    if np.array_equal(turn, _NO_TURN):
        return True
    return bool(np.abs(turn @ turn.T - np.eye(3)).max() < 1e-9 and np.linalg.det(turn) > 0.0)


class Places:
    """Object placements of one file, each read once."""

    def __init__(self) -> None:
        self._known: dict[int, NDArray[np.float64]] = {}

    def model_from_local(
        self, placement: ifcopenshell.entity_instance | None
    ) -> NDArray[np.float64]:
        """Chain IfcLocalPlacements up to the model's frame, translation in file units.

        Raises
        ------
        UnreadablePlacementError
            For a cycle, a degenerate axis, or a linear or grid placement: the kernel that
            builds the element has to say where it stands.
        """
        chain: list[ifcopenshell.entity_instance] = []
        while placement is not None and placement.id() not in self._known:
            if placement.is_a() != "IfcLocalPlacement" or len(chain) > _DEEPEST:
                raise UnreadablePlacementError(f"#{placement.id()}={placement.is_a()}")
            chain.append(placement)
            placement = placement.get_argument(0)  # PlacementRelTo
        built = np.eye(4) if placement is None else self._known[placement.id()]
        for link in reversed(chain):
            built = built @ axes(link.get_argument(1))  # RelativePlacement
            self._known[link.id()] = built
        return built
