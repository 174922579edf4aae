"""``fangma closures``: what is to be shut off, when, by which valves, and how it went on site."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID, uuid4

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from rich.console import Console

Closure = Annotated[str, typer.Argument(help="Number or id of the closure.")]
_COLUMNS = ("number", "state", "from", "until", "reason", "targets", "valves")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    closures = typer.Typer(help="Planned closures: valves, time, whom they affect, the notice.")
    for command in (plan, list_, show, step, notice):
        closures.command(command.__name__.rstrip("_"))(command)
    app.add_typer(closures, name="closures")


def plan(
    codes: Annotated[list[str], typer.Argument(help="What is to be shut off: parts or rooms.")],
    from_: Annotated[str, typer.Option("--from", help="From when.")],
    until: Annotated[str, typer.Option(help="Until when.")],
    reason: Annotated[str, typer.Option(help="Why: it stands in the notice.")],
    id_: Annotated[
        str | None, typer.Option("--id", help="A UUID of your own: sent twice, it is one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Seek the valves for a time to come, and plan to close them."""
    from fangma.asset_registry.store.closures import Planned
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.twin.pipes import closures

    start, end = moments(from_, None)[0], moments(until, None)[0]
    if start is None or end is None:
        raise typer.BadParameter("say --from and --until.")
    planned = Planned(
        id=uuid4() if id_ is None else UUID(str(_ref(id_, number=False))),
        targets=tuple(dict.fromkeys(codes)),
        reason=reason,
        start=start,
        end=end,
    )
    with connected() as connection:
        closures.plan(connection, OPERATOR, planned, actor=OPERATOR)
    _tell(str(planned.id), as_json=as_json)


def list_(
    state: Annotated[
        list[str] | None, typer.Option(help="planned, under_way, ended, cancelled.")
    ] = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """List planned closures, the newest first."""
    from fangma.asset_registry.closures.lifecycle import STATES
    from fangma.asset_registry.store import closures as stored
    from fangma.asset_registry.store.connection import OPERATOR, reading

    wrong = [each for each in state or () if each not in STATES]
    if wrong:
        raise typer.BadParameter(f"found {wrong[0]}, expected {', '.join(STATES)}.")
    with connected() as connection, reading(connection, OPERATOR, *moments(at, known)) as moment:
        found = stored.list_closures(connection, moment, states=state)
    items = [closure.as_dict() for closure in found]
    answer(
        {"items": items},
        as_json=as_json,
        show=lambda console: rows(
            console, _COLUMNS, [[_cell(item[column]) for column in _COLUMNS] for item in items]
        ),
    )


def show(closure: Closure, at: At = None, known: Known = None, as_json: Json = False) -> None:
    """Show a closure: history, whom it affects, conflicts, open work orders, notice."""
    _tell(closure, at, known, as_json=as_json)


def step(
    closure: Closure,
    deed: Annotated[
        str, typer.Argument(help="start, shut, stuck, replan, reopen, end, cancel or note.")
    ],
    valve: Annotated[str | None, typer.Option(help="The valve that one stands at.")] = None,
    note: Annotated[str | None, typer.Option(help="Why, or what was seen.")] = None,
    at: Annotated[str | None, typer.Option(help="When it was done; else now.")] = None,
    key: Annotated[
        str | None, typer.Option(help="A UUID of your own: sent twice, it is one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what was done on site; a valve that is found stuck is replaced by the next ones."""
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.twin.pipes import closures

    now = datetime.now(UTC)
    done = moments(at, None)[0] or now
    with connected() as connection:
        closures.advance(
            connection,
            OPERATOR,
            _ref(closure),
            deed,
            key=uuid4() if key is None else UUID(str(_ref(key, number=False))),
            actor=OPERATOR,
            at=min(done, now),
            valve=valve,
            note=note,
        )
    _tell(closure, as_json=as_json)


def notice(closure: Closure) -> None:
    """Print the notice to post, in Chinese."""
    typer.echo(_found(closure)["notice"])


def _tell(ref: str, at: str | None = None, known: str | None = None, *, as_json: bool) -> None:
    document = _found(ref, at, known)
    answer(document, as_json=as_json, show=lambda console: _show(console, document))


def _found(ref: str, at: str | None = None, known: str | None = None) -> dict[str, Any]:
    from fangma.asset_registry.store import closures as stored
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.pipes import closures

    with connected() as connection, reading(connection, OPERATOR, *moments(at, known)) as moment:
        return closures.told(connection, stored.find(connection, _ref(ref), moment), moment)


def _ref(text: str, *, number: bool = True) -> UUID | int:
    if number and text.isdecimal() and len(text) <= 12:
        return int(text)
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(
            f"found {text[:40]!r}, expected {'a number or ' if number else ''}a UUID."
        ) from None


def _show(console: Console, document: dict[str, Any]) -> None:
    for name, value in document.items():
        if name not in {"notice", "steps", "conflicts", "orders"}:
            console.print(f"{name}: {_cell(value)}", markup=False)
    for name in ("steps", "conflicts", "orders"):
        for each in document[name]:
            line = ", ".join(f"{key} {_cell(value)}" for key, value in each.items() if value)
            console.print(f"{name}: {line}", markup=False)
    console.print(f"\n{document['notice']}", markup=False)


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
