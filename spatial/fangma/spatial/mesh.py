"""Triangle meshes that are built once and placed many times.

The vocabulary between tessellation (``bim_import``), measuring (``areas``) and serving (``tiles``):
columns of numbers, not objects per element, so that a large model stays cheap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """Triangles in the local frame of the shape that they belong to.

    Attributes
    ----------
    vertices : (n, 3) float64
        Metres, local frame of the shape.
    triangles : (m, 3) uint32
        Vertex indices, outward winding where the source has one.
    colours : (m,) uint32
        ``0xRRGGBBAA`` of each triangle; 0 where the source gives no colour.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.uint32]
    colours: NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placements:
    """Where each mesh stands: one row a body of an element; an element may have several.

    Attributes
    ----------
    meshes : tuple of Mesh
        The distinct shapes.
    element : (k,) int64
        Key of the element that owns the row (for IFC its ``#`` number).
    mesh : (k,) int32
        Index into ``meshes``.
    matrix_model_from_local : (k, 4, 4) float64
        Column vectors; translation in metres in the model's own engineering frame (x east-ish,
        y north-ish, z up), before any georeference.
    kernel : (k,) int8
        Index into ``kernels``: which kernel built the row.
    kernels : tuple of str
        Names such as ``"hybrid"``, ``"opencascade"``, ``"box"`` (a flagged bounding box).
    """

    meshes: tuple[Mesh, ...]
    element: NDArray[np.int64]
    mesh: NDArray[np.int32]
    matrix_model_from_local: NDArray[np.float64]
    kernel: NDArray[np.int8]
    kernels: tuple[str, ...]

    def placed(self, row: int) -> NDArray[np.float64]:
        """Move the vertices of one row into the model frame, (n, 3) float64 metres."""
        matrix = self.matrix_model_from_local[row]
        vertices = self.meshes[self.mesh[row]].vertices
        moved: NDArray[np.float64] = vertices @ matrix[:3, :3].T + matrix[:3, 3]
        return moved
