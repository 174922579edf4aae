"""Files in every encoding and form: read, or refused with the place and the remedy."""

from __future__ import annotations

import codecs
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from fangma.bim_import.tables.columns import KINDS
from fangma.bim_import.tables.errors import RefusedTable
from fangma.bim_import.tables.reading import kind_of, read_table
from fangma.bim_import.tables.sheets import MOST_ROWS
from fangma.bim_import.tables.templates import TEMPLATES, TemplateError, write_template
from fangma.bim_import.tables.text_files import read_csv
from fangma.bim_import.tables.values import FormulaCell

if TYPE_CHECKING:
    from pathlib import Path

LEDGER = "楼栋,房号,台账面积,备注\r\n办公主楼,0101,18.5,朝南\r\n"


def write(folder: Path, data: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def workbook(folder: Path, *rows: list[object], merge: str | None = None) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merge is not None:
        book.active.merge_cells(merge)
    path = folder / "t.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize(
    "data",
    [
        LEDGER.encode("utf-8"),
        LEDGER.encode("utf-8-sig"),
        LEDGER.encode("gb18030"),
        LEDGER.encode("utf-16"),
        codecs.BOM_UTF16_BE + LEDGER.encode("utf-16-be"),
        LEDGER.encode("utf-16-le"),
        LEDGER.replace(",", "\t").encode("utf-16"),
        LEDGER.replace(",", ";").encode(),
        LEDGER.replace("\r\n", "\n").encode(),
        ("2026年办公用房台账,,,\r\n填表人：王,,,\r\n" + LEDGER).encode(),
    ],
)
def test_a_csv_is_read_in_every_encoding_and_with_every_delimiter(
    tmp_path: Path, data: bytes
) -> None:
    table = read_table(write(tmp_path, data))
    assert table.kind.name == "ledger"
    (row,) = table.rows
    assert row.cells == {"building": "办公主楼", "number": "0101", "area_m2": "18.5"}
    assert row.notes == {"备注": "朝南"}


def test_headers_may_be_english_in_any_order_and_carry_units(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "Area_m2,Number,BUILDING\n18,1,A01\n"))
    assert table.kind.name == "ledger"
    table = read_table(write(tmp_path, "台账面积（㎡）,房号,楼栋\n18,1,A01\n"))
    assert table.rows[0].cells["area_m2"] == "18"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.name}-{kind.zh}")
def test_each_kind_is_told_by_its_full_header_in_both_languages(
    tmp_path: Path, kind: object
) -> None:
    columns = kind.columns  # type: ignore[attr-defined]
    for header in ([c.zh for c in columns], [c.name for c in columns][::-1]):
        assert kind_of(write(tmp_path, ",".join(header) + "\n")) == kind.name  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", TEMPLATES)
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_template_is_recognised_as_what_it_is_for(tmp_path: Path, kind: str, ending: str) -> None:
    path = write_template(kind, tmp_path / f"t{ending}")
    assert read_table(path).kind.name == kind
    with pytest.raises(TemplateError, match="there already"):
        write_template(kind, path)


def refusal(path: Path) -> RefusedTable:
    with pytest.raises(RefusedTable) as caught:
        read_table(path)
    assert all(f.message and f.remedy for f in caught.value.findings)
    return caught.value


def test_missing_columns_are_named(tmp_path: Path) -> None:
    refused = refusal(write(tmp_path, "单位编码,单位名称\nD1,局\n"))
    assert "机关类别" in refused.message
    assert refused.findings[0].rule == "table-header"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "table-header"),
        (b"\x00\x01\x02\x03" * 50, "table-header"),
        (b"\xff\xfe\x00", "table-encoding"),
        (LEDGER.encode("gb18030")[:-20] + b"\xff\xff\xff", "table-encoding"),
        (b'a,b\n"never closed,1\n', "table-header"),
        (("楼栋,房号,台账面积\n" + '"' + "x" * 200_000).encode(), "table-format"),
        ("楼栋,房号,台账面积\nA,1,2,3,4\n".encode(), "table-row"),
        ("房号,房号,台账面积\n1,1,2\n".encode(), "table-header"),
        (b"PK\x03\x04 not a zip", "table-format"),
    ],
)
def test_a_broken_csv_is_refused(tmp_path: Path, data: bytes, rule: str) -> None:
    refused = refusal(write(tmp_path, data))
    assert refused.findings[0].rule in {rule, "table-format"}


