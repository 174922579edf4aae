"""Import a table of sensors: streams, their units, and what each watches."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from fangma.asset_registry import ucum
from fangma.asset_registry.codes import canonical
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store import audit_log, occupation, streams
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.asset_registry.store.streams import Declaration
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.reports import FileReport
from fangma.bim_import.surroundings import Surroundings
from fangma.bim_import.tables import values
from fangma.bim_import.tables.cameras import read_cameras, write_cameras
from fangma.bim_import.tables.errors import RefusedTable, error
from fangma.bim_import.tables.judging import Judge
from fangma.bim_import.tables.reading import read_table
from fangma.bim_import.tables.rooms import RoomIndex
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.streams import Called
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.tables.reading import Row, Table

KIND: Final = "sensors"
_LONGEST_NAME: Final = 200
_MOST_CANDIDATES: Final = 5


def import_sensors(
    path: Path, *, connection: Callable[[], Connection], options: ImportOptions
) -> FileReport:
    """Import a table of sensors: all rows or none, and every bad row told.

    A sensor without a place stays unbound. One that is told again takes what is said now; where
    its place differs, it watches the new one from ``options.valid_from`` on, else from now.

    Parameters
    ----------
    connection : callable
        Opens a connection of the application's role; closed here.

    Returns
    -------
    report : FileReport
        Status ``refused`` with every bad row instead of an exception.
    """
    report = FileReport(file=path.name, kind=KIND)
    start = time.perf_counter()
    try:
        table = read_table(path, KIND)
        report.rows = len(table.rows)
        report.findings += table.findings
        with connection() as conn:
            _run(conn, path, table, options, report)
    except RefusedTable as refused:
        report.status = "refused"
        report.findings += refused.findings
    except RegistryError as failure:
        report.status = "refused"
        report.findings.append(error("table-not-applied", failure.message, failure.remedy))
    report.seconds = time.perf_counter() - start
    return report


def _run(
    conn: Connection, path: Path, table: Table, options: ImportOptions, report: FileReport
) -> None:
    surroundings = Surroundings.find(conn, options.site, may_make=not options.dry_run)
    report.site = surroundings.site.code
    report.findings += surroundings.findings()
    with surroundings.exclusive(conn):
        judge = Judge(table.kind)
        with reading(conn, OPERATOR):
            places = _Places(conn, surroundings, table)
            declarations = _declarations(table, places, judge, report)
            cameras = read_cameras(
                conn,
                surroundings.site.id,
                list(zip(table.rows, declarations, strict=True)),
                judge,
            )
        judge.expect_all_well()
        with recording(conn, OPERATOR):
            pointed = 0
            if cameras and not options.dry_run:
                codes, pointed = write_cameras(conn, surroundings.site.id, cameras, options)
                declarations = [
                    replace(each, code=codes.get(each.sensor, each.code)) for each in declarations
                ]
            declared = streams.declare(
                conn,
                declarations,
                actor=options.actor,
                valid_from=options.valid_from,
                dry_run=options.dry_run,
            )
            if (declared.added or declared.changed or pointed) and not options.dry_run:
                audit_log.append(
                    conn,
                    actor=options.actor,
                    action="import",
                    subject=surroundings.site.code,
                    detail={"file": path.name, "kind": KIND, "rows": len(table.rows)},
                )
    report.added, report.changed = declared.added, max(declared.changed, pointed)
    report.kept = len(declarations) - report.added - report.changed
    report.status = "imported" if report.added or report.changed else "unchanged"
    if options.dry_run:
        report.status = "planned"


class _Places:
    """What a table may name: everything by code, name, number or GlobalId."""

    def __init__(self, conn: Connection, surroundings: Surroundings, table: Table) -> None:
        site_id = surroundings.site.id
        told = {str(row.cells["code"]).strip() for row in table.rows if row.cells.get("code")}
        self._codes = streams.known_codes(conn, map(canonical, told))
        self._called: dict[str, list[Called]] = {}
        for thing in streams.called(conn, site_id, told):
            for word in thing.words & told:
                self._called.setdefault(word, []).append(thing)
        rooms = occupation.rooms(conn, site_id)
        buildings = occupation.buildings(conn, site_id)
        self._room_codes = {room.id: room.code for room in rooms}
        self._building_codes = {building.id: building.code for building in buildings}
        self._rooms = RoomIndex(rooms, buildings)

    def find(self, code: str | None, building: str | None, number: str | None) -> str | None:
        """Return the code that a row names; None when it names nothing.

        A building without a room is meant itself: its main meters hang there.

        Raises
        ------
        CellError
        """
        if code is not None and canonical(code) in self._codes:
            return canonical(code)
        if code is None and number is None:
            return None if building is None else self._building(building)
        try:
            return self._room_codes[self._rooms.find(code, building, number)]
        except CellError as failure:
            if code is None or failure.rule != "unknown-room":
                raise
            return self._thing(code, building, failure)

    def _building(self, text: str) -> str:
        return self._building_codes[self._rooms.find_building(text)]

    def _thing(self, word: str, building: str | None, failure: CellError) -> str:
        """Return the code of what is no room but is called so."""
        found = self._called.get(word, [])
        if building is not None:
            within = self._building(building)
            found = [each for each in found if within in (each.building, each.code)]
        if len(found) > 1:
            names = ", ".join(f"{each.code} ({each.kind})" for each in found[:_MOST_CANDIDATES])
            more = f" and {len(found) - _MOST_CANDIDATES} more" * (len(found) > _MOST_CANDIDATES)
            raise CellError(
                f"one thing; {word} may be {names}{more}",
                "Fill in 楼栋 too, or write the code.",
                rule="ambiguous-room",
            )
        if found:
            return found[0].code
        try:
            return self._building(word)
        except CellError:
            raise failure from None


def _declarations(
    table: Table, places: _Places, judge: Judge, report: FileReport
) -> list[Declaration]:
    found: list[Declaration] = []
    first: dict[str, int] = {}
    unknown_units: set[str] = set()
    for row in table.rows:
        sensor = judge.need(row, "sensor", partial(values.text, longest=_LONGEST_NAME))
        observed = judge.need(row, "property", values.text)
        code = _place(row, places, judge)
        unit = _unit(judge.read(row, "unit", values.text), unknown_units)
        if sensor is not None and first.setdefault(sensor, row.number) != row.number:
            judge.wrong(
                row,
                "sensor",
                CellError(
                    f"each sensor once; row {first[sensor]} is this one too",
                    "Delete one of the two, or correct its number.",
                    rule="duplicate-row",
                ),
            )
        found.append(
            Declaration(
                sensor=sensor or "",
                observed_property=observed or "",
                code=code,
                name=judge.read(row, "name", values.text),
                unit=unit,
                protocol=judge.read(row, "protocol", values.text),
                address=judge.read(row, "address", values.text),
                notes=row.notes,
            )
        )
    report.findings += [_unknown_unit(unit) for unit in sorted(unknown_units)]
    return found


def _place(row: Row, places: _Places, judge: Judge) -> str | None:
    code = judge.read(row, "code", values.text)
    building = judge.read(row, "building", values.text)
    number = judge.read(row, "number", values.text)
    try:
        return places.find(code, building, number)
    except CellError as failure:
        judge.wrong(row, "code" if code is not None else "number", failure)
        return None


def _unit(told: str | None, unknown: set[str]) -> str | None:
    """Return the UCUM form of a unit; what is none stays as it is written, and is told."""
    if told is None or ucum.is_unit(told):
        return told
    meant = ucum.spoken(told)
    if meant is None:
        unknown.add(told)
    return meant or told


def _unknown_unit(unit: str) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="unit-not-ucum",
        element=None,
        message=f"The unit {unit!r} is none of UCUM; it is kept as it is written.",
        remedy="Write it as UCUM does: Cel, %, [ppm], kW.h, m3/h, lx, Pa, 1.",
    )
