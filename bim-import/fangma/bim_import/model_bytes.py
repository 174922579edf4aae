"""The bytes of a model as they are on disk, and their checksum."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from fangma.bim_import.refusal import refuse

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.bim_import.refusal import RefusedFile

LARGEST_MODEL: Final = 1024**3


def checksum(path: Path) -> str:
    """Compute the SHA-256 of a file as it is on disk: ``SourceFile.sha256`` without opening it.

    Raises
    ------
    RefusedFile
        Rules ``not-a-file``, ``too-large``.
    """
    return hashlib.sha256(read_bytes(path)).hexdigest()


def read_bytes(path: Path) -> bytes:
    """Read a file that is no larger than a model may be.

    Raises
    ------
    RefusedFile
        Rules ``not-a-file``, ``too-large``.
    """
    try:
        if not path.is_file():
            raise refuse(
                "not-a-file",
                f"{path.name} is not a file that can be read; a model file was expected.",
                "Check the path.",
            )
        size = path.stat().st_size
        if size > LARGEST_MODEL:
            raise too_large(path.name, size)
        return path.read_bytes()
    except OSError as error:
        raise refuse(
            "not-a-file",
            f"{path.name} cannot be read: {error.strerror or error}.",
            "Check the path and the permissions of the file.",
        ) from error


def too_large(name: str, size: int) -> RefusedFile:
    """Make the refusal of a model of so many bytes."""
    return refuse(
        "too-large",
        f"{name} holds {size / 1024**3:.1f} GiB; at most {LARGEST_MODEL / 1024**3:.0f} GiB "
        "can be imported as one model.",
        "Export the model in parts (by discipline or by building).",
    )
