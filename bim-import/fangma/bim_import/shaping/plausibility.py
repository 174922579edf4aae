"""Is this mesh what the representation describes? Doubts send a body to the next kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fangma.spatial.vectors import cross

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fangma.bim_import.shaping.expectation import Expected
    from fangma.bim_import.shaping.jobs import Job
    from fangma.spatial.mesh import Mesh

_BOX_TOLERANCE_M = 0.005
_BOX_TOLERANCE_RATIO = 0.005  # chords of circles lie inside them
_VOLUME_TOLERANCE = 0.03
_WELD_M = 1e-5
_MATRIX_TOLERANCE_M = 1e-3


def enclosed_volume(mesh: Mesh) -> float:
    """Measure the volume within a mesh by divergence, m3; meaningless when it is not closed."""
    corners = mesh.vertices[mesh.triangles]
    corners = corners - corners.reshape(-1, 3).mean(axis=0)
    crossed = cross(corners[:, 1], corners[:, 2])
    return float(np.einsum("ij,ij->", corners[:, 0], crossed)) / 6.0


def is_closed(mesh: Mesh) -> bool:
    """Tell whether each edge is walked as often either way, vertices welded at 0.01 mm."""
    grid = np.round(mesh.vertices / _WELD_M).astype(np.int64)
    _, welded = np.unique(grid, axis=0, return_inverse=True)
    faces = welded.reshape(-1)[mesh.triangles].astype(np.int64)
    start = faces.reshape(-1)
    end = faces[:, [1, 2, 0]].reshape(-1)
    proper = start != end
    low, high = np.minimum(start, end)[proper], np.maximum(start, end)[proper]
    sign = np.where(start < end, 1, -1)[proper]
    _, edge = np.unique(low * (int(faces.max()) + 1) + high, return_inverse=True)
    return not np.bincount(edge, weights=sign).any()


def doubt_place(job: Job, matrix: NDArray[np.float64] | None) -> str | None:
    """Compare the placement that was read with the kernel's own."""
    if job.matrix is None or matrix is None:
        return None
    off = float(np.abs(job.matrix - matrix).max())
    return f"placement differs by {off:.3g}" if off > _MATRIX_TOLERANCE_M else None


def doubt(job: Job, expected: Expected | None, mesh: Mesh | None) -> str | None:
    """Say what is wrong with a mesh; None when nothing is.

    Parameters
    ----------
    job : Job
        What was to be built.
    expected : Expected, optional
        Box and volume in the frame of the job's product, metres; None when nothing is known.
    mesh : Mesh, optional
        In the frame of the job's product, metres; None when the kernel gave nothing.

    Returns
    -------
    reason : str or None
        In words for a finding.
    """
    if mesh is None or not len(mesh.triangles):
        return "nothing came out"
    volume_is_known = False
    if expected is not None:
        used = mesh.vertices[mesh.triangles.reshape(-1)]
        low, high = used.min(axis=0), used.max(axis=0)
        size = float(np.linalg.norm(expected.high - expected.low))
        tolerance = _BOX_TOLERANCE_M + _BOX_TOLERANCE_RATIO * size + expected.slack
        over = max(float((expected.low - low).max()), float((high - expected.high).max()))
        if over > tolerance:
            return f"it sticks out of the expected box by {over:.3g} m"
        if not (job.is_cut or expected.is_bound):
            short = max(float((low - expected.low).max()), float((expected.high - high).max()))
            if short > tolerance:
                return f"it falls short of the expected box by {short:.3g} m"
        if expected.volume is not None:
            volume_is_known = True
            volume, whole = enclosed_volume(mesh), expected.volume
            if job.is_cut or expected.is_bound:
                if not 0.0 < abs(volume) <= whole * (1.0 + _VOLUME_TOLERANCE):
                    return f"its volume is {volume:.3g} m3 of at most {whole:.3g}"
            elif abs(abs(volume) - whole) > _VOLUME_TOLERANCE * whole:
                return f"its volume is {volume:.3g} m3, not {whole:.3g}"
    if job.should_close and (job.is_cut or not volume_is_known) and not is_closed(mesh):
        return "its surface is not closed"
    return None