def test_cells_and_columns_without_end_are_refused_or_left_out_soon(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = "x" * 30_000
    book.save(path)
    whole = tmp_path / "whole.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"x" * 30_000, b"x" * 40_000))
    found = refusal(whole).findings[0]
    assert (found.rule, "A1 holds 40000" in found.message) == ("table-too-large", True)
    book.active["A1"] = "=1+1" + "+1" * 10_000
    book.save(path)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"+1" * 10_000, b"+1" * 20_000))
    found = refusal(whole).findings[0]
    assert (found.rule, "A1 holds 40004" in found.message) == ("table-too-large", True)
    ((_, cells),) = list(read_csv(write(tmp_path, "a" + "," * 100_000))[0].rows)
    assert len(cells) == 500


def test_a_table_without_end_is_refused_soon(tmp_path: Path) -> None:
    path = write(tmp_path, "楼栋,房号,台账面积\n" + "A,1,2\n" * (MOST_ROWS + 1))
    assert refusal(path).findings[0].rule == "table-too-large"


@pytest.mark.parametrize("data", [b"", b"no zip", bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600])
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    assert refusal(write(tmp_path, data, "t.xlsx")).findings[0].rule == "table-format"


def test_a_workbook_without_its_parts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refusal(path).findings[0].rule == "table-format"


def test_a_formula_that_was_never_computed_is_told_from_an_empty_cell(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["楼栋", "房号", "台账面积"], ["A01", 101, "=9+9"])
    cell = read_table(path).rows[0].cells["area_m2"]
    assert isinstance(cell, FormulaCell)


def test_cells_merged_downwards_are_filled_and_those_across_are_refused(tmp_path: Path) -> None:
    rows: tuple[list[object], ...] = (
        ["楼栋", "房号", "台账面积"],
        ["A01", 101, 18],
        [None, 102, 20],
    )
    table = read_table(workbook(tmp_path, *rows, merge="A2:A3"))
    assert [row.cells["building"] for row in table.rows] == ["A01", "A01"]
    assert [f.rule for f in table.findings] == ["merged-cells"]
    assert refusal(workbook(tmp_path, *rows, merge="A3:B3")).findings[0].rule == "merged-cells"


@pytest.mark.parametrize(
    "beside",
    [
        ["合计", None, 37.0],
        ["合 计：2间", None, None],
        [None, "小计", "18.5"],
        ["Total", None, 37.0],
        ["制表人：王一", None, "审核人：李二"],
        ["注: 面积以实测为准", None, None],
    ],
)
def test_rows_of_totals_and_the_foot_of_a_table_are_left_out_and_told(
    tmp_path: Path, beside: list[object]
) -> None:
    rows: list[list[object]] = [
        ["楼栋", "房号", "台账面积"], ["A", "0101", 18.5], beside, ["A", "0102", 18.5]
    ]  # fmt: skip
    table = read_table(workbook(tmp_path, *rows, merge="A3:B3" if beside[0] else None))
    assert [row.cells["number"] for row in table.rows] == ["0101", "0102"]
    (told,) = table.findings
    assert (told.rule, "3" in told.message, "王一" in told.message) == ("rows-beside", True, False)


def test_a_row_that_bears_such_a_word_and_is_whole_is_one_of_the_table(tmp_path: Path) -> None:
    units = "单位编码,单位名称,机关类别\n合计,甲,市级\nD1,总计办,市级\n说明,局,市级\n"
    table = read_table(write(tmp_path, units))
    assert [row.cells["unit"] for row in table.rows] == ["合计", "D1", "说明"]
    assert table.findings == ()
    rooms = "备注,楼栋,房号,台账面积\n注：朝南,A,0101,18.5\n"
    assert len(read_table(write(tmp_path, rooms)).rows) == 1
    people = "人员编号,单位编码,职级\n,D1,局(处)级以下\n"
    assert len(read_table(write(tmp_path, people)).rows) == 1, "what lacks a cell is judged"


def test_a_merged_title_above_the_header_does_not_matter(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, ["台账", None, None], ["楼栋", "房号", "台账面积"], ["A", 1, 18], merge="A1:C1"
    )
    assert len(read_table(path).rows) == 1
