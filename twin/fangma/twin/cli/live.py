"""``fangma sensors`` and ``fangma observations``: what reports, and what it said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fangma.twin.cli.output import Json, answer, progress, rows
from fangma.twin.cli.registry import connected, moments

_TIME = "RFC 3339 with an offset, or a date."
_COLUMNS = ("sensor", "code", "property", "unit", "result", "time", "quality")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    sensors = typer.Typer(help="Streams: what reports, where it is, how much has arrived.")
    sensors.command("status")(status)
    sensors.command("list")(list_)
    sensors.command("unknown")(unknown)
    sensors.command("bind")(bind)
    sensors.command("rejected")(rejected)
    sensors.command("replay")(replay)
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


def unknown(as_json: Json = False) -> None:
    """List what reports and was never declared, and what is declared but watches nothing."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.streams import streams

    with connected() as connection, reading(connection, OPERATOR):
        items = [stream.as_dict() for stream in streams(connection, is_bound=False)]
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console,
            ("sensor", "declared", *_COLUMNS[2:]),
            [[item[column] for column in ("sensor", "declared", *_COLUMNS[2:])] for item in items],
        ),
    )


def bind(
    sensor: Annotated[str, typer.Argument(help="Its name, as in its topic or its table.")],
    code: Annotated[
        str | None, typer.Argument(help="What it watches from then on; left out: nothing.")
    ] = None,
    observed_property: Annotated[
        str | None, typer.Option("--property", help="What it observes, such as temperature.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="UCUM, such as Cel.")] = None,
    since: Annotated[str | None, typer.Option("--valid-from", help=f"Else now. {_TIME}")] = None,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    as_json: Json = False,
) -> None:
    """Say what a sensor watches; what it watched before stays in the history."""
    from fangma.asset_registry.codes import parse
    from fangma.asset_registry.store import audit_log
    from fangma.asset_registry.store.connection import OPERATOR, recording
    from fangma.asset_registry.store.streams import rebind

    start, _ = moments(since, None)
    with connected() as connection, recording(connection, OPERATOR):
        stream = rebind(
            connection,
            sensor,
            code=None if code is None else str(parse(code)),
            observed_property=observed_property,
            unit=unit,
            actor=OPERATOR,
            valid_from=start,
            reason=reason,
        )
        audit_log.append(
            connection,
            actor=OPERATOR,
            action="bind",
            subject=stream.code,
            detail={"sensor": sensor, "since": start.isoformat() if start else None},
        )
    item = stream.as_dict()
    answer(
        item,
        as_json=as_json,
        show=lambda console: rows(console, _COLUMNS, [[item[column] for column in _COLUMNS]]),
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


def replay(
    file: Annotated[Path, typer.Argument(help="CSV: 传感器编号, 时间, 观测值.")],
    speed: Annotated[
        float | None,
        typer.Option(help="So many times as fast as it was; left out: at once.", min=0.001),
    ] = None,
    offset: Annotated[
        str | None, typer.Option(help="From UTC, of times without one, such as +08:00.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Publish recorded observations through the broker, as their sensors would have.

    All rows or none; what is there already is kept once, so that a file may be replayed again.
    """
    from fangma.sensors_bridge import recordings
    from fangma.twin.errors import MissingServiceError
    from fangma.twin.services import broker
    from fangma.twin.settings import read_settings

    settings = read_settings()
    url, how = broker.state(settings)
    if how != "running":
        raise MissingServiceError(f"The MQTT broker {url} is {how}.", "Run fangma up.")
    found = recordings.examine(
        file, offset=None if offset is None else recordings.offset_of(offset)
    )
    with progress(file.name, as_json=as_json) as moved:
        done = recordings.publish(
            settings.mqtt_url or url,
            recordings.observations(found),
            speed=speed,
            progress=lambda count: moved(count / found.observations, f"{count} published"),
        )
    told = {
        "file": file.name,
        "published": done,
        "sensors": found.sensors,
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
    }
    answer(
        told,
        as_json=as_json,
        show=lambda console: rows(console, list(told), [list(told.values())]),
    )


def observations(
    sensor: Annotated[str, typer.Argument(help="Its name, as in its topic or its table.")],
    start: Annotated[str | None, typer.Option("--from", help=f"From then on. {_TIME}")] = None,
    end: Annotated[str | None, typer.Option("--to", help=f"Up to then. {_TIME}")] = None,
    every: Annotated[
        str | None, typer.Option(help="Rolled up by minute, hour or day (in China).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print what a sensor observed, oldest first; with --every what it came to.

    Counts of people are printed as they are, one and two too: it leaves a line in the audit log.
    """
    from fangma.asset_registry.presence import counts_people
    from fangma.asset_registry.store import audit_log, observations as store
    from fangma.asset_registry.store.connection import OPERATOR, reading, recording
    from fangma.asset_registry.store.rollups import bring_up, rollups
    from fangma.asset_registry.store.streams import streams

    since, until = moments(start, end)
    columns: tuple[str, ...] = ("time", "result", "quality")
    with connected() as connection:
        if every is not None:
            columns = ("time", "count", "mean", "min", "max", "first", "last")
            bring_up(connection)
        with reading(connection, OPERATOR):
            items = (
                [each.as_dict() for each in store.observations(connection, sensor, since, until)]
                if every is None
                else [each.as_dict() for each in rollups(connection, sensor, every, since, until)]
            )
            (stream,) = streams(connection, sensor=sensor)
        if counts_people(stream.observed_property, stream.unit):
            with recording(connection, OPERATOR):
                audit_log.append(
                    connection,
                    actor=OPERATOR,
                    action="read-counts",
                    subject=stream.code,
                    detail={"sensor": sensor, "observations": len(items)},
                )
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console, columns, [[item[column] for column in columns] for item in items]
        ),
    )
