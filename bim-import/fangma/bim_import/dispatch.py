"""Import files of any kind, each by its own stages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.files import MODELS, TABLES, is_drawing, models_among
from fangma.bim_import.importing import import_models

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.importing import Progress
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.preparation import Preparation
    from fangma.bim_import.reports import FileReport
    from fangma.bim_import.tile_store import TileStore


def import_files(
    paths: Sequence[Path],
    *,
    kind: str | None,
    connection: Callable[[], Connection],
    tiles: TileStore,
    options: ImportOptions,
    progress: Progress | None = None,
    scheduler: str | None = None,
    ahead: Preparation | None = None,
) -> list[FileReport]:
    """Import files in an order in which later ones can refer to earlier ones.

    Parameters
    ----------
    kind : str or None
        ``ifc`` or the name of a table; None = told by the look of each file.
    scheduler : str or None
        Address of the Dask cluster that opens, reads and shapes the models; None = this machine.
    ahead : Preparation, optional
        Opens, reads and shapes the only model already; see `fangma.bim_import.ahead`.

    Returns
    -------
    reports : list of FileReport
        One a file, in the order in which they were imported.
    """
    models = models_among(paths, kind)
    others = [p for p in paths if p not in models]
    if scheduler is None:
        reports = import_models(
            models, connection=connection, tiles=tiles, options=options, progress=progress,
            ahead=ahead,
        )  # fmt: skip
    else:
        from fangma.bim_import.cluster import connected

        with connected(scheduler, workers=options.workers) as cluster:
            reports = import_models(
                models,
                connection=connection,
                tiles=tiles,
                options=options,
                progress=progress,
                cluster=cluster,
            )
    if not others:
        return reports
    # Tables load a workbook library, which models need not pay for.
    from fangma.bim_import.tables.dispatch import import_tables

    return reports + import_tables(others, kind, connection, options, progress)


def can_import(path: Path) -> bool:
    """Tell whether a file is of a kind that is imported; a broken one is, and then refused."""
    if path.suffix.lower() in MODELS or is_drawing(path):
        return True
    if path.suffix.lower() not in TABLES:
        return False
    from fangma.bim_import.tables.errors import RefusedTable
    from fangma.bim_import.tables.reading import kind_of

    try:
        return kind_of(path) is not None
    except RefusedTable:
        return True
