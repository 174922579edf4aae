"""``fangma near``, ``drill``, ``trace``, ``isolate``, ``valve``: questions about hidden pipes."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, Language, answer, rows
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.twin.pipes.bodies import Bodies
    from fangma.twin.pipes.needs import ReadBook

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
    for command in (near, drill, trace, isolate, leak, valve):
        app.command()(command)


def near(
    point: Annotated[str | None, typer.Option(help=_Place)] = None,
    at_code: Annotated[
        str | None,
        typer.Option(help="Near a room, or whatever a label names, instead of a point."),
    ] = None,
    element: Annotated[
        str | None, typer.Option(help="Near a wall, slab or door: its GlobalId.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many at most.")] = 5,
    within: Annotated[float | None, typer.Option(min=0.0, help="No farther, metres.")] = None,
    site: Site = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Tell the services nearest to a point, room or wall, by the distance to their surface."""
    from fangma.twin.pipes import hiding, places
    from fangma.twin.pipes.questions import nearest as ask

    if sum(each is not None for each in (point, at_code, element)) != 1:
        raise typer.BadParameter("say near what: one of --point, --at-code and --element.")
    place: Any = None if point is None else read_point(point, "--point")

    def answered(conn: Connection, read: ReadBook, when: Moment) -> dict[str, Any]:
        bodies = _bodies()
        where = place
        if where is None:
            where = places.body_of(conn, bodies, when, code=at_code, guid=element)
        book, found = ask(read, where, count=count, within_m=within)
        hiding.tell(conn, book, found["items"], bodies, when)
        return found

    found = _asked(at, known, site, answered)
    columns = ("code", "kind", "system", "distance_m", "uncertainty_m", "hidden_by")
    answer(found, as_json=as_json, show=lambda console: _table(console, columns, found["items"]))


