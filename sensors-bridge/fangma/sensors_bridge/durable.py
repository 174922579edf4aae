"""Files that are whole, or as they were, when the power fails at any moment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_durably(path: Path, body: bytes) -> None:
    """Put bytes in the place of a file: on the disk when this returns.

    Raises
    ------
    OSError
        When the disk takes them not; the file is what it was.
    """
    draft = path.with_suffix(".new")
    try:
        with draft.open("wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
