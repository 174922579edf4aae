"""What a storey or a building looks like from afar: simpler shapes, small things left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import meshoptimizer
import numpy as np

from fangma.spatial.mesh import Mesh
from fangma.spatial.tiles.skins import batches, weld_all

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    left, errors_m = left_afar(placements, level)
    meshes = list(left.meshes)
    fewer = simplified([meshes[index] for index in errors_m], list(errors_m.values()))
    for index, mesh in zip(errors_m, fewer, strict=True):
        meshes[index] = mesh
    return replace(left, meshes=tuple(meshes))


def left_afar(placements: Placements, level: Level) -> tuple[Placements, dict[int, float]]:
    """Leave out the bodies that are too small, and say how much each shape may be simplified.

    Returns
    -------
    placements : Placements
        Fewer rows of the same meshes.
    errors_m : dict of int to float
        How far the surface may move, metres, by the index of each mesh that is left.
    """
    scale = np.linalg.norm(placements.matrix_model_from_local[:, :3, :3], axis=1).max(
        axis=1, initial=0.0
    )
    diagonal = np.array([_diagonal(mesh) for mesh in placements.meshes] or [0.0])
    kept = diagonal[placements.mesh] * scale >= level.smallest_m
    # A shape that is placed enlarged must be kept as much finer.
    largest = np.zeros(len(placements.meshes))
    np.maximum.at(largest, placements.mesh[kept], scale[kept])
    wanted = np.flatnonzero(largest > 0)
    left = replace(
        placements,
        element=placements.element[kept],
        mesh=placements.mesh[kept],
        matrix_model_from_local=placements.matrix_model_from_local[kept],
        kernel=placements.kernel[kept],
    )
    errors_m = (level.error_m / largest[wanted]).tolist()
    return left, dict(zip(wanted.tolist(), errors_m, strict=True))


def simplified(meshes: Sequence[Mesh], errors_m: Sequence[float]) -> list[Mesh]:
    """Collapse what lies within an error of the surface, colour by colour.

    Parameters
    ----------
    meshes : sequence of Mesh
        Any.
    errors_m : sequence of float
        How far the surface of each may move.

    Returns
    -------
    meshes : list of Mesh
        At most as many triangles; none where the whole shape is smaller than the error.
    """
    found: list[Mesh] = []
    for batch in batches(meshes):
        points, triangles, owner, begins = weld_all(batch)
        faces = np.searchsorted(owner, np.arange(len(batch) + 1))
        for n, mesh in enumerate(batch):
            found.append(
                _simplified(
                    points[begins[n] : begins[n + 1]],
                    triangles[faces[n] : faces[n + 1]] - np.uint32(begins[n]),
                    mesh.colours,
                    errors_m[len(found)],
                )
            )
    return found


def _simplified(
    points: NDArray[np.float64],
    triangles: NDArray[np.uint32],
    colours: NDArray[np.uint32],
    error_m: float,
) -> Mesh:
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=1))
    if not finite.all():
        whole = finite[triangles].all(axis=1)
        triangles, colours = triangles[whole], colours[whole]
    centre = points[finite].mean(axis=0) if finite.any() else np.zeros(3)
    single = np.where(finite[:, None], points - centre, 0.0).astype(np.float32)
    kept: list[NDArray[np.uint32]] = [np.zeros((0, 3), np.uint32)]
    shades = [np.zeros(0, np.uint32)]
    palette = np.unique(colours)
    for colour in palette:
        chosen = triangles if len(palette) == 1 else triangles[colours == colour]
        indices = np.ascontiguousarray(chosen.reshape(-1))
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
