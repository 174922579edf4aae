"""``fangma lineage``: what became of a room or a pipe, decided by people and asked about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, plain, rows
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from shapely.geometry import LineString

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.lineage import Decided, Order
    from fangma.asset_registry.store.undoing import Undone

Code = Annotated[str, typer.Argument(help="As on the label.")]
Since = Annotated[str | None, typer.Option("--from", help="From when on it is so; else now.")]
Reason = Annotated[str | None, typer.Option(help="Why.")]
Document = Annotated[str | None, typer.Option(help="The document that says so.")]
_MOST_PARTS = 50
_LONGEST = 200


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(help="What became of what: split, merge, renumber, swap, use; undo, show.")
    for command in (show, split, merge, renumber, swap, use, undo):
        group.command(command.__name__)(command)
    group.command("list")(list_)
    app.add_typer(group, name="lineage")


def show(
    code: Code,
    svg: Annotated[Path | None, typer.Option(help="Draw it into this file.")] = None,
    at: At = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Show the ancestors and descendants of a code."""
    from fangma.asset_registry.family_drawing import draw_family
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.lineage import family

    when = moments(at, known)
    with connected() as connection, reading(connection, OPERATOR, *when) as moment:
        found = family(connection, code, moment)
    if svg is not None:
        svg.write_text(draw_family(found), "utf-8")
    answer(found, as_json=as_json, show=lambda console: _show_family(console, found))


