"""Folders for passing things, which are taken away even where nobody was left to do it.

A folder is held by a lock on a file in it. The operating system lets go of the lock when its holder
dies, also by kill -9; the next import then removes what it finds unlocked.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX: Final = "fangma-import-"
_LOCK: Final = ".lock"
# A folder without a lock is being made, or was left by a version that knew of none.
_UNLOCKED_S: Final = 3600.0


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder of one's own among the temporary files, and remove it afterwards."""
    remove_abandoned()
    folder, lock = _held_folder()
    try:
        with lock:
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _held_folder() -> tuple[Path, BinaryIO]:
    """Make a folder and lock it; again, where another import took it for abandoned in between."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        lock = (folder / _LOCK).open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock.fileno()).st_nlink:
            return folder, lock
        lock.close()


def remove_abandoned() -> list[Path]:
    """Remove the folders of this account whose holders are dead; return which they were."""
    removed: list[Path] = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else was faster
            status = folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            if _remove_abandoned(folder, status.st_mtime):
                removed.append(folder)
    return removed


def _remove_abandoned(folder: Path, made_at: float) -> bool:
    """Remove a folder that nobody holds; its lock is held until it is gone."""
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        is_old = time.time() - made_at > _UNLOCKED_S
        if is_old:
            shutil.rmtree(folder)
        return is_old
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
