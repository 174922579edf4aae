"""Skins kept between imports: a shape that did not change is not welded and smoothed again.

One file a model beside its bodies, written whole; losing it costs time, never data. Skins stand
there under hashes of what they were made of, so that it does not matter of which revision they are.
"""

from __future__ import annotations

import zipfile
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.bim_import.arrays_file import write_arrays
from fangma.spatial.tiles.skins import Skin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# Another layout of the file, or other rules of making skins or simplifying shapes.
_FORMAT: Final = 1
_NAME_BYTES: Final = 16
# What of a skin stands row by row, and of what kind it is.
_COLUMNS: Final[Mapping[str, tuple[str, int]]] = {
    "positions": ("<f8", 3), "normals": ("<f8", 3), "colours": ("<u4", 1),
    "opaque": ("<u4", 3), "glassy": ("<u4", 3),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SkinStore:
    """A folder with one file of skins a model."""

    root: Path

    def _path(self, model: str) -> Path:
        return self.root / f"{model}.skins.npz"

    def save(self, model: str, skins: Mapping[bytes, Skin]) -> None:
        """Keep the skins of a model instead of those from before.

        Nothing happens where the disk takes no more: the next import is slower, not wrong.
        """
        made = list(skins.values())
        columns: dict[str, NDArray[Any]] = {
            "format": np.array([_FORMAT]),
            "names": np.frombuffer(b"".join(skins), np.uint8),
            "digests": np.frombuffer(b"".join(each.digest for each in made), np.uint8),
            "is_solid": np.array([each.is_solid for each in made], np.bool_),
        }
        for name, (kind, _width) in _COLUMNS.items():
            rows = [getattr(each, name) for each in made]
            columns[name] = np.concatenate([each.reshape(-1) for each in rows] or [[]]).astype(kind)
            columns[f"{name}_ends"] = np.cumsum([each.size for each in rows], dtype=np.int64)
        with suppress(OSError):
            write_arrays(self._path(model), columns)

    def load(self, model: str) -> dict[bytes, Skin]:
        """Fetch the skins of a model by what they were made of; empty without a readable file."""
        try:
            with (
                self._path(model).open("rb") as opened,
                np.load(opened, allow_pickle=False) as file,
            ):
                if int(file["format"][0]) != _FORMAT:
                    return {}
                return _skins({name: file[name] for name in file.files})
        except (OSError, EOFError, ValueError, LookupError, zipfile.BadZipFile):
            return {}


def _skins(columns: Mapping[str, NDArray[Any]]) -> dict[bytes, Skin]:
    solid = columns["is_solid"].tolist()
    parts = {name: _parted(columns, name, width) for name, (_kind, width) in _COLUMNS.items()}
    names, digests = (_cut(columns[each].tobytes(), len(solid)) for each in ("names", "digests"))
    return {
        name: Skin(
            positions=positions, normals=normals, colours=colours.reshape(-1),
            opaque=opaque, glassy=glassy, is_solid=is_solid, digest=digest,
        )
        for name, digest, is_solid, positions, normals, colours, opaque, glassy in zip(
            names, digests, solid, *(parts[each] for each in _COLUMNS), strict=True
        )
    }  # fmt: skip


def _parted(columns: Mapping[str, NDArray[Any]], name: str, width: int) -> Sequence[NDArray[Any]]:
    rows, ends = columns[name], columns[f"{name}_ends"].tolist()
    if rows.dtype != np.dtype(_COLUMNS[name][0]) or (ends[-1] if ends else 0) != len(rows):
        raise ValueError(name)
    return [rows[begin:end].reshape(-1, width) for begin, end in pairwise([0, *ends])]


def _cut(joined: bytes, count: int) -> list[bytes]:
    if len(joined) != count * _NAME_BYTES:
        raise ValueError(len(joined))
    return [joined[at : at + _NAME_BYTES] for at in range(0, len(joined), _NAME_BYTES)]
