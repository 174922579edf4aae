"""Stage **shape**: every body of a model as triangles, whatever its kernels do."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from multiprocessing import Pipe
from types import MappingProxyType
from typing import TYPE_CHECKING

from fangma.bim_import.forking import Forked, can_fork, last_words
from fangma.bim_import.shaping.errors import ShapingError
from fangma.bim_import.shaping.messages import Answer, Limits, Progress, Refusal, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path
    from typing import IO

    import ifcopenshell

    from fangma.bim_import.findings import Finding
    from fangma.bim_import.shaping.axes import SweptAxis
    from fangma.bim_import.shaping.messages import Doubtful
    from fangma.spatial.mesh import Placements

# In the order of trust that a body passes through them.
KERNELS = (
    "fangma.bim_import.shaping.lite:lite",
    "fangma.bim_import.shaping.kernels:hybrid",
    "fangma.bim_import.shaping.kernels:opencascade",
    "fangma.bim_import.shaping.lite:rescue",
    "fangma.bim_import.shaping.footprints:footprint",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """The bodies of a model.

    Attributes
    ----------
    placements : Placements
        One row for every element whose body could be built or at least bounded.
    findings : tuple of Finding
        Rules ``shape-doubtful``, ``shape-box``, ``shape-missing``, ``shape-astray``,
        ``shape-unreadable``: an element with a body has a row, or a finding that says why not.
    fallbacks : int
        Elements handed on from one kernel to the next, counted each time.
    axes : dict of int to SweptAxis
        By element key: what the file says outright of round pipes and ducts, model frame.
    skipped : dict of int to str
        Products that have a representation but no body, and why.
    taken_over : frozenset of int
        Keys of the elements whose bodies are those of an earlier revision.
    doubtful : dict of int to Doubtful
        By element key: the finding about its body.
    """

    placements: Placements
    findings: tuple[Finding, ...]
    fallbacks: int
    axes: dict[int, SweptAxis]
    skipped: dict[int, str]
    taken_over: frozenset[int] = frozenset()
    doubtful: dict[int, Doubtful] = field(default_factory=dict)

    @property
    def has_news(self) -> bool:
        """Whether any body was built now, so that some tiles are sure to be cut."""
        return not self.taken_over.issuperset(self.placements.element.tolist())

    def count_by_kernel(self) -> dict[str, int]:
        """Count elements by the kernel that built them, ``"box"`` for bounding boxes."""
        used = self.placements.kernel.tolist()
        return {
            name: count
            for index, name in enumerate(self.placements.kernels)
            if (count := used.count(index))
        }


class Shaping:
    """A shape stage that is running in a process of its own.

    Start it before reading the model's semantics: both take time and neither needs the other.
    """

    def __init__(
        self, process: subprocess.Popen[bytes] | Forked, pipe: Connection, log: IO[bytes]
    ) -> None:
        self._process = process
        self._pipe = pipe
        self._log = log

    @property
    def is_over(self) -> bool:
        """Tell whether the process has ended."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """End the process if it still runs; its kernels end with it."""
        self._pipe.close()
        self._process.kill()
        self._process.wait()
        self._log.close()

    def result(self, progress: Callable[[int, int], None] | None = None) -> Shaped:
        """Wait for the bodies.

        Parameters
        ----------
        progress : callable, optional
            Takes the number of elements done and of all.

        Raises
        ------
        ShapingError
            When the file can't be opened, or the process that minds the kernels died itself.
        """
        try:
            while True:
                try:
                    message = self._pipe.recv()
                except (EOFError, ConnectionResetError) as error:
                    code = self._process.wait()
                    raise ShapingError(
                        f"The shaping process ended with status {code}: {last_words(self._log)}",
                        "Run the import again; if it happens again, report the file.",
                    ) from error
                if isinstance(message, Progress):
                    if progress is not None:
                        progress(message.done, message.total)
                elif isinstance(message, Refusal):
                    raise ShapingError(message.message, message.remedy)
                elif isinstance(message, Answer):
                    return Shaped(
                        placements=message.placements,
                        findings=message.findings,
                        fallbacks=message.fallbacks,
                        axes=message.axes,
                        skipped=message.skipped,
                        doubtful=message.doubtful,
                    )
        finally:
            self.stop()


def start_shaping(
    path: Path,
    keys: Sequence[int] | None = None,
    *,
    workers: int = 2,
    budget_s: float = 20.0,
    memory_mb: int = 4096,
    kernels: Sequence[str] = KERNELS,
    unit_m: float | None = None,
    model: ifcopenshell.file | None = None,
    digests: Mapping[int, bytes] = MappingProxyType({}),
) -> Shaping:
    """Start shaping a model; see `shape_model` for the other parameters.

    Parameters
    ----------
    model : ifcopenshell.file, optional
        What ``path`` holds, parsed already. The process is then forked from this one where that
        is safe, and need not open the file again.
    digests : mapping of int to bytes, optional
        Fingerprint of each statement, by ``#`` number, so that equal bodies are built once; only
        used with ``model``.
    """
    request = Request(
        path=str(path.absolute()),  # not resolved: a link may bear the readable name
        keys=None if keys is None else frozenset(keys),
        kernels=tuple(kernels),
        workers=max(1, workers),
        limits=Limits(budget_s=budget_s, memory_mb=memory_mb),
        unit_m=unit_m,
        search_path=tuple(sys.path),
    )
    log = tempfile.TemporaryFile()  # noqa: SIM115 - ``Shaping.stop`` closes it
    if model is not None and can_fork():
        from fangma.bim_import.shaping.process import serve

        forked = Forked(lambda pipe: serve(request, pipe, model, digests), log)
        return Shaping(forked, forked.pipe, log)
    ours, theirs = Pipe()
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "fangma.bim_import.shaping.process", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    theirs.close()
    ours.send(request)
    return Shaping(process, ours, log)


def shape_model(
    path: Path,
    keys: Sequence[int] | None = None,
    *,
    workers: int = 2,
    budget_s: float = 20.0,
    memory_mb: int = 4096,
    kernels: Sequence[str] = KERNELS,
    unit_m: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Shaped:
    """Turn the bodies of a model into triangles.

    Parameters
    ----------
    path : Path
        An IFC file that ``open`` has accepted.
    keys : sequence of int, optional
        Only these ``#`` numbers: what changed since the last import. None for all.
    workers : int
        Kernel processes at a time.
    budget_s : float
        Seconds that one body may take with one kernel.
    memory_mb : int
        What one kernel process may take besides the model itself.
    kernels : sequence of str
        ``"module:factory"`` of each kernel, in the order in which a body passes through them.
    unit_m : float, optional
        Metres in one length unit, where ``read`` has decided against the file's own word.
    progress : callable, optional
        Takes the number of elements done and of all.

    Returns
    -------
    shaped : Shaped
        Metres in the model's engineering frame, before any georeference.

    Raises
    ------
    ShapingError
        When the file can't be opened, or the process that minds the kernels died itself.
    """
    shaping = start_shaping(
        path, keys, workers=workers, budget_s=budget_s, memory_mb=memory_mb,
        kernels=kernels, unit_m=unit_m,
    )  # fmt: skip
    return shaping.result(progress)