def drill(
    start: Annotated[str | None, typer.Option("--from", help=_Place)] = None,
    end: Annotated[str | None, typer.Option("--to", help=_Place)] = None,
    diameter: Annotated[float | None, typer.Option(min=0.0, help="Of the bit, metres.")] = None,
    polygon: Annotated[
        Path | None,
        typer.Option(help="Dig instead: an outline as GeoJSON or WKT in the site's CRS."),
    ] = None,
    depth: Annotated[float | None, typer.Option(min=0.0, help="Of the pit, metres.")] = None,
    ground: Annotated[
        float | None, typer.Option(help="Height of the ground there; else as surveyed about it.")
    ] = None,
    site: Site = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Tell whether one may drill or dig here: green, amber, red; unknown where data are missing."""
    from fangma.spatial.drilling import Drill
    from fangma.twin.pipes import closing, hiding, places, questions

    hole, outline = None, None
    if polygon is not None:
        if depth is None or depth <= 0.0 or start or end or diameter is not None:
            raise typer.BadParameter(
                "--polygon takes --depth, and neither --from, --to, --diameter."
            )
        outline = places.read_outline(polygon)
    elif start is None or end is None or diameter is None:
        raise typer.BadParameter(
            "say --from, --to and --diameter of the hole, or --polygon, --depth."
        )
    else:
        hole = Drill(
            start=read_point(start, "--from"), end=read_point(end, "--to"), diameter_m=diameter
        )

    def answered(conn: Connection, read: ReadBook, when: Moment) -> dict[str, Any]:
        if outline is not None and depth is not None:
            book = read(questions.near_pit(outline))
            found = questions.dig(book, outline, depth, ground)
        elif hole is not None:
            book = read(questions.near_hole(hole))
            found = questions.drill(book, hole)
        else:
            raise AssertionError  # refused above
        hiding.tell(conn, book, found["items"], _bodies(), when)
        return {**found, "shut": closing.shutting(conn, book, read, found, when)}

    found = _asked(at, known, site, answered)
    answer(found, as_json=as_json, show=lambda console: _show_drilling(console, found))


def _show_drilling(console: Console, found: dict[str, Any]) -> None:
    age = found["data_age_days"]
    console.print(f"{found['verdict']} (data of {'unknown age' if age is None else age} days)")
    columns = (
        "code", "system", "clearance_m", "uncertainty_m", "hit_probability", "hidden_by",
    )  # fmt: skip
    _table(console, columns, found["items"])
    instead = found["instead"]
    if instead is not None and "from" in instead:
        console.print(f"instead: from {instead['from']} to {instead['to']}")
    elif instead is not None:
        console.print(f"instead: moved by {instead['shift_m']} m: {instead['outline']}")
    for shut in found["shut"]:
        valves = ", ".join(shut["valves"]) if shut["possible"] else "cannot be shut off"
        rooms = ", ".join(shut["rooms"]) or "no room"
        console.print(f"before: {shut['system']} {valves}; cuts off {shut['cut_off']}: {rooms}")


def trace(
    code: Annotated[str, typer.Argument(help="Of a pipe, fitting, valve, terminal or device.")],
    direction: Annotated[
        Way, typer.Option(help="To the source, to what it feeds, or both.")
    ] = Way.BOTH,
    to: Annotated[str | None, typer.Option(help="The way to this part too.")] = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Follow a pipe to what feeds it and to what it feeds."""
    from fangma.twin.pipes.questions import trace as ask

    found = _asked(
        at, known, None, lambda conn, read, when: ask(conn, read, code, direction.value, when, to)
    )
    answer(found, as_json=as_json, show=lambda console: _lists(console, found))


def isolate(
    codes: Annotated[list[str], typer.Argument(help="Of what is to be shut off; rooms too.")],
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Tell which valves to close, in order, and who goes dry."""
    from fangma.twin.pipes.closing import isolate as ask

    found = _asked(at, known, None, lambda conn, read, when: ask(conn, read, codes, when))
    answer(found, as_json=as_json, show=lambda console: _lists(console, found))


def leak(
    readings: Annotated[
        Path | None,
        typer.Option(
            help="CSV or JSON of meters, pressures, flood sensors; else what streams observed."
        ),
    ] = None,
    site: Site = None,
    lang: Annotated[Language, typer.Option(help="Of the reasons.")] = Language.EN,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Tell which zones lose water, and where to look first."""
    from fangma.asset_registry.store import networks
    from fangma.twin.pipes import leaks
    from fangma.twin.pipes.readings import read_readings

    given = None if readings is None else read_readings(readings)

    def answered(conn: Connection, read: ReadBook, when: Moment) -> dict[str, Any]:
        told = leaks.observed(conn, when) if given is None else given
        site_id = None if site is None else networks.find(conn, site).id
        return leaks.leak(
            conn, read, told, _bodies(), when, "zh" if lang is Language.ZH else "en", site_id
        )

    found = _asked(at, known, site, answered)

    def show(console: Console) -> None:
        _table(console, ("verdict", "loss_m3h", "parts", "why"), found["zones"])
        suspects = [{**each, "reasons": "; ".join(each["reasons"])} for each in found["suspects"]]
        _table(console, ("code", "system", "score", "reasons"), suspects)
        for segment in found["segments"][:1]:
            console.print(f"shut: {', '.join(segment['valves']) or 'no valve is known'}")
        for each in found["unused"]:
            console.print(f"not used: {each['reading']}: {each['why']}", markup=False)

    answer(found, as_json=as_json, show=show)


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
    ask: Callable[[Connection, ReadBook, Moment], dict[str, Any]],
) -> dict[str, Any]:
    """Read the networks as of a moment and ask."""
    from fangma.asset_registry.store import networks
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.pipes.needs import reader

    when = moments(at, known)
    with connected() as connection, reading(connection, OPERATOR, *when) as moment:
        site_id = None if site is None else networks.find(connection, site).id
        return ask(connection, reader(connection, moment, site_id), moment)


def concealment_of(conn: Connection, code: str, moment: Moment) -> dict[str, Any] | None:
    """Tell what hides a part, run by run; None for one that is of no network then."""
    from fangma.asset_registry.store import networks
    from fangma.twin.pipes import hiding
    from fangma.twin.pipes.book import PipeBook

    book = PipeBook.read_one(conn, moment, networks.find(conn, code).id)
    return hiding.concealment(conn, book, code, _bodies(), moment) if book.parts else None


def _bodies() -> Bodies:
    """Open the bodies that imports kept in this home."""
    from fangma.twin.pipes.bodies import Bodies
    from fangma.twin.settings import read_settings

    return Bodies(read_settings().home / "geometry")


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
