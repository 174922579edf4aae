"""``fangma sensors`` and ``fangma observations``: what reports, and what it said."""

from __future__ import annotations

from typing import Annotated

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.registry import connected, moments

_TIME = "RFC 3339 with an offset, or a date."
_COLUMNS = ("sensor", "code", "property", "unit", "result", "time", "quality")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    sensors = typer.Typer(help="Streams: what reports, where it is, how much has arrived.")
    sensors.command("status")(status)
    sensors.command("list")(list_)
    sensors.command("rejected")(rejected)
    app.add_typer(sensors, name="sensors")
    app.command()(observations)


def status(as_json: Json = False) -> None:
    """Count streams and observations, since ever."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.observations import totals
    from fangma.sensors_bridge.spool import waiting
    from fangma.twin.services.home import open_home
    from fangma.twin.settings import read_settings

    spooled = waiting(open_home(read_settings()).bridge / "spool")
    with connected() as connection, reading(connection, OPERATOR):
        books = totals(connection)
    counts = {
        "streams": books.streams,
        "bound": books.bound,
        "received": books.received + spooled,  # what waits on disk is counted when it is stored
        "stored": books.stored,
        "duplicates": books.duplicates,
        "rejected": books.rejected,
        "spooled": spooled,
    }
    answer(
        counts,
        as_json=as_json,
        show=lambda console: rows(console, ("what", "count"), list(counts.items())),
    )


def list_(
    code: Annotated[str | None, typer.Option(help="Only what watches this.")] = None,
    as_json: Json = False,
) -> None:
    """List streams with their newest values; those without a code are bound to nothing yet."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.streams import streams

    with connected() as connection, reading(connection, OPERATOR):
        items = [stream.as_dict() for stream in streams(connection, code=code)]
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console, _COLUMNS, [[item[column] for column in _COLUMNS] for item in items]
        ),
    )


def rejected(
    limit: Annotated[int, typer.Option(help="Rows at most.", min=1)] = 100,
    as_json: Json = False,
) -> None:
    """Show what was refused, by topic and reason, the latest first."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.observations import rejections

    with connected() as connection, reading(connection, OPERATOR):
        found = rejections(connection, limit=limit)
    items = [
        {
            "topic": each.place,
            "rule": each.rule,
            "count": each.count,
            "last": each.last_at.isoformat(),
            "message": each.message,
            "sample": each.sample,
        }
        for each in found
    ]
    columns = ("topic", "rule", "count", "last", "message")
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console, columns, [[item[column] for column in columns] for item in items]
        ),
    )


def observations(
    sensor: Annotated[str, typer.Argument(help="Its name, as in its topic or its table.")],
    start: Annotated[str | None, typer.Option("--from", help=f"From then on. {_TIME}")] = None,
    end: Annotated[str | None, typer.Option("--to", help=f"Up to then. {_TIME}")] = None,
    as_json: Json = False,
) -> None:
    """Print what a sensor observed, oldest first."""
    from fangma.asset_registry.store import observations as store
    from fangma.asset_registry.store.connection import OPERATOR, reading

    since, until = moments(start, end)
    with connected() as connection, reading(connection, OPERATOR):
        items = [each.as_dict() for each in store.observations(connection, sensor, since, until)]
    columns = ("time", "result", "quality")
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console, columns, [[item[column] for column in columns] for item in items]
        ),
    )
