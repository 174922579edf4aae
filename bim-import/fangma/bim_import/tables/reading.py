"""From a file to the rows of one table: which sheet, where its header is, which kind it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Final

from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.tables.columns import (
    KINDS,
    Header,
    TableKind,
    folded,
    kind_names,
    match,
    missing,
    recognise,
)
from fangma.bim_import.tables.errors import RefusedTable, error, refuse
from fangma.bim_import.tables.text_files import read_csv
from fangma.bim_import.tables.values import Cell, CellError, text
from fangma.bim_import.tables.workbooks import read_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from fangma.bim_import.tables.sheets import Grid, Merge

_HEADER_WITHIN: Final = 15
"""Rows above the header at most: titles, dates, who filled it in."""

_TOTAL: Final = re.compile(
    r"(本[页表]|累)?[合小总共]\s*计\s*([:\uff1a(\uff08\d]|$)|(sub|grand )?totals?\b", re.IGNORECASE
)
_FOOT: Final = re.compile(
    r"(注|备注|说明|(制表|填表|填报|编制|审核|审批|复核|负责)(人|日期)?|(制表|填报)(单位|时间))\s*[:\uff1a]"
)
_SUM: Final = re.compile(r"([\d.,\uff0c]+\s*\D{0,3})?")
_MOST_MERGES: Final = 5_000
# What says who somebody is belongs into the table of people, from which it can be erased.
_PERSONAL: Final = re.compile("姓名|使用人|联系人|电话|手机|身份证|住址|邮箱|^e?mail$|^phone$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table.

    Attributes
    ----------
    number : int
        As a spreadsheet program shows it.
    cells : dict of str to Cell
        By our name of the column; columns that are not there are missing.
    notes : dict of str to str
        What stands in columns that are none of ours.
    label : str
        What its user knows it by, where that is not the number: ``feature 3``.
    """

    number: int
    cells: dict[str, Cell]
    notes: dict[str, str]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that was read; nothing of its content has been judged yet.

    Attributes
    ----------
    sheet : str or None
        Name of the sheet, or of the file where that is one sheet.
    """

    kind: TableKind
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()
    sheet: str | None = None


def kind_of(path: Path) -> str | None:
    """Tell the kind of a table from its header alone; None when it cannot be told.

    Raises
    ------
    RefusedTable
        When the file cannot be read.
    """
    for grid in _grids(path):
        header, _, _ = _find_header(grid, KINDS)
        if header is not None:
            return header.kind.name
    return None


def read_table(path: Path, kind: str | None = None) -> Table:
    """Read the first sheet whose header is recognised.

    Parameters
    ----------
    kind : str or None
        What the table is, instead of by its header.

    Raises
    ------
    RefusedTable
        When the file cannot be read, no header is recognised, or rows do not fit the header.
    """
    kinds = [each for each in KINDS if kind is None or each.name == kind]
    grids = _grids(path)
    closest: list[str] = []
    for index, grid in enumerate(grids):
        header, seen, body = _find_header(grid, kinds)
        if header is None:
            closest = closest or _closest(seen, kinds)
            continue
        _expect_once(path, header)
        others = [
            other.name for other in grids[index + 1 :] if any(_filled(c) for _, c in other.rows)
        ]
        return _read(body, header, others)
    raise _no_header(path, closest)


def read_sheets(path: Path, kind: str) -> list[Table]:
    """Read every sheet whose header is one of a kind.

    Raises
    ------
    RefusedTable
        When the file cannot be read, no header is recognised, or rows do not fit their header:
        then the findings of all sheets.
    """
    kinds = [each for each in KINDS if each.name == kind]
    closest: list[str] = []
    tables: list[Table] = []
    wrong: list[Finding] = []
    for grid in _grids(path):
        header, seen, body = _find_header(grid, kinds)
        if header is None:
            closest = closest or _closest(seen, kinds)
            continue
        try:
            _expect_once(path, header)
            tables.append(replace(_read(body, header, ()), sheet=grid.name))
        except RefusedTable as refused:
            wrong += refused.findings
    if wrong:
        raise RefusedTable(wrong)
    if not tables:
        raise _no_header(path, closest)
    return tables


def _expect_once(path: Path, header: Header) -> None:
    if header.twice:
        raise refuse(
            "table-header",
            f"{path.name} has the column {', '.join(header.twice)} twice.",
            "Delete or rename one of the two.",
        )


def _no_header(path: Path, closest: Sequence[str]) -> RefusedTable:
    return refuse(
        "table-header",
        f"{path.name} has no header that is known: "
        + ("; ".join(closest) or "its first rows hold none of our columns")
        + ".",
        "Use a template (fangma template KIND), or say what it is with --kind: "
        + ", ".join(kind_names())
        + ".",
    )


def _grids(path: Path) -> list[Grid]:
    try:
        return read_xlsx(path) if path.suffix.lower() == ".xlsx" else read_csv(path)
    except OSError as failure:
        raise refuse(
            "table-format",
            f"{path.name} cannot be read: {failure.strerror}.",
            "Check the path and who may read it.",
        ) from None


def _find_header(
    grid: Grid, kinds: Sequence[TableKind]
) -> tuple[Header | None, list[list[str]], Grid]:
    """Look for the header in the first rows; the grid that is returned holds the rows after it.

    A header may have two levels, such as 高程 over 地面 and 管顶: of each column the lower word
    counts, and the upper one where there is none below.
    """
    seen: list[list[str]] = []
    for number, cells in grid.rows:
        words = [_word(cell) for cell in cells]
        header = recognise(words, kinds)
        if header is None and seen:
            header = recognise(_stacked(seen[-1], words), kinds)
        if header is not None:
            below = next(grid.rows, None)
            if below is None:
                return header, seen, grid
            lower = recognise(_stacked(words, [_word(cell) for cell in below[1]]), [header.kind])
            if lower is not None and len(lower.at) > len(header.at):
                return lower, seen, grid
            return header, seen, replace(grid, rows=chain([below], grid.rows))
        seen.append(words)
        if number >= _HEADER_WITHIN:
            break
    return None, seen, grid


def _stacked(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    return [low if low.strip() else up for up, low in zip_longest(upper, lower, fillvalue="")]


def _word(cell: Cell) -> str:
    return "" if cell is None else str(cell).replace("\n", "")


def _closest(seen: Iterable[list[str]], kinds: Iterable[TableKind]) -> list[str]:
    """Say which columns are missing for the kinds that come closest."""
    found: list[tuple[int, str]] = []
    for words in seen:
        for kind in kinds:
            header = match(kind, words)
            lacking = missing(header)
            if header.at:
                found.append(
                    (
                        len(lacking) - len(header.at),
                        f"as {kind.name} ({kind.zh}) it lacks {', '.join(lacking)}",
                    )
                )
    return [words for _, words in sorted(found)[:1]]


def _read(grid: Grid, header: Header, others: Sequence[str]) -> Table:
    findings: list[Finding] = []
    rows: list[Row] = []
    wrong: list[Finding] = []
    width = max((*header.at.values(), *header.notes.values())) + 1
    if len(grid.merges) > _MOST_MERGES:
        raise refuse(
            "merged-cells",
            f"Sheet {grid.name} has {len(grid.merges)} merged cells, expected none.",
            "Split them all and fill in each cell.",
        )
    notes = dict(header.notes)
    personal = [name for name in notes if _PERSONAL.search(folded(name))]
    if personal and header.kind.name != "people":
        for name in personal:
            del notes[name]
        findings.append(
            _tell(
                "personal-columns",
                f"Columns with personal details were left out: {', '.join(personal)}.",
                "Names belong into the table of people, from which they can be erased.",
            )
        )
    down, across = _merges_in(grid.merges)
    above: dict[int, Cell] = {}
    beside: list[int] = []
    for number, written in grid.rows:
        if not _filled(written):
            continue
        if _is_beside(written, header):
            beside.append(number)
            continue
        for merge in across:
            if merge.first_row <= number <= merge.last_row:
                wrong.append(
                    error(
                        "merged-cells",
                        f"Row {number} has cells merged over several columns ({merge}).",
                        "Split them and fill in each cell.",
                        f"row {number}",
                    )
                )
                break
        cells = _filled_down(number, written, down, above)
        surplus = [cell for cell in cells[width:] if _word(cell).strip()]
        if surplus:
            wrong.append(
                error(
                    "table-row",
                    f"Row {number} has {len(cells)} cells, the header {width}; the surplus begins "
                    f"with {_word(surplus[0])!r}.",
                    "Quote text that contains the delimiter, or remove the surplus.",
                    f"row {number}",
                )
            )
            continue
        rows.append(
            Row(
                number=number,
                cells={
                    name: cells[at] if at < len(cells) else None for name, at in header.at.items()
                },
                notes=_notes(cells, notes),
            )
        )
    if wrong:
        raise RefusedTable(wrong)
    if down:
        findings.append(
            _tell(
                "merged-cells",
                f"{len(down)} merged cells were filled down, e.g. {down[0]}.",
                "Check a few of these rows.",
            )
        )
    if beside:
        findings.append(
            _tell(
                "rows-beside",
                f"Rows that hold totals, or who made the table, were left out: "
                f"{', '.join(map(str, beside[:20]))}{' ...' if len(beside) > 20 else ''}.",
                "If one of them is meant, fill in what each row needs.",
            )
        )
    if others:
        findings.append(
            Finding(
                severity=Severity.WARNING,
                rule="sheets-left-out",
                element=None,
                message=f"Sheet {grid.name} was read; {', '.join(others)} were left out.",
                remedy="Save each table as a file of its own.",
            )
        )
    if notes:
        names = ", ".join(sorted(notes))
        findings.append(
            _tell("columns-as-notes", f"Columns kept as notes: {names}.", "Rename them if meant.")
        )
    if not rows:
        findings.append(_tell("empty-table", "The table has a header and no rows.", "Fill it in."))
    return Table(kind=header.kind, rows=tuple(rows), findings=tuple(findings))


def _tell(rule: str, message: str, remedy: str) -> Finding:
    return Finding(severity=Severity.INFO, rule=rule, element=None, message=message, remedy=remedy)


def _filled(cells: Sequence[Cell]) -> bool:
    return any(_word(cell).strip() for cell in cells)


def _is_beside(cells: Sequence[Cell], header: Header) -> bool:
    """Tell whether a row only sums others up (合计), or says who made the table (制表人：...).

    Of what makes a row of the table the one has numbers at most, and the other not all.
    """
    at, first = next((at, word) for at, cell in enumerate(cells) if (word := _word(cell).strip()))
    is_total, is_foot = _TOTAL.match(first) is not None, _FOOT.match(first) is not None
    if not is_total and not is_foot:
        return False
    groups = [
        [
            _word(cells[place]).strip()
            for name in group
            if (place := header.at.get(name, at)) != at and place < len(cells)
        ]
        for group in header.kind.required
    ]
    if is_foot and not all(any(words) for words in groups):
        return True
    return is_total and all(_SUM.fullmatch(word) for words in groups for word in words)


def _merges_in(merges: Iterable[Merge]) -> tuple[list[Merge], list[Merge]]:
    """Part merges into those that go down one column, and those that cross columns."""
    down = [m for m in merges if m.first_column == m.last_column]
    across = [m for m in merges if m.first_column != m.last_column]
    return down, across


def _filled_down(
    number: int, cells: list[Cell], down: Sequence[Merge], above: dict[int, Cell]
) -> list[Cell]:
    """Give every row of a merged cell its value, as the sheet shows it."""
    filled = list(cells)
    for merge in down:
        at = merge.first_column - 1
        if at >= len(filled):
            continue
        if number == merge.first_row:
            above[at] = filled[at]
        elif merge.first_row < number <= merge.last_row:
            filled[at] = above.get(at)
    return filled


def _notes(cells: Sequence[Cell], at: dict[str, int]) -> dict[str, str]:
    notes: dict[str, str] = {}
    for name, index in at.items():
        if index >= len(cells):
            continue
        try:
            word = text(cells[index], longest=2_000)
        except CellError:
            continue  # what is only kept as a note cannot refuse a table
        if word is not None:
            notes[name] = word
    return notes
