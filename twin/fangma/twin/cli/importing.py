"""``fangma import``: models and tables become registry entries and tiles."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.failures import REFUSED
from fangma.twin.cli.output import Json, answer, plain, progress, rows
from fangma.twin.cli.registry import moments

if TYPE_CHECKING:
    from rich.console import Console

    from fangma.bim_import.ahead import Ahead
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.reports import FileReport


class Discipline(StrEnum):
    """What a model is of."""

    ARCHITECTURE = "architecture"
    SERVICES = "services"
    STRUCTURE = "structure"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("import")(import_)


def import_(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.")],
    site: Annotated[
        str | None, typer.Option(help="Code of the site; the only one if left out.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="What the files are, instead of by their look.")
    ] = None,
    discipline: Annotated[Discipline | None, typer.Option(help="What a model is of.")] = None,
    revises: Annotated[
        str | None, typer.Option(help="Code of the building whose model this is a new export of.")
    ] = None,
    building: Annotated[
        str | None, typer.Option(help="Code of the building it belongs to.")
    ] = None,
    new_building: Annotated[
        bool, typer.Option("--new-building", help="It is a building that was not imported before.")
    ] = False,
    valid_from: Annotated[
        str | None, typer.Option(help="When it became true, e.g. 2026-01-01T00:00:00+08:00.")
    ] = None,
    ids: Annotated[
        list[Path] | None,
        typer.Option(help="IDS file that models are checked against; `fangma` = ours. Repeat it."),
    ] = None,
    older_revision: Annotated[
        bool,
        typer.Option("--older-revision", help="Go back to a file older than what was imported."),
    ] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler whose workers shape the models: tcp:// or tls://."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; do nothing.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Import building models and tables."""
    from fangma.bim_import.files import collect, models_among, readable_names
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.requirements import OUR_REQUIREMENTS

    if (revises or building) and new_building:
        raise typer.BadParameter("--new-building contradicts --revises and --building.")
    if revises and building:
        raise typer.BadParameter("--revises names the building already; leave --building out.")
    if scheduler is not None:
        from fangma.bim_import.cluster import is_address

        if not is_address(scheduler):
            raise typer.BadParameter(
                f"--scheduler is {scheduler!r}; it must be tcp://host:port or tls://host:port."
            )
    options = ImportOptions(
        site=site,
        discipline=None if discipline is None else discipline.value,
        revises=revises,
        building=building,
        new_building=new_building,
        valid_from=moments(valid_from, None)[0],
        dry_run=dry_run,
        older_revision=older_revision,
        ids=tuple(OUR_REQUIREMENTS if str(each) == "fangma" else each for each in ids or ()),
    )
    files = collect(paths)
    with readable_names(files) as named:
        models = models_among(named, kind)
        # Several are imported one after the other, with libraries that are loaded once.
        ahead: Ahead | None = context.obj if len(models) == 1 and scheduler is None else None
        if ahead is not None:
            ahead.begin(models[0], options.ids, options.workers)
        reports = _import(named, kind, options, ahead, scheduler, as_json=as_json)
    documents = [report.to_json() for report in reports]
    answer({"files": documents}, as_json=as_json, show=lambda console: _show(console, documents))
    return REFUSED if any(report.is_refused for report in reports) else 0


def _import(
    paths: list[Path],
    kind: str | None,
    options: ImportOptions,
    ahead: Ahead | None,
    scheduler: str | None,
    *,
    as_json: bool,
) -> list[FileReport]:
    # Half a second of libraries, which load while the other process parses the model; what that
    # one waits for first.
    from fangma.bim_import.tile_store import TileStore
    from fangma.twin.services.home import open_home
    from fangma.twin.settings import read_settings

    settings = read_settings()
    tiles = TileStore(root=open_home(settings).tiles)
    if ahead is not None:
        ahead.keep(None if options.dry_run else tiles.geometry.root)

    from fangma.asset_registry.store.connection import connect
    from fangma.bim_import.dispatch import import_files
    from fangma.bim_import.errors import ClusterError
    from fangma.twin.errors import MissingServiceError
    from fangma.twin.services import database

    url = database.ensure(settings)
    with progress("Importing", as_json=as_json) as moved:
        try:
            return import_files(
                paths,
                kind=kind,
                connection=lambda: connect(url),
                tiles=tiles,
                options=options,
                progress=moved,
                scheduler=scheduler,
                ahead=ahead,
            )
        except ClusterError as error:
            raise MissingServiceError(error.message, error.remedy) from error


def _show(console: Console, documents: list[dict[str, Any]]) -> None:
    columns = ("rooms", "elements", "added", "changed", "retired", "kept", "review")
    rows(
        console,
        ("file", "status", *columns, "seconds"),
        [
            (d["file"], d["status"], *(d[c] for c in columns), f"{d['seconds']:.1f}")
            for d in documents
        ],
    )
    for document in documents:
        for finding in document["findings"]:
            where = f" {finding['element']}" if finding["element"] else ""
            console.print(
                plain(
                    f"{finding['severity']}: {document['file']}{where}: {finding['message']} "
                    f"{finding['remedy']} [{finding['rule']}]"
                ),
                markup=False,
                highlight=False,
            )
