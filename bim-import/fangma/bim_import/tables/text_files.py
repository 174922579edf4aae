"""Read CSV files in whatever encoding and with whatever delimiter offices save them."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING, Final

from fangma.bim_import.tables.errors import refuse
from fangma.bim_import.tables.sheets import LARGEST_FILE, MOST_COLUMNS, MOST_ROWS, Grid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fangma.bim_import.tables.values import Cell

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DELIMITERS: Final = ",\t;|，"


def read_csv(path: Path) -> list[Grid]:
    """Read a CSV file as the one sheet that it is.

    Raises
    ------
    RefusedTable
        When it is too large, of no encoding that offices use, or breaks the grammar of CSV.
    """
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise refuse(
            "table-too-large",
            f"{path.name} has {size} bytes, expected at most {LARGEST_FILE}.",
            "Split it into several files.",
        )
    raw = path.read_bytes()
    if raw[:4] == b"PK\x03\x04":
        raise refuse(
            "table-format",
            f"{path.name} is a workbook with the ending of a CSV file.",
            "Rename it to end in .xlsx.",
        )
    text, encoding = _decoded(raw, path.name)
    return [Grid(name=path.name, encoding=encoding, rows=_rows(text, _delimiter(text), path.name))]


def _decoded(raw: bytes, name: str) -> tuple[str, str]:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _strictly(raw[len(mark) :], encoding, name), encoding
    if b"\0" in raw[:4096]:  # UTF-16 without its mark: half of the bytes of ASCII are zero
        low = raw[1:4096:2].count(0) >= raw[0:4096:2].count(0)
        encoding = "utf-16-le" if low else "utf-16-be"
        return _strictly(raw, encoding, name), encoding
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _strictly(raw, "gb18030", name), "gb18030"


def _strictly(raw: bytes, encoding: str, name: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as failure:
        line = raw[: failure.start].count(b"\n") + 1
        raise refuse(
            "table-encoding",
            f"{name} is neither UTF-8 nor GB18030 nor UTF-16: line {line} holds bytes that are "
            f"no character ({raw[failure.start : failure.start + 4].hex(' ')}).",
            "Save it as CSV UTF-8, or as XLSX.",
            f"row {line}",
        ) from None


def _delimiter(text: str) -> str:
    """Take the delimiter that splits the first lines most; commas unless another one wins."""
    head = text[:4000].splitlines()[:10]
    return max(_DELIMITERS, key=lambda c: max((line.count(c) for line in head), default=0))


def _rows(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as failure:
            raise refuse(
                "table-format",
                f"{name} is no well-formed CSV at row {number}, line {reader.line_num}: {failure}.",
                "Look for a quotation mark that does not close, or save it as XLSX.",
                f"row {number}",
            ) from None
        if cells is None:
            return
        if number > MOST_ROWS:
            raise refuse(
                "table-too-large",
                f"{name} has more than {MOST_ROWS} rows.",
                "Split it into several files.",
            )
        yield number, list(cells[:MOST_COLUMNS])
