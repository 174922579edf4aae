"""Where things stand: object placements as 4 x 4 matrices in metres, in the model frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fangma.bim_import.reading import attributes

if TYPE_CHECKING:
    from fangma.bim_import.reading.attributes import Instance

Matrix = NDArray[np.float64]
Triple = tuple[float, float, float]

_X: Final[Triple] = (1.0, 0.0, 0.0)
_Z: Final[Triple] = (0.0, 0.0, 1.0)


class PlacementReader:
    """Reads placements of one file; each is computed once.

    Parameters
    ----------
    length_unit_m : float
        Metres in one file unit.
    """

    def __init__(self, length_unit_m: float) -> None:
        self._unit = length_unit_m
        self._done: dict[int, Matrix] = {}

    def matrix_model_from_local(self, product: Instance) -> Matrix | None:
        """Compute the placement of a product; None when it has none.

        ISO 16739-1:2024, 8.4.3.1 (IfcLocalPlacement): relative placements multiply from the root.
        """
        placement = attributes.link(product, "ObjectPlacement", "IfcObjectPlacement")
        if placement is None:
            return None
        return self._model_from(placement)

    def _model_from(self, placement: Instance | None) -> Matrix:
        chain: list[Instance] = []
        current = placement
        while current is not None and current.id() not in self._done:
            chain.append(current)  # a circle of placements is refused when the file is opened
            current = attributes.link(current, "PlacementRelTo", "IfcObjectPlacement")
        matrix = self._done[current.id()] if current is not None else np.eye(4)
        for step in reversed(chain):
            matrix = matrix @ self._relative(step)
            self._done[step.id()] = matrix
        return matrix

    def position(self, product: Instance) -> tuple[float, float, float] | None:
        """Give the origin of a product in metres; None when it has no placement.

        How the product itself is turned does not count, and is not computed: ports are many.
        """
        placement = attributes.link(product, "ObjectPlacement", "IfcObjectPlacement")
        if placement is None:
            return None
        base = attributes.link(placement, "PlacementRelTo", "IfcObjectPlacement")
        x, y, z = self._point(attributes.link(_axes_of(placement), "Location"))
        xx, xy, xz, ox, yx, yy, yz, oy, zx, zy, zz, oz = self._model_from(base)[:3].ravel().tolist()
        return (
            xx * x + xy * y + xz * z + ox,
            yx * x + yy * y + yz * z + oy,
            zx * x + zy * y + zz * z + oz,
        )

    def base_height(self, product: Instance) -> float | None:
        """Estimate the height in metres at which the body of a product begins.

        Placement and local coordinates only, no tessellation: enough to tell storeys apart.
        """
        matrix = self.matrix_model_from_local(product)
        shape = attributes.link(product, "Representation")
        lowest = math.inf
        frame = np.eye(4) if matrix is None else matrix
        for representation in attributes.links(shape, "Representations"):
            name = attributes.text(representation, "RepresentationIdentifier") or "Body"
            if name in {"Body", "Facetation", "Mesh"}:
                for item in attributes.links(representation, "Items"):
                    lowest = min(lowest, self._lowest(item, frame, 0))
        if math.isfinite(lowest):
            return lowest
        return None if matrix is None else float(matrix[2, 3])

    def _lowest(self, item: Instance, frame: Matrix, level: int) -> float:
        if level > 8:
            return math.inf
        if item.is_a("IfcMappedItem"):
            source = attributes.link(item, "MappingSource")
            mapped = attributes.link(source, "MappedRepresentation")
            target = attributes.link(item, "MappingTarget")
            origin = attributes.link(target, "LocalOrigin")
            inner = frame @ _moved(self._point(origin))
            heights = [
                self._lowest(part, inner, level + 1) for part in attributes.links(mapped, "Items")
            ]
            return min(heights, default=math.inf)
        if item.is_a("IfcBooleanResult"):
            first = attributes.link(item, "FirstOperand")
            return self._lowest(first, frame, level + 1) if first is not None else math.inf
        if item.is_a("IfcSweptAreaSolid"):
            position = attributes.link(item, "Position")
            inner = frame @ (np.eye(4) if position is None else self._axis(position))
            base = float(inner[2, 3])
            depth = attributes.number(item, "Depth")
            along = attributes.link(item, "ExtrudedDirection")
            ratios = attributes.numbers(along, "DirectionRatios")
            if depth is None or len(ratios) != 3:
                return base
            rise = float(inner[2, :3] @ np.array(ratios))
            return base + min(0.0, rise * depth * self._unit)
        points = self._points(item)
        if not len(points):
            return math.inf
        return float((points @ frame[2, :3] + frame[2, 3]).min())

    def _points(self, item: Instance) -> Matrix:
        """Collect the points of a boundary representation or tessellation, in metres."""
        listed = attributes.link(item, "Coordinates")
        rows = attributes.value(listed, "CoordList") if listed is not None else None
        if not isinstance(rows, tuple):
            rows = [
                attributes.numbers(point, "Coordinates")
                for shell in (
                    *attributes.links(item, "Outer"),
                    *attributes.links(item, "SbsmBoundary"),
                    *attributes.links(item, "FbsmFaces"),
                )
                for face in attributes.links(shell, "CfsFaces")[:64]
                for bound in attributes.links(face, "Bounds")[:1]
                for point in attributes.links(attributes.link(bound, "Bound"), "Polygon")
            ]
        good = [row for row in rows if isinstance(row, tuple) and len(row) == 3]
        return np.array(good, dtype=np.float64).reshape(-1, 3) * self._unit

    def _relative(self, placement: Instance) -> Matrix:
        relative = _axes_of(placement)
        return np.eye(4) if relative is None else self._axis(relative)

    def _axis(self, axis: Instance) -> Matrix:
        """Build the frame of an IfcAxis2Placement, ISO 16739-1:2024, 8.9.3.6 and 8.9.3.7."""
        # Plain floats: numpy takes ten times as long for three numbers, and ports are many.
        matrix = _moved(self._point(attributes.link(axis, "Location")))
        ratios = attributes.numbers(attributes.link(axis, "RefDirection"), "DirectionRatios")
        x = _unit(ratios, _X)
        z = _Z
        if axis.is_a("IfcAxis2Placement3D"):
            ratios = attributes.numbers(attributes.link(axis, "Axis"), "DirectionRatios")
            z = _unit(ratios, _Z)
        if x == _X and z == _Z:
            return matrix
        along = x[0] * z[0] + x[1] * z[1] + x[2] * z[2]
        x = (x[0] - z[0] * along, x[1] - z[1] * along, x[2] - z[2] * along)
        length = math.hypot(*x)
        if length < 1e-9:  # parallel axes say nothing about x: any perpendicular will do
            least = min(range(3), key=lambda i: abs(z[i]))
            x = _cross(z, (float(least == 0), float(least == 1), float(least == 2)))
            length = math.hypot(*x)
        x = (x[0] / length, x[1] / length, x[2] / length)
        y = _cross(z, x)
        for row in range(3):
            matrix[row, :3] = (x[row], y[row], z[row])
        return matrix

    def _point(self, point: Instance | None) -> Triple:
        x, y, z = (*attributes.numbers(point, "Coordinates")[:3], 0.0, 0.0, 0.0)[:3]
        return (x * self._unit, y * self._unit, z * self._unit)


def _axes_of(placement: Instance) -> Instance | None:
    relative = attributes.link(placement, "RelativePlacement")
    if relative is None:
        # IfcLinearPlacement carries a Cartesian fallback; IfcGridPlacement none that is cheap.
        relative = attributes.link(placement, "CartesianPosition")
    return relative


def _moved(offset: Triple) -> Matrix:
    matrix = np.eye(4)
    matrix[:3, 3] = offset
    return matrix


def _unit(ratios: tuple[float, ...], default: Triple) -> Triple:
    x, y, z = (*ratios[:3], 0.0, 0.0, 0.0)[:3]
    length = math.hypot(x, y, z)
    return (x / length, y / length, z / length) if length > 1e-12 else default


def _cross(a: Triple, b: Triple) -> Triple:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
