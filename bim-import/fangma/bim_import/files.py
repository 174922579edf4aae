"""Which files a user means, and what kind each is."""

from __future__ import annotations

import os
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.scratch import scratch_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MODELS: Final = frozenset({".ifc", ".ifczip", ".ifcxml"})
_HIDDEN: Final = (".", "~$")
TABLES: Final = frozenset({".csv", ".xlsx"})
#: Drawings and map files of pipes. A ``.json`` is one only when it is GeoJSON.
DRAWINGS: Final = frozenset({".dxf", ".geojson", ".json", ".shp"})


class NoFilesError(ImportModelError):
    """A path that is not there, or a folder without anything that can be imported."""


def collect(paths: Iterable[Path]) -> list[Path]:
    """List the files of some paths: a file is itself, a folder all that it holds of known kinds.

    Raises
    ------
    NoFilesError
        When a path does not exist, or a folder holds nothing that can be imported, or a folder
        cannot be looked into: what is in it would be missed without a word.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(
                p for p in _walk(path) if p.suffix.lower() in MODELS | TABLES or is_drawing(p)
            )
            if not inside:
                raise NoFilesError(
                    f"{path} holds no file with one of the endings "
                    f"{', '.join(sorted(MODELS | TABLES | DRAWINGS))}.",
                    "Name the files themselves.",
                )
            found.update(dict.fromkeys(inside))
        elif path.is_file():
            found[path] = None
        elif path.exists():  # a pipe or a device could keep us waiting for ever
            raise NoFilesError(f"{path} is neither a file nor a folder.", "Name a file.")
        else:
            raise NoFilesError(f"{path} does not exist.", "Check the path.")
    return list(found)


def models_among(paths: Iterable[Path], kind: str | None) -> list[Path]:
    """Pick the building models: by their endings, or all where somebody said that they are."""
    return [p for p in paths if kind == "ifc" or (kind is None and p.suffix.lower() in MODELS)]


def is_drawing(path: Path) -> bool:
    """Tell by ending, and a .json by its beginning, whether a file may hold drawn pipes."""
    ending = path.suffix.lower()
    if ending != ".json":
        return ending in DRAWINGS
    try:
        with path.open("rb") as file:
            start = file.read(4096).decode("utf-8-sig", "replace").replace(" ", "")
    except OSError:
        return False
    return start.lstrip().startswith("{") and '"FeatureCollection"' in start


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, without hidden ones; links to folders are not followed."""

    def refused(error: OSError) -> None:
        raise NoFilesError(
            f"{error.filename} cannot be looked into: {error.strerror}.",
            "Change its permissions, or name the files and folders that are meant.",
        ) from error

    for place, folders, names in os.walk(folder, onerror=refused):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        for name in names:
            path = Path(place, name)
            if not name.startswith(_HIDDEN) and path.is_file():
                yield path


@contextmanager
def readable_names(paths: Iterable[Path]) -> Iterator[list[Path]]:
    """Give paths whose names can be written down; a name names the source for good.

    Archives packed on a Chinese Windows leave names in GB18030 on a disk that expects UTF-8. Such a
    file, and one with control characters in its name, gets a link under the name that was meant,
    for as long as the context lasts.
    """
    with scratch_folder() as folder:
        found: list[Path] = []
        for index, path in enumerate(paths):
            meant = readable_name(path.name)
            if meant == path.name:
                found.append(path)
                continue
            own = folder / str(index)
            own.mkdir()
            link = own / meant
            link.symlink_to(path.absolute())
            found.append(link)
        yield found


def readable_name(name: str) -> str:
    """Decode a file name that is not UTF-8 as GB18030, or mark what cannot be read."""
    raw = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        text = raw.decode("utf-8", "replace")
    seen = "".join("\ufffd" if unicodedata.category(c)[0] == "C" else c for c in text)
    # Three bytes a character at most, and 255 bytes a name.
    return seen if len(seen.encode()) <= 255 else seen[:40] + "\u2026" + seen[-40:]
