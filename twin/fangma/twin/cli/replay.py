"""``fangma replay``: any past moment of a site, and what happened meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.registry import connected, moments

if TYPE_CHECKING:
    from rich.console import Console

_TIME = "RFC 3339 with an offset, or a date."
_TABLES = {
    "values": ("sensor", "code", "property", "result", "unit", "time", "quality"),
    "occupancy": ("code", "occupied", "count", "confidence"),
    "alarms": ("id", "severity", "state", "since", "code", "rule", "value"),
    "valves": ("code", "position", "since"),
    "orders": ("number", "code", "fault", "urgency", "state"),
    "events": ("at", "kind", "code", "what", "words"),
}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(replay)


def replay(
    at: Annotated[str | None, typer.Option(help=f"The moment; else now. {_TIME}")] = None,
    known: Annotated[
        str | None, typer.Option(help=f"As it was known then; else as now. {_TIME}")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", help=f"Tell what happened from then to --at. {_TIME}")
    ] = None,
    site: Annotated[
        str | None, typer.Option(help="Code of the site, where there are more.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the scene of a past moment: values, presence, alarms, valves, rooms, work orders."""
    from fangma.asset_registry.errors import UnknownCodeError
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.moments import events, scene_at
    from fangma.asset_registry.store.sites import find_site

    then, when_known = moments(at, known)
    start, _ = moments(since, None)
    with (
        connected() as connection,
        reading(connection, OPERATOR, at=then, known=when_known) as moment,
    ):
        found = find_site(connection, site, moment)
        if found is None:
            raise UnknownCodeError(site or "site", "fangma site add makes the first site")
        told: dict[str, Any] = {"site": found.code}
        told |= scene_at(connection, found.id, moment.at, when_known).as_dict()
        if start is not None:
            happened = events(connection, found.id, start, moment.at, limit=10_000)
            told["events"] = [each.as_dict() for each in happened]

    def shown(console: Console) -> None:
        console.print(f"{found.code} at {told['at']}, {len(told['rooms'])} rooms")
        for name, columns in _TABLES.items():
            if told.get(name):
                rows(console, columns, [[row[column] for column in columns] for row in told[name]])

    answer(told, as_json=as_json, show=shown)
