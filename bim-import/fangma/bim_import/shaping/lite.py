"""The kernel of ifc-lite (Rust): very fast, but only trusted with what can be checked.

It answers in world coordinates, with one colour a product, and refuses some files altogether.
Measured against OpenCASCADE on every element of the models in ``docs/kernels.md``: extrusions,
their clippings by half-spaces, openings and faceted B-reps are right; booleans between solids are
not. So it is given bodies of one colour made of the former; the checks of ``plausibility`` and the
next kernel catch the rest.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import ifclite_geom
import numpy as np

from fangma.bim_import.shaping.kernels import Built, Kernel, Source, clean_mesh
from fangma.bim_import.shaping.styles import pack_colour

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fangma.bim_import.shaping.jobs import Job


# It computes in single precision: farther out a millimetre is lost.
_FARTHEST_M = 2000.0


class LiteKernel:
    """ifclite-geom, many products a call."""

    batch = 100_000
    trust = 1

    def __init__(self, name: str, *, takes_anything: bool) -> None:
        self.name = name
        self._takes_anything = takes_anything

    def open(self, source: Source) -> None:
        """Read the bytes; the library parses them itself."""
        os.putenv("RAYON_NUM_THREADS", str(source.threads))
        self._content = source.path.read_bytes()

    def takes(self, job: Job) -> bool:
        """Take bodies of one colour made of extrusions, their clippings and faceted B-reps."""
        if job.matrix is None or job.is_outline:
            return False
        return self._takes_anything or (job.simple and job.colour is not None)

    def build(self, jobs: Sequence[Job]) -> Iterator[Built]:
        """Build all jobs in one call and carry each back into its product's frame."""
        wanted = {job.key for job in jobs}
        elements = ifclite_geom.geometry_data_buffers(self._content, ids=wanted)["elements"]
        for index, job in enumerate(jobs):
            element = elements.get(job.key)
            if element is None or job.matrix is None:
                continue
            vertices = np.frombuffer(element["vertices"], "<f8").reshape(-1, 3)
            triangles = np.frombuffer(element["faces"], "<u4").reshape(-1, 3)
            if not self._takes_anything and np.abs(vertices).max(initial=0.0) > _FARTHEST_M:
                continue
            local_from_model = np.linalg.inv(job.matrix)
            colour = job.colour
            if colour is None:
                red, green, blue, alpha = element["color"]
                colour = pack_colour(red, green, blue, 1.0 - alpha)
            colours = np.full(len(triangles), colour, dtype=np.uint32)
            mesh = (
                clean_mesh(
                    vertices @ local_from_model[:3, :3].T + local_from_model[:3, 3],
                    triangles,
                    colours,
                )
                if len(triangles)
                else None
            )
            yield Built(index=index, mesh=mesh)


def lite() -> Kernel:
    """Make the kernel for what it is trusted with."""
    return LiteKernel("ifclite", takes_anything=False)


def rescue() -> Kernel:
    """Make the kernel for what IfcOpenShell refuses: files whose statements it can't type."""
    return LiteKernel("ifclite-rescue", takes_anything=True)
