"""Write the tables with their Chinese headers: CSV in UTF-8 or GB18030, and XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import openpyxl

from fangma.bim_import.exchange.workbooks import save_workbook

if TYPE_CHECKING:
    from pathlib import Path

Row = Mapping[str, str]


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row], encoding: str) -> int:
    """Write a CSV table; UTF-8 gets a byte order mark, as spreadsheet programs expect.

    Returns
    -------
    count : int
        Rows written.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\r\n", restval="", extrasaction="raise")
    writer.writeheader()
    count = 0
    for row in rows:
        writer.writerow(row)
        count += 1
    path.write_bytes(text.getvalue().encode(encoding))
    return count


def write_xlsx(path: Path, title: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write a workbook of one sheet, with fixed dates so that the bytes depend on the rows only."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append(list(columns))
    count = 0
    for row in rows:
        sheet.append([_typed(row.get(column, "")) for column in columns])
        count += 1
    save_workbook(book, path, day="2026-11-20")
    return count


def _typed(value: str) -> str | float:
    """Let areas be numbers; codes with leading zeros stay text."""
    return float(value) if re.fullmatch(r"\d+\.\d+", value) else value
