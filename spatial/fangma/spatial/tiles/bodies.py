"""Which shapes a tile draws where, sorted so that equal input gives equal bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.spatial.tiles.coarse import simplified
from fangma.spatial.tiles.errors import TileError
from fangma.spatial.tiles.skins import Skin, make_skins

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from fangma.spatial.mesh import Mesh, Placements
    from fangma.spatial.tiles.features import Features

# Bodies whose vertices are gone through at once.
_AT_ONCE: Final = 1024


class Skins:
    """The skins of a model's meshes, made when first asked for and kept.

    Parameters
    ----------
    meshes : sequence of Mesh
        At full detail.
    errors_m : mapping of int to float, optional
        How far the surface of a mesh may move before its skin is made, metres, by its index.
    known : mapping of bytes to Skin, optional
        Skins from before, by what they were made of: see :attr:`named`.
    """

    def __init__(
        self,
        meshes: Sequence[Mesh],
        errors_m: Mapping[int, float] = MappingProxyType({}),
        known: Mapping[bytes, Skin] = MappingProxyType({}),
    ) -> None:
        self._meshes = meshes
        self._errors_m = errors_m
        self._known = known
        self._made: dict[int, Skin] = {}
        self._names: dict[int, bytes] = {}

    def __getitem__(self, mesh: int) -> Skin:
        found = self._made.get(mesh)
        if found is None:
            self.make([mesh])
            found = self._made[mesh]
        return found

    def make(self, meshes: Iterable[int]) -> None:
        """Make many at once, which is far cheaper than one by one."""
        missing = [mesh for mesh in dict.fromkeys(meshes) if mesh not in self._made]
        if self._known:
            for mesh in missing:
                found = self._known.get(self._name(mesh))
                if found is not None:
                    self._made[mesh] = found
            missing = [mesh for mesh in missing if mesh not in self._made]
        shapes = {mesh: self._meshes[mesh] for mesh in missing}
        rough = {mesh: self._errors_m[mesh] for mesh in missing if mesh in self._errors_m}
        fewer = simplified([shapes[mesh] for mesh in rough], list(rough.values()))
        shapes.update(zip(rough, fewer, strict=True))
        skins = make_skins([shapes[mesh] for mesh in missing])
        self._made.update(zip(missing, skins, strict=True))

    @property
    def named(self) -> dict[bytes, Skin]:
        """The skins that were asked for, by a hash of what they were made of."""
        return {self._name(mesh): skin for mesh, skin in self._made.items()}

    def _name(self, mesh: int) -> bytes:
        """Hash a mesh and how far its surface may move."""
        found = self._names.get(mesh)
        if found is None:
            shape = self._meshes[mesh]
            total = blake2b(struct.pack("<d", self._errors_m.get(mesh, 0.0)), digest_size=16)
            for column in (shape.vertices, shape.triangles, shape.colours):
                total.update(f"{column.dtype.str}{column.shape}".encode())
                total.update(np.ascontiguousarray(column).data)
            found = self._names[mesh] = total.digest()
        return found

    def triangle_counts(self, meshes: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the triangles of each of some meshes, which may repeat."""
        distinct, row = np.unique(meshes, return_inverse=True)
        self.make(distinct.tolist())
        counts = [self._made[mesh].triangle_count for mesh in distinct.tolist()]
        return np.array(counts, np.int64)[row]

    def middles(self, meshes: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the mean of the vertices of each of some meshes, (n, 3); NaN without any."""
        distinct, row = np.unique(meshes, return_inverse=True)
        self.make(distinct.tolist())
        shapes = (self._made[mesh].positions for mesh in distinct.tolist())
        means = [p.mean(axis=0) if len(p) else np.full(3, np.nan) for p in shapes]
        return np.array(means).reshape(-1, 3)[row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One shape and all its places in a tile.

    Attributes
    ----------
    skin : Skin
        The shape.
    feature : (k,) int64
        Feature id of each place.
    matrix_content_from_local : (k, 4, 4) float64
        z up, metres, relative to the tile's origin.
    """

    skin: Skin
    feature: NDArray[np.int64]
    matrix_content_from_local: NDArray[np.float64]

    @property
    def drawn_triangles(self) -> int:
        """Triangles over all places."""
        return self.skin.triangle_count * len(self.feature)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What one tile draws.

    Attributes
    ----------
    bodies : tuple of Body
        In the order in which they are written, neighbours near each other.
    features : Features
        Row = feature id; elements without a visible triangle are left out.
    origin : (3,) float64
        Of the content, in the model frame.
    lower, upper : (3,) float64
        Corners of the box around everything, relative to the origin, z up.
    """

    bodies: tuple[Body, ...]
    features: Features
    origin: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


def scene(
    placements: Placements,
    features: Features,
    skins: Skins,
    origin: NDArray[np.float64] | None = None,
) -> Scene | None:
    """Gather the bodies of some elements.

    Parameters
    ----------
    placements : Placements
        May hold other elements too.
    features : Features
        The elements that the tile shows.
    skins : Skins
        Of ``placements.meshes``.
    origin : (3,) float64, optional
        Of the content in the model frame; else the middle of the bodies, in whole metres.

    Returns
    -------
    scene : Scene or None
        None when none of the elements has a visible triangle. The same for any order of rows.

    Raises
    ------
    TileError
        When a matrix is not finite or not affine.
    """
    order = np.argsort(features.element)
    rows = np.flatnonzero(np.isin(placements.element, features.element))
    rows = rows[skins.triangle_counts(placements.mesh[rows]) > 0]
    if not len(rows):
        return None
    matrices = placements.matrix_model_from_local[rows]
    bottom = np.array([0.0, 0.0, 0.0, 1.0])
    if not np.isfinite(matrices).all() or not (matrices[:, 3] == bottom).all():
        raise TileError(
            "found a placement that is not finite or not affine, expected 4 x 4 with 0 0 0 1 below",
            "leave the element out and report it",
        )
    boxes = _boxes([skins[mesh].positions for mesh in placements.mesh[rows].tolist()], matrices)
    lower, upper = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
    if origin is None:
        origin = np.round((lower + upper) / 2)
    local = matrices.copy()
    local[:, :3, 3] -= origin

    digests = [skins[int(mesh)].digest for mesh in placements.mesh[rows]]
    row_feature = order[np.searchsorted(features.element[order], placements.element[rows])]
    ordinal = features.ordinal[row_feature]
    near = _morton(boxes.mean(axis=1), lower, upper)
    keys = sorted(
        range(len(rows)), key=lambda i: (near[i], digests[i], ordinal[i], local[i].tobytes())
    )
    groups: dict[bytes, list[int]] = {}
    for i in keys:
        groups.setdefault(digests[i], []).append(i)
    # Feature ids in the order of writing: they then rise slowly along the vertices.
    shown = list(dict.fromkeys(int(row_feature[i]) for group in groups.values() for i in group))
    number = {feature: place for place, feature in enumerate(shown)}
    bodies = tuple(
        Body(
            skin=skins[int(placements.mesh[rows[group[0]]])],
            feature=np.array([number[int(row_feature[i])] for i in group], dtype=np.int64),
            matrix_content_from_local=local[group],
        )
        for group in groups.values()
    )
    return Scene(
        bodies=bodies,
        features=features.taken(np.array(shown, dtype=np.intp)),
        origin=origin,
        lower=lower - origin,
        upper=upper - origin,
    )


def corners_of(lower: NDArray[np.float64], upper: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the eight corners of a box, (8, 3)."""
    picks = np.array([[(n >> axis) & 1 for axis in range(3)] for n in range(8)])
    return np.where(picks == 1, upper, lower)


def _boxes(
    shapes: Sequence[NDArray[np.float64]], matrices: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Lower and upper corners of placed vertices, exact, (n, 2, 3)."""
    boxes = np.zeros((len(shapes), 2, 3))
    for begin in range(0, len(shapes), _AT_ONCE):
        some = shapes[begin : begin + _AT_ONCE]
        sizes = np.array([len(shape) for shape in some])
        placed = turned(matrices[begin : begin + _AT_ONCE, :3, :3], np.concatenate(some), sizes)
        starts = np.cumsum(sizes) - sizes
        boxes[begin : begin + _AT_ONCE, 0] = np.minimum.reduceat(placed, starts)
        boxes[begin : begin + _AT_ONCE, 1] = np.maximum.reduceat(placed, starts)
    return boxes + matrices[:, None, :3, 3]


def turned(
    linear: NDArray[np.float64], points: NDArray[np.float64], sizes: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Apply a (3, 3) matrix each to so many points, one run of points after the other.

    Returns
    -------
    points : (n, 3) float64
        Column by column in memory: what follows goes through one coordinate after the other.
    """
    x, y, z = np.ascontiguousarray(points.T)
    columns = np.zeros((3, len(points)))
    for i, column in enumerate(columns):
        a, b, c = (np.repeat(linear[:, i, j], sizes) for j in range(3))
        np.add(np.add(a * x, b * y, out=column), c * z, out=column)
    return columns.T


def _morton(
    centres: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Rank places along a curve that keeps neighbours together, 10 bits an axis."""
    size = max(float((upper - lower).max()), 1e-9)
    cells = np.clip((centres - lower) / size * 1023, 0, 1023).astype(np.int64)
    code = np.zeros(len(cells), np.int64)
    for bit in range(10):
        for axis in range(3):
            code |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return code
