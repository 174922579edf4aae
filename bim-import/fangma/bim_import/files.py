"""Which files a user means, and what kind each is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fangma.bim_import.errors import ImportModelError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MODELS: Final = frozenset({".ifc", ".ifczip", ".ifcxml"})
TABLES: Final = frozenset({".csv", ".xlsx"})


class NoFilesError(ImportModelError):
    """A path that is not there, or a folder without anything that can be imported."""


def collect(paths: Iterable[Path]) -> list[Path]:
    """List the files of some paths: a file is itself, a folder all that it holds of known kinds.

    Raises
    ------
    NoFilesError
        When a path does not exist, or a folder holds nothing that can be imported.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = [
                p
                for p in sorted(path.rglob("*"))
                if p.is_file()
                and p.suffix.lower() in MODELS | TABLES
                and not any(part.startswith((".", "~$")) for part in p.relative_to(path).parts)
            ]
            if not inside:
                raise NoFilesError(
                    f"{path} holds no file with one of the endings "
                    f"{', '.join(sorted(MODELS | TABLES))}.",
                    "Name the files themselves.",
                )
            found.update(dict.fromkeys(inside))
        elif path.exists():
            found[path] = None
        else:
            raise NoFilesError(f"{path} does not exist.", "Check the path.")
    return list(found)
