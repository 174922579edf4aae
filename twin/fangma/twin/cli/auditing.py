"""``fangma audit``, ``idle``, ``pushes`` and ``template``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, print_json, rows, say
from fangma.twin.cli.registry import At, Known, connected, moments

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from fangma.asset_registry.auditing.evidence import Evidence
    from fangma.asset_registry.store.connection import Connection

    Moments = tuple[datetime | None, datetime | None]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(audit)
    app.command()(idle)
    app.command()(pushes)
    app.command()(template)


Site = Annotated[str | None, typer.Option(help="Code of the site; the only one if left out.")]
Standard = Annotated[
    str | None, typer.Option(help="Rule pack; the one in force on the day if left out.")
]


def audit(
    standard: Standard = None,
    at: At = None,
    known: Known = None,
    unit: Annotated[
        str | None, typer.Option(help="Only this unit, those below it, and their people.")
    ] = None,
    site: Site = None,
    xlsx: Annotated[
        Path | None, typer.Option(help="Write a workbook of the findings besides.")
    ] = None,
    pdf: Annotated[
        Path | None,
        typer.Option(help="Write a report with plans of the offices over the standard besides."),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(help="Write facts, findings and outlines as CSV and GeoJSON to this folder."),
    ] = None,
    pack: Annotated[
        Path | None,
        typer.Option(help="Write all of it with a manifest: a folder, or a .zip; see verify."),
    ] = None,
    push: Annotated[
        bool, typer.Option("--push", help="Send it to the inspection authority besides.")
    ] = False,
    evidence: Annotated[
        str | None, typer.Option(help="Instead, what the verdict of this person rests on.")
    ] = None,
    compare_at: Annotated[
        str | None,
        typer.Option(help="Instead, what changed since this time, and why; as --at."),
    ] = None,
    compare_known: Annotated[
        str | None, typer.Option(help="With --compare-at: as then known; as --known.")
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
    if compare_at is not None or compare_known is not None:
        _compare(when, moments(compare_at, compare_known), site, standard, as_json=as_json)
        return
    if unit is not None and (pack is not None or csv is not None or push):
        raise typer.BadParameter("--pack, --csv and --push are of a whole site: leave --unit out.")
    pages = b""
    with connected() as connection:
        with reading(connection, OPERATOR, *when) as moment:
            document = run_audit(connection, moment, site=site, standard=standard, unit=unit)
            if pdf is not None:
                pages = draw_audit(connection, moment, document, site=site)
        # The same moment again, as it was resolved: the files are of this very audit.
        same = (moment.at, moment.known)
        if csv is not None:
            _write_tables(connection, same, csv, site, standard)
        if pack is not None:
            _write_pack(connection, same, pack, site, standard)
        if push:
            _push(connection, same, site, standard)
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


def idle(
    at: At = None,
    known: Known = None,
    site: Site = None,
    standard: Standard = None,
    as_json: Json = False,
) -> None:
    """List the rooms that nobody uses: since when, by what evidence, and what may be done."""
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.auditing import idle_rooms

    with connected() as connection, reading(connection, OPERATOR, *moments(at, known)) as moment:
        document = idle_rooms(connection, moment, site=site, standard=standard)
    answer(document, as_json=as_json, show=lambda console: _show_idle(console, document))


def pushes(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """List what was pushed to addresses outside, and how the last attempt went."""
    from fangma.asset_registry.store import outbox
    from fangma.asset_registry.store.connection import OPERATOR, reading

    with connected() as connection, reading(connection, OPERATOR):
        found = [message.as_dict() for message in outbox.listed(connection, limit=limit)]
    columns = ("key", "destination", "kind", "queuedAt", "state", "attempts", "status", "error")
    answer(
        {"items": found},
        as_json=as_json,
        show=lambda console: rows(
            console, columns, [[row[column] for column in columns] for row in found]
        ),
    )


def _compare(
    later: Moments, earlier: Moments, site: str | None, standard: str | None, *, as_json: bool
) -> None:
    from fangma.asset_registry.auditing.comparing import compare
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.auditing import audit_of

    audits = []
    with connected() as connection:
        for when in (earlier, later):
            with reading(connection, OPERATOR, *when) as moment:
                audits.append(audit_of(connection, moment, site=site, standard=standard))
    document = compare(*audits)
    answer(document, as_json=as_json, show=lambda console: _show_changes(console, document))


def _write_tables(
    connection: Connection, when: Moments, folder: Path, site: str | None, standard: str | None
) -> None:
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.auditing import table_files
    from fangma.twin.cli.papers import write_whole

    with reading(connection, OPERATOR, *when) as moment:
        files = table_files(connection, moment, site=site, standard=standard)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_whole(folder / name, content)
    _log(connection, "export", site, {"format": "csv", "files": len(files)})
    say(f"Wrote {len(files)} files to {folder}.")


def _write_pack(
    connection: Connection, when: Moments, out: Path, site: str | None, standard: str | None
) -> None:
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.audit_pack import digest_of, make_manifest, write_pack
    from fangma.twin.auditing import audit_files

    with reading(connection, OPERATOR, *when) as moment:
        files, about = audit_files(connection, moment, site=site, standard=standard)
    manifest = make_manifest(files, about)
    write_pack(out, files, manifest)
    digest = digest_of(manifest)
    _log(connection, "audit-pack", about["site"], {"digest": digest, "at": about["at"]})
    say(f"Wrote {out}: {len(files)} files, digest {digest}.")


def _push(connection: Connection, when: Moments, site: str | None, standard: str | None) -> None:
    from fangma.asset_registry.store.connection import OPERATOR, reading
    from fangma.twin.auditing import audit_of, document_of, site_of
    from fangma.twin.pushing.courier import deliver_next
    from fangma.twin.pushing.destinations import AUDIT, destinations
    from fangma.twin.pushing.queueing import queue_audit
    from fangma.twin.settings import read_settings

    destination = destinations(read_settings()).get(AUDIT)
    with reading(connection, OPERATOR, *when) as moment:
        code = site_of(connection, moment, site).code
        document = document_of(audit_of(connection, moment, site=site, standard=standard))
    message = queue_audit(connection, document, site=code, actor=OPERATOR)
    if destination is None:
        say(f"Queued {message.key}; no address is set: FANGMA_AUDIT_PUSH_URL (docs/push.md).")
        return
    outcome = deliver_next(connection, destination, key=message.key)
    if outcome is None:
        say(f"{message.key} is {message.state} already, or being sent.")
    elif outcome.is_delivered:
        say(f"Pushed {message.key} to {destination.place}.")
    else:
        say(f"{message.key} waits: {outcome.error}. fangma up tries again.")


def _log(connection: Connection, action: str, subject: str | None, detail: dict[str, Any]) -> None:
    from fangma.asset_registry.store import audit_log
    from fangma.asset_registry.store.connection import OPERATOR, recording

    with recording(connection, OPERATOR):
        audit_log.append(connection, actor=OPERATOR, action=action, subject=subject, detail=detail)


def template(
    kind: Annotated[
        str,
        typer.Argument(
            help="units, people, assignments, leases, ledger, buildings, titles, sensors"
        ),
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


def _show_idle(console: Console, document: dict[str, Any]) -> None:
    for kind, held in document["summary"].items():
        console.print(f"{kind}: {held['rooms']} rooms, {held['area_m2']:.2f} m2")
    columns = ("room", "kind", "since", "days", "area_m2", "use", "evidence", "reason")
    rows(
        console,
        (*columns, "steps"),
        [
            (*(row[column] for column in columns), " > ".join(row["steps"]))
            for row in document["rooms"]
        ],
    )


def _show_changes(console: Console, document: dict[str, Any]) -> None:
    console.print(f"{document['from']['at'][:10]} > {document['to']['at'][:10]}")
    for section, key in (("persons", "person"), ("units", "unit"), ("rooms", "room")):
        console.print()
        console.print(f"{section}: {len(document[section])} changed")
        rows(
            console,
            (key, "change", "before", "after", "why"),
            [
                (
                    row[key],
                    row["change"],
                    _verdict_of(row["before"]),
                    _verdict_of(row["after"]),
                    "; ".join(cause["message"] for cause in row["causes"]),
                )
                for row in document[section]
            ],
        )


def _verdict_of(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    return f"{row['verdict']} {_square_metres(row['excess_m2'])}".rstrip()


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
