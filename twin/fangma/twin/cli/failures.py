"""How a failure is told: its message and its remedy, an exit code, never a traceback.

Exit codes: 0 done; 1 findings of severity error, or refused input; 2 wrong usage; 3 a service is
missing. With ``--json`` a failure is a document too, ``{"error": {"code", "message", "remedy"}}``.
"""

from __future__ import annotations

import errno
import sys
import tempfile
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

from fangma.asset_registry.errors import RegistryError
from fangma.bim_import.errors import ImportModelError
from fangma.sensors_bridge.errors import BridgeError
from fangma.spatial.errors import SpatialError
from fangma.twin.cli.output import plain, print_json, say
from fangma.twin.errors import MissingServiceError, SettingsError, TwinError
from fangma.viewer.errors import ViewerError

REFUSED, WRONG_USAGE, MISSING_SERVICE, INTERRUPTED = 1, 2, 3, 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a user is told.

    Attributes
    ----------
    code : str
        Name of the kind of failure, for programs.
    message, remedy : str
        What was found and expected; what to do.
    """

    code: str
    message: str
    remedy: str


_WANT_OF_MEMORY = Failure(
    code="memory",
    message="Memory ran out: that of this machine, or what this process may take (ulimit -v).",
    remedy="Close other programs or raise the limit, and run the command again; nothing was half "
    "done.",
)


def tell(error: BaseException, *, as_json: bool) -> int:
    """Tell a failure and return the exit code that it asks for."""
    failure, exit_code = describe(error)
    show(failure, as_json=as_json)
    return exit_code


def show(failure: Failure, *, as_json: bool) -> None:
    """Print a failure: for people on standard error, with ``--json`` as the one document."""
    if as_json:
        print_json({"error": asdict(failure)})
        return
    say(f"error: {plain(failure.message)}")
    if failure.remedy:
        say(f"remedy: {plain(failure.remedy)}")


def describe(error: BaseException) -> tuple[Failure, int]:
    """Find the words and the exit code for an error."""
    name = type(error).__name__.removesuffix("Error")
    code = "".join(f"-{c.lower()}" if c.isupper() else c for c in name).strip("-_")
    if isinstance(error, TwinError | RegistryError | ImportModelError | BridgeError | ViewerError):
        failure = Failure(code=code, message=error.message, remedy=error.remedy)
        return failure, _exit_code(error)
    if isinstance(error, SpatialError):
        return Failure(code=code, message=str(error), remedy=getattr(error, "remedy", "")), REFUSED
    database_error = _from_database(error)
    if database_error is not None:
        return database_error, MISSING_SERVICE
    if _is_want_of_memory(error):
        return _WANT_OF_MEMORY, REFUSED
    if isinstance(error, OSError):
        return _from_system(error), REFUSED
    return _defect(error), REFUSED


def _is_want_of_memory(error: BaseException) -> bool:
    """Tell whether memory ran out, be it while a library was loaded."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or (
        isinstance(error, ImportError)
        and any(word in str(error) for word in ("failed to map segment", "annot allocate memory"))
    )


def _exit_code(error: Exception) -> int:
    if isinstance(error, MissingServiceError):
        return MISSING_SERVICE
    return WRONG_USAGE if isinstance(error, SettingsError) else REFUSED


def _from_database(error: BaseException) -> Failure | None:
    """Describe a database that went away or is full; None for any other error."""
    psycopg = sys.modules.get("psycopg")  # a command that did not load it cannot have its errors
    if psycopg is None or not isinstance(error, psycopg.OperationalError):
        return None
    if isinstance(error, psycopg.errors.DiskFull):
        return Failure(
            code="disk-full",
            message=f"The database has no room left: {error}",
            remedy="Free space on its disk and run the command again; nothing was half done.",
        )
    return Failure(
        code="database",
        message=f"The database went away: {' '.join(str(error).split())}",
        remedy="Run the command again; fangma doctor says what is wrong. Nothing was half done.",
    )


def _from_system(error: OSError) -> Failure:
    """Describe what the operating system refused."""
    where = error.filename if error.filename is not None else ""
    message = f"{where}: {error.strerror}" if where else str(error)
    remedies = {
        errno.ENOENT: "Check the path.",
        errno.EACCES: "Check who owns it, or choose another place.",
        errno.EPERM: "Check who owns it, or choose another place.",
        errno.EROFS: "That file system is read-only: set FANGMA_HOME to a folder on another.",
        errno.ENOSPC: "Free some space on that disk and try again.",
        errno.EISDIR: "Name a file, not a folder.",
        errno.ENOTDIR: "Name a folder, not a file.",
    }
    remedy = remedies.get(error.errno or 0, "fangma doctor checks this machine.")
    return Failure(code="system", message=message, remedy=remedy)


def _defect(error: BaseException) -> Failure:
    """Describe a fault of our own, and keep what a developer needs in a file."""
    trace = "".join(traceback.format_exception(error))
    with tempfile.NamedTemporaryFile(
        "w", prefix="fangma-defect-", suffix=".txt", delete=False,
        encoding="utf-8", errors="backslashreplace",
    ) as file:  # fmt: skip
        file.write(f"{' '.join(sys.argv)}\n{trace}")
    return Failure(
        code="defect",
        message=f"This is a fault in Fangma: {type(error).__name__}: {error}",
        remedy=f"Report it with the file {Path(file.name)}.",
    )
