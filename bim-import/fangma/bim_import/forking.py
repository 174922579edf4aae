"""Child processes that go on from what this one has in memory, and die with it.

A fork costs milliseconds where a new interpreter costs half a second of imports and the file would
have to be parsed again. It is only safe while one thread runs: ask :func:`can_fork` first.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import traceback
from multiprocessing import Pipe
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from typing import IO

_ABANDONED = 3


class AbandonedError(Exception):
    """Nobody waits for the result any more."""


def can_fork() -> bool:
    """Tell whether a child of this process would find every lock free.

    Linux alone: macOS' own frameworks do not survive a fork.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def stay_with_parent() -> None:
    """Ask Linux to end this child when the process that minds it dies, even by kill -9."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


class Forked:
    """A child at work; its last words are in the log that it was given.

    Parameters
    ----------
    work : callable
        What the child does with its end of the pipe; the child ends when it returns.
    log : binary file
        Takes what the child, or foreign code in it, writes to standard output and error.
    """

    def __init__(self, work: Callable[[Connection], None], log: IO[bytes]) -> None:
        parent = os.getpid()
        self.pipe, theirs = Pipe()
        self._status: int | None = None
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                stay_with_parent()
                self.pipe.close()
                if os.getppid() == parent:  # it may have died in between
                    status = _serve(work, theirs, log)
            finally:
                os._exit(status)
        theirs.close()

    def poll(self) -> int | None:
        """Return the exit code, or None while the child runs."""
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def kill(self) -> None:
        """End it at once."""
        if self.poll() is None:
            os.kill(self._pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end and return the exit code; negative = the signal that killed it."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._status


def last_words(log: IO[bytes]) -> str:
    """Return the last line that a child left in its log."""
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it left no message"


def _serve(work: Callable[[Connection], None], pipe: Connection, log: IO[bytes]) -> int:
    """Do the work of a child and return its exit code."""
    # Ctrl-C reaches the whole group: the parent tells of it, a child just ends.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), 0)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    try:
        work(pipe)
    except (AbandonedError, BrokenPipeError, ConnectionResetError):
        return _ABANDONED
    except BaseException:  # noqa: BLE001 - the edge of the process
        with contextlib.suppress(OSError):
            os.write(2, traceback.format_exc().encode("utf-8", "replace"))
        return 1
    return 0
