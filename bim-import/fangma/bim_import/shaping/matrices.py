"""Placements and axes of IFC as 4 x 4 matrices, lengths in the units of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import ifcopenshell
    from numpy.typing import NDArray

Matrix = "NDArray[np.float64]"

_DEEPEST = 200


class UnreadablePlacement(ValueError):
    """A placement that is cyclic, degenerate or of a class that isn't read here."""


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length < 1e-12:  # noqa: PLR2004
        raise UnreadablePlacement("a direction has no length")
    return vector / length


def vector3(values: tuple[float, ...]) -> NDArray[np.float64]:
    """Pad a direction or point of one to three ratios to (3,) float64."""
    padded = np.zeros(3)
    padded[: len(values)] = values
    return padded


def frame(
    origin: NDArray[np.float64], z: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Build the matrix of a right-handed frame; ``x`` need not be square to ``z``."""
    z = _unit(z)
    x = x - z * float(x @ z)
    if float(np.linalg.norm(x)) < 1e-9:  # noqa: PLR2004 - parallel: any square direction will do
        x = np.eye(3)[int(np.argmin(np.abs(z)))]
        x = x - z * float(x @ z)
    x = _unit(x)
    built = np.eye(4)
    built[:3, 0], built[:3, 1], built[:3, 2], built[:3, 3] = x, np.cross(z, x), z, origin
    return built


def axes(placement: ifcopenshell.entity_instance | None) -> NDArray[np.float64]:
    """Read IfcAxis2Placement2D, IfcAxis2Placement3D or IfcAxis1Placement; None is the identity."""
    if placement is None:
        return np.eye(4)
    origin = vector3(placement.Location.Coordinates)
    if placement.is_a("IfcAxis2Placement2D"):
        direction = placement.RefDirection
        x = vector3(direction.DirectionRatios) if direction else np.array([1.0, 0.0, 0.0])
        return frame(origin, np.array([0.0, 0.0, 1.0]), x)
    axis = placement.Axis
    z = vector3(axis.DirectionRatios) if axis else np.array([0.0, 0.0, 1.0])
    x = np.array([1.0, 0.0, 0.0])
    if placement.is_a("IfcAxis2Placement3D") and placement.RefDirection:
        x = vector3(placement.RefDirection.DirectionRatios)
    return frame(origin, z, x)


def operator(target: ifcopenshell.entity_instance) -> NDArray[np.float64]:
    """Read IfcCartesianTransformationOperator3D, with its scale (ISO 16739-1, 8.7.3)."""
    z = vector3(target.Axis3.DirectionRatios) if target.Axis3 else np.array([0.0, 0.0, 1.0])
    x = vector3(target.Axis1.DirectionRatios) if target.Axis1 else np.array([1.0, 0.0, 0.0])
    built = frame(vector3(target.LocalOrigin.Coordinates), z, x)
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
    return bool(np.abs(turn @ turn.T - np.eye(3)).max() < 1e-9 and np.linalg.det(turn) > 0.0)  # noqa: PLR2004


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
        UnreadablePlacement
            For a cycle, a degenerate axis, or a linear or grid placement: the kernel that
            builds the element has to say where it stands.
        """
        chain: list[ifcopenshell.entity_instance] = []
        while placement is not None and placement.id() not in self._known:
            if not placement.is_a("IfcLocalPlacement") or len(chain) > _DEEPEST:
                raise UnreadablePlacement(f"#{placement.id()}={placement.is_a()}")
            chain.append(placement)
            placement = placement.PlacementRelTo
        built = np.eye(4) if placement is None else self._known[placement.id()]
        for link in reversed(chain):
            built = built @ axes(link.RelativePlacement)
            self._known[link.id()] = built
        return built
