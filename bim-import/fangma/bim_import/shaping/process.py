"""The process that lists the work, minds the kernels and packs the result.

It is forked from the process that has opened the file, or else opens it itself.
``python -m fangma.bim_import.shaping.process FD`` is started by ``stage``; nobody calls it by hand.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import ifcopenshell
import ifcopenshell.util.unit
import numpy as np

from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.forking import AbandonedError
from fangma.bim_import.shaping.axes import SweptAxis, read_axis
from fangma.bim_import.shaping.expectation import bound_points, expect_body
from fangma.bim_import.shaping.jobs import Job, list_jobs
from fangma.bim_import.shaping.kernels import Kernel, Source
from fangma.bim_import.shaping.messages import Answer, Doubtful, Progress, Refusal, Request
from fangma.bim_import.shaping.packing import Packer, box_mesh
from fangma.bim_import.shaping.primitives import restate_cylinders
from fangma.bim_import.shaping.reading import READ_ERRORS, called
from fangma.bim_import.shaping.strays import FARTHEST_M, set_aside_strays
from fangma.bim_import.shaping.workers import Crew, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.spatial.mesh import Mesh

BOX = "box"
_PROGRESS_EVERY_S = 0.1


@dataclass(slots=True)
class _Best:
    """The best answer for a job so far, and why the earlier ones were not taken."""

    outcome: Outcome | None = None
    history: list[str] = field(default_factory=list)


def load_kernel(name: str) -> Kernel:
    """Make the kernel that ``"module:factory"`` names."""
    module, _, factory = name.partition(":")
    kernel: Kernel = getattr(importlib.import_module(module), factory)()
    return kernel


class Shaping:
    """One request being worked off."""

    def __init__(
        self,
        request: Request,
        pipe: Connection,
        model: ifcopenshell.file | None = None,
        digests: Mapping[int, bytes] = MappingProxyType({}),
    ) -> None:
        self._request = request
        self._digests = digests
        self._model = model
        self._pipe = pipe
        self._findings: list[Finding] = []
        self._doubtful: dict[int, Doubtful] = {}
        self._fallbacks = 0
        self._done = 0
        self._told_at = 0.0

    def _find(
        self,
        severity: Severity,
        rule: str,
        guid: str,
        message: str,
        remedy: str,
        body_of: tuple[int, str] | None = None,
    ) -> None:
        """Tell something; of a body (key, what its element is called) as long as it is shown."""
        finding = Finding(
            severity=severity, rule=rule, element=guid, message=message, remedy=remedy
        )
        self._findings.append(finding)
        if body_of is not None:
            self._doubtful[body_of[0]] = Doubtful(called=body_of[1], finding=finding)

    def _tell_progress(self, total: int) -> None:
        now = time.monotonic()
        if self._done == total or now - self._told_at >= _PROGRESS_EVERY_S:
            self._told_at = now
            self._pipe.send(Progress(done=self._done, total=total))

    def _box_of(self, model: ifcopenshell.file, job: Job, unit_m: float) -> Mesh | None:
        expected = expect_body(model, job.body, unit_m)
        if expected is not None:
            return box_mesh(expected.low, expected.high)
        try:
            found = bound_points(model, model.by_id(job.body))
        except READ_ERRORS:
            return None
        if found is None or not (np.isfinite(found.low).all() and np.isfinite(found.high).all()):
            return None
        return box_mesh(found.low * unit_m, found.high * unit_m)

    def _settle(
        self, model: ifcopenshell.file, job: Job, best: _Best, packer: Packer, unit_m: float
    ) -> None:
        """Take the best answer of a job, or a box, and say what was not as it should be."""
        names = packer.kernels
        outcome = best.outcome
        story = "; ".join(best.history)
        members = job.members
        if outcome is not None and outcome.mesh is not None:
            if outcome.matrix is not None and (
                job.matrix is None or (outcome.doubt or "").startswith("placement")
            ):
                members = self._replaced(job, outcome)
            packer.add(outcome.mesh, outcome.kernel, members)
            for key, _ in members if outcome.doubt is not None else ():
                name = called(model, key)
                self._find(
                    Severity.WARNING,
                    "shape-doubtful",
                    str(model.by_id(key).GlobalId),
                    f"The body of {name} could not be built beyond doubt; what "
                    f"{names[outcome.kernel]} made of it is shown ({story}).",
                    "Compare it with the authoring tool and export it anew if it is wrong.",
                    body_of=(key, name),
                )
            return
        mesh = self._box_of(model, job, unit_m)
        is_boxed = mesh is not None and job.matrix is not None
        if mesh is not None and is_boxed:
            packer.add(mesh, names.index(BOX), members)
        for key, _ in members:
            name = called(model, key)
            self._find(
                Severity.WARNING,
                "shape-box" if is_boxed else "shape-missing",
                str(model.by_id(key).GlobalId),
                f"The body of {name} could not be built ({story}); "
                + ("its bounding box is shown." if is_boxed else "it has no shape."),
                "Repair the element's geometry in the authoring tool and import it anew.",
                body_of=(key, name),
            )

    def _replaced(self, job: Job, outcome: Outcome) -> list[tuple[int, np.ndarray]]:
        """Place the members by the kernel's own matrix, for want of one that could be read."""
        if outcome.matrix is None:
            return job.members
        if job.matrix is None:
            return [(key, outcome.matrix) for key, _ in job.members]
        correction = outcome.matrix @ np.linalg.inv(job.matrix)
        return [(key, correction @ matrix) for key, matrix in job.members]

    def _tell_strays(self, model: ifcopenshell.file, strays: dict[int, float]) -> None:
        for key, distance in strays.items():
            self._find(
                Severity.WARNING,
                "shape-astray",
                str(model.by_id(key).GlobalId),
                f"The body of {called(model, key)} reaches {distance / 1000.0:,.0f} km from the "
                f"middle of the model, at most {FARTHEST_M / 1000.0:.0f} are believed; it has no "
                "shape.",
                "Bring the element back to the building in the authoring tool and import it anew.",
            )

    def run(self) -> Answer | Refusal:
        """Do all the work of the request."""
        request = self._request
        try:
            model = self._model or ifcopenshell.open(request.path)
            unit_m = request.unit_m or ifcopenshell.util.unit.calculate_unit_scale(model)
        except (RuntimeError, OSError, AttributeError, ifcopenshell.Error) as error:
            return Refusal(
                message=f"{Path(request.path).name} can't be opened: {error}",
                remedy="Export the model again; check that the file is whole.",
            )
        restate_cylinders(model)
        work = list_jobs(model, request.keys, unit_m, self._digests)
        for lost in work.unreadable:
            self._find(
                Severity.WARNING, "shape-unreadable", lost.guid,
                f"The representation of #{lost.key} can't be read: {lost.reason}.",
                "Repair the element's geometry in the authoring tool and import it anew.",
            )  # fmt: skip
        kernels = [load_kernel(name) for name in request.kernels]
        packer = Packer((*(kernel.name for kernel in kernels), BOX))
        source = Source(
            path=Path(request.path), model=model, unit_m=unit_m, threads=request.workers
        )
        crew = Crew(
            source,
            kernels,
            work.jobs,
            workers=request.workers,
            limits=request.limits,
            client=self._pipe,
        )
        best: dict[int, _Best] = {}
        total = sum(len(job.members) for job in work.jobs)

        def on_outcome(outcome: Outcome, is_last: bool) -> None:
            job = work.jobs[outcome.job]
            entry = best.setdefault(outcome.job, _Best())
            if outcome.mesh is not None and (
                entry.outcome is None
                or outcome.doubt is None
                or kernels[outcome.kernel].trust >= kernels[entry.outcome.kernel].trust
            ):
                entry.outcome = outcome
            if outcome.doubt is not None:
                entry.history.append(f"{kernels[outcome.kernel].name}: {outcome.doubt}")
            if not is_last:
                self._fallbacks += len(job.members)
                return
            self._settle(model, job, entry, packer, unit_m)
            best[outcome.job] = _Best()
            self._done += len(job.members)
            self._tell_progress(total)

        crew.work(on_outcome)
        for index, job in enumerate(work.jobs):
            if index not in best:
                self._settle(model, job, _Best(history=["no kernel takes it"]), packer, unit_m)
        placements, strays = set_aside_strays(packer.finish())
        self._tell_strays(model, strays)
        axes = _axes(model, work.jobs, unit_m)
        return Answer(
            placements=placements,
            findings=tuple(self._findings),
            fallbacks=self._fallbacks,
            axes={key: axis for key, axis in axes.items() if key not in strays},
            skipped=work.skipped,
            doubtful=self._doubtful,
        )


