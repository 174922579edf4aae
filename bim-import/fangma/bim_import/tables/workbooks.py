"""Read XLSX workbooks: their values, never their formulas; merged cells are told."""

from __future__ import annotations

import re
import warnings
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from fangma.bim_import.tables.errors import refuse
from fangma.bim_import.tables.sheets import (
    LARGEST_FILE,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Grid,
    Merge,
)
from fangma.bim_import.tables.values import FormulaCell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fangma.bim_import.tables.values import Cell

# openpyxl has no types.
Book = Any
Sheet = Any
XlsxCell = Any

_MOST_UNPACKED: Final = 2**30
_MERGE: Final = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[ />]")
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
# What openpyxl raises for workbooks that other programs damaged.
_DAMAGED: Final = (
    zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError,
    IndexError, AttributeError, EOFError, NotImplementedError,
)  # fmt: skip


def read_xlsx(path: Path) -> list[Grid]:
    """Read the sheets of a workbook that hold anything.

    Raises
    ------
    RefusedTable
        When it is no workbook, encrypted, damaged, or too large.
    """
    _examine(path)
    try:
        with warnings.catch_warnings(), ExitStack() as books:
            warnings.simplefilter("ignore")  # of styles and extensions that do not concern us
            values = _open(path, books, data_only=True)
            marks = _marks(path, values)
            formulas: dict[str, Sheet] = {}
            if any(mark.has_formulas for mark in marks.values()):
                written = _open(path, books, data_only=False)
                formulas = {sheet.title: sheet for sheet in written.worksheets}
            return [
                Grid(
                    name=sheet.title,
                    rows=iter(list(_rows(path, sheet, formulas.get(sheet.title, sheet)))),
                    merges=marks[sheet.title].merges,
                )
                for sheet in values.worksheets
            ]
    except _DAMAGED as failure:
        raise refuse(
            "table-format",
            f"{path.name} is a damaged workbook: {type(failure).__name__}: {failure}.",
            "Open it in a spreadsheet program and save it anew as .xlsx or CSV.",
        ) from None


def _open(path: Path, books: ExitStack, *, data_only: bool) -> Book:
    book = openpyxl.load_workbook(path, read_only=True, data_only=data_only)
    books.callback(book.close)
    return book


def _examine(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    if start == _OLE:
        raise refuse(
            "table-format",
            f"{path.name} is an encrypted workbook or one of the old format (.xls).",
            "Open it, take the password off, and save it as .xlsx.",
        )
    if path.stat().st_size > LARGEST_FILE:
        raise refuse(
            "table-too-large",
            f"{path.name} has {path.stat().st_size} bytes, expected at most {LARGEST_FILE}.",
            "Split it into several files.",
        )
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile:
        raise refuse(
            "table-format",
            f"{path.name} is no workbook (.xlsx).",
            "Save it anew as .xlsx or CSV; the copy may be incomplete.",
        ) from None
    if unpacked > _MOST_UNPACKED:
        raise refuse(
            "table-too-large",
            f"{path.name} unpacks to {unpacked} bytes, expected at most {_MOST_UNPACKED}.",
            "Delete empty formatted rows and pictures, or save it as CSV.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marks:
    """What a sheet's XML says and openpyxl does not tell when it streams."""

    merges: tuple[Merge, ...]
    has_formulas: bool


def _marks(path: Path, book: Book) -> dict[str, _Marks]:
    found: dict[str, _Marks] = {}
    with zipfile.ZipFile(path) as archive:
        for sheet in book.worksheets:
            with archive.open(sheet._worksheet_path) as file:
                merges: list[Merge] = []
                has_formulas = False
                rest = b""
                while block := file.read(2**20):
                    text = rest + block
                    end = 0
                    for match in _MERGE.finditer(text):
                        end = match.end()
                        left, top, right, bottom = range_boundaries(match[1].decode("ascii"))
                        merges.append(
                            Merge(
                                first_row=top,
                                last_row=bottom,
                                first_column=left,
                                last_column=right,
                            )
                        )
                    has_formulas = has_formulas or _FORMULA.search(text) is not None
                    rest = text[max(end, len(text) - 300) :]
            found[sheet.title] = _Marks(merges=tuple(merges), has_formulas=has_formulas)
    return found


def _rows(path: Path, values: Sheet, formulas: Sheet) -> Iterator[tuple[int, list[Cell]]]:
    """Yield rows; a formula whose value no program has stored becomes a FormulaCell."""
    # The size that a sheet declares may be wrong, and hides rows.
    values.reset_dimensions()
    with ExitStack() as open_rows:  # what is refused midway leaves no file open

        def rows_of(sheet: Sheet) -> Any:  # noqa: ANN401
            rows = sheet.iter_rows()
            if hasattr(rows, "close"):  # a sheet without any has no generator
                open_rows.callback(rows.close)
            return rows

        both: Iterator[tuple[Any, Any]]
        if formulas is values:
            both = ((row, row) for row in rows_of(values))
        else:
            formulas.reset_dimensions()
            both = zip(rows_of(values), rows_of(formulas), strict=True)
        for number, (shown, written) in enumerate(both, 1):
            if number > MOST_ROWS:
                raise refuse(
                    "table-too-large",
                    f"Sheet {values.title} of {path.name} has more than {MOST_ROWS} rows.",
                    "Delete empty formatted rows, or split it into several files.",
                )
            yield (
                number,
                [
                    _cell(*pair)
                    for pair in zip(shown[:MOST_COLUMNS], written[:MOST_COLUMNS], strict=False)
                ],
            )


def _cell(value: XlsxCell, formula: XlsxCell) -> Cell:
    for told in (value.value, formula.value):
        if isinstance(told, str) and len(told) > LONGEST_CELL:
            raise refuse(
                "table-too-large",
                f"Cell {value.coordinate} holds {len(told)} characters, expected at most "
                f"{LONGEST_CELL}.",
                "Shorten it, or save the workbook anew with a spreadsheet program.",
            )
    if value.data_type == "e" or (formula.data_type == "f" and value.value is None):
        return FormulaCell(str(formula.value))
    found: Cell = value.value
    return found
