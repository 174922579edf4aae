"""Write the tables with their Chinese headers: CSV in UTF-8 or GB18030, and XLSX."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import openpyxl

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
    raw = io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(path, "w") as target:
        for name in sorted(source.namelist()):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-11-20T01:00:00Z", data)
            info = zipfile.ZipInfo(name, date_time=(2026, 11, 20, 9, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)
    return count


def _typed(value: str) -> str | float:
    """Let areas be numbers; codes with leading zeros stay text."""
    return float(value) if re.fullmatch(r"\d+\.\d+", value) else value
