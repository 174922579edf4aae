"""Bodies that lie nowhere near their model: a slip of a digit, a broken matrix, a lost unit.

One of them makes the whole compound a speck: every box around it, the tileset's and the camera's
too, reaches as far as it does, and single precision leaves the rest no detail.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fangma.spatial.mesh import Placements

#: Farther from the middle of its model than any compound is wide.
FARTHEST_M: Final = 20_000.0
# Farther from the origin than any projected coordinate, zone prefix included.
_NOWHERE_M: Final = 1e8


def set_aside_strays(placements: Placements) -> tuple[Placements, dict[int, float]]:
    """Take out the elements of which a part is not a number, or too far away.

    Parameters
    ----------
    placements : Placements
        All bodies of a model, model frame, metres.

    Returns
    -------
    placements : Placements
        Without them; the same object when there are none.
    strays : dict of int to float
        By element key: distance in metres, ``inf`` when it is no number.
    """
    if not len(placements.element):
        return placements, {}
    low, high = _boxes(placements)
    centres = (low + high) / 2.0
    with np.errstate(all="ignore"):
        from_origin = np.linalg.norm(centres, axis=1)
        corners = np.maximum(np.abs(low), np.abs(high)).max(axis=1)
        credible = np.flatnonzero(corners < _NOWHERE_M)  # false for what is not a number
        if len(credible):
            # An element that is there: the mean of two far apart would be near neither.
            order = credible[np.argsort(from_origin[credible], kind="stable")]
            middle = centres[order[(len(order) - 1) // 2]]
        else:
            middle = np.zeros(3)
        distance = np.maximum(np.abs(low - middle), np.abs(high - middle)).max(axis=1)
        is_stray = ~((distance <= FARTHEST_M) & (corners < _NOWHERE_M))
    if not is_stray.any():
        return placements, {}
    strays: dict[int, float] = {}
    for row in np.flatnonzero(is_stray):
        key = int(placements.element[row])
        far = float(distance[row])
        strays[key] = max(strays.get(key, 0.0), far if np.isfinite(far) else float("inf"))
    keep = ~np.isin(placements.element, np.fromiter(strays, dtype=np.int64))
    # The meshes stay: which of them are still placed is no business of the rows that are left.
    kept = replace(
        placements,
        element=placements.element[keep],
        mesh=placements.mesh[keep],
        matrix_model_from_local=placements.matrix_model_from_local[keep],
        kernel=placements.kernel[keep],
    )
    return kept, strays


def _boxes(placements: Placements) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Box every row: the moved corners of its mesh's box, (k, 3) low and high."""
    pick = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)], dtype=bool)
    corners = np.array(
        [np.where(pick, m.vertices.max(axis=0), m.vertices.min(axis=0)) for m in placements.meshes]
    )
    matrix = placements.matrix_model_from_local
    with np.errstate(all="ignore"):
        moved = np.einsum("kij,kpj->kpi", matrix[:, :3, :3], corners[placements.mesh])
        moved += matrix[:, None, :3, 3]
    return moved.min(axis=1), moved.max(axis=1)
