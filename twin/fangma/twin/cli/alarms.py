"""``fangma alarms``: what is wrong, and what people do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.registry import connected, moments

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from rich.console import Console

    from fangma.asset_registry.store.alarms import Alarm
    from fangma.asset_registry.store.connection import Connection

_COLUMNS = ("id", "severity", "state", "since", "code", "rule", "value", "message")
_Id = Annotated[int, typer.Argument(help="Number of the alarm.")]
_Note = Annotated[str | None, typer.Option(help="What is to be remembered of it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="Alarms: list, acknowledge, shelve.", invoke_without_command=True)
    group.callback()(list_)
    group.command()(acknowledge)
    group.command()(shelve)
    group.command()(unshelve)
    group.command()(note)
    group.command()(assign)
    group.command()(show)
    app.add_typer(group, name="alarms")


def list_(
    context: typer.Context,
    state: Annotated[
        str | None,
        typer.Option(help="active, acknowledged, shelved or cleared; else all that are not over."),
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Rows at most.", min=1)] = None,
    as_json: Json = False,
) -> None:
    """List alarms, the latest first."""
    if context.invoked_subcommand is not None:
        return
    from fangma.asset_registry.alarming import OPEN
    from fangma.asset_registry.store.alarms import alarms
    from fangma.asset_registry.store.connection import OPERATOR, reading

    with connected() as connection, reading(connection, OPERATOR):
        found = alarms(connection, states=OPEN if state is None else (state,), limit=limit)
    items = [alarm.as_dict() for alarm in found]
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console, _COLUMNS, [[item[column] for column in _COLUMNS] for item in items]
        ),
    )


def acknowledge(id_: _Id, note: _Note = None, as_json: Json = False) -> None:
    """Say that an alarm was seen."""
    _change(id_, "acknowledge", note=note, until=None, as_json=as_json)


def shelve(
    id_: _Id,
    until: Annotated[str, typer.Option(help="When it comes back: RFC 3339, or a date.")],
    reason: Annotated[str, typer.Option(help="Why it may be hidden so long.")],
    as_json: Json = False,
) -> None:
    """Hide an alarm for a time."""
    when, _ = moments(until, None)
    _change(id_, "shelve", note=reason, until=when, as_json=as_json)


def unshelve(id_: _Id, note: _Note = None, as_json: Json = False) -> None:
    """Bring a shelved alarm back."""
    _change(id_, "unshelve", note=note, until=None, as_json=as_json)


def note(
    id_: _Id,
    words: Annotated[str, typer.Argument(help="What is to be remembered.")],
    as_json: Json = False,
) -> None:
    """Write a note on an alarm, whatever its state."""
    from fangma.asset_registry.store import alarms as store

    _record(
        id_,
        "note",
        lambda connection: store.note(connection, id_, words, actor="operator"),
        words,
        as_json=as_json,
    )


def assign(
    id_: _Id,
    order: Annotated[int, typer.Argument(help="Number of the work order.")],
    as_json: Json = False,
) -> None:
    """Say which work order is about an alarm."""
    from fangma.asset_registry.store import alarms as store

    _record(
        id_,
        "assign",
        lambda connection: store.assign(connection, id_, order, actor="operator"),
        str(order),
        as_json=as_json,
    )


def show(id_: _Id, as_json: Json = False) -> None:
    """Show an alarm, what became of it, and the nearest valve, hydrant and exit."""
    from fangma.asset_registry.store import alarms as store
    from fangma.asset_registry.store.connection import OPERATOR, reading

    with connected() as connection, reading(connection, OPERATOR):
        item = store.find_alarm(connection, id_).as_dict()
        item["steps"] = [each.as_dict() for each in store.history(connection, id_)]
        item["nearest"] = [each.as_dict() for each in store.nearest(connection, id_)]

    def shown(console: Console) -> None:
        rows(console, _COLUMNS, [[item[column] for column in _COLUMNS]])
        for part in ("steps", "nearest"):
            if item[part]:
                rows(console, tuple(item[part][0]), [list(each.values()) for each in item[part]])

    answer(item, as_json=as_json, show=shown)


def _change(
    id_: int, deed: str, *, note: str | None, until: datetime | None, as_json: bool
) -> None:
    from fangma.asset_registry.store.alarms import change

    _record(
        id_,
        deed,
        lambda connection: change(connection, id_, deed, actor="operator", note=note, until=until),
        note,
        as_json=as_json,
    )


def _record(
    id_: int,
    deed: str,
    act: Callable[[Connection], Alarm],
    note: str | None,
    *,
    as_json: bool,
) -> None:
    """Do something about an alarm, with a line in the audit log."""
    from fangma.asset_registry.store import audit_log
    from fangma.asset_registry.store.connection import OPERATOR, recording

    with connected() as connection, recording(connection, OPERATOR):
        alarm = act(connection)
        audit_log.append(
            connection,
            actor=OPERATOR,
            action=f"alarm-{deed}",
            subject=alarm.code,
            detail={"alarm": id_, "rule": alarm.rule, "note": note},
        )
    item: dict[str, Any] = alarm.as_dict()
    answer(
        item,
        as_json=as_json,
        show=lambda console: rows(console, _COLUMNS, [[item[column] for column in _COLUMNS]]),
    )
