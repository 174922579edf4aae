"""``fangma health``: what is wrong, missing or guessed in a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, plain, progress, rows
from fangma.twin.cli.registry import connected

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(health)


def health(
    what: Annotated[
        str, typer.Argument(metavar="MODEL|IMPORT", help="A file, or a revision of an import.")
    ],
    html: Annotated[Path | None, typer.Option(help="Write a page into this file.")] = None,
    site: Annotated[
        str | None, typer.Option(help="Code of the site, for a file, where there are several.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Report on the health of a model: what is wrong, missing or guessed, with remedies."""
    document = _of_file(Path(what), site, as_json=as_json) if Path(what).exists() else _of(what)
    if html is not None:
        from fangma.bim_import.health.page import draw_page
        from fangma.twin.cli.papers import write_whole

        write_whole(html, draw_page(document).encode())
    answer(document, as_json=as_json, show=lambda console: _show(console, document))


def _of(what: str) -> dict[str, Any]:
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.imports import list_imports, read_import
    from fangma.bim_import.exchange.errors import ExchangeError

    with connected() as connection, reading(connection, OPERATOR) as moment:
        revision = int(what) if what.isdecimal() and len(what) < 19 else None
        if revision is None:
            found = list_imports(connection, moment, limit=10_000)
            revision = next((r.revision for r in found if r.file == what), 0)
        told = read_import(connection, revision)
    if told is None:
        raise ExchangeError(
            f"{what} is neither a file nor an import", "fangma imports lists what was imported"
        )
    return health_document(told)


def health_document(told: dict[str, Any]) -> dict[str, Any]:
    """Put together what a page is drawn of."""
    return {
        "file": told["file"], "revision": told["revision"], "at": told["at"].isoformat(),
        "schema": told["summary"].get("schema"), "health": told["health"],
        "findings": told["findings"],
    }  # fmt: skip


def _of_file(path: Path, site: str | None, *, as_json: bool) -> dict[str, Any]:
    """Examine a file without importing it."""
    from fangma.asset_registry.store.connection import connect
    from fangma.bim_import.importing import import_model
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.tile_store import TileStore
    from fangma.twin.services import database
    from fangma.twin.services.home import open_home
    from fangma.twin.settings import read_settings

    settings = read_settings()
    url = database.ensure(settings)
    with progress("Examining", as_json=as_json) as moved:
        report = import_model(
            path,
            connection=lambda: connect(url),
            tiles=TileStore(root=open_home(settings).tiles),
            options=ImportOptions(site=site, dry_run=True, new_building=True),
            progress=moved,
        )
    if report.status == "unchanged":
        return _of(path.name)
    told = report.to_json()
    return {
        "file": report.file, "revision": None, "at": None, "schema": report.schema,
        "health": told["health"] or {"counts": {}, "checks": []}, "findings": told["findings"],
    }  # fmt: skip


def _show(console: Console, document: dict[str, Any]) -> None:
    checks = document["health"]["checks"] if document["health"] else []
    rows(
        console,
        ("severity", "rule", "count", "what", "remedy"),
        [(c["severity"], c["rule"], c["count"], c["en"], c["remedy_en"]) for c in checks],
    )
    for f in document["findings"]:
        console.print(
            plain(f"{f['severity']}: {f['message']} {f['remedy']} [{f['rule']}]"),
            markup=False, highlight=False,
        )  # fmt: skip
