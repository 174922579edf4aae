"""Kernels turn a representation into triangles. They are foreign code: assume that they fail.

A kernel runs in a process of its own (``workers``), so it may hang, crash or answer nonsense. To
add one, write a class like those below and name it in ``Kernels`` as ``"module:Class"``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import ifcopenshell.geom
import numpy as np

from fangma.bim_import.shaping.styles import pack_colour
from fangma.spatial.mesh import Mesh

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from fangma.bim_import.shaping.jobs import Job

# Chords deviate by 1 mm or 20 degrees at most, as the iterator's own default has it.
_DEFLECTION_M = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The file that a kernel works on."""

    path: Path
    model: ifcopenshell.file
    unit_m: float
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a kernel made of a job: a mesh in the frame of the product, metres.

    Attributes
    ----------
    index : int
        Place of the job in the sequence that the kernel was given.
    mesh : Mesh or None
        None when the kernel had nothing to give.
    matrix : (4, 4) float64 or None
        Where the kernel puts the product, metres; None when it doesn't know.
    """

    index: int
    mesh: Mesh | None
    matrix: NDArray[np.float64] | None = None


class Kernel(Protocol):
    """What a kernel must be able to do."""

    name: str
    batch: int  # jobs that it takes at once
    trust: int  # of two doubtful answers the more trusted kernel's is shown

    def open(self, source: Source) -> None:
        """Get ready; called once in each process, before the first job."""
        ...

    def takes(self, job: Job) -> bool:
        """Tell whether this kernel is to be trusted with a job at all."""
        ...

    def build(self, jobs: Sequence[Job]) -> Iterator[Built]:
        """Build jobs one after another; raise RuntimeError when one can't be built."""
        ...


def clean_mesh(
    vertices: NDArray[np.float64], triangles: NDArray[np.uint32], colours: NDArray[np.uint32]
) -> Mesh | None:
    """Drop triangles that name a vertex twice; None when nothing finite is left."""
    first, second, third = triangles.T
    proper = (first != second) & (second != third) & (first != third)
    if not proper.any() or not np.isfinite(vertices).all():
        return None
    return Mesh(vertices=vertices, triangles=triangles[proper], colours=colours[proper])


class IfcOpenShellKernel:
    """One of the geometry libraries that IfcOpenShell carries, one product at a time."""

    batch = 1

    def __init__(self, name: str, library: str, *, trust: int) -> None:
        self.name = name
        self.trust = trust
        self._library = library

    def open(self, source: Source) -> None:
        """Set the kernel to file units: it misreads some conversion-based units (inches)."""
        self._model = source.model
        self._unit_m = source.unit_m
        # Typed loosely: the wrapper enumerates every name and every kind of result.
        settings: Any = ifcopenshell.geom.settings()
        for name, value in (
            ("use-world-coords", False),
            ("convert-back-units", True),
            ("apply-default-materials", False),
            ("no-normals", True),
            ("mesher-linear-deflection", _DEFLECTION_M),
            ("circle-segments", 32),
        ):
            settings.set(name, value)
        self._settings = settings

    def takes(self, job: Job) -> bool:
        """Take every body."""
        return not job.is_outline

    def build(self, jobs: Sequence[Job]) -> Iterator[Built]:
        """Build each product with its openings cut."""
        create_shape: Any = ifcopenshell.geom.create_shape
        for index, job in enumerate(jobs):
            shape: Any = create_shape(
                self._settings,
                self._model.by_id(job.key),
                self._model.by_id(job.body),
                geometry_library=self._library,
            )
            geometry = shape.geometry
            vertices = np.frombuffer(geometry.verts_buffer, "<f8").reshape(-1, 3) * self._unit_m
            triangles = np.frombuffer(geometry.faces_buffer, "<i4").reshape(-1, 3)
            matrix = np.array(shape.transformation.matrix, dtype=np.float64).reshape(4, 4).T
            matrix[:3, 3] *= self._unit_m
            palette = [
                pack_colour(
                    style.diffuse.r(), style.diffuse.g(), style.diffuse.b(),
                    style.transparency if style.has_transparency() else 0.0,
                )
                for style in geometry.materials
            ]  # fmt: skip
            colours = np.array([*palette, 0], dtype=np.uint32)[
                np.frombuffer(geometry.material_ids_buffer, "<i4")
            ]
            mesh = (
                clean_mesh(vertices, triangles.astype(np.uint32), colours)
                if len(triangles)
                else None
            )
            yield Built(index=index, mesh=mesh, matrix=matrix)


def hybrid() -> Kernel:
    """CGAL without exact numbers first, OpenCASCADE where that gives up."""
    return IfcOpenShellKernel("hybrid", "hybrid-cgal-simple-opencascade", trust=2)


def opencascade() -> Kernel:
    """OpenCASCADE's B-rep booleans: slow and the most faithful."""
    return IfcOpenShellKernel("opencascade", "opencascade", trust=3)
