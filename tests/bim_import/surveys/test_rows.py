"""Survey tables: what is wrong is told row by row; what is right lies where the survey says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from fangma.bim_import.surveys.laying import Survey, lay
from fangma.bim_import.surveys.rows import read_lines, read_points
from fangma.bim_import.tables.errors import RefusedTable
from fangma.bim_import.tables.judging import Judge
from fangma.bim_import.tables.reading import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.bim_import.findings import Finding

POINTS = "物探点号,管线类型,X,Y,地面高程,管顶高程,埋深,特征,附属物,探测方式,探测日期"
LINES = "管线段号,管线类型,起点点号,终点点号,起点埋深,终点埋深,管径,材质,流向,数据来源"
GOOD_POINTS = (
    "JS1,JS,3098800.000,562300.000,5.00,4.200,0.80,起止点,,隐蔽点,2026-05-18",
    "JS2,JS,3098810.000,562300.000,5.00,4.000,1.00,三通,阀门井,明显点,2026-05-18",
    "JS3,JS,3098820.000,562300.000,5.00,4.000,1.00,转折点,,隐蔽点,2026-05-19",
    "JS4,JS,3098820.000,562310.000,5.00,3.500,1.50,入户,,隐蔽点,2026-05-18",
)
GOOD_LINES = (
    "L1,JS,JS1,JS2,0.80,1.00,100,铸铁,+,1",
    "L2,JS,JS2,JS3,1.00,1.00,DN100,铸铁,+,1",
    "L3,JS,JS4,JS3,1.50,1.00,300X200,铸铁,-,4",
)
SITE = (562300.0, 3098800.0)


def read(
    folder: Path, points: tuple[str, ...] = GOOD_POINTS, lines: tuple[str, ...] = GOOD_LINES
) -> tuple[Survey, list[Finding]]:
    """Write both tables, read them, and lay what could be read."""
    found: list[Finding] = []
    paths = folder / "点.csv", folder / "线.csv"
    for path, header, rows in zip(paths, (POINTS, LINES), (points, lines), strict=True):
        path.write_text("\n".join([header, *rows]) + "\n", "utf-8")
    tables = [read_table(path, "survey") for path in paths]
    judges = [Judge(table.kind) for table in tables]
    by_number = {p.number: p for p in read_points(tables[0], judges[0], SITE)}
    told = read_lines(tables[1], judges[1], by_number)
    for judge in judges:
        try:
            judge.expect_all_well()
        except RefusedTable as refused:
            found += refused.findings
    return lay(by_number, told), found


def test_x_is_north_and_the_axis_is_half_a_diameter_below_the_crown(tmp_path: Path) -> None:
    survey, found = read(tmp_path)
    assert found == []
    first = survey.laid[0]
    assert first.axis is not None
    assert np.allclose(first.axis, [[562300, 3098800, 4.15], [562300, 3098810, 3.95]])
    assert (first.kind, first.system, first.diameter_m) == ("pipe", "JS", 0.1)


def test_an_annex_stands_at_its_point_and_a_plain_point_joins_two_lines(tmp_path: Path) -> None:
    survey, _ = read(tmp_path)
    assert [each.kind for each in survey.laid] == ["pipe", "pipe", "pipe", "valve"]
    assert {(m.a, m.b, m.flow) for m in survey.meetings} == {(0, 3, 1), (1, 3, -1), (1, 2, 1)}


def test_accuracy_follows_depth_and_what_the_data_rest_on(tmp_path: Path) -> None:
    survey, _ = read(tmp_path)
    # CJJ 61: located points 0.050 h in plan; h counts as 1 m at least; 5 cm of measuring beside it.
    assert survey.laid[0].plan_m == pytest.approx(np.hypot(0.05 * 1.0, 0.05))
    assert survey.laid[2].plan_m > 1.0  # guessed
    assert survey.laid[3].depth_m == pytest.approx(np.hypot(0.025, 0.03))


@pytest.mark.parametrize(
    ("points", "lines", "rule", "row"),
    [
        ((*GOOD_POINTS, GOOD_POINTS[1]), GOOD_LINES, "survey-duplicate-point", 6),
        (
            (*GOOD_POINTS, GOOD_POINTS[1].replace("JS2", "JS9")),
            GOOD_LINES,
            "survey-duplicate-point",
            6,
        ),
        (
            (*GOOD_POINTS[:3], "JS4,JS,562310.000,3098820.000,5.00,3.500,1.50,入户,,,"),
            GOOD_LINES,
            "survey-swapped",
            5,
        ),
        (
            (*GOOD_POINTS[:3], "JS4,JS,3098820.0,562310.0,5.00,3.500,3.50,入户,,,"),
            GOOD_LINES,
            "survey-depth-is-height",
            5,
        ),
        (
            (*GOOD_POINTS[:3], "JS4,JS,3098820.0,562310.0,5.00,3.500,0.20,入户,,,"),
            GOOD_LINES,
            "survey-depth",
            5,
        ),
        (
            (*GOOD_POINTS[:3], "JS4,JS,3098820.0,562310.0,,,1.50,入户,,,"),
            GOOD_LINES,
            "survey-no-height",
            5,
        ),
        (
            (*GOOD_POINTS[:3], "JS4,JS,3198820.0,762310.0,5.00,3.500,1.50,入户,,,"),
            GOOD_LINES,
            "survey-far-away",
            5,
        ),
        (GOOD_POINTS, (*GOOD_LINES, "L4,JS,JS4,JS99,1.5,1,100,铸铁,+,1"), "survey-missing-end", 5),
        (GOOD_POINTS, (*GOOD_LINES, "L4,JS,JS4,JS4,1.5,1.5,100,铸铁,+,1"), "survey-no-length", 5),
        (GOOD_POINTS, (*GOOD_LINES, GOOD_LINES[0]), "survey-duplicate-line", 5),
        (GOOD_POINTS, (*GOOD_LINES, "L4,JS,JS4,JS1,1.5,0.8,thick,铸铁,+,1"), "survey-size", 5),
        (GOOD_POINTS, (*GOOD_LINES, "L4,QQ,JS4,JS1,1.5,0.8,100,铸铁,+,1"), "survey-system", 5),
        (GOOD_POINTS, (*GOOD_LINES, "L4,JS,JS4,JS1,1.5,0.8,100,铸铁,?,1"), "survey-flow", 5),
    ],
)
def test_a_bad_row_is_told_with_its_number(
    tmp_path: Path, points: tuple[str, ...], lines: tuple[str, ...], rule: str, row: int
) -> None:
    _, found = read(tmp_path, points, lines)
    assert (rule, f"Row {row}") in {(f.rule, f.message.split(",")[0]) for f in found}
    assert all(f.remedy for f in found)


def test_a_table_without_coordinates_is_no_point_table(tmp_path: Path) -> None:
    path = tmp_path / "点.csv"
    path.write_text("物探点号,东,北\nJS1,1,2\n", "utf-8")
    with pytest.raises(RefusedTable, match="no header that is known"):
        read_table(path, "survey")


def test_a_sewer_without_a_crown_lies_on_its_bottom(tmp_path: Path) -> None:
    points = (
        "WS1,WS,3098800.000,562300.000,5.00,,2.00,,检查井,明显点,2026-05-18",
        "WS2,WS,3098830.000,562300.000,5.00,,2.10,,检查井,明显点,2026-05-18",
    )
    survey, found = read(tmp_path, points, ("L1,WS,WS1,WS2,2.00,2.10,300,HDPE,+,1",))
    assert found == []
    assert survey.laid[0].axis is not None
    assert survey.laid[0].axis[:, 2] == pytest.approx([3.15, 3.05])


LOW_POINTS = tuple(
    f"JS{i},JS,{3098800 + 10 * i},562300,5.00,,,,,隐蔽点,2026-05-18" for i in range(6)
)


def low_lines(depths: list[tuple[float, float]], system: str = "JS") -> tuple[str, ...]:
    return tuple(
        f"L{i},{system},JS{i},JS{i + 1},{a},{b},100,PE,+,1" for i, (a, b) in enumerate(depths)
    )


def rules(found: list[Finding]) -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.element) for finding in found]


def test_elevations_for_depths_are_told_where_the_ground_lies_low(tmp_path: Path) -> None:
    _, found = read(tmp_path, LOW_POINTS, low_lines([(3.8, 3.8), (3.8, 3.7), (3.7, 3.9)]))
    assert len(found) == 6
    assert {finding.rule for finding in found} == {"survey-depth-is-height"}
    # One end that as an elevation is as deep as the other end.
    _, found = read(tmp_path, LOW_POINTS, low_lines([(1.2, 1.2), (1.2, 3.8), (1.2, 1.2)]))
    assert rules(found) == [("survey-depth-is-height", "row 3, 终点埋深 end_depth_m")]


def test_drains_and_crossings_may_lie_deep(tmp_path: Path) -> None:
    deep = low_lines([(3.8, 3.8), (3.8, 3.7), (3.7, 3.9)], "WS")
    assert read(tmp_path, LOW_POINTS, deep)[1] == []
    crossing = low_lines([(1.2, 2.2), (2.2, 3.0), (3.0, 3.0), (3.0, 1.4), (1.4, 1.2)])
    assert read(tmp_path, LOW_POINTS, crossing)[1] == []


def test_a_line_that_stands_twice_the_other_way_about_is_told(tmp_path: Path) -> None:
    again = "L9,JS,JS2,JS1,1.00,0.80,100,铸铁,-,1"
    _, found = read(tmp_path, lines=(*GOOD_LINES, again))
    assert rules(found) == [("survey-duplicate-line", "row 5, 起点点号 start")]
    beside = "L9,JS,JS2,JS1,1.00,0.80,50,PE,-,1"
    assert read(tmp_path, lines=(*GOOD_LINES, beside))[1] == []


@pytest.mark.parametrize("ground", [12.0, 35.0])
def test_a_depth_in_the_column_of_elevations_is_told_whoever_says_so(
    tmp_path: Path, ground: float
) -> None:
    points = tuple(f"JS{i},JS,{3098800 + 10 * i},562300,{ground},1.2,,,,," for i in range(3))
    _, found = read(tmp_path, points, low_lines([(1.2, 1.2), (1.2, 1.2)]))
    assert found
    assert {finding.rule for finding in found} == {"survey-height-is-depth"}


def test_short_names_of_columns_are_known(tmp_path: Path) -> None:
    path = tmp_path / "线.csv"
    path.write_text("管线段编号,起点,终点,起点埋深,终点埋深,管径\n1,JS1,JS2,1,1,100\n", "utf-8")
    (row,) = read_table(path, "survey").rows
    assert (row.cells["start"], row.cells["end"], row.cells["line"]) == ("JS1", "JS2", "1")
