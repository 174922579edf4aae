"""Where the files of tiles are kept: under the hashes of what is in them."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.geometry import GeometryStore
from fangma.bim_import.skin_store import SkinStore

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.store import known


class TileWriteError(ImportModelError):
    """The folder of tiles takes no more files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TileStore:
    """A folder of files named by the SHA-256 of their bytes, two levels deep.

    A file is there whole or not at all: it is written beside its place and then renamed.
    """

    root: Path

    def path(self, sha256: str) -> Path:
        """Say where the file of a hash is, whether it exists or not."""
        return self.root / sha256[:2] / f"{sha256}.glb"

    def has_all(self, rows: Iterable[known.CurrentTile]) -> bool:
        """Tell whether the files of these rows are there."""
        return all(self.path(h).is_file() for row in rows for h in (row.hash, row.plain_hash))

    @property
    def geometry(self) -> GeometryStore:
        """The bodies that tiles are cut from, in a folder beside the tiles."""
        return GeometryStore(root=self.root.with_name("geometry"))

    @property
    def skins(self) -> SkinStore:
        """What tiles are written from: the same bodies, ready to be drawn."""
        return SkinStore(root=self.root.with_name("geometry"))

    def write(self, sha256: str, data: bytes) -> None:
        """Keep a file; nothing happens when it is there already, and whole.

        Raises
        ------
        TileWriteError
            When the disk is full, or the folder cannot be written.
        """
        path = self.path(sha256)
        try:
            if path.is_file() and path.stat().st_size == len(data):
                return
            self._write(path, data)
        except OSError as error:
            raise TileWriteError(
                f"A tile of {len(data)} bytes cannot be written into {self.root}: "
                f"{error.strerror}.",
                "Free space on its disk or mend its owner, and import the file again; "
                "nothing of it was kept.",
            ) from error

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
