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
from typing import TYPE_CHECKING, Final

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
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with (folder / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned() -> list[Path]:
    """Remove the folders of this account whose holders are dead; return which they were."""
    removed: list[Path] = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else was faster
            status = folder.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
                continue
            if _is_abandoned(folder, status.st_mtime):
                shutil.rmtree(folder)
                removed.append(folder)
    return removed


def _is_abandoned(folder: Path, made_at: float) -> bool:
    try:
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return time.time() - made_at > _UNLOCKED_S
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
