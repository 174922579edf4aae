"""Import one table: read, judge, compare with what is held, write all of it or nothing."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from fangma.asset_registry.changes import ChangeSet, ModelRevision
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.occupation.facts import (
    Assignment,
    BuildingRecord,
    Dated,
    Lease,
    LedgerEntry,
    OccupationChanges,
    Post,
    Title,
    UnitState,
)
from fangma.asset_registry.occupation.timelines import Amendment, Held, amend
from fangma.asset_registry.store import audit_log, occupation
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.reports import FileReport
from fangma.bim_import.surroundings import Surroundings
from fangma.bim_import.tables.errors import RefusedTable, error
from fangma.bim_import.tables.judging import Judge
from fangma.bim_import.tables.reading import read_table
from fangma.bim_import.tables.rooms import RoomIndex
from fangma.bim_import.tables.telling import Known, Told, tell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.tables.reading import Table

_FACT_OF: Final[dict[str, type[Dated]]] = {
    "units": UnitState,
    "people": Post,
    "assignments": Assignment,
    "leases": Lease,
    "ledger": LedgerEntry,
    "buildings": BuildingRecord,
    "titles": Title,
}
_UNDATED: Final = (UnitState, Post, LedgerEntry, BuildingRecord, Title)


@dataclass(slots=True)
class Announced:
    """Units and people of the tables of a dry run, which later tables of it speak of."""

    units: dict[str, UUID] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)


def import_table(
    path: Path,
    *,
    kind: str | None,
    connection: Callable[[], Connection],
    options: ImportOptions,
    announced: Announced | None = None,
) -> FileReport:
    """Import a table of the people side.

    Rows that say what is held already change nothing; what the table does not speak of stays.

    Parameters
    ----------
    kind : str or None
        One of ``telling.TOLD_BY_ROWS``; None = told by the header.
    connection : callable
        Opens a connection of the application's role; closed here.

    Returns
    -------
    report : FileReport
        Status ``refused`` with every bad row instead of an exception.
    """
    report = FileReport(file=path.name, kind=kind or "table")
    start = time.perf_counter()
    try:
        table = read_table(path, kind)
        report.kind, report.rows = table.kind.name, len(table.rows)
        report.findings += table.findings
        with connection() as conn:
            _run(conn, path, table, options, report, announced or Announced())
    except RefusedTable as refused:
        report.status = "refused"
        report.findings += refused.findings
    except RegistryError as failure:
        report.status = "refused"
        report.findings.append(error("table-not-applied", failure.message, failure.remedy))
    report.seconds = time.perf_counter() - start
    return report


def _run(
    conn: Connection,
    path: Path,
    table: Table,
    options: ImportOptions,
    report: FileReport,
    announced: Announced,
) -> None:
    surroundings = Surroundings.find(conn, options.site, may_make=not options.dry_run)
    report.site = surroundings.site.code
    report.findings += surroundings.findings()
    site_id = surroundings.site.id
    with surroundings.exclusive(conn):
        with reading(conn, OPERATOR):
            known = _known(conn, site_id, announced)
            held = occupation.held(conn, _FACT_OF[table.kind.name], site_id)
            held_details = occupation.details(conn, site_id)
            model_id = occupation.table_model(conn, site_id, table.kind.name, path.name)
        told = tell(table, known, Judge(table.kind))
        amendment = amend(held, _dated(told.facts, held, options.valid_from))
        details = tuple(
            detail for detail in told.details if held_details.get(detail.person_id) != detail
        )
        report.added, report.changed = amendment.new, amendment.changed
        report.kept = amendment.kept
        report.findings += _absent(held, told)
        if not (amendment.added or amendment.closed or details):
            report.status = "unchanged" if model_id is not None else "imported"
            if model_id is not None:
                return
        if options.dry_run:
            report.status = "planned"
            announced.units.update({named.code: named.id for named in told.units})
            announced.people.update({named.code: named.id for named in told.people})
            return
        report.status = "imported"
        changes = ChangeSet(
            site_id=site_id,
            valid_from=None,
            model=_revision(path, table, report, site_id, model_id),
            occupation=_changes(told, amendment, details),
        )
        with recording(conn, OPERATOR):
            apply(conn, changes, actor=options.actor, action="import")
            audit_log.append(
                conn,
                actor=options.actor,
                action="import",
                subject=surroundings.site.code,
                detail={"file": path.name, "kind": table.kind.name, "rows": len(table.rows)},
            )


def _known(conn: Connection, site_id: UUID, announced: Announced) -> Known:
    units = occupation.held(conn, UnitState, site_id)
    return Known(
        units={**announced.units, **occupation.unit_ids(conn, site_id)},
        people={**announced.people, **occupation.person_ids(conn, site_id)},
        parents={row.fact.unit_id: row.fact.parent_id for row in units},
        rooms=RoomIndex(occupation.rooms(conn, site_id), occupation.buildings(conn, site_id)),
    )


def _dated(facts: list[Dated], held: list[Held[Dated]], valid_from: datetime | None) -> list[Dated]:
    """Say from when on a fact without dates holds: since ever what is new, else from now."""
    subjects = {row.fact.subject for row in held}
    now = valid_from or datetime.now(UTC)
    return [
        replace(fact, valid_from=now if fact.subject in subjects else valid_from)
        if isinstance(fact, _UNDATED)
        else fact
        for fact in facts
    ]


def _absent(held: list[Held[Dated]], told: Told) -> list[Finding]:
    now = datetime.now(UTC)
    current = {
        row.fact.subject
        for row in held
        if (row.fact.valid_from is None or row.fact.valid_from <= now)
        and (row.fact.valid_to is None or row.fact.valid_to > now)
    }
    rest = current - {fact.subject for fact in told.facts}
    if not rest:
        return []
    return [
        Finding(
            severity=Severity.INFO,
            rule="absent-rows",
            element=None,
            message=f"{len(rest)} things that the registry holds are not in this table; they stay.",
            remedy="What has ended needs a row with its 截止日期 or 离任日期.",
        )
    ]


def _changes(
    told: Told, amendment: Amendment[Dated], details: tuple[Any, ...]
) -> OccupationChanges:
    closed: dict[str, tuple[int, ...]] = {}
    if amendment.closed:
        closed[told.facts[0].table] = amendment.closed
    return OccupationChanges(
        units=tuple(told.units),
        people=tuple(told.people),
        details=details,
        closed=closed,
        added=amendment.added,
    )


def _revision(
    path: Path, table: Table, report: FileReport, site_id: UUID, model_id: UUID | None
) -> ModelRevision:
    return ModelRevision(
        id=uuid4(),
        model_id=model_id or uuid4(),
        new_model=model_id is None,
        site_id=site_id,
        building_ids=(),
        kind=table.kind.name,
        discipline="table",
        project_guid=None,
        building_guids=(),
        name=path.name,
        file=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        size=path.stat().st_size,
        schema=None,
        application=None,
        written_at=None,
        report=report.to_json(),
    )
