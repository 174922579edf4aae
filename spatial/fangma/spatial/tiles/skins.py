"""From triangles to vertices with normals: welded where the surface is smooth, split at creases."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import numpy as np
from meshoptimizer import optimize_vertex_cache

from fangma.spatial.tiles.errors import TileError
from fangma.spatial.vectors import cross

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
# Triangles that are worked on at once: more of them no longer fit into the processor's cache.
_BATCH: Final = 3_000


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
    """Make the skin of one mesh; see :func:`make_skins`."""
    return make_skins([mesh])[0]


def make_skins(meshes: Sequence[Mesh]) -> list[Skin]:
    """Weld meshes, give them normals and split them where they have a crease or change colour.

    All meshes are worked on at once: a model has thousands of shapes of a dozen triangles each.
    Triangles without area or with a vertex that is not finite are left out.

    Parameters
    ----------
    meshes : sequence of Mesh
        (n, 3) metre vertices, (m, 3) indices, (m,) colours.

    Returns
    -------
    skins : list of Skin
        In the same order; each as if it were made alone.

    Raises
    ------
    TileError
        When an index points past the vertices.
    """
    return [skin for batch in batches(meshes) for skin in _make_skins(batch)]


def batches(meshes: Sequence[Mesh]) -> Iterator[Sequence[Mesh]]:
    """Part meshes, in their order, into runs that are worth working on at once."""
    begin, weight = 0, 0
    for end, mesh in enumerate(meshes, start=1):
        weight += len(mesh.triangles)
        if weight >= _BATCH or end == len(meshes):
            yield meshes[begin:end]
            begin, weight = end, 0


def _make_skins(meshes: Sequence[Mesh]) -> list[Skin]:
    """Make the skins of so many meshes that their corners fit into memory."""
    count = len(meshes)
    for mesh in meshes:
        if mesh.triangles.size and int(mesh.triangles.max()) >= len(mesh.vertices):
            raise TileError(
                f"found vertex index {int(mesh.triangles.max())} in a mesh of "
                f"{len(mesh.vertices)} vertices, expected smaller ones",
                "tessellate the element again",
            )
    points, triangles, owner, _ = weld_all(meshes)
    colours = np.concatenate([mesh.colours for mesh in meshes])
    corners = points[triangles]
    crossed = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    with np.errstate(invalid="ignore"):
        doubled = np.linalg.norm(crossed, axis=1)
        kept = doubled > 2 * _SLIVER_M2  # False for NaN
    triangles, crossed, colours, owner = (x[kept] for x in (triangles, crossed, colours, owner))
    normals = _corner_normals(triangles, crossed)

    # One vertex for each distinct (point, normal, colour).
    palette, colour = np.unique(colours, return_inverse=True)
    corner_colour = np.repeat(colour.reshape(-1), 3)
    octants = octahedral(normals).view(np.uint8).astype(np.int64)
    key = (triangles.reshape(-1).astype(np.int64) * max(len(palette), 1) + corner_colour) << 16
    key |= octants[:, 0] << 8 | octants[:, 1]
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    # Points stand mesh by mesh, so the distinct vertices do so too.
    vertex_ends = np.searchsorted(np.repeat(owner, 3)[first], np.arange(count), side="right")
    is_glassy = (colours & 0xFF < 0xFF) & (colours != 0)
    faces = index.reshape(-1, 3)
    ordered, ranked, pieces = _ordered(faces, owner, is_glassy, vertex_ends)
    corner = first[ordered]
    positions = points[triangles.reshape(-1)[corner]]
    normals = normals[corner]
    shades = palette[corner_colour[corner]] if len(palette) else np.zeros(0, np.uint32)
    ends = np.searchsorted(np.repeat(owner, 3)[corner], np.arange(count), side="right").tolist()
    solid = _are_solid(points, triangles, owner, count)
    return [
        _skin(
            positions[begin:end], normals[begin:end], shades[begin:end],
            ranked[pieces[2 * n] : pieces[2 * n + 1]],
            ranked[pieces[2 * n + 1] : pieces[2 * n + 2]],
            is_solid=bool(solid[n]),
        )
        for n, (begin, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True))
    ]  # fmt: skip


def _skin(
    positions: NDArray[np.float64],
    normals: NDArray[np.float64],
    colours: NDArray[np.uint32],
    opaque: NDArray[np.uint32],
    glassy: NDArray[np.uint32],
    *,
    is_solid: bool,
) -> Skin:
    digest = blake2b(digest_size=16)
    for column in (positions, normals, colours, opaque, glassy):
        digest.update(column.data)
        digest.update(str(column.shape).encode())
    return Skin(
        positions=positions,
        normals=normals,
        colours=colours,
        opaque=opaque,
        glassy=glassy,
        is_solid=is_solid,
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


def weld_all(
    meshes: Sequence[Mesh],
) -> tuple[NDArray[np.float64], NDArray[np.uint32], NDArray[np.int32], NDArray[np.intp]]:
    """Merge the vertices of each mesh that lie at one place.

    Returns
    -------
    points : (n, 3) float64
        Mesh by mesh; within each they have no order of their own but that of the places. What is
        not finite is one point of NaN.
    triangles : (m, 3) uint32
        Rows of ``points``.
    owner : (m,) int32
        The mesh of each triangle.
    begins : (meshes + 1,) intp
        Where the points of each mesh begin.
    """
    sizes = np.array([len(mesh.vertices) for mesh in meshes])
    faces = np.array([len(mesh.triangles) for mesh in meshes])
    vertices = np.concatenate([mesh.vertices.reshape(-1, 3) for mesh in meshes])
    triangles = np.concatenate([mesh.triangles.reshape(-1, 3) for mesh in meshes])
    owner = np.repeat(np.arange(len(meshes), dtype=np.int32), faces)
    if not len(vertices):
        begins = np.zeros(len(meshes) + 1, np.intp)
        return np.zeros((0, 3)), np.zeros((0, 3), np.uint32), np.zeros(0, np.int32), begins
    triangles = triangles + np.repeat(np.cumsum(sizes) - sizes, faces)[:, None].astype(np.uint32)
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(vertices).all(axis=1))
    grid = np.round(np.where(finite[:, None], vertices, 0.0) / _WELD_M)
    grid[~finite] = np.inf
    member = np.repeat(np.arange(len(meshes)), sizes)
    order = np.lexsort((*grid.T, member))
    ranked, holder = grid[order], member[order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (ranked[1:] != ranked[:-1]).any(axis=1) | (holder[1:] != holder[:-1])
    place = np.zeros(len(order), np.uint32)
    place[order] = np.cumsum(fresh) - 1
    points = np.where(finite[:, None], vertices, np.nan)[order[fresh]]
    begins = np.searchsorted(holder[fresh], np.arange(len(meshes) + 1))
    return points, place[triangles], owner, begins


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


def _are_solid(
    points: NDArray[np.float64],
    triangles: NDArray[np.uint32],
    owner: NDArray[np.int32],
    count: int,
) -> NDArray[np.bool_]:
    """Say of each mesh whether every edge has one neighbour running back, and its volume is > 0."""
    solid = np.zeros(count, np.bool_)
    if not len(triangles):
        return solid
    edges = np.concatenate((triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]))
    width = np.int64(len(points))
    there = np.sort(edges[:, 0].astype(np.int64) * width + edges[:, 1])
    back = np.sort(edges[:, 1].astype(np.int64) * width + edges[:, 0])
    # Both are sorted by point, that is mesh by mesh, three edges a triangle.
    present, begin = np.unique(owner, return_index=True)
    closed = np.logical_and.reduceat(there == back, 3 * begin)
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    anchor = np.repeat(a[begin], np.diff([*begin, len(owner)]), axis=0)
    volume = np.add.reduceat(np.einsum("ij,ij->i", a - anchor, cross(b - a, c - a)), begin)
    solid[present] = closed & (volume > 0)
    return solid


def _ordered(
    faces: NDArray[np.intp],
    owner: NDArray[np.int32],
    is_glassy: NDArray[np.bool_],
    vertex_ends: NDArray[np.intp],
) -> tuple[NDArray[np.intp], NDArray[np.uint32], list[int]]:
    """Order triangles for the vertex cache and number vertices in the order of their use.

    Parameters
    ----------
    faces : (m, 3)
        Vertices of the batch.
    owner, is_glassy : (m,)
        The mesh of each triangle, and whether one sees through it.
    vertex_ends : (meshes,)
        Where the vertices of each mesh end.

    Returns
    -------
    ordered : (k,) intp
        The vertices that are used, mesh by mesh, as they are numbered from now on.
    ranked : (m, 3) uint32
        Triangles by the new numbers, which begin with 0 in each mesh.
    pieces : list of int
        Bounds in ``ranked`` of the opaque and the glassy triangles of each mesh: 2 meshes + 1.
    """
    count = len(vertex_ends)
    piece = 2 * owner.astype(np.int64) + is_glassy
    order = np.argsort(piece, kind="stable")
    pieces = np.searchsorted(piece[order], np.arange(2 * count + 1)).tolist()
    bases = np.concatenate(([0], vertex_ends[:-1]))
    local = (faces[order] - bases[owner[order], None]).astype(np.uint32).reshape(-1)
    cached = np.zeros_like(local)
    sizes = np.diff([0, *vertex_ends]).tolist()
    for n, (begin, end) in enumerate(itertools.pairwise(pieces)):
        if end > begin:
            optimize_vertex_cache(
                cached[3 * begin : 3 * end], local[3 * begin : 3 * end],
                3 * (end - begin), sizes[n // 2],
            )  # fmt: skip
    holder = np.repeat(owner[order], 3)
    used = cached + bases[holder]
    places, first = np.unique(used, return_index=True)
    ordered = places[np.argsort(first)].astype(np.intp)
    rank = np.zeros(int(vertex_ends[-1]) if count else 0, np.int64)
    rank[ordered] = np.arange(len(ordered))
    # Of each mesh all vertices stand together, so the first rank of a mesh is its smallest.
    begins = np.searchsorted(_mesh_of(ordered, vertex_ends), np.arange(count))
    ranked = (rank[used] - begins[holder]).astype(np.uint32).reshape(-1, 3)
    return ordered, ranked, pieces


def _mesh_of(vertices: NDArray[np.intp], vertex_ends: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.searchsorted(vertex_ends, vertices, side="right")
