"""Cells as they stand in real tables."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from fangma.bim_import.tables.values import (
    CellError,
    FormulaCell,
    count,
    day,
    number,
    text,
    yes_or_no,
)

NEW_YEAR = date(2024, 1, 1)


@pytest.mark.parametrize(
    "cell",
    ["2024-01-01", "2024.1.1", "2024/1/1", "2024年1月1日", "２０２４－０１－０１", "20240101",
     "45292", 45292, 45292.0, datetime(2024, 1, 1, tzinfo=UTC), NEW_YEAR,
     " 2024-1-1 00:00:00", "2024-01-01T08:00:00+08:00"],
)  # fmt: skip
def test_a_day_is_read_in_every_form_that_offices_write(cell: object) -> None:
    assert day(cell) == NEW_YEAR  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell",
    ["2024", "2024-13-01", "2024-02-30", "24-01-01", "昨天", "0024-01-01", 7, True, 1e9, "99999999",
     FormulaCell("#REF!")],
)  # fmt: skip
def test_what_is_no_day_is_refused(cell: object) -> None:
    with pytest.raises(CellError):
        day(cell)  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", [None, "", "  "])
def test_an_empty_cell_is_no_value(cell: str | None) -> None:
    assert day(cell) is None
    assert number(cell) is None
    assert text(cell) is None


def test_an_open_end_is_no_day() -> None:
    assert day("长期", open_ended=True) is None
    with pytest.raises(CellError):
        day("长期")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("96,000.00", 96000.0),
        ("￥1200", 1200.0),
        ("23.5㎡", 23.5),
        ("１８", 18.0),
        (18, 18.0),
        ("5元", 5.0),
    ],
)
def test_a_number_is_read_with_what_people_write_around_it(cell: object, value: float) -> None:
    assert number(cell) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell", ["abc", "1,2", "nan", "inf", float("nan"), float("inf"), "=1+1", "1e99"]
)
def test_what_is_no_number_is_refused(cell: object) -> None:
    with pytest.raises(CellError):
        number(cell)  # type: ignore[arg-type]


def test_areas_are_above_zero_and_people_are_whole() -> None:
    with pytest.raises(CellError):
        number(0, above=0)
    with pytest.raises(CellError):
        count("3.5")
    assert count("34") == 34


@pytest.mark.parametrize("word", ["a\x00b", "a\x07b", "锟斤拷", "a\N{REPLACEMENT CHARACTER}"])
def test_control_characters_and_garbled_text_are_refused(word: str) -> None:
    with pytest.raises(CellError):
        text(word)


def test_a_door_number_that_a_spreadsheet_made_a_number_is_text_again() -> None:
    assert text(512.0) == "512"


def test_yes_and_no() -> None:
    assert (yes_or_no("是"), yes_or_no("否"), yes_or_no("")) == (True, False, None)
    with pytest.raises(CellError):
        yes_or_no("maybe")
