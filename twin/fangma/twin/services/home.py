"""The folder of all state: its layout, its version, its locks.

::

    FANGMA_HOME/
      home.json     {"format": 1}: what the layout of this folder is
      run/          locks, and up.json while the twin is up
      postgresql/   data, socket, log of the private database
      mqtt/         configuration, data, log of the private broker
      bridge/       name and spool of the sensors bridge, topics.yaml
      tiles/        3D tiles under their content hashes
      photos/       photos of work orders under their content hashes
      keys/         what report links are signed with
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.twin.errors import BusyError, DiskFullError, HomeError, WrongVersionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fangma.twin.settings import Settings

#: Steps from one format to the next, oldest first: step 0 makes a format 1 a format 2.
UPGRADES: tuple[Callable[[Path], None], ...] = ()
#: The least room that services are started with: one WAL segment, and place to check-point.
LEAST_FREE_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the parts of FANGMA_HOME are."""

    directory: Path

    @property
    def version_file(self) -> Path:
        """Say what the layout of this folder is."""
        return self.directory / "home.json"

    @property
    def run(self) -> Path:
        """Locks and what is running now."""
        return self.directory / "run"

    @property
    def up_file(self) -> Path:
        """What ``fangma up`` writes for other shells, while it runs."""
        return self.run / "up.json"

    @property
    def up_lock(self) -> Path:
        """Held by ``fangma up``; the kernel lets go of it however that ends."""
        return self.run / "up.lock"

    @property
    def services_lock(self) -> Path:
        """Held while a service is started or stopped."""
        return self.run / "services.lock"

    @property
    def postgresql(self) -> Path:
        """State of the private database."""
        return self.directory / "postgresql"

    @property
    def mqtt(self) -> Path:
        """State of the private broker."""
        return self.directory / "mqtt"

    @property
    def bridge(self) -> Path:
        """What the sensors bridge keeps: its name, its spool, how foreign topics are read."""
        return self.directory / "bridge"

    @property
    def indicators(self) -> Path:
        """Packs of the index board: the home's own, beside the one that is shipped."""
        return self.directory / "indicators"

    @property
    def bridge_files_lock(self) -> Path:
        """Held while a file of the bridge is changed."""
        return self.run / "bridge-files.lock"

    @property
    def tiles(self) -> Path:
        """3D tiles under their content hashes."""
        return self.directory / "tiles"

    @property
    def photos(self) -> Path:
        """Photos of work orders under their content hashes."""
        return self.directory / "photos"

    @property
    def report_key(self) -> Path:
        """What links for passers-by are signed with."""
        return self.directory / "keys" / "report-links"


def open_home(settings: Settings) -> Home:
    """Make the home when it is missing, bring it to this version's format, and return it.

    Raises
    ------
    HomeError
        When it cannot be made or written.
    WrongVersionError
        When a newer Fangma wrote it.
    DiskFullError
        When its disk has no room left to make it.
    """
    home = Home(directory=settings.home)
    try:
        # Service accounts pass through a home of root's; they may not list it.
        home.directory.mkdir(parents=True, exist_ok=True, mode=0o711 if _is_root() else 0o700)
        home.run.mkdir(exist_ok=True, mode=0o700)
        if _format(home) != _newest():
            with locked(home.services_lock, within_s=200):
                _upgrade(home)
    except OSError as error:
        raise home_error(home.directory, error) from error
    return home


def home_error(path: Path, error: OSError) -> HomeError | DiskFullError:
    """Say what an operating system's error about the home means."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(path)
    where = error.filename or path
    return HomeError(
        f"{where} cannot be used: {error.strerror}.",
        "Set FANGMA_HOME to a folder that you may write, or mend its owner: "
        f"ls -ld {path} shows it.",
    )


def disk_full(path: Path) -> DiskFullError:
    """Say that the disk of ``path`` is full."""
    return DiskFullError(
        f"No room is left on the disk that holds {path}.",
        f"Free some space there (df -h {path} shows it) and start again: nothing that was "
        "acknowledged is lost.",
    )


def free_bytes(path: Path) -> int:
    """Measure the room that is left for us where ``path`` is, or would be made."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def require_room(home: Home) -> None:
    """Refuse to start anything on a full disk.

    Raises
    ------
    DiskFullError
        When less than :data:`LEAST_FREE_BYTES` are free.
    """
    if free_bytes(home.directory) < LEAST_FREE_BYTES:
        raise disk_full(home.directory)


def write_json(file: Path, document: object) -> None:
    """Write a document so that a reader, or a crash, never meets half of it."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    with draft.open("w") as stream:
        json.dump(document, stream)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)


@contextmanager
def locked(file: Path, *, within_s: float) -> Iterator[None]:
    """Hold a lock that only one process has; a killed holder leaves none behind.

    Raises
    ------
    BusyError
        When another process held it for ``within_s`` seconds.
    """
    with file.open("a") as stream:
        deadline = time.monotonic() + within_s
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise BusyError(
                        f"Another fangma command has been starting or stopping services of "
                        f"{file.parent.parent} for more than {within_s:g} s.",
                        "Wait for it or end it; fangma doctor shows what runs.",
                    ) from None
                time.sleep(0.05)
        yield


def is_locked(file: Path) -> bool:
    """Tell whether a process holds the lock."""
    try:
        with file.open() as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _newest() -> int:
    return 1 + len(UPGRADES)


def _format(home: Home) -> int | None:
    """Read which format a home has; None for a new one."""
    try:
        found = json.loads(home.version_file.read_text())["format"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, int) or found < 1:
        raise WrongVersionError(
            f"{home.version_file} does not say which format this home has.",
            f'Write {{"format": {_newest()}}} into it if this version of Fangma made the home, '
            "or put it back from a backup.",
        )
    return found


def _upgrade(home: Home) -> None:
    """Carry an older home to the newest format, one recorded step at a time."""
    found = _format(home)
    if found is None:
        write_json(home.version_file, {"format": _newest()})
        return
    if found > _newest():
        raise WrongVersionError(
            f"The home {home.directory} has format {found}; this Fangma knows formats up to "
            f"{_newest()}.",
            "Use the newer Fangma that wrote it, or another FANGMA_HOME.",
        )
    for format_, step in enumerate(UPGRADES[found - 1 :], start=found):
        step(home.directory)
        write_json(home.version_file, {"format": format_ + 1})


def _is_root() -> bool:
    return os.geteuid() == 0
