"""Kernels that misbehave on one named element, to prove that only that element pays.

Named on the command line of nothing: tests put this folder on ``sys.path`` and name the factories.
The element is told through its GlobalId, ``CULPRIT``.
"""

from __future__ import annotations

import ctypes
import time
from typing import TYPE_CHECKING

import numpy as np

from fangma.bim_import.shaping.kernels import Built, IfcOpenShellKernel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fangma.bim_import.shaping.jobs import Job
    from fangma.bim_import.shaping.kernels import Source

CULPRIT = "0000000000000000CULPRT"


class Misbehaving(IfcOpenShellKernel):
    """OpenCASCADE, except on the culprit."""

    def __init__(self, deed: str) -> None:
        super().__init__(deed, "opencascade", trust=1)

    def open(self, source: Source) -> None:
        super().open(source)
        self._culprit = source.model.by_guid(CULPRIT).id()

    def build(self, jobs: Sequence[Job]) -> Iterator[Built]:
        if all(job.key != self._culprit for job in jobs):
            yield from super().build(jobs)
        elif self.name == "hang":
            time.sleep(60)
        elif self.name == "crash":
            ctypes.string_at(0)
        elif self.name == "starve":
            yield Built(index=0, mesh=None, matrix=np.zeros((1 << 17, 1 << 17)))
        elif self.name == "shrink":
            for built in super().build(jobs):
                assert built.mesh is not None
                built.mesh.vertices[:] *= 0.5
                yield built
        else:
            yield Built(index=0, mesh=None)


def hang() -> Misbehaving:
    return Misbehaving("hang")


def crash() -> Misbehaving:
    return Misbehaving("crash")


def starve() -> Misbehaving:
    return Misbehaving("starve")


def lose() -> Misbehaving:
    return Misbehaving("lose")


def shrink() -> Misbehaving:
    return Misbehaving("shrink")
