"""From the outcomes of the kernels to columns of placements, equal meshes stored once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from fangma.spatial.mesh import Mesh, Placements

if TYPE_CHECKING:
    from numpy.typing import NDArray

# 0.01 mm: below what any model means, above what two ways of computing differ by.
_GRID_M = 1e-5


def content_hash(mesh: Mesh) -> bytes:
    """Hash a mesh by its content, vertices rounded to 0.01 mm."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(np.round(mesh.vertices / _GRID_M).astype("<i8").tobytes())
    digest.update(mesh.triangles.astype("<u4").tobytes())
    digest.update(mesh.colours.astype("<u4").tobytes())
    return digest.digest()


def box_mesh(low: NDArray[np.float64], high: NDArray[np.float64]) -> Mesh:
    """Make a closed box of twelve triangles, outward winding, without colour."""
    corner = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], dtype=float)
    quads = ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5))
    triangles = [(a, b, c) for a, b, c, _ in quads] + [(a, c, d) for a, _, c, d in quads]
    return Mesh(
        vertices=low + corner * np.maximum(high - low, 1e-3),
        triangles=np.array(triangles, dtype=np.uint32),
        colours=np.zeros(12, dtype=np.uint32),
    )


class Packer:
    """Collects rows of placements."""

    def __init__(self, kernels: tuple[str, ...]) -> None:
        self.kernels = kernels
        self._meshes: list[Mesh] = []
        self._known: dict[bytes, int] = {}
        self._rows: list[tuple[int, int, int]] = []
        self._matrices: list[NDArray[np.float64]] = []

    def add(self, mesh: Mesh, kernel: int, members: list[tuple[int, NDArray[np.float64]]]) -> None:
        """Place a mesh once for each member."""
        digest = content_hash(mesh)
        index = self._known.get(digest)
        if index is None:
            index = self._known[digest] = len(self._meshes)
            self._meshes.append(mesh)
        for key, matrix in members:
            self._rows.append((key, index, kernel))
            self._matrices.append(matrix)

    def finish(self) -> Placements:
        """Turn rows into columns, ordered by element."""
        rows = np.array(self._rows, dtype=np.int64).reshape(-1, 3)
        matrices = np.array(self._matrices, dtype=float).reshape(-1, 4, 4)
        order = np.argsort(rows[:, 0], kind="stable")
        return Placements(
            meshes=tuple(self._meshes),
            element=rows[order, 0],
            mesh=rows[order, 1].astype(np.int32),
            matrix_model_from_local=matrices[order],
            kernel=rows[order, 2].astype(np.int8),
            kernels=self.kernels,
        )
