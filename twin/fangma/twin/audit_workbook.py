"""The findings of an audit as a workbook in Chinese: people, units, rooms, idle rooms."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any, Final

import openpyxl
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from fangma.bim_import.exchange.workbooks import save_workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

VERDICTS: Final = {"over": "超标", "within": "未超标", "unknown": "无法判定"}
_OVER: Final = PatternFill("solid", fgColor="FDE2E0")
_UNKNOWN: Final = PatternFill("solid", fgColor="FFF4D6")


Cell = str | float | int | None
Column = tuple[str, int, "Callable[[dict[str, Any]], Cell]"]


def _verdict(row: dict[str, Any]) -> str:
    verdict: str = row["verdict"]
    return VERDICTS.get(verdict, verdict)


def _reasons(row: dict[str, Any]) -> str:
    return "；".join(finding["message"] for finding in row["findings"])


def _clauses(row: dict[str, Any]) -> str:
    return "；".join(dict.fromkeys(finding["clause"] for finding in row["findings"]))


def _value(key: str) -> Callable[[dict[str, Any]], Cell]:
    def read(row: dict[str, Any]) -> Cell:
        found: Cell = row.get(key)
        return found

    return read


_AREAS: Final[tuple[Column, ...]] = (
    ("核定面积(㎡)", 14, _value("allowed_m2")),
    ("使用面积(㎡)", 14, _value("used_m2")),
    ("超标面积(㎡)", 14, _value("excess_m2")),
    ("结论", 10, _verdict),
    ("问题", 60, _reasons),
    ("依据", 40, _clauses),
)
_SHEETS: Final[dict[str, tuple[str, tuple[Column, ...]]]] = {
    "persons": (
        "人员",
        (
            ("人员编号", 14, _value("person")),
            ("单位编码", 14, _value("unit")),
            ("职级", 16, _value("rank")),
            (
                "房间及分摊面积",
                44,
                lambda row: "；".join(
                    f"{room['room']} "
                    + ("?" if room["share_m2"] is None else f"{room['share_m2']:.2f}")
                    for room in row["rooms"]
                ),
            ),
            *_AREAS,
        ),
    ),
    "units": (
        "单位",
        (("单位编码", 14, _value("unit")), ("单位名称", 30, _value("name")), *_AREAS),
    ),
    "rooms": (
        "房间",
        (
            ("房间编码", 30, _value("room")),
            ("用途", 14, _value("use")),
            ("实测面积(㎡)", 14, _value("area_m2")),
            ("核定面积(㎡)", 14, _value("allowed_m2")),
            ("超标面积(㎡)", 14, _value("excess_m2")),
            ("使用人员", 24, lambda row: "；".join(row["persons"])),
            ("使用单位", 24, lambda row: "；".join(row["units"])),
            ("结论", 10, _verdict),
            ("问题", 60, _reasons),
            ("依据", 40, _clauses),
        ),
    ),
    "idle": (
        "闲置",
        (
            ("房间编码", 30, _value("room")),
            ("面积(㎡)", 12, _value("area_m2")),
            ("用途", 14, _value("use")),
            ("闲置起始", 14, _value("since")),
            ("天数", 10, _value("days")),
            ("依据", 44, _value("evidence")),
            ("原因", 30, _value("reason")),
            ("处置顺序", 50, lambda row: " → ".join(row["steps"])),
        ),
    ),
}


_RECONCILED: Final[tuple[Column, ...]] = (
    ("核对", 8, _value("check")),
    ("房间/楼栋编码", 30, _value("thing")),
    ("问题", 44, _value("message")),
    ("台账", 24, _value("book")),
    ("对照", 24, _value("other")),
)


def workbook_bytes(document: dict[str, Any]) -> bytes:
    """Return what :func:`write_audit` writes."""
    out = io.BytesIO()
    write_audit(out, document)
    return out.getvalue()


def write_audit(path: Path | IO[bytes], document: dict[str, Any]) -> None:
    """Write the document of ``fangma audit --json`` as a workbook.

    The same document gives the same bytes, whenever it is written. Numbers are numbers; a text that
    begins like a formula stays text.
    """
    book = openpyxl.Workbook()
    first = book.active
    first.title = "概况"
    for line in _summary(document):
        first.append(list(line))
    first.column_dimensions["A"].width = 18
    first.column_dimensions["B"].width = 60
    for key, (title, columns) in _SHEETS.items():
        _write_sheet(book.create_sheet(title), columns, document[key])
    found = document.get("reconciliation", {"checks": [], "rows": []})
    _write_sheet(book.create_sheet("账账账实账证"), _RECONCILED, found["rows"])
    save_workbook(book, path, day=document["at"][:10])


def _summary(document: dict[str, Any]) -> list[tuple[str, Cell]]:
    lines: list[tuple[str, Cell]] = [
        ("办公用房核查", None),
        ("标准", document["standard"]),
        ("核查日", document["at"]),
        ("资料截至", document.get("known")),
        ("容差(㎡)", document["tolerance_m2"]),
        ("分摊方式", {"pro-rata": "按标准比例", "equal": "按人数"}.get(document["sharing"])),
    ]
    for key, title in (("persons", "人员"), ("units", "单位"), ("rooms", "房间")):
        for verdict, word in VERDICTS.items():
            count = sum(row["verdict"] == verdict for row in document[key])
            lines.append((f"{title}·{word}", count))
    for row in document.get("reconciliation", {}).get("checks", ()):
        counted = (
            f"核对{row['compared']}，相符{row['agree']}，不符{row['differ']}，缺{row['missing']}"
        )
        lines.append((f"{row['check']}相符", counted))
    excess = sum(row["excess_m2"] or 0.0 for row in document["persons"])
    lines.append(("人员超标面积合计(㎡)", round(excess, 2)))
    return lines


def _write_sheet(
    sheet: Any,  # noqa: ANN401 - openpyxl has no types
    columns: Sequence[Column],
    rows: Sequence[dict[str, Any]],
) -> None:
    sheet.append([title for title, _, _ in columns])
    for index, (_, width, _) in enumerate(columns, 1):
        sheet.cell(1, index).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows, 2):
        fill = {"over": _OVER, "unknown": _UNKNOWN}.get(row.get("verdict", ""))
        for index, (_, _, read) in enumerate(columns, 1):
            cell = sheet.cell(number, index)
            value = read(row)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
            elif isinstance(value, float):
                cell.number_format = "0.00"
            if fill is not None:
                cell.fill = fill
    sheet.auto_filter.ref = sheet.dimensions
