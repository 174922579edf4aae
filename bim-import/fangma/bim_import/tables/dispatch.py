"""Import tables of any kind, each by its own stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fangma.bim_import.files import DRAWINGS, MODELS, TABLES, is_drawing
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.reports import FileReport
from fangma.bim_import.surveys.files import KIND as SURVEY
from fangma.bim_import.surveys.importing import import_survey
from fangma.bim_import.tables import sensors
from fangma.bim_import.tables.columns import kind_names
from fangma.bim_import.tables.errors import RefusedTable
from fangma.bim_import.tables.importing import Announced, import_table
from fangma.bim_import.tables.reading import kind_of, read_table
from fangma.bim_import.tables.telling import TOLD_BY_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from fangma.asset_registry.store.connection import Connection
    from fangma.bim_import.importing import Progress
    from fangma.bim_import.options import ImportOptions

# Surveys bring pipes and valves, units come before their people, and sensors hang on all of it.
_ORDER: Final = (SURVEY, *TOLD_BY_ROWS, sensors.KIND)
_EXPORT: Final = "Export the model as IFC (.ifc) from the program that made it."
_UNPACK: Final = "Unpack the archive, and name the files in it or their folder."
# What to do with files that are often taken for models or tables.
_REMEDIES: Final = {
    **dict.fromkeys((".3dm", ".dgn", ".dwg", ".nwc", ".nwd", ".pln", ".rvt", ".skp"), _EXPORT),
    **dict.fromkeys((".7z", ".gz", ".rar", ".tar", ".zip"), _UNPACK),
    ".xls": "Save the table as .xlsx or CSV UTF-8.",
}


def import_tables(
    paths: Sequence[Path],
    kind: str | None,
    connection: Callable[[], Connection],
    options: ImportOptions,
    progress: Progress | None,
) -> list[FileReport]:
    """Import tables in an order in which later ones speak of earlier ones: units, people, rooms."""
    reports: list[FileReport] = []
    kinds: dict[Path, str] = {}
    for path in paths:
        told = _kind_of(path, kind)
        if isinstance(told, FileReport):
            reports.append(told)
        else:
            kinds[path] = told
    announced = Announced()
    surveys = [path for path, told in kinds.items() if told == SURVEY]
    if surveys:
        reports += import_survey(surveys, connection=connection, options=options)
        kinds = {path: told for path, told in kinds.items() if told != SURVEY}
    ordered = sorted(kinds, key=lambda path: _ORDER.index(kinds[path]))
    for index, path in enumerate(ordered):
        if progress is not None:
            progress(index / len(ordered), path.name)
        if kinds[path] == sensors.KIND:
            reports.append(sensors.import_sensors(path, connection=connection, options=options))
            continue
        reports.append(
            import_table(
                path,
                kind=kinds[path],
                connection=connection,
                options=options,
                announced=announced,
            )
        )
    return reports


def _kind_of(path: Path, kind: str | None) -> str | FileReport:
    """Tell the kind of a table that is imported here, or report why it is not."""
    if kind is not None and kind not in kind_names():
        return _unknown(path)
    if kind in {None, SURVEY} and is_drawing(path):
        return SURVEY
    if path.suffix.lower() in DRAWINGS or (kind is None and path.suffix.lower() not in TABLES):
        return _unknown(path)
    report = FileReport(file=path.name, kind=kind or "table")
    try:
        found = kind or kind_of(path)
        if found is None:
            read_table(path)  # says which columns are missing
            return _unknown(path)
    except RefusedTable as refused:
        report.findings = refused.findings
        return report
    return found


def _unknown(path: Path) -> FileReport:
    expected = ", ".join(sorted(MODELS | TABLES | DRAWINGS))
    return FileReport(
        file=path.name,
        kind="unknown",
        findings=[
            Finding(
                severity=Severity.ERROR,
                rule="kind-unknown",
                element=None,
                message=f"{path.name} is of no kind that can be imported ({expected}).",
                remedy=_REMEDIES.get(path.suffix.lower(), "Say what it is with --kind."),
            )
        ],
    )
