"""The floor of a room that has no body but lines around it: flat, and as large as they enclose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ifcopenshell.geom
import numpy as np
import shapely
from ifcopenshell import ifcopenshell_wrapper

from fangma.bim_import.shaping.kernels import Built, Kernel, Source, clean_mesh

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from fangma.bim_import.shaping.jobs import Job
    from fangma.spatial.mesh import Mesh

_WELD_M = 1e-4


class FootprintKernel:
    """Fills the outlines of rooms (``FootPrint``, ISO 16739-1:2024, 5.4.3.58) with triangles."""

    name = "footprint"
    batch = 1
    trust = 0

    def open(self, source: Source) -> None:
        """Let OpenCASCADE give curves as chords."""
        self._model = source.model
        self._unit_m = source.unit_m
        settings: Any = ifcopenshell.geom.settings()  # typed loosely, as in ``kernels``
        for name, value in (
            ("use-world-coords", False),
            ("convert-back-units", True),
            ("dimensionality", ifcopenshell_wrapper.CURVES_SURFACES_AND_SOLIDS),
        ):
            settings.set(name, value)
        self._settings = settings

    def takes(self, job: Job) -> bool:
        """Take outlines and nothing else."""
        return job.is_outline

    def build(self, jobs: Sequence[Job]) -> Iterator[Built]:
        """Fill the outline of each room; a ring within another is a hole."""
        create_shape: Any = ifcopenshell.geom.create_shape
        for index, job in enumerate(jobs):
            shape: Any = create_shape(
                self._settings,
                self._model.by_id(job.key),
                self._model.by_id(job.body),
                geometry_library="opencascade",
            )
            vertices = np.frombuffer(shape.geometry.verts_buffer, "<f8").reshape(-1, 3)
            edges = np.array(shape.geometry.edges, dtype=np.int64).reshape(-1, 2)
            mesh = fill(vertices * self._unit_m, edges, 0 if job.colour is None else job.colour)
            yield Built(index=index, mesh=mesh)


def fill(vertices: NDArray[np.float64], edges: NDArray[np.int64], colour: int) -> Mesh | None:
    """Fill the area that lines enclose in plan.

    Parameters
    ----------
    vertices : (n, 3) float64
        Metres; the lines are taken to lie at the height of the lowest.
    edges : (m, 2) int64
        Vertex indices of the ends of each line.
    colour : int
        Packed, of all triangles.

    Returns
    -------
    mesh : Mesh or None
        None when the lines enclose nothing.
    """
    if not len(edges) or not np.isfinite(vertices).all():
        return None
    plan = np.round(vertices[:, :2] / _WELD_M) * _WELD_M
    area = shapely.build_area(shapely.union_all(shapely.linestrings(plan[edges])))
    pieces = shapely.get_parts(shapely.constrained_delaunay_triangles(area))
    if not len(pieces):
        return None
    corners = shapely.get_coordinates(pieces).reshape(-1, 4, 2)[:, :3]
    up = shapely.is_ccw(shapely.get_exterior_ring(pieces))
    corners[~up] = corners[~up][:, ::-1]
    flat = corners.reshape(-1, 2)
    heights = np.full(len(flat), vertices[:, 2].min())
    triangles = np.arange(len(flat), dtype=np.uint32).reshape(-1, 3)
    colours = np.full(len(triangles), colour, dtype=np.uint32)
    return clean_mesh(np.column_stack([flat, heights]), triangles, colours)


def footprint() -> Kernel:
    """Rooms that are drawn in plan only."""
    return FootprintKernel()
