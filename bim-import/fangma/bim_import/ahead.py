"""A model is opened, read and shaped in a process of its own, while this one gets ready for it.

A command that imports one model needs as long to load what the registry and the command line rest
on as to load the parser and its kernels. So the process is forked before either are loaded: it has
the file parsed by the time that the registry answers.
"""

from __future__ import annotations

import gc
import tempfile
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from fangma.bim_import.crashes import ModelCrashedError
from fangma.bim_import.forking import AbandonedError, Forked
from fangma.bim_import.preparation import Prepared, Refused
from fangma.bim_import.refusal import RefusedFile
from fangma.bim_import.stages import Stages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from fangma.bim_import.earlier import Earlier, Kin
    from fangma.bim_import.geometry import GeometryStore


_Awaited = TypeVar("_Awaited", "_Opened", "_Shared", "Prepared")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    stage: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """The GlobalIds of the products, as they were asked for."""

    guids: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begin:
    """Names the model."""

    path: Path
    ids: tuple[Path, ...]
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keep:
    """Names the folder of kept fingerprints; None keeps none."""

    root: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """Asks for the GlobalIds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Go:
    """Lets reading and shaping begin."""

    kin: Kin | None
    geometry: GeometryStore


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raised:
    error: Exception


class Ahead:
    """A `fangma.bim_import.preparation.Preparation` in a process that runs already.

    Make it where :func:`fangma.bim_import.forking.can_fork` says yes, before anything else is
    loaded; it waits to be told which model is meant.
    """

    def __init__(self) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by ``stop``
        self._process = Forked(_serve, self._log)
        self._path: Path | None = None
        self._is_kept = False

    def begin(self, path: Path, ids: Sequence[Path], workers: int) -> None:
        """Open a model.

        Parameters
        ----------
        ids : sequence of Path
            IDS files that it is checked against.
        workers : int
            Kernel processes at a time.
        """
        self._path = path
        self._tell(_Begin(path=path, ids=tuple(ids), workers=workers))

    def keep(self, root: Path | None) -> None:
        """Say in which folder fingerprints are kept from one import to the next; None = nowhere."""
        self._is_kept = True
        self._tell(_Keep(root=root))

    def open(self, stages: Stages) -> str:
        """Wait until the file is opened and return its schema."""
        if not self._is_kept:
            self.keep(None)
        return self._await(_Opened, stages).schema

    def guids(self) -> list[str]:
        """List the GlobalIds of the products."""
        self._tell(_Ask())
        return self._await(_Shared, Stages()).guids

    def prepare(self, kin: Kin | None, geometry: GeometryStore, stages: Stages) -> Prepared:
        """Let it be read and shaped."""
        self._tell(_Go(kin=kin, geometry=geometry))
        # Both processes need what was kept; each loads it from the disk.
        earlier = None if kin is None else kin.load(geometry)
        prepared = self._await(Prepared, stages)
        stages.seconds |= prepared.stages
        return replace(prepared, earlier=earlier)

    @property
    def is_over(self) -> bool:
        """Tell whether the process has ended."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """End the process if it still runs; its kernels end with it."""
        if not self._log.closed:
            self._process.pipe.close()
            self._process.kill()
            self._process.wait()
            self._log.close()

    def _tell(self, message: _Begin | _Keep | _Ask | _Go) -> None:
        try:
            self._process.pipe.send(message)
        except (BrokenPipeError, ConnectionResetError):
            return  # it is gone: the next answer says why

    def _await(self, kind: type[_Awaited], stages: Stages) -> _Awaited:
        """Wait for a message of some kind, and take all that comes before it."""
        while True:
            try:
                message = self._process.pipe.recv()
            except (EOFError, ConnectionResetError) as error:
                if self._path is None:
                    raise AssertionError from error  # begin() comes first
                status = self._process.wait()
                raise ModelCrashedError.of(self._path, status, self._log) from error
            if isinstance(message, kind):
                return message
            if isinstance(message, _Moved):
                stages.moved(message.stage, message.done, message.total)
            elif isinstance(message, Refused):
                raise RefusedFile(message.findings)
            elif isinstance(message, _Raised):
                raise message.error


def _serve(pipe: Connection) -> None:
    """Prepare one model: the whole life of the process."""
    gc.freeze()
    gc.disable()  # a model's million objects go by their reference counts, or with the process
    try:
        _prepare(pipe)
    except RefusedFile as refused:
        pipe.send(Refused(findings=refused.findings))
    except MemoryError:
        raise  # a model too large costs itself alone: it is told as what the process died of
    except (BrokenPipeError, ConnectionResetError, EOFError) as error:
        raise AbandonedError from error
    except Exception as error:  # noqa: BLE001 - the edge of the process
        error.add_note(traceback.format_exc())
        pipe.send(_Raised(error=error))


def _prepare(pipe: Connection) -> None:
    # The parser and its libraries, 0.25 s: loaded in this process, beside what the other one
    # needs. That is what it was forked for.
    from fangma.bim_import.opening.digest_store import DigestStore
    from fangma.bim_import.preparing import Here

    stages = Stages(
        lambda stage, done, total: pipe.send(_Moved(stage=stage, done=done, total=total))
    )
    begin: _Begin = pipe.recv()

    def find_store() -> DigestStore | None:
        keep: _Keep = pipe.recv()
        return None if keep.root is None else DigestStore(root=keep.root)

    here = Here(begin.path, begin.ids, begin.workers, find_store)
    pipe.send(_Opened(schema=here.open(stages)))

    def find_earlier() -> Earlier | None:
        message = pipe.recv()
        if isinstance(message, _Keep):  # of a file too small to ask for it
            message = pipe.recv()
        if isinstance(message, _Ask):
            pipe.send(_Shared(guids=here.guids()))
            message = pipe.recv()
        go: _Go = message
        return None if go.kin is None else go.kin.load(go.geometry)

    # Without the earlier revision, which the other process has loaded as well.
    pipe.send(replace(here.prepare_with(find_earlier, stages), earlier=None))
    here.stop()  # once the fingerprints are kept
