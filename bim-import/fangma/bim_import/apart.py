"""Several models, one after the other, in a child process that is replaced when it has grown.

The parser (ifcopenshell 0.9) keeps about three times the size of every file that it ever read, and
a file may kill it. Memory thus stays that of the largest model, and a crash costs one model.
"""

from __future__ import annotations

import gc
import resource
import tempfile
import traceback
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from fangma.bim_import.crashes import ModelCrashedError
from fangma.bim_import.forking import Forked
from fangma.bim_import.reports import FileReport, rule_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path
    from typing import IO

#: Bytes by which a child may grow; with more it takes no further model.
MOST_GROWN: Final = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moved:
    done: float
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raised:
    error: Exception


def import_apart(
    paths: Sequence[Path],
    import_one: Callable[[Path, Callable[[float, str], None]], FileReport],
    moved: Callable[[int, float, str], None],
    *,
    most_grown: int = MOST_GROWN,
) -> list[FileReport]:
    """Import models in a child process; only where :func:`can_fork` says yes.

    Parameters
    ----------
    import_one : callable
        Imports one model in the child; takes a function that tells how far it is.
    moved : callable
        Takes here the index of the model, its share that is done (0 to 1) and the stage.
    most_grown : int
        Bytes of memory by which a child may grow before it is replaced for the next model.

    Returns
    -------
    reports : list of FileReport
        One a model, in order; refused as ``model-crashed`` where the process died of it.

    Raises
    ------
    Exception
        What ``import_one`` raised, with the child's traceback as a note.
    """
    reports: list[FileReport] = []
    while len(reports) < len(paths):
        rest = paths[len(reports) :]
        with tempfile.TemporaryFile() as log:
            child = Forked(partial(_serve, rest, import_one, most_grown), log)
            try:
                for message in _messages(child.pipe):
                    if isinstance(message, _Moved):
                        moved(len(reports), message.done, message.what)
                    elif isinstance(message, _Raised):
                        raise message.error
                    else:
                        reports.append(message)
            finally:
                child.kill()
                child.pipe.close()
                status = child.wait()
            if status != 0 and len(reports) < len(paths):
                reports.append(_crashed(paths[len(reports)], status, log))
    return reports


def _messages(pipe: Connection) -> Iterator[_Moved | _Raised | FileReport]:
    """Give what a child sends until it ends."""
    while True:
        try:
            yield pipe.recv()
        except (EOFError, ConnectionResetError):
            return


def _serve(
    paths: Sequence[Path],
    import_one: Callable[[Path, Callable[[float, str], None]], FileReport],
    most_grown: int,
    pipe: Connection,
) -> None:
    """Import until all is done or it has grown too much: the whole life of a child."""
    gc.freeze()  # what the parent holds (connections!) is not this process' to give back
    inherited = _held()  # the parent's pages count here too, and no new child is rid of them
    for path in paths:
        try:
            report = import_one(path, lambda done, what: pipe.send(_Moved(done=done, what=what)))
        except MemoryError:
            raise  # a model too large costs itself alone: it is told as what the process died of
        except Exception as error:  # noqa: BLE001 - the edge of the process
            error.add_note(traceback.format_exc())
            pipe.send(_Raised(error=error))
            return
        pipe.send(report)
        if _held() - inherited > most_grown:
            return


def _held() -> int:
    """Return the bytes of memory that this process holds now; Linux."""
    with open("/proc/self/statm", "rb") as sizes:  # noqa: PTH123 - a device
        return int(sizes.read().split()[1]) * resource.getpagesize()


def _crashed(path: Path, status: int, log: IO[bytes]) -> FileReport:
    error = ModelCrashedError.of(path, status, log)
    report = FileReport(file=path.name, kind="ifc")
    report.refuse(rule_of(error), error)
    return report
