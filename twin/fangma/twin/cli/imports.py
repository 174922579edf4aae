"""``fangma imports`` and ``fangma rollback``: what was imported, and taking it back."""

from __future__ import annotations

from typing import Annotated

import typer

from fangma.twin.cli.output import Json, answer, plain, rows
from fangma.twin.cli.registry import connected

_COLUMNS = ("revision", "at", "file", "discipline", "status", "current")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("imports")(imports)
    app.command("rollback")(rollback)


def imports(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List what was imported, newest first, with the revisions that rollback takes."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.imports import list_imports

    with connected() as connection, reading(connection, OPERATOR) as moment:
        found = list_imports(connection, moment, limit=limit)
    items = [
        {
            "revision": each.revision, "at": each.at.isoformat(), "actor": each.actor,
            "file": each.file, "discipline": each.discipline, "current": each.current,
            "status": each.report.get("status"),
            "rolled_back": each.report.get("rolled_back"),
        }
        for each in found
    ]  # fmt: skip
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(console, _COLUMNS, [[i[c] for c in _COLUMNS] for i in items]),
    )


def rollback(
    what: Annotated[
        str, typer.Argument(metavar="REVISION|FILE", help="As fangma imports lists them.")
    ],
    site: Annotated[str | None, typer.Option(help="Code of the site, for a file name.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    document: Annotated[str | None, typer.Option(help="The document that says so.")] = None,
    as_json: Json = False,
) -> None:
    """Take an import back: the registry holds again what it held before it."""
    from fangma.asset_registry.store.connection import OPERATOR, recording
    from fangma.asset_registry.store.rollback import roll_back
    from fangma.bim_import.surroundings import Surroundings
    from fangma.bim_import.tile_store import TileStore
    from fangma.twin.services.home import open_home
    from fangma.twin.settings import read_settings

    tiles = TileStore(root=open_home(read_settings()).tiles)
    with connected() as connection:
        where = None if site is None else Surroundings.existing(connection, site)
        with recording(connection, OPERATOR):
            done = roll_back(
                connection,
                int(what) if what.isdecimal() and len(what) < 19 else what,
                actor=OPERATOR,
                reason=reason,
                document=document,
                site_id=None if where is None else where.site.id,
                has_tile=lambda sha256: tiles.path(sha256).is_file(),
            )
    known_again = f"; {done.now} holds again" if done.now else "; nothing of its model is left"
    answer(
        done.as_dict(),
        as_json=as_json,
        show=lambda console: console.print(
            plain(f"{done.file} (revision {done.undone}) was taken back{known_again}"),
            markup=False,
        ),
    )