def split(
    code: Code,
    part: Annotated[
        list[str],
        typer.Option(help="NUMBER, NUMBER=AREA or NUMBER:NAME=AREA; of a pipe =LENGTH. Repeat it."),
    ],
    cut: Annotated[
        str | None, typer.Option(help="X1,Y1,X2,Y2: the partition of a room cut in two.")
    ] = None,
    since: Since = None,
    reason: Reason = None,
    document: Document = None,
    accept_area: Annotated[
        bool, typer.Option(help="Figures that miss the whole by far are right; say why.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Divide a room or a run of pipe into parts with codes of their own."""
    from fangma.asset_registry.store import lineage
    from fangma.twin.settings import read_settings

    if accept_area and not reason:
        raise typer.BadParameter("--accept-area needs a --reason.")
    limit = read_settings().lineage_size_limit

    if len(part) > _MOST_PARTS:
        raise typer.BadParameter(f"{len(part)} parts; {_MOST_PARTS} at most.")
    read = [_part(text) for text in part]
    line = None if cut is None else _line(cut)
    _decide(
        lambda conn, order: lineage.split(
            conn, code, [p for p, _ in read],
            replace(order, accepts_sizes=accept_area, size_limit=limit),
            sizes=[s for _, s in read], cut=line,
        ),
        since, reason, document, as_json=as_json,
    )  # fmt: skip


def merge(
    codes: Annotated[list[str], typer.Argument(help="Two or more, as on their labels.")],
    number: Annotated[str | None, typer.Option(help="Door number of what they became.")] = None,
    name: Annotated[str | None, typer.Option(help="Its name.")] = None,
    since: Since = None,
    reason: Reason = None,
    document: Document = None,
    as_json: Json = False,
) -> None:
    """Throw rooms or runs of pipe together."""
    from fangma.asset_registry.store import lineage

    number, name = _words(number, "--number"), _words(name, "--name")
    _decide(
        lambda conn, order: lineage.merge(conn, codes, order, number=number, name=name),
        since, reason, document, as_json=as_json,
    )  # fmt: skip


def renumber(
    code: Code,
    number: Annotated[str, typer.Argument(help="What the door says now.")],
    since: Since = None,
    reason: Reason = None,
    document: Document = None,
    as_json: Json = False,
) -> None:
    """Put another number on a door; the code stays."""
    from fangma.asset_registry.store import lineage

    said = _words(number, "NUMBER") or ""
    _decide(
        lambda conn, order: lineage.renumber(conn, code, said, order),
        since, reason, document, as_json=as_json,
    )  # fmt: skip


def swap(
    one: Code,
    other: Code,
    since: Since = None,
    reason: Reason = None,
    document: Document = None,
    as_json: Json = False,
) -> None:
    """Let two things exchange their numbers and names; the codes stay."""
    from fangma.asset_registry.store import lineage

    _decide(
        lambda conn, order: lineage.swap(conn, one, other, order),
        since, reason, document, as_json=as_json,
    )  # fmt: skip


def use(
    code: Code,
    word: Annotated[str, typer.Argument(metavar="USE", help="What it is used for, e.g. 会议室.")],
    since: Since = None,
    reason: Reason = None,
    document: Document = None,
    as_json: Json = False,
) -> None:
    """Record that a room is used for something else; the code stays."""
    from fangma.asset_registry.store import lineage

    said = _words(word, "USE") or ""
    _decide(
        lambda conn, order: lineage.change_use(conn, code, said, order),
        since, reason, document, as_json=as_json,
    )  # fmt: skip


def list_(
    about: Annotated[str | None, typer.Argument(metavar="[CODE]", help="Of one thing.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many.")] = 50,
    as_json: Json = False,
) -> None:
    """List decisions, newest first, with the revisions that undo takes."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.asset_registry.store.entries import find_entry
    from fangma.asset_registry.store.undoing import list_decisions

    with connected() as connection, reading(connection, OPERATOR) as moment:
        entry = None if about is None else find_entry(connection, about, moment)[0]
        found = list_decisions(connection, about=entry, limit=limit)
    columns = ("revision", "recorded_at", "decision", "codes", "actor", "reason", "undone_by")
    cells = [
        [one["revision"], one["recorded_at"][:19], one["decision"], " ".join(one["codes"]),
         one["actor"], one["reason"], one["undone_by"]]
        for one in found
    ]  # fmt: skip
    answer({"decisions": found}, as_json=as_json, show=lambda c: rows(c, columns, cells))


def undo(
    revision: Annotated[int, typer.Argument(min=1, help="As fangma lineage list names it.")],
    reason: Reason = None,
    document: Document = None,
    dry_run: Annotated[bool, typer.Option(help="Only tell what would come back.")] = False,
    as_json: Json = False,
) -> None:
    """Take a decision back: the registry holds again what it held before it."""
    from fangma.asset_registry.store.connection import OPERATOR, recording
    from fangma.asset_registry.store.undoing import undo as take_back

    why, where = _words(reason, "--reason"), _words(document, "--document")
    if why is None and not dry_run:
        raise typer.BadParameter("Say why with --reason; --dry-run tells what would come back.")
    with (
        connected() as connection,
        recording(connection, OPERATOR),
        connection.transaction(force_rollback=dry_run),
    ):
        done = take_back(connection, revision, actor=OPERATOR, reason=why, document=where)
    answer(
        done.as_dict() | {"dry_run": dry_run},
        as_json=as_json,
        show=lambda console: _show_undone(console, done, dry_run=dry_run),
    )


def _show_undone(console: Console, done: Undone, *, dry_run: bool) -> None:
    would = "would be" if dry_run else "was"
    told = [f"{done.decision} (revision {done.undone}) {would} taken back"]
    told += [f"{code} holds again" for code in done.again]
    told += [f"{code} ends; its label leads to what holds again" for code in done.ended]
    told += [f"{code} is as before" for code in done.changed]
    told += [f"{count} {table} back" for table, count in done.back.items()]
    if done.orders or done.stops:
        told.append(
            f"{done.orders} work orders and {done.stops} stops of rounds stay with the codes that "
            "end, and are found through their lineage"
        )
    if done.review is not None:
        told.append(f"the question of the import is open again: review {done.review}")
    for line in told:
        console.print(plain(line), markup=False, highlight=False)


def _decide(
    carry_out: Callable[[Connection, Order], Decided],
    since: str | None,
    reason: str | None,
    document: str | None,
    *,
    as_json: bool,
) -> None:
    from fangma.asset_registry.store.connection import OPERATOR, recording
    from fangma.asset_registry.store.lineage import Order

    at = moments(since, None)[0] or datetime.now(UTC)
    order = Order(
        actor=OPERATOR, at=at, reason=_words(reason, "--reason"),
        document=_words(document, "--document"),
    )  # fmt: skip
    with connected() as connection, recording(connection, OPERATOR):
        done = carry_out(connection, order)
    answer(done.as_dict(), as_json=as_json, show=lambda console: _show_decided(console, done))


def _words(text: str | None, of: str) -> str | None:
    """Refuse what no door and no record could bear."""
    if text is None:
        return None
    words = text.strip()
    if not 1 <= len(words) <= _LONGEST or any(ord(letter) < 0x20 for letter in words):
        raise typer.BadParameter(
            f"{of} has {len(words)} characters, expected 1 to {_LONGEST} without line breaks."
        )
    return words


def _part(text: str) -> tuple[Any, float | None]:
    """Read ``NUMBER:NAME=SIZE``."""
    from fangma.asset_registry.dividing import Part

    names, equals, size = text.rpartition("=")
    names = names if equals else text
    number, _, name = names.partition(":")
    try:
        figure = float(size) if equals else None
    except ValueError:
        raise typer.BadParameter(f"--part {text}: {size!r} is no number.") from None
    if figure is not None and not 0.0 < figure < 1e6:
        raise typer.BadParameter(f"--part {text}: {size} is no possible size.")
    return Part(
        number=_words(number.strip() or None, "NUMBER"), name=_words(name.strip() or None, "NAME")
    ), figure


def _line(text: str) -> LineString:
    import math

    from shapely.geometry import LineString

    try:
        values = [float(v) for v in text.split(",")]
    except ValueError:
        values = []
    if len(values) != 4 or not all(map(math.isfinite, values)):
        raise typer.BadParameter(f"--cut {text}: expected four numbers X1,Y1,X2,Y2 in metres.")
    return LineString([values[:2], values[2:]])


def _show_family(console: Console, found: dict[str, Any]) -> None:
    columns = ("generation", "code", "number", "name", "area_m2", "status")
    rows(console, columns, [[_cell(m[c]) for c in columns] for m in found["members"]])
    for step in found["steps"]:
        why = " ".join(filter(None, (step["reason"], step["document"])))
        console.print(
            plain(
                f"{step['at'][:10]} {step['kind']}: {step['predecessor']} -> {step['successor']} "
                f"({step['actor']}{': ' + why if why else ''})"
            ),
            markup=False, highlight=False,
        )  # fmt: skip


def _cell(value: object) -> object:
    return f"{value:.2f}" if isinstance(value, float) else value


def _show_decided(console: Console, done: Decided) -> None:
    told = [f"{done.kind}: {', '.join(done.retired) or ''} -> {', '.join(done.now)}"]
    told[0] += f" (revision {done.revision})"
    told += [f"{count} {table} followed" for table, count in done.followed.items()]
    told += [f"{f['severity']}: {f['message']} {f['remedy']}" for f in done.findings]
    for line in told:
        console.print(plain(line), markup=False, highlight=False)
