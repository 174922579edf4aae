"""What a storey or a building looks like from afar: simpler shapes, small things left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import meshoptimizer
import numpy as np

from fangma.spatial.mesh import Mesh
from fangma.spatial.tiles.skins import welded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fangma.spatial.mesh import Placements


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How much a tile may leave out.

    Attributes
    ----------
    name : str
        ``storey`` or ``envelope``.
    error_m : float
        How far a surface may move.
    smallest_m : float
        Bodies with a shorter diagonal are left out; this is the tile's geometric error, since
        what is missing is what one would notice first.
    """

    name: str
    error_m: float
    smallest_m: float


STOREY: Final = Level(name="storey", error_m=0.05, smallest_m=0.25)
ENVELOPE: Final = Level(name="envelope", error_m=0.12, smallest_m=1.5)


def coarsened(placements: Placements, level: Level) -> Placements:
    """Simplify every shape once and leave out the bodies that are too small.

    Parameters
    ----------
    placements : Placements
        Any.
    level : Level
        What may go.

    Returns
    -------
    placements : Placements
        Fewer rows of simpler meshes; indices into ``meshes`` are kept.
    """
    scale = np.linalg.norm(placements.matrix_model_from_local[:, :3, :3], axis=1).max(
        axis=1, initial=0.0
    )
    diagonal = np.array([_diagonal(mesh) for mesh in placements.meshes] or [0.0])
    kept = diagonal[placements.mesh] * scale >= level.smallest_m
    # A shape that is placed enlarged must be kept as much finer.
    largest = np.zeros(len(placements.meshes))
    np.maximum.at(largest, placements.mesh[kept], scale[kept])
    return replace(
        placements,
        meshes=tuple(
            simplified(mesh, level.error_m / size) if size > 0 else mesh
            for mesh, size in zip(placements.meshes, largest, strict=True)
        ),
        element=placements.element[kept],
        mesh=placements.mesh[kept],
        matrix_model_from_local=placements.matrix_model_from_local[kept],
        kernel=placements.kernel[kept],
    )


def simplified(mesh: Mesh, error_m: float) -> Mesh:
    """Collapse what lies within ``error_m`` of the surface, colour by colour.

    Returns
    -------
    mesh : Mesh
        At most as many triangles; none where the whole shape is smaller than the error.
    """
    points, triangles = welded(mesh.vertices, mesh.triangles)
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=1))
    whole = finite[triangles].all(axis=1)
    triangles, colours = triangles[whole], mesh.colours[whole]
    centre = points[finite].mean(axis=0) if finite.any() else np.zeros(3)
    single = np.where(finite[:, None], points - centre, 0.0).astype(np.float32)
    kept: list[NDArray[np.uint32]] = [np.zeros((0, 3), np.uint32)]
    shades = [np.zeros(0, np.uint32)]
    for colour in np.unique(colours):
        indices = np.ascontiguousarray(triangles[colours == colour].reshape(-1))
        fewer = np.zeros_like(indices)
        count = meshoptimizer.simplify(
            fewer,
            indices,
            single,
            target_index_count=0,
            target_error=error_m,
            options=meshoptimizer.SIMPLIFY_ERROR_ABSOLUTE | meshoptimizer.SIMPLIFY_PRUNE,
        )
        kept.append(fewer[:count].reshape(-1, 3))
        shades.append(np.full(count // 3, colour, np.uint32))
    return Mesh(
        vertices=points,
        triangles=np.concatenate(kept),
        colours=np.concatenate(shades),
    )


def _diagonal(mesh: Mesh) -> float:
    used = mesh.vertices[np.isfinite(mesh.vertices).all(axis=1)]
    return float(np.linalg.norm(np.ptp(used, axis=0))) if len(used) else 0.0
