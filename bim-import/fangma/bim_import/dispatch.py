"""Import files of any kind, each by its own stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.files import MODELS, TABLES
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.importing import import_models
from fangma.bim_import.reports import FileReport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.importing import Progress
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.publishing import TileStore


def import_files(
    paths: Sequence[Path],
    *,
    kind: str | None,
    connection: Callable[[], Connection],
    tiles: TileStore,
    options: ImportOptions,
    progress: Progress | None = None,
) -> list[FileReport]:
    """Import files in an order in which later ones can refer to earlier ones.

    Parameters
    ----------
    kind : str or None
        ``ifc`` or the name of a table; None = told by the look of each file.

    Returns
    -------
    reports : list of FileReport
        One a file, in the order in which they were imported.
    """
    models = [p for p in paths if kind == "ifc" or (kind is None and p.suffix.lower() in MODELS)]
    others = [p for p in paths if p not in models]
    reports = import_models(
        models, connection=connection, tiles=tiles, options=options, progress=progress
    )
    return reports + [_unknown(path) for path in others]


def _unknown(path: Path) -> FileReport:
    expected = ", ".join(sorted(MODELS | TABLES))
    return FileReport(
        file=path.name,
        kind="unknown",
        findings=[
            Finding(
                severity=Severity.ERROR,
                rule="kind-unknown",
                element=None,
                message=f"{path.name} is of no kind that can be imported ({expected}).",
                remedy="Say what it is with --kind.",
            )
        ],
    )
