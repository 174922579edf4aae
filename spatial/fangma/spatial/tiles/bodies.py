"""Which shapes a tile draws where, sorted so that equal input gives equal bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fangma.spatial.tiles.errors import TileError
from fangma.spatial.tiles.skins import Skin, skin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fangma.spatial.mesh import Mesh, Placements
    from fangma.spatial.tiles.features import Features


class Skins:
    """The skins of a model's meshes, each made when first asked for and kept."""

    def __init__(self, meshes: Sequence[Mesh]) -> None:
        self._meshes = meshes
        self._made: dict[int, Skin] = {}

    def __getitem__(self, mesh: int) -> Skin:
        found = self._made.get(mesh)
        if found is None:
            found = self._made[mesh] = skin(self._meshes[mesh])
        return found


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
    rows = rows[[skins[int(mesh)].triangle_count > 0 for mesh in placements.mesh[rows]]]
    if not len(rows):
        return None
    matrices = placements.matrix_model_from_local[rows]
    bottom = np.array([0.0, 0.0, 0.0, 1.0])
    if not np.isfinite(matrices).all() or not (matrices[:, 3] == bottom).all():
        raise TileError(
            "found a placement that is not finite or not affine, expected 4 x 4 with 0 0 0 1 below",
            "leave the element out and report it",
        )
    boxes = np.stack(
        [
            _box(skins[int(mesh)], matrix)
            for mesh, matrix in zip(placements.mesh[rows], matrices, strict=True)
        ]
    )
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


def _box(shape: Skin, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lower and upper corner of a placed skin, exact, (2, 3)."""
    placed = matrix[:3, :3] @ shape.positions.T
    return np.stack((placed.min(axis=1), placed.max(axis=1))) + matrix[:3, 3]


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
