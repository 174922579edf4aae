"""One sheet for points and lines (点线成果表): each row a point and one of its lines, taken apart.

A point with three lines stands in three rows; X, Y and what is of the point may stand in the first
alone. Heights and depth of a row are those of its line at its point. A line is told from one end or
from both.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fangma.bim_import.surveys.drawn import SINGLE, system_of_layer
from fangma.bim_import.tables import values
from fangma.bim_import.tables.columns import KINDS
from fangma.bim_import.tables.values import CellError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.bim_import.tables.columns import TableKind
    from fangma.bim_import.tables.judging import Judge
    from fangma.bim_import.tables.reading import Row, Table
    from fangma.bim_import.tables.values import Cell

_SURVEYS: Final = {kind.zh: kind for kind in KINDS if kind.name == "survey"}
POINTS: Final[TableKind] = _SURVEYS["管点"]
LINES: Final[TableKind] = _SURVEYS["管线"]
COMBINED: Final[TableKind] = _SURVEYS["管点管线"]

_SEVERAL: Final = re.compile(r"[,，、;；/\s]+")
_UNIT: Final = re.compile(r"[(（]?(?:m|mm|cm|米|毫米|厘米|kv|千伏|根|孔|个)[)）]?$", re.IGNORECASE)
_OF_THE_LINE: Final = ("size", "material", "laid", "flow", "origin", "state")
_OF_THE_END: Final = (("depth_m", "depth"), ("top_m", "top"), ("bottom_m", "bottom"))
# Coordinates of one point repeated in several rows may differ by rounding.
_SAME_M: Final = 0.005


def is_combined(table: Table) -> bool:
    """Tell whether a table holds points and lines at once."""
    return table.kind is COMBINED


def split(table: Table, judge: Judge) -> tuple[Table, Table]:
    """Part a combined table into points and lines; what contradicts itself is told to the judge.

    Returns
    -------
    points, lines : Table
        Their rows have the numbers of the rows that they come from.
    """
    rows = [row for row in table.rows if not _is_units(row)]
    firsts: dict[str, Row] = {}
    points: list[Row] = []
    ends: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        number = judge.need(row, "point", values.text)
        if number is None:
            continue
        first = firsts.get(number)
        if first is None:
            firsts[number] = row
            points.append(_point(row, table.sheet))
        else:
            _expect_same_place(first, row, judge)
        try:
            joined = values.text(row.cells.get("joined"))
        except CellError as failure:
            judge.wrong(row, "joined", failure)
            continue
        for other in dict.fromkeys(_SEVERAL.split(joined or "")):
            if other:
                ends.setdefault((number, other), []).append(row)
    lines = _lines(ends, table.sheet)
    for kept, other, column in _contradictions(ends):
        judge.wrong(
            other,
            column,
            CellError(
                f"what row {kept.number} says of the same line, {kept.cells.get(column)}",
                "Correct one of the two.",
                rule="survey-contradiction",
            ),
        )
    return replace(table, kind=POINTS, rows=tuple(points)), replace(
        table, kind=LINES, rows=tuple(lines), findings=()
    )


def _point(row: Row, sheet: str | None) -> Row:
    cells = {c.name: row.cells[c.name] for c in POINTS.columns if c.name in row.cells}
    return replace(row, cells=_with_system(cells, sheet))


def _with_system(cells: dict[str, Cell], sheet: str | None) -> dict[str, Cell]:
    """Let the name of the sheet (J, 给水, WS) stand for a system that no cell names."""
    system = cells.get("system")
    if sheet is not None and (system is None or not str(system).strip()):
        named = sheet.strip() if sheet.strip().upper() in SINGLE else system_of_layer(sheet)
        if named is not None:
            cells["system"] = named
    return cells


def _lines(ends: dict[tuple[str, str], list[Row]], sheet: str | None) -> list[Row]:
    lines = []
    for (start, end), rows in ends.items():
        back = ends.get((end, start), [])
        if back and back[0].number < rows[0].number and (end, start) != (start, end):
            continue  # told from its other end already
        for row in rows:
            cells: dict[str, Cell] = {"start": start, "end": end}
            for name in _OF_THE_LINE:
                told = [each for each in (row, *back[:1]) if _has(each, name)]
                if told:
                    cells[name] = told[0].cells[name]
            cells["system"] = row.cells.get("system")
            for name, what in _OF_THE_END:
                cells[f"start_{what}_m"] = row.cells.get(name)
                cells[f"end_{what}_m"] = back[0].cells.get(name) if back else None
            lines.append(replace(row, cells=_with_system(cells, sheet)))
    return lines


def _contradictions(
    ends: dict[tuple[str, str], list[Row]],
) -> Iterable[tuple[Row, Row, str]]:
    """Yield lines whose two ends name another section or material."""
    for (start, end), rows in ends.items():
        back = ends.get((end, start), [])
        if back and start < end:
            for name in ("size", "material"):
                first, second = sorted((rows[0], back[0]), key=lambda row: row.number)
                if (
                    _has(first, name)
                    and _has(second, name)
                    and str(first.cells[name]).strip() != str(second.cells[name]).strip()
                ):
                    yield first, second, name


def _expect_same_place(first: Row, row: Row, judge: Judge) -> None:
    for name in ("x", "y"):
        if not _has(row, name):
            continue
        before = judge.read(first, name, values.number) if _has(first, name) else None
        now = judge.read(row, name, values.number)
        if before is not None and now is not None and abs(before - now) > _SAME_M:
            judge.wrong(
                row,
                name,
                CellError(
                    f"the place that row {first.number} gives this point, {before:g}",
                    "Give one of the two another number, or correct the coordinate.",
                    rule="survey-duplicate-point",
                ),
            )


def _has(row: Row, name: str) -> bool:
    cell = row.cells.get(name)
    return cell is not None and bool(str(cell).strip())


def _is_units(row: Row) -> bool:
    """Tell a row that holds nothing but units of measure."""
    words = [str(cell).strip() for cell in (*row.cells.values(), *row.notes.values()) if cell]
    return bool(words) and all(_UNIT.match(word) for word in words if word)