def _axes(model: ifcopenshell.file, jobs: list[Job], unit_m: float) -> dict[int, SweptAxis]:
    """Read the axes of the distribution elements among the members of all jobs."""
    found: dict[int, SweptAxis] = {}
    for job in jobs:
        if job.matrix is None or not model.by_id(job.key).is_a("IfcDistributionElement"):
            continue
        try:
            axis = read_axis(model.by_id(job.body), np.eye(4), unit_m)
        except READ_ERRORS:
            continue
        if axis is not None:
            found |= {key: axis.placed(matrix) for key, matrix in job.members}
    return found


def main() -> None:
    """Serve the one request that comes through the inherited descriptor."""
    # Foreign code writes to standard output; nobody listens there.
    os.dup2(2, 1)
    pipe = Connection(int(sys.argv[1]))
    request: Request = pipe.recv()
    sys.path[:] = list(request.search_path)
    try:
        serve(request, pipe)
    except (AbandonedError, BrokenPipeError, ConnectionResetError):
        sys.exit(3)  # whoever asked is gone


def serve(
    request: Request,
    pipe: Connection,
    model: ifcopenshell.file | None = None,
    digests: Mapping[int, bytes] = MappingProxyType({}),
) -> None:
    """Work off a request and send the answer.

    Parameters
    ----------
    model : ifcopenshell.file, optional
        The file of the request, parsed; opened here when it is left out.
    digests : mapping of int to bytes, optional
        See `fangma.bim_import.shaping.jobs.list_jobs`.
    """
    pipe.send(Shaping(request, pipe, model, digests).run())
    pipe.close()


if __name__ == "__main__":
    # Classes that travel through the pipe must be those of the importable module.
    from fangma.bim_import.shaping import process

    process.main()
