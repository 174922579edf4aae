"""``fangma near``, ``drill``, ``trace``, ``isolate``, ``valve``: questions about hidden pipes."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, rows
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.twin.pipes.book import PipeBook

_Place = "X,Y,Z in metres: east, north, height in the site's CRS."
Site = Annotated[str | None, typer.Option(help="Code of the site; all of them if left out.")]


class Way(StrEnum):
    """Where to trace."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


class Standing(StrEnum):
    """How a valve stands."""

    OPEN = "open"
    CLOSED = "closed"
    STUCK = "stuck"
    UNKNOWN = "unknown"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (near, drill, trace, isolate, valve):
        app.command()(command)


def near(
    point: Annotated[str, typer.Option(help=_Place)],
    count: Annotated[int, typer.Option(min=1, help="How many at most.")] = 5,
    within: Annotated[float | None, typer.Option(min=0.0, help="No farther, metres.")] = None,
    site: Site = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Tell the services nearest to a point, by the distance to their surface."""
    from fangma.twin.pipes.questions import near as ask

    place = read_point(point, "--point")
    found = _asked(
        at, known, site, lambda _c, book, _m: ask(book, place, count=count, within_m=within)
    )
    columns = ("code", "kind", "system", "distance_m", "uncertainty_m")
    answer(found, as_json=as_json, show=lambda console: _table(console, columns, found["items"]))


def drill(
    start: Annotated[str, typer.Option("--from", help=_Place)],
    end: Annotated[str, typer.Option("--to", help=_Place)],
    diameter: Annotated[float, typer.Option(min=0.0, help="Of the bit, metres.")],
    site: Site = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Tell whether one may drill here: green, amber, red, or unknown where data are missing."""
    from fangma.spatial.drilling import Drill
    from fangma.twin.pipes.questions import drill as ask

    hole = Drill(
        start=read_point(start, "--from"), end=read_point(end, "--to"), diameter_m=diameter
    )
    found = _asked(at, known, site, lambda _c, book, _m: ask(book, hole))

    def show(console: Console) -> None:
        age = found["data_age_days"]
        console.print(f"{found['verdict']} (data of {'unknown age' if age is None else age} days)")
        columns = ("code", "system", "clearance_m", "uncertainty_m", "hit_probability")
        _table(console, columns, found["items"])
        if found["instead"] is not None:
            console.print(f"instead: from {found['instead']['from']} to {found['instead']['to']}")

    answer(found, as_json=as_json, show=show)


def trace(
    code: Annotated[str, typer.Argument(help="Of a pipe, fitting, valve, terminal or device.")],
    direction: Annotated[
        Way, typer.Option(help="To the source, to what it feeds, or both.")
    ] = Way.BOTH,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Follow a pipe to what feeds it and to what it feeds."""
    from fangma.twin.pipes.questions import trace as ask

    found = _asked(
        at, known, None, lambda conn, book, when: ask(conn, book, code, direction.value, when)
    )
    answer(found, as_json=as_json, show=lambda console: _lists(console, found))


def isolate(
    codes: Annotated[list[str], typer.Argument(help="Of what is to be shut off; rooms too.")],
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Tell which valves to close, in order, and who goes dry."""
    from fangma.twin.pipes.questions import isolate as ask

    found = _asked(at, known, None, lambda conn, book, when: ask(conn, book, codes, when))
    answer(found, as_json=as_json, show=lambda console: _lists(console, found))


def valve(
    code: Annotated[str, typer.Argument(help="Code of the valve.")],
    position: Annotated[Standing, typer.Argument(help="How it stands.")],
    at: At = None,
    as_json: Json = False,
) -> None:
    """Record how a valve stands from a time on."""
    from fangma.asset_registry.store import audit_log, networks
    from fangma.asset_registry.store.connection import OPERATOR, recording

    since = moments(at, None)[0] or datetime.now(UTC)
    with connected() as connection, recording(connection, OPERATOR):
        networks.set_valve(connection, code, position.value, actor=OPERATOR, valid_from=since)
        audit_log.append(
            connection,
            actor=OPERATOR,
            action="valve",
            subject=code,
            detail={"position": position.value, "at": since.isoformat()},
        )
    found = {"code": code, "position": position.value, "at": since.isoformat()}
    answer(found, as_json=as_json, show=lambda console: _lists(console, found))


def _asked(
    at: str | None,
    known: str | None,
    site: str | None,
    ask: Callable[[Connection, PipeBook, Moment], dict[str, Any]],
) -> dict[str, Any]:
    """Read the networks as of a moment and ask."""
    from fangma.asset_registry.store import networks
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.pipes.book import PipeBook

    when = moments(at, known)
    with connected() as connection, reading(connection, OPERATOR, *when) as moment:
        site_id = None if site is None else networks.find(connection, site).id
        return ask(connection, PipeBook.read(connection, moment, site_id), moment)


def read_point(text: str, option: str) -> NDArray[np.float64]:
    """Read three numbers.

    Raises
    ------
    typer.BadParameter
    """
    import numpy as np

    try:
        values = [float(each) for each in text.split(",")]
    except ValueError:
        values = []
    if len(values) != 3 or not np.isfinite(values).all():
        raise typer.BadParameter(f"found {option} {text}, expected {_Place}")
    return np.array(values)


def _table(console: Console, columns: tuple[str, ...], items: list[dict[str, Any]]) -> None:
    rows(console, columns, [[_cell(item[column]) for column in columns] for item in items])


def _lists(console: Console, found: dict[str, Any]) -> None:
    """Show an answer of lists, a line each."""
    rows(
        console,
        ("what", "which"),
        [
            (key, ", ".join(str(each) for each in value) if isinstance(value, list) else value)
            for key, value in found.items()
        ],
    )


def _cell(value: object) -> object:
    return f"{value:.3f}" if isinstance(value, float) else value
