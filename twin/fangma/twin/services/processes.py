"""Whether a process that a file speaks of is still the one that wrote it.

A number alone proves nothing: after a crash or a restart of the machine it may be another's.
The command line tells, and unlike ``/proc/PID/cwd`` every account may read it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path


def command_line(pid: int) -> tuple[str, ...]:
    """Return the arguments of a process; empty when there is no such process or it is ending."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        if Path("/proc/self").exists():
            return ()
        return _command_line_from_ps(pid)
    return tuple(part.decode(errors="replace") for part in raw.split(b"\0") if part)


def _command_line_from_ps(pid: int) -> tuple[str, ...]:
    """Ask ``ps``, where there is no /proc (macOS). Arguments with spaces come apart."""
    ps = shutil.which("ps")
    if ps is None:
        return ()
    answer = subprocess.run(  # noqa: S603 - a number is the only input
        [ps, "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return tuple(answer.stdout.split())


def is_process(pid: int, argument: str) -> bool:
    """Tell whether process ``pid`` runs and was started with ``argument``."""
    arguments = command_line(pid)
    if Path("/proc/self").exists():
        return argument in arguments
    return argument in " ".join(arguments)


def is_alive(pid: int) -> bool:
    """Tell whether any process has the number ``pid``; one of another account counts."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_pid(file: Path) -> int | None:
    """Read the process number on the first line of a file; None when there is none."""
    try:
        pid = int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if pid > 0 else None  # PostgreSQL writes -1 in single-user mode


def end(
    pid: int,
    argument: str,
    *,
    within_s: float,
    politely: signal.Signals = signal.SIGTERM,
    firmly: signal.Signals = signal.SIGKILL,
) -> bool:
    """End a process politely, then firmly, and tell whether it is gone.

    ``argument`` is looked for again before each signal, so that no stranger is hit.
    """
    for number, share in ((politely, 0.8), (firmly, 0.2)):
        if not is_process(pid, argument):
            return True
        os.kill(pid, number)
        deadline = time.monotonic() + within_s * share
        while time.monotonic() < deadline:
            if not is_process(pid, argument):
                return True
            time.sleep(0.05)
    return not is_process(pid, argument)
