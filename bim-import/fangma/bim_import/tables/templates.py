"""Empty tables to be filled in: the header, and what belongs into each column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.tables.columns import KINDS

if TYPE_CHECKING:
    from fangma.bim_import.tables.columns import TableKind

TEMPLATES: Final = (
    "units",
    "people",
    "assignments",
    "leases",
    "ledger",
    "buildings",
    "titles",
    "sensors",
)


class TemplateError(ImportModelError):
    """A kind without a template, or a file that must not be written."""


def write_template(kind: str, path: Path | None = None) -> Path:
    """Write an empty table.

    Parameters
    ----------
    kind : str
        One of :data:`TEMPLATES`.
    path : Path or None
        Ends in ``.xlsx`` or ``.csv``; None = a workbook in this folder.

    Returns
    -------
    path : Path
        What was written; a workbook has a second sheet that explains the columns.

    Raises
    ------
    TemplateError
        When there is no such kind, another ending, or a file of that name already.
    """
    if kind not in TEMPLATES:
        raise TemplateError(
            f"There is no template {kind}, expected one of {', '.join(TEMPLATES)}.",
            "Choose one of them.",
        )
    table = next(each for each in KINDS if each.name == kind)
    target = path or Path(f"{table.zh}.xlsx")
    if target.exists():
        raise TemplateError(
            f"{target} is there already.", "Choose another name; it may hold somebody's work."
        )
    match target.suffix.lower():
        case ".csv":
            header = ",".join(column.zh for column in table.columns)
            # The mark makes spreadsheet programs read it as UTF-8.
            target.write_bytes(f"{header}\r\n".encode("utf-8-sig"))
        case ".xlsx":
            _write_workbook(table, target)
        case other:
            raise TemplateError(
                f"The ending {other or 'is missing and'} cannot be written.",
                "End the name in .xlsx or .csv.",
            )
    return target


def _write_workbook(table: TableKind, target: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = table.zh
    sheet.append([column.zh for column in table.columns])
    sheet.freeze_panes = "A2"
    for index, _column in enumerate(table.columns, 1):
        sheet.cell(1, index).font = Font(bold=True)
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = 18
        # Text, so that 0512 stays 0512 and dates stay as they are typed.
        sheet.column_dimensions[letter].number_format = "@"
    notes = book.create_sheet("说明")
    notes.append(["列", "English", "必填", "内容"])
    for column in table.columns:
        groups = [group for group in table.required if column.name in group]
        need = "" if not groups else "是" if len(groups[0]) == 1 else "其一"
        notes.append([column.zh, column.name, need, column.about])
    for letter, width in zip("ABCD", (18, 18, 8, 70), strict=True):
        notes.column_dimensions[letter].width = width
    book.save(target)
