"""Import the tables of one survey together: all of them, or nothing with every bad row told."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

import numpy as np
import shapely

from fangma.asset_registry.changes import (
    ChangeSet,
    ModelRevision,
    NewEntry,
    Shape,
    Source,
    State,
)
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.networks import Accuracy, Join, NetworkChanges
from fangma.asset_registry.store import audit_log, known, occupation
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.bim_import.files import DRAWINGS
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.networks import Other, beyond, join_across, others_near
from fangma.bim_import.reports import FileReport
from fangma.bim_import.surroundings import Surroundings
from fangma.bim_import.surveys.files import (
    KIND,
    Sheet,
    read_drawing,
    read_tables,
    woven,
)
from fangma.bim_import.surveys.keeping import same_things
from fangma.bim_import.surveys.laying import Laid, Survey, lay, rise_of
from fangma.bim_import.surveys.rows import SurveyLine, SurveyPoint, read_lines, read_points
from fangma.bim_import.tables.errors import RefusedTable, error
from fangma.bim_import.tables.values import CellError
from fangma.spatial.networks.joining import Join as FoundJoin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.options import ImportOptions
    from fangma.bim_import.surveys.drawn import Drawing

_UPHILL_NAMED: Final = 10
_SLACK_SIGMAS: Final = 2.0


@dataclass(slots=True, kw_only=True)
class _File:
    path: Path
    report: FileReport
    sheets: list[Sheet] | None = None
    drawing: Drawing | None = None

    @property
    def is_read(self) -> bool:
        return self.sheets is not None or self.drawing is not None

    @property
    def has_lines(self) -> bool:
        if self.drawing is not None:
            return bool(self.drawing.lines)
        return any(not sheet.has_points for sheet in self.sheets or ())

    @property
    def stands_alone(self) -> bool:
        """Tell whether it holds points and lines both; a layer of a shapefile never does."""
        if self.drawing is not None:
            return bool(self.drawing.lines) and self.path.suffix.lower() != ".shp"
        return self.has_lines and any(sheet.has_points for sheet in self.sheets or ())


def import_survey(
    paths: Sequence[Path],
    *,
    connection: Callable[[], Connection],
    options: ImportOptions,
) -> list[FileReport]:
    """Import point and line tables, combined sheets, drawings and map files.

    Files that need one another, such as a point and a line table, are one survey; a file with both
    is a survey of its own. What was imported before under the same name is the same survey: what
    has the same number, or lies in the same place, keeps its code; what is no longer there is
    retired.

    Returns
    -------
    reports : list of FileReport
        One a file. When anything is wrong in a file its whole survey is refused.
    """
    files = [_File(path=path, report=FileReport(file=path.name, kind=KIND)) for path in paths]
    with connection() as conn:
        found = Surroundings.existing(conn, options.site)
    site = None if found is None else found.site
    for file in files:
        _read(file, site)
    parts: dict[object, list[_File]] = {}
    for file in files:
        kind = "drawings" if file.path.suffix.lower() in DRAWINGS else "tables"
        parts.setdefault(id(file) if file.stands_alone else kind, []).append(file)
    for part in parts.values():
        _import_part(part, site, connection, options)
    return [file.report for file in files]


def _import_part(
    files: Sequence[_File],
    site: known.Site | None,
    connection: Callable[[], Connection],
    options: ImportOptions,
) -> None:
    start = time.perf_counter()
    try:
        survey = _judge(files, site)
        if survey is not None:
            with connection() as conn:
                _write(conn, files, survey, options)
    except RegistryError as failure:
        for file in files:
            file.report.status = "refused"
            file.report.findings.append(error("table-not-applied", failure.message, failure.remedy))
    for file in files:
        file.report.seconds += time.perf_counter() - start


def _read(file: _File, site: known.Site | None) -> None:
    start = time.perf_counter()
    try:
        if file.path.suffix.lower() in DRAWINGS:
            epsg, origin = (None, None) if site is None else (site.epsg, _origin(site))
            file.drawing = read_drawing(file.path, epsg, origin)
            file.report.rows = len(file.drawing.lines) + len(file.drawing.spots)
            file.report.findings += file.drawing.findings
        else:
            file.sheets = read_tables(file.path)
            file.report.rows = sum(len(sheet.table.rows) for sheet in file.sheets)
            file.report.findings += [f for each in file.sheets for f in each.table.findings]
    except RefusedTable as refused:
        file.report.findings += refused.findings
    file.report.seconds = time.perf_counter() - start


def _origin(site: known.Site) -> tuple[float, float]:
    return site.origin[0], site.origin[1]


def _judge(files: Sequence[_File], site: known.Site | None) -> Survey | None:
    """Judge all rows of a survey; None when one is wrong, and then each report says what."""
    drawings = {file.path.name: file.drawing for file in files if file.drawing is not None}
    if drawings:
        first = next(file for file in files if file.drawing is not None)
        first.sheets = woven(drawings)
    sheets = [sheet for file in files for sheet in file.sheets or ()]
    origin = None if site is None else _origin(site)
    points: dict[str, SurveyPoint] = {}
    for sheet in sheets:
        if sheet.has_points:
            for point in read_points(sheet.table, sheet.judge, origin):
                before = points.setdefault(point.number, point)
                if before is not point:
                    sheet.judge.wrong(point.row, "point", _taken(before))
    named = {
        str(row.cells.get("point")).strip()
        for sheet in sheets
        if sheet.has_points
        for row in sheet.table.rows
    }
    lines = [
        line
        for sheet in sheets
        if not sheet.has_points
        for line in read_lines(sheet.table, sheet.judge, points, named)
    ]
    is_well = all(file.is_read for file in files)
    for file in files:
        for sheet in file.sheets or ():
            try:
                sheet.judge.expect_all_well()
            except RefusedTable as refused:
                file.report.findings += refused.findings
                is_well = False
    if is_well:
        survey = lay(points, lines)
        _tell_uphill(files, lines, survey)
        return survey
    for file in files:
        file.report.status = "refused"
        if not any(finding.severity == "error" for finding in file.report.findings):
            file.report.findings.append(
                error(
                    "survey-refused-together",
                    "Another file of the same survey is wrong, so nothing was imported.",
                    "Mend that one and import all files together again.",
                )
            )
    return None


def _taken(before: SurveyPoint) -> CellError:
    return CellError(
        f"a number of its own; another sheet has it too ({before.row.label or before.row.number})",
        "Give one of the two another number, or delete it.",
        rule="survey-duplicate-point",
    )


def _write(
    conn: Connection, files: Sequence[_File], survey: Survey, options: ImportOptions
) -> None:
    surroundings = Surroundings.find(conn, options.site, may_make=not options.dry_run)
    site = surroundings.site
    # The survey is named by the file of its lines, which says what is joined.
    main = next((file for file in files if file.has_lines), files[0])
    with surroundings.exclusive(conn):
        with reading(conn, OPERATOR):
            model_id = occupation.table_model(conn, site.id, KIND, main.path.name)
        held = [] if model_id is None else known.entries_of_model(conn, model_id)
        comparison = _compare(survey, held)
        for file in files:
            file.report.site = site.code
            file.report.findings += surroundings.findings()
        report = main.report
        report.elements = len(survey.laid)
        report.added = len(comparison.fresh)
        report.kept = len(survey.laid) - len(comparison.told)
        report.changed = len(comparison.told) - report.added
        report.retired = len(comparison.gone)
        if options.dry_run:
            _mark(files, "planned")
            return
        if model_id is not None and not comparison.told and not comparison.gone:
            _mark(files, "unchanged")
            return
        _mark(files, "imported")
        # What lies around a large survey is a large part of the site: read only for a change.
        mine = {*comparison.ids, *comparison.gone}
        others = others_near(conn, site.id, _boxes(survey), besides=mine)
        changes = _plan(survey, comparison, site.id, beyond(others, mine))
        since = options.valid_from
        if since is None and model_id is not None:
            since = datetime.now(UTC)
        whole = ChangeSet(
            site_id=site.id,
            valid_from=since,
            new=changes.new,
            states=changes.states,
            shapes=changes.shapes,
            sources=changes.sources,
            retired=changes.retired,
            superseded=changes.superseded,
            network=changes.network,
            model=_revision(files, main, survey, site.id, model_id),
        )
        with recording(conn, OPERATOR):
            applied = apply(conn, whole, actor=options.actor, action="import")
            report.codes = len(applied.codes)
            audit_log.append(
                conn,
                actor=options.actor,
                action="import",
                subject=site.code,
                detail={"file": main.path.name, "kind": KIND, "parts": len(survey.laid)},
            )


def _mark(files: Sequence[_File], status: str) -> None:
    for file in files:
        file.report.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changes:
    new: tuple[NewEntry, ...]
    states: tuple[State, ...]
    shapes: tuple[Shape, ...]
    sources: tuple[Source, ...]
    retired: tuple[UUID, ...]
    superseded: tuple[UUID, ...]
    network: NetworkChanges


def _boxes(survey: Survey) -> NDArray[np.float64]:
    """Return where others may be joined to each thing of a survey: its box and its inaccuracy."""
    slack = [_SLACK_SIGMAS * max(each.plan_m, each.depth_m) for each in survey.laid]
    boxes = np.array([each.box for each in survey.laid], dtype=np.float64).reshape(-1, 6)
    wider = np.array(slack)[:, np.newaxis]
    return np.hstack([boxes[:, :3] - wider, boxes[:, 3:] + wider])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """What a survey says beside what it said before.

    Attributes
    ----------
    ids : list of UUID
        The entry of each thing that is laid, old or new.
    fresh, told : list of int
        Rows of the things that are new; of those that are new or changed.
    gone : tuple of UUID
        What the survey no longer shows.
    """

    ids: list[UUID]
    fresh: list[int]
    told: list[int]
    gone: tuple[UUID, ...]


def _compare(survey: Survey, held: Sequence[known.EntryRow]) -> _Comparison:
    """Compare with what the survey laid before."""
    same = same_things(survey.laid, held)
    ids = [uuid4() if entry is None else entry for entry in same]
    old = {row.entry_id: row for row in held}
    shown = set(ids)
    return _Comparison(
        ids=ids,
        fresh=[i for i, entry in enumerate(ids) if entry not in old],
        told=[
            i
            for i, (entry, each) in enumerate(zip(ids, survey.laid, strict=True))
            if entry not in old
            or old[entry].fingerprint != each.fingerprint
            or old[entry].guid != each.key
        ],
        gone=tuple(row.entry_id for row in held if row.entry_id not in shown),
    )


def _plan(
    survey: Survey, comparison: _Comparison, site_id: UUID, others: Sequence[Other]
) -> _Changes:
    """List what is to be recorded; ``others`` are what the survey may be joined to."""
    ids, told, gone = comparison.ids, comparison.told, comparison.gone
    fresh = set(comparison.fresh)
    parts = [each.part(_SLACK_SIGMAS) for each in survey.laid]
    joins = [
        Join(
            entry_id=min(ids[m.a], ids[m.b]),
            other_id=max(ids[m.a], ids[m.b]),
            flow=m.flow if ids[m.a] < ids[m.b] else -m.flow,
            point=m.point,
            confidence=1.0,
            method=KIND,
        )
        for m in survey.meetings
    ]
    inner = [
        FoundJoin(a=m.a, b=m.b, point=np.array(m.point), confidence=1.0, method="end")
        for m in survey.meetings
    ]
    across = join_across(parts, ids, inner, others)
    single = {(j.entry_id, j.other_id): j for j in (*across, *joins)}
    return _Changes(
        new=tuple(
            NewEntry(
                id=ids[i],
                kind=survey.laid[i].kind,
                site_id=site_id,
                code_part="EQ" if survey.laid[i].kind == "device" else survey.laid[i].system,
            )
            for i in comparison.fresh
        ),
        states=tuple(_state(ids[i], survey.laid[i]) for i in told),
        shapes=tuple(_shape(ids[i], survey.laid[i]) for i in told),
        sources=tuple(
            Source(
                entry_id=ids[i],
                guid=survey.laid[i].key,
                step_key=None,
                fingerprint=survey.laid[i].fingerprint,
                properties=survey.laid[i].properties,
            )
            for i in told
        ),
        retired=gone,
        superseded=(*gone, *(ids[i] for i in told if i not in fresh)),
        network=NetworkChanges(
            joins=tuple(single.values()),
            rejoined=(*ids, *gone),
            accuracies=tuple(
                Accuracy(
                    entry_id=ids[i],
                    plan_m=round(survey.laid[i].plan_m, 4),
                    depth_m=round(survey.laid[i].depth_m, 4),
                    basis=survey.laid[i].basis,
                    surveyed_on=survey.laid[i].surveyed_on,
                )
                for i in told
            ),
        ),
    )


def _state(entry_id: UUID, laid: Laid) -> State:
    return State(entry_id=entry_id, name=laid.name, number=laid.number, system=laid.system)


def _shape(entry_id: UUID, laid: Laid) -> Shape:
    x0, y0, z0, x1, y1, z1 = laid.box
    axis = None
    if laid.axis is not None:
        axis = shapely.to_wkb(shapely.linestrings(laid.axis), output_dimension=3)
    return Shape(
        entry_id=entry_id,
        axis=axis,
        extent=((x0, y0, z0), (x1, y1, z1)),
        outer_diameter_m=laid.diameter_m or None,
        method=KIND,
    )


def _revision(
    files: Sequence[_File], main: _File, survey: Survey, site_id: UUID, model_id: UUID | None
) -> ModelRevision:
    total = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.path.name):
        total.update(file.path.read_bytes())
    days = [each.surveyed_on for each in survey.laid if each.surveyed_on is not None]
    return ModelRevision(
        id=uuid4(),
        model_id=model_id or uuid4(),
        new_model=model_id is None,
        site_id=site_id,
        building_ids=(),
        kind=KIND,
        discipline="survey",
        project_guid=None,
        building_guids=(),
        name=main.path.name,
        file=main.path.name,
        sha256=total.hexdigest(),
        size=sum(file.path.stat().st_size for file in files),
        schema=None,
        application=None,
        written_at=min(days).isoformat() if days else None,
        report=main.report.to_json(),
    )


def _tell_uphill(files: Sequence[_File], lines: Sequence[SurveyLine], survey: Survey) -> None:
    """Warn of drains that run uphill: a flow the wrong way round, or a depth misread."""
    for file in files:
        rows = {id(row) for sheet in file.sheets or () for row in sheet.table.rows}
        rising = [
            f"row {line.row.number}, {' to '.join((line.start, line.end)[:: line.flow])}, "
            f"{rise:.2f} m"
            for line, laid in zip(lines, survey.laid, strict=False)
            if id(line.row) in rows and (rise := rise_of(line, laid)) > 0
        ]
        if rising:
            file.report.findings.append(
                Finding(
                    severity=Severity.WARNING,
                    rule="survey-uphill",
                    element=None,
                    message=f"{len(rising)} drains run uphill as their flow is told: "
                    + "; ".join(rising[:_UPHILL_NAMED])
                    + ("; ..." if len(rising) > _UPHILL_NAMED else "."),
                    remedy="Check 流向 and the depths of both ends; behind a pump it may be right.",
                )
            )
