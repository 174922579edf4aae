"""From triangles to vertices with normals: welded where the surface is smooth, split at creases."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import meshoptimizer
import numpy as np

from fangma.spatial.tiles.errors import TileError
from fangma.spatial.vectors import cross

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fangma.spatial.mesh import Mesh

# Neighbouring faces that meet at less than this look round, at more they show an edge.
CREASE_DEG: Final = 30.0
# Steps of a normal from the axis to the edge of the octahedron: within 2 degrees, unseen when lit,
# and few distinct values compress well.
OCTANT_STEPS: Final = 31
# Vertices closer than this are one; far below what a tile's grid can hold.
_WELD_M: Final = 1e-5
# Smallest triangle worth drawing, m2: slivers of boolean operations carry random normals.
_SLIVER_M2: Final = 1e-10
# A vertex with more faces than this (the hub of a fan) is shaded flat: the search for smooth
# neighbours is quadratic in its faces, and a hostile mesh may put all of them on one vertex.
_MAX_FACES_SMOOTHED: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Skin:
    """A mesh ready for the GPU, in its own frame.

    Attributes
    ----------
    positions : (v, 3) float64
        Metres.
    normals : (v, 3) float64
        Unit, outward as the winding says.
    colours : (v,) uint32
        ``0xRRGGBBAA``, sRGB; 0 where the source gives none.
    opaque, glassy : (m, 3) uint32
        Triangles without and with transparency, in an order kind to the vertex cache.
    is_solid : bool
        Whether the surface is closed and wound outward, so that its inside is never seen.
    digest : bytes
        The same for the same shape, whatever its place in a list.
    """

    positions: NDArray[np.float64]
    normals: NDArray[np.float64]
    colours: NDArray[np.uint32]
    opaque: NDArray[np.uint32]
    glassy: NDArray[np.uint32]
    is_solid: bool
    digest: bytes

    @property
    def triangle_count(self) -> int:
        """Triangles of both sorts."""
        return len(self.opaque) + len(self.glassy)


def skin(mesh: Mesh) -> Skin:
    """Weld a mesh, give it normals and split it where it has a crease or changes colour.

    Triangles without area or with a vertex that is not finite are left out.

    Parameters
    ----------
    mesh : Mesh
        (n, 3) metre vertices, (m, 3) indices, (m,) colours.

    Raises
    ------
    TileError
        When an index points past the vertices.
    """
    if mesh.triangles.size and int(mesh.triangles.max()) >= len(mesh.vertices):
        raise TileError(
            f"found vertex index {int(mesh.triangles.max())} in a mesh of "
            f"{len(mesh.vertices)} vertices, expected smaller ones",
            "tessellate the element again",
        )
    points, triangles = welded(mesh.vertices, mesh.triangles)
    corners = points[triangles]
    crossed = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    with np.errstate(invalid="ignore"):
        doubled = np.linalg.norm(crossed, axis=1)
        kept = doubled > 2 * _SLIVER_M2  # False for NaN
    triangles, crossed, colours = triangles[kept], crossed[kept], mesh.colours[kept]
    normals = _corner_normals(triangles, crossed)

    # One vertex for each distinct (point, normal, colour).
    palette, colour = np.unique(colours, return_inverse=True)
    corner_colour = np.repeat(colour.reshape(-1), 3)
    octants = octahedral(normals).view(np.uint8).astype(np.int64)
    key = (triangles.reshape(-1).astype(np.int64) * max(len(palette), 1) + corner_colour) << 16
    key |= octants[:, 0] << 8 | octants[:, 1]
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    faces = index.reshape(-1, 3).astype(np.uint32)
    is_glassy = (colours & 0xFF < 0xFF) & (colours != 0)
    ordered, (opaque, glassy) = _ordered(len(first), (faces[~is_glassy], faces[is_glassy]))
    corner = first[ordered]
    positions = points[triangles.reshape(-1)[corner]]
    digest = blake2b(digest_size=16)
    for column in (positions, normals[corner], palette[corner_colour[corner]], opaque, glassy):
        digest.update(np.ascontiguousarray(column).tobytes())
        digest.update(str(column.shape).encode())
    return Skin(
        positions=positions,
        normals=normals[corner],
        colours=palette[corner_colour[corner]],
        opaque=opaque,
        glassy=glassy,
        is_solid=_is_solid(points, triangles),
        digest=digest.digest(),
    )


def octahedral(normals: NDArray[np.floating]) -> NDArray[np.int8]:
    """Fold unit vectors onto an octahedron, (n, 2) int8 within :data:`OCTANT_STEPS`."""
    folded = normals[:, :2] / np.maximum(np.abs(normals).sum(axis=1, keepdims=True), 1e-12)
    below = np.flatnonzero(normals[:, 2] < 0)
    lower = folded[below]
    folded[below] = np.copysign(1 - np.abs(lower[:, ::-1]), lower)
    octants: NDArray[np.int8] = np.round(folded * OCTANT_STEPS).astype(np.int8)
    return octants


def welded(
    vertices: NDArray[np.float64], triangles: NDArray[np.uint32]
) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """Merge vertices at one place; the result has no order of its own but that of the places."""
    if not len(vertices):
        return np.zeros((0, 3)), np.zeros((0, 3), np.uint32)
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(vertices).all(axis=1))
    grid = np.round(np.where(finite[:, None], vertices, 0.0) / _WELD_M)
    grid[~finite] = np.inf
    order = np.lexsort(grid.T)
    ranked = grid[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    place = np.zeros(len(order), np.uint32)
    place[order] = np.cumsum(fresh) - 1
    points = np.where(finite[:, None], vertices, np.nan)[order[fresh]]
    return points, place[triangles]


def _corner_normals(
    triangles: NDArray[np.uint32], crossed: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Average, for each corner, the faces around its vertex that meet its own without a crease.

    Returns
    -------
    normals : (3 m, 3) float64
        Weighted by area, unit.
    """
    unit = crossed / np.linalg.norm(crossed, axis=1, keepdims=True)
    vertex = triangles.reshape(-1)
    face = np.repeat(np.arange(len(triangles)), 3)
    order = np.argsort(vertex, kind="stable")
    counts = np.bincount(vertex) if len(vertex) else np.zeros(0, np.intp)
    starts = np.concatenate(([0], np.cumsum(counts)[:-1])) if len(counts) else counts
    degree = counts[vertex]
    # Every pair (corner, face at the same vertex), without the hubs.
    corner = order[degree[order] <= _MAX_FACES_SMOOTHED]
    repeats = degree[corner]
    left = np.repeat(corner, repeats)
    within = np.arange(len(left)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    right = face[order[starts[vertex[left]] + within]]
    smooth = np.einsum("ij,ij->i", unit[face[left]], unit[right]) > np.cos(np.radians(CREASE_DEG))
    left, right = left[smooth], right[smooth]
    total = np.stack(
        [np.bincount(left, crossed[right, axis], len(vertex)) for axis in range(3)], axis=1
    )
    hub = degree > _MAX_FACES_SMOOTHED
    total[hub] = crossed[face[hub]]
    normals: NDArray[np.float64] = total / np.linalg.norm(total, axis=1, keepdims=True)
    return normals


def _is_solid(points: NDArray[np.float64], triangles: NDArray[np.uint32]) -> bool:
    """Say whether every edge has one neighbour running back, and the volume is positive."""
    if not len(triangles):
        return False
    edges = np.concatenate((triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]))
    width = np.int64(len(points))
    there = np.sort(edges[:, 0].astype(np.int64) * width + edges[:, 1])
    back = np.sort(edges[:, 1].astype(np.int64) * width + edges[:, 0])
    if not np.array_equal(there, back):
        return False
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    return bool(np.einsum("ij,ij->", a - points[triangles[0, 0]], cross(b - a, c - a)) > 0)


def _ordered(
    vertex_count: int, groups: tuple[NDArray[np.uint32], ...]
) -> tuple[NDArray[np.intp], list[NDArray[np.uint32]]]:
    """Order triangles for the vertex cache and number vertices in the order of their use."""
    cached = []
    for group in groups:
        indices = np.ascontiguousarray(group.reshape(-1), dtype=np.uint32)
        better = np.zeros_like(indices)
        if len(indices):
            meshoptimizer.optimize_vertex_cache(better, indices, len(indices), vertex_count)
        cached.append(better)
    used = np.concatenate(cached)
    places, first = np.unique(used, return_index=True)
    ordered = places[np.argsort(first)].astype(np.intp)
    rank = np.zeros(vertex_count, np.uint32)
    rank[ordered] = np.arange(len(ordered), dtype=np.uint32)
    return ordered, [rank[indices].reshape(-1, 3) for indices in cached]
