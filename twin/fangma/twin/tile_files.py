"""The files of tiles under FANGMA_HOME, named by their SHA-256."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from fangma.bim_import.tile_store import TileStore

if TYPE_CHECKING:
    from pathlib import Path


def path_of(tiles: Path, sha256: str) -> Path:
    """Return where a content lies under the folder of tiles."""
    return TileStore(root=tiles).path(sha256)


def problem_with(tiles: Path, sha256: str) -> str | None:
    """Say what is wrong with the file of a content; None when its bytes are those of its name."""
    file = path_of(tiles, sha256)
    try:
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except FileNotFoundError:
        return f"{file.name} is missing"
    except OSError as error:
        return f"{file.name} cannot be read: {error.strerror}"
    return None if found == sha256 else f"{file.name} has other bytes, of {found[:12]}"
