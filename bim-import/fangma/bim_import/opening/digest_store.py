"""Fingerprints of statements kept between imports: what says the same is not fingerprinted again.

One file a project, written whole; losing it costs time, never data. A fingerprint serves again
where a statement has the same number, class and text as before and so has all that it rests on:
bytes are compared, not hashes. An export that numbers its statements anew gains nothing.
"""

from __future__ import annotations

import re
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import ifcopenshell
import numpy as np

from fangma.bim_import.arrays_file import write_arrays
from fangma.bim_import.opening.graph import DIGEST_BYTES, IGNORED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from fangma.bim_import.opening.statements import Statements

FindStore: TypeAlias = "Callable[[], DigestStore | None]"

# Another layout of the file, or other rules of making fingerprints.
_FORMAT: Final = 1
# What changed is followed this far up; real models stay far below.
_MOST_ROUNDS: Final = 100
_GUID = re.compile(rb"\(\s*'([^']*)'")
_COLUMNS: Final[Mapping[str, str]] = {
    "text": "|u1", "ids": "<i8", "starts": "<i8", "ends": "<i8", "classes": "<i4",
    "keywords": "|u1", "digests": "|u1",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStore:
    """A folder with one file of fingerprints a project."""

    root: Path

    def _path(self, statements: Statements, schema: str) -> Path | None:
        """Say where those of a text are: by the GlobalId of its project and what they rest on."""
        if "IFCPROJECT" not in statements.keywords:
            return None
        row = np.flatnonzero(statements.classes == statements.keywords.index("IFCPROJECT"))[0]
        guid = _GUID.match(statements.data, int(statements.starts[row]))
        if guid is None:
            return None
        said = b"|".join((guid[1], schema.encode(), ifcopenshell.version.encode()))
        return self.root / f"{blake2b(said, digest_size=16).hexdigest()}.digests.npz"

    def save(self, statements: Statements, schema: str, digests: Sequence[bytes]) -> None:
        """Keep the fingerprints of a text instead of those of its project from before.

        Nothing happens where the disk takes no more: the next import is slower, not wrong.
        """
        path = self._path(statements, schema)
        if path is None:
            return
        columns: dict[str, NDArray[Any]] = {
            "format": np.array([_FORMAT]),
            "text": np.frombuffer(statements.data, np.uint8),
            "ids": statements.ids.astype("<i8"),
            "starts": statements.starts.astype("<i8"),
            "ends": statements.ends.astype("<i8"),
            "classes": statements.classes.astype("<i4"),
            "keywords": np.frombuffer("\n".join(statements.keywords).encode(), np.uint8),
            "digests": np.frombuffer(b"".join(digests), np.uint8),
        }
        with suppress(OSError):
            write_arrays(path, columns)

    def known(self, statements: Statements, schema: str) -> list[bytes]:
        """Find the fingerprints that serve again.

        Returns
        -------
        digests : list of bytes
            By row; ``b""`` where none does, and empty without a readable file.
        """
        path = self._path(statements, schema)
        if path is None:
            return []
        try:
            with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
                if int(file["format"][0]) != _FORMAT:
                    return []
                before = {name: file[name] for name in _COLUMNS}
        except (OSError, EOFError, ValueError, LookupError, zipfile.BadZipFile):
            return []
        return _taken_over(statements, before) if _is_whole(before) else []


def _is_whole(before: Mapping[str, NDArray[Any]]) -> bool:
    count, names = len(before["ids"]), before["keywords"].tobytes().count(b"\n") + 1
    return (
        all(before[name].dtype == np.dtype(kind) for name, kind in _COLUMNS.items())
        and all(len(before[name]) == count for name in ("starts", "ends", "classes"))
        and len(before["digests"]) == count * DIGEST_BYTES
        and (not count or 0 <= before["classes"].min() <= before["classes"].max() < names)
    )


def _taken_over(statements: Statements, before: Mapping[str, NDArray[Any]]) -> list[bytes]:
    count = len(statements.ids)
    order = np.argsort(before["ids"], kind="stable")
    ordered = before["ids"][order]
    if not len(ordered):
        return []
    slot = np.minimum(np.searchsorted(ordered, statements.ids), len(ordered) - 1)
    then = order[slot]
    place = {name: code for code, name in enumerate(statements.keywords)}
    names = before["keywords"].tobytes().decode("utf-8", "replace").split("\n")
    codes = np.array([place.get(name, -1) for name in names])[before["classes"]]
    is_alike = (ordered[slot] == statements.ids) & (codes[then] == statements.classes)
    starts, ends = before["starts"][then], before["ends"][then]
    rows = np.flatnonzero(is_alike & (ends - starts == statements.ends - statements.starts))
    new, old = statements.data, before["text"].tobytes()
    is_known = np.zeros(count, np.bool_)
    is_known[rows] = [
        new[begin:end] == old[first:last]
        for begin, end, first, last in zip(
            statements.starts[rows].tolist(), statements.ends[rows].tolist(),
            starts[rows].tolist(), ends[rows].tolist(), strict=True,
        )
    ]  # fmt: skip
    if not _spread(statements, is_known, is_alike):
        return []
    joined = before["digests"].tobytes()
    return [
        joined[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES] if known else b""
        for row, known in zip(then.tolist(), is_known.tolist(), strict=True)
    ]


def _spread(
    statements: Statements, is_known: NDArray[np.bool_], is_alike: NDArray[np.bool_]
) -> bool:
    """Take from ``is_known`` what rests on anything that is not; False where that has no end."""
    sources, targets = statements.ref_rows, statements.ref_targets
    is_known[sources[targets < 0]] = False  # it may have led somewhere before
    is_ignored = np.array([name in IGNORED for name in statements.keywords], np.bool_)
    # What counts as nothing then and now may say what it likes.
    counts = (targets >= 0) & ~(is_ignored[statements.classes] & is_alike)[targets]
    sources, targets = sources[counts], targets[counts]
    for _ in range(_MOST_ROUNDS):
        reached = sources[is_known[sources] & ~is_known[targets]]
        if not len(reached):
            return True
        is_known[reached] = False
    return False
