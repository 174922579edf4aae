"""``fangma audit``: every person, office and unit against the standard; ``fangma template``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, print_json, rows, say
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from rich.console import Console

    from fangma.asset_registry.auditing.evidence import Evidence


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(audit)
    app.command()(template)


def audit(
    standard: Annotated[
        str | None, typer.Option(help="Rule pack; the one in force on the day if left out.")
    ] = None,
    at: At = None,
    known: Known = None,
    unit: Annotated[
        str | None, typer.Option(help="Only this unit, those below it, and their people.")
    ] = None,
    site: Annotated[
        str | None, typer.Option(help="Code of the site; the only one if left out.")
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option(help="Write a workbook of the findings besides.")
    ] = None,
    pdf: Annotated[
        Path | None,
        typer.Option(help="Write a report with plans of the offices over the standard besides."),
    ] = None,
    evidence: Annotated[
        str | None, typer.Option(help="Instead, what the verdict of this person rests on.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge every person, office and unit against the standard, on any day."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.auditing import draw_audit, explain_person, run_audit

    when = moments(at, known)
    if evidence is not None:
        with connected() as connection, reading(connection, OPERATOR, *when) as moment:
            opened = explain_person(connection, moment, evidence, site=site, standard=standard)
        answer(opened.to_dict(), as_json=as_json, show=lambda console: _explain(console, opened))
        return
    pages = b""
    with connected() as connection, reading(connection, OPERATOR, *when) as moment:
        document = run_audit(connection, moment, site=site, standard=standard, unit=unit)
        if pdf is not None:
            pages = draw_audit(connection, moment, document, site=site)
    if pdf is not None:
        pdf.write_bytes(pages)
        say(f"Wrote {pdf}.")
    if xlsx is not None:
        from fangma.twin.audit_workbook import write_audit

        write_audit(xlsx, document)
        say(f"Wrote {xlsx}.")
    if as_json:
        print_json(document)
        return
    answer(document, as_json=False, show=lambda console: _show(console, document))


def template(
    kind: Annotated[
        str, typer.Argument(help="units, people, assignments, leases, ledger, buildings, titles, sensors")
    ],
    out: Annotated[
        Path | None, typer.Option(help="File to write, .xlsx or .csv; in this folder if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write an empty table with the columns of a kind, to be filled in and imported."""
    from fangma.bim_import.tables.templates import write_template

    path = write_template(kind, out)
    answer({"file": str(path)}, as_json=as_json, show=lambda console: console.print(str(path)))


def _show(console: Console, document: dict[str, Any]) -> None:
    console.print(
        f"{document['standard']}, {document['at'][:10]}, "
        f"tolerance {document['tolerance_m2']:.2f} m2"
    )
    columns = ("allowed_m2", "used_m2", "excess_m2")
    for what, key in (("persons", "person"), ("units", "unit"), ("rooms", "room")):
        found = [row for row in document[what] if row["findings"] or row["verdict"] == "over"]
        counts = {
            verdict: sum(row["verdict"] == verdict for row in document[what])
            for verdict in ("over", "within", "unknown")
        }
        console.print()
        console.print(
            f"{what}: {len(document[what])}; "
            + ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        )
        rows(
            console,
            (key, "verdict", *columns, "findings"),
            [
                (
                    row[key],
                    row["verdict"],
                    *(_square_metres(row.get(column)) for column in columns),
                    "; ".join(finding["rule"] for finding in row["findings"]),
                )
                for row in found
            ],
        )


def _explain(console: Console, evidence: Evidence) -> None:
    console.print(f"{evidence.person}  {evidence.rank or '?'}  {evidence.verdict}")
    if evidence.ceiling is not None:
        row = evidence.ceiling
        said = f"{row.m2:g} m2, {row.document} {row.clause} ({row.flag}) {row.note}"
        console.print(f"ceiling: {row.rank} {said}".rstrip())
    rows(
        console,
        ("room", "part", "area_m2", "method", "ledger_m2", "since", "share"),
        [
            (
                room.room,
                room.part,
                _square_metres(room.area_m2),
                room.method or "",
                _square_metres(room.ledger_m2),
                room.since or "",
                room.formula,
            )
            for room in evidence.rooms
        ],
    )
    for change in evidence.changes:
        console.print(f"{change.message} / {change.message_en}")


def _square_metres(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
