"""Child processes that run kernels, and the loop that feeds them.

A child is forked from a process that has opened the file, so opening is paid once. The kernel of
the operating system kills it when a body takes longer than its budget (an interval timer with the
default action works inside foreign code too), or when it crashes; that costs the body at hand, and
the next child takes the next one.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
from collections import deque
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING

from fangma.bim_import.forking import AbandonedError, stay_with_parent
from fangma.bim_import.shaping.expectation import expect_body
from fangma.bim_import.shaping.plausibility import doubt, doubt_place
from fangma.bim_import.shaping.reading import READ_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from fangma.bim_import.shaping.jobs import Job
    from fangma.bim_import.shaping.kernels import Kernel, Source
    from fangma.bim_import.shaping.messages import Limits
    from fangma.spatial.mesh import Mesh

_AHEAD = 4  # jobs handed to a child before it has answered, so that it never waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Some jobs for one kernel, by index."""

    kernel: int
    jobs: tuple[int, ...]
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one job with one kernel."""

    job: int
    kernel: int
    mesh: Mesh | None
    matrix: NDArray[np.float64] | None
    doubt: str | None


@dataclass(slots=True)
class _Child:
    pid: int
    pipe: Connection
    pending: deque[Task] = field(default_factory=deque)
    answered: set[int] = field(default_factory=set)


def _limit_memory(memory_mb: int) -> None:
    """Let allocation fail in the child instead of starving the machine."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    statistics = Path("/proc/self/statm")
    if not statistics.exists():
        return  # macOS does not honour the limit anyway
    inherited = int(statistics.read_text().split()[0]) * resource.getpagesize()
    wanted = inherited + memory_mb * 2**20
    if soft == resource.RLIM_INFINITY or soft > wanted:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def _run(
    pipe: Connection, source: Source, kernels: Sequence[Kernel], jobs: Sequence[Job], limits: Limits
) -> None:
    """Answer tasks until the pipe closes: the whole life of a child."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    opened: set[int] = set()
    while True:
        try:
            task: Task = pipe.recv()
        except EOFError:
            return
        kernel = kernels[task.kernel]
        budget = limits.budget_s * max(1.0, len(task.jobs) ** 0.5)
        signal.setitimer(signal.ITIMER_REAL, budget)
        if task.kernel not in opened:
            kernel.open(source)
            opened.add(task.kernel)
        chosen = [jobs[index] for index in task.jobs]
        left = set(range(len(chosen)))
        reason = "nothing came out"
        try:
            for built in kernel.build(chosen):
                left.discard(built.index)
                job = chosen[built.index]
                expected = expect_body(source.model, job.body, source.unit_m)
                wrong = doubt(job, expected, built.mesh) or doubt_place(job, built.matrix)
                pipe.send(
                    Outcome(
                        job=task.jobs[built.index],
                        kernel=task.kernel,
                        mesh=built.mesh,
                        matrix=built.matrix,
                        doubt=wrong,
                    )
                )
        except (*READ_ERRORS, MemoryError) as error:
            # The first sentence; behind it whole statements of the file are quoted.
            words = str(error).strip().partition(". ")[0]
            reason = f"it was refused: {words or type(error).__name__}"
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        for index in sorted(left):
            pipe.send(
                Outcome(
                    job=task.jobs[index], kernel=task.kernel, mesh=None, matrix=None, doubt=reason
                )
            )


def _fate(status: int, budget_s: float) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number == signal.SIGALRM:
            return f"it took longer than {budget_s:g} s"
        return f"it crashed ({signal.Signals(number).name})"
    return f"it ended its process with status {os.waitstatus_to_exitcode(status)}"


class Crew:
    """Children at work on one list of jobs.

    Parameters
    ----------
    source : Source
        The opened file; children inherit it.
    kernels : sequence of Kernel
        In the order of trust; a doubtful body goes to the next that takes it.
    jobs : sequence of Job
        What is to be built.
    workers : int
        Children at a time.
    limits : Limits
        Time and memory of a child.
    client : Connection
        Where the result goes; when its other end closes the work stops.
    """

    def __init__(
        self,
        source: Source,
        kernels: Sequence[Kernel],
        jobs: Sequence[Job],
        *,
        workers: int,
        limits: Limits,
        client: Connection,
    ) -> None:
        self._client = client
        self._source = source
        self._kernels = kernels
        self._jobs = jobs
        self._workers = workers
        self._limits = limits
        self._children: list[_Child] = []
        self._queue: list[Task] = []

    def _add(self, task: Task) -> None:
        self._queue.append(task)
        self._queue.sort(key=lambda entry: entry.weight)

    def _next_kernel(self, job: Job, after: int) -> int | None:
        for index in range(after + 1, len(self._kernels)):
            if self._kernels[index].takes(job):
                return index
        return None

    def _first_tasks(self) -> None:
        """Put every job before its first kernel; batches first, then the heavy ones."""
        batches: dict[int, list[int]] = {}
        for index, job in enumerate(self._jobs):
            kernel = self._next_kernel(job, -1)
            if kernel is None:
                continue
            if self._kernels[kernel].batch == 1:
                self._queue.append(Task(kernel=kernel, jobs=(index,), weight=job.weight))
            else:
                batches.setdefault(kernel, []).append(index)
        for kernel, members in batches.items():
            size = self._kernels[kernel].batch
            for start in range(0, len(members), size):
                part = tuple(members[start : start + size])
                self._queue.append(Task(kernel=kernel, jobs=part, weight=1e6 + len(part)))
        self._queue.sort(key=lambda entry: entry.weight)

    def _hire(self) -> _Child:
        ours, theirs = Pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                stay_with_parent()
                ours.close()
                for child in self._children:
                    child.pipe.close()
                _limit_memory(self._limits.memory_mb)
                _run(theirs, self._source, self._kernels, self._jobs, self._limits)
                status = 0
            except (BrokenPipeError, MemoryError, OSError):
                status = 2
            finally:
                os._exit(status)
        theirs.close()
        child = _Child(pid=pid, pipe=ours)
        self._children.append(child)
        return child

    def _take(self) -> Task | None:
        """Take the heaviest task; gather what waits for a batch once nothing else is left."""
        task = self._queue[-1]
        if task.weight >= 0.0:
            return self._queue.pop()
        if any(child.pending for child in self._children):
            return None
        same = [entry for entry in self._queue if entry.kernel == task.kernel]
        self._queue = [entry for entry in self._queue if entry.kernel != task.kernel]
        members = tuple(index for entry in same for index in entry.jobs)
        size = self._kernels[task.kernel].batch
        for start in range(size, len(members), size):
            part = members[start : start + size]
            self._queue.append(Task(kernel=task.kernel, jobs=part, weight=1.0))
        return Task(kernel=task.kernel, jobs=members[:size], weight=1.0)

    def _feed(self, child: _Child) -> None:
        while self._queue and len(child.pending) < _AHEAD:
            # The last jobs are shared out one by one, so that no child hoards them.
            if child.pending and len(self._queue) < _AHEAD * self._workers:
                return
            task = self._take()
            if task is None:
                return
            child.pending.append(task)
            try:
                child.pipe.send(task)
            except (BrokenPipeError, ConnectionResetError):
                return  # it just died; its pipe will say so

    def _bury(self, child: _Child, report: Callable[[Outcome], None]) -> None:
        """Reap a child that died, blame the task at hand, put the others back."""
        self._children.remove(child)
        child.pipe.close()
        _, status = os.waitpid(child.pid, 0)
        if not child.pending:
            return
        culprit = child.pending.popleft()
        for task in child.pending:
            self._add(task)
        reason = _fate(status, self._limits.budget_s)
        for index in culprit.jobs:
            if index not in child.answered:
                report(
                    Outcome(job=index, kernel=culprit.kernel, mesh=None, matrix=None, doubt=reason)
                )

    def _receive(self, child: _Child) -> Outcome | None:
        try:
            outcome: Outcome = child.pipe.recv()
        except (EOFError, ConnectionResetError):
            return None
        task = child.pending[0]
        child.answered.add(outcome.job)
        if len(child.answered) == len(task.jobs):
            child.pending.popleft()
            child.answered.clear()
        return outcome

    def work(self, on_outcome: Callable[[Outcome, bool], None]) -> None:
        """Build everything.

        Parameters
        ----------
        on_outcome : callable
            Takes each outcome, and whether it is the last word on its job: either nothing is
            doubtful about it, or no further kernel is left.
        """
        gc.freeze()
        self._first_tasks()

        def judge(outcome: Outcome) -> None:
            job = self._jobs[outcome.job]
            following = None
            if outcome.doubt is not None:
                following = self._next_kernel(job, outcome.kernel)
            on_outcome(outcome, following is None)
            if following is None:
                return
            # Slow kernels start at once; one that works in batches waits until its batch is full.
            waits = self._kernels[following].batch > 1
            weight = -1.0 if waits else 1e3 + job.weight
            self._add(Task(kernel=following, jobs=(outcome.job,), weight=weight))

        try:
            while self._queue or any(child.pending for child in self._children):
                while len(self._children) < min(self._workers, len(self._queue)):
                    self._hire()
                for child in self._children:
                    self._feed(child)
                busy = [child.pipe for child in self._children if child.pending]
                ready = wait([*busy, self._client])
                if self._client in ready:
                    raise AbandonedError
                for child in [c for c in self._children if c.pipe in ready]:
                    outcome = self._receive(child)
                    if outcome is None:
                        self._bury(child, judge)
                    else:
                        judge(outcome)
        finally:
            self._dismiss()

    def _dismiss(self) -> None:
        for child in self._children:
            child.pipe.close()
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
        self._children.clear()
