"""Combined sheets, DXF, GeoJSON and Shapefiles say what point and line tables say."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pytest
import shapefile
from ezdxf import filemanagement as dxf
from pyproj import Transformer

from fangma.bim_import.surveys.drawn import system_of_layer
from fangma.bim_import.surveys.dxf import read_dxf
from fangma.bim_import.surveys.files import Sheet, read_drawing, read_tables, woven
from fangma.bim_import.surveys.laying import Laid, Survey, lay
from fangma.bim_import.surveys.rows import read_lines, read_points
from fangma.bim_import.tables.errors import RefusedTable

if TYPE_CHECKING:
    from fangma.bim_import.findings import Finding

EAST, NORTH = 562_300.0, 3_098_800.0
SITE = (EAST, NORTH)
EPSG = 4549
HEADER = [
    "管线点预编号", "连接点号", "埋设方式", "管线材料", "管径或断面", "特征", "附属物", "X", "Y",
    "地面(高程)", "管顶(高程)", "管底(高程)", "埋深", "电缆数", "管孔排列", "电压", "备注",
]  # fmt: skip
# A tee at J2 with a valve on the branch to J3, and a house at J4.
COMBINED: tuple[tuple[object, ...], ...] = (
    ("J1", "J2", "直埋", "铸铁", "100", "起止点", "", NORTH, EAST, 5.0, 4.2, "", 0.8),
    ("J2", "J1", "直埋", "铸铁", "100", "三通", "", NORTH + 10, EAST, 5.0, 4.0, "", 1.0),
    ("J2", "J3", "直埋", "PE", "50", "", "", "", "", "", 4.0, "", 1.0),
    ("J2", "J4", "直埋", "铸铁", "100", "", "", "", "", "", 4.0, "", 1.0),
    ("J3", "J2", "直埋", "PE", "50", "", "阀门", NORTH + 10, EAST + 8, 5.0, 4.3, "", 0.7),
    ("J4", "J2", "直埋", "铸铁", "100", "入户", "", NORTH + 30, EAST, 5.2, 4.0, "", 1.2),
)


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a file gave: what was laid, and what was wrong."""

    survey: Survey
    findings: list[Finding]

    @property
    def rules(self) -> set[str]:
        return {finding.rule for finding in self.findings}

    def pipes(self) -> list[Laid]:
        return [each for each in self.survey.laid if each.kind == "pipe"]


def judged(sheets: list[Sheet]) -> Read:
    points = {
        point.number: point
        for sheet in sheets
        if sheet.has_points
        for point in read_points(sheet.table, sheet.judge, SITE)
    }
    tables = [sheet.table for sheet in sheets if sheet.has_points]
    named = {str(row.cells["point"]) for table in tables for row in table.rows}
    lines = [
        line
        for sheet in sheets
        if not sheet.has_points
        for line in read_lines(sheet.table, sheet.judge, points, named)
    ]
    findings: list[Finding] = []
    for sheet in sheets:
        try:
            sheet.judge.expect_all_well()
        except RefusedTable as refused:
            findings += refused.findings
    return Read(survey=lay(points, lines), findings=findings)


def workbook(path: Path, sheets: dict[str, tuple[tuple[object, ...], ...]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in (HEADER, *rows):
            sheet.append(list(row))
    book.save(path)
    return path


def drawn(*paths: Path) -> Read:
    return judged(woven({path.name: read_drawing(path, EPSG, SITE) for path in paths}))


def length_of(pipe: Laid) -> float:
    assert pipe.axis is not None
    return float(np.linalg.norm(pipe.axis[-1] - pipe.axis[0]))


def geojson(path: Path, features: list[dict[str, Any]], **more: object) -> Path:
    whole = {"type": "FeatureCollection", **more, "features": features}
    path.write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
    return path


def line(coordinates: list[list[float]], **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "LineString", "coordinates": coordinates},
    }


def spot(coordinates: list[float], **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": coordinates},
    }


def test_a_combined_sheet_lays_each_line_once_between_its_points(tmp_path: Path) -> None:
    found = judged(read_tables(workbook(tmp_path / "点线.xlsx", {"J": COMBINED})))
    assert found.findings == []
    assert sorted(pipe.number for pipe in found.pipes()) == ["J1-J2", "J2-J3", "J2-J4"]
    assert {pipe.system for pipe in found.pipes()} == {"JS"}
    first = found.pipes()[0].axis
    assert first is not None
    assert np.allclose(first, [[EAST, NORTH, 4.15], [EAST, NORTH + 10, 3.95]])
    branch = next(pipe for pipe in found.pipes() if pipe.number == "J2-J3")
    assert branch.diameter_m == 0.05
    assert branch.axis is not None
    assert branch.axis[:, 2] == pytest.approx([3.975, 4.275])
    assert sorted(each.kind for each in found.survey.laid if each.kind != "pipe") == [
        "fitting",
        "valve",
    ]


def test_every_sheet_of_a_workbook_is_read_and_names_its_system(tmp_path: Path) -> None:
    foul = (
        ("1", "2", "", "HDPE", "300", "", "检查井", NORTH, EAST + 5, 5.0, "", 3.0, 2.0),
        ("2", "1", "", "HDPE", "300", "", "检查井", NORTH + 30, EAST + 5, 5.0, "", 2.9, 2.1),
    )
    found = judged(read_tables(workbook(tmp_path / "点线.xlsx", {"J": COMBINED, "污水": foul})))
    assert found.findings == []
    assert {pipe.system for pipe in found.pipes()} == {"JS", "WS"}


def test_a_header_of_two_levels_and_a_row_of_units_are_understood(tmp_path: Path) -> None:
    upper = [*HEADER[:7], "坐标", "", "高程", "", "", *HEADER[12:]]
    lower = ["", "", "", "", "mm", "", "", "X", "Y", "地面", "管顶", "管底", "m", "", "", "kV", ""]
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "JS"
    lower[4] = lower[12] = lower[15] = ""
    units = ["", "", "", "", "mm", "", "", "m", "m", "m", "m", "m", "m", "", "", "kV", ""]
    for row in (["某院给水管线点线成果表"], upper, lower, units, *COMBINED):
        sheet.append(list(row))
    book.save(tmp_path / "表.xlsx")
    found = judged(read_tables(tmp_path / "表.xlsx"))
    assert found.findings == []
    assert len(found.pipes()) == 3


@pytest.mark.parametrize(
    ("row", "cells", "rule"),
    [
        (5, {1: "J9"}, "survey-missing-end"),
        (5, {7: EAST + 8, 8: NORTH + 10}, "survey-swapped"),
        (5, {12: 4.3}, "survey-depth-is-height"),
        (5, {10: 0.7}, "survey-height-is-depth"),
        (3, {7: NORTH + 11, 8: EAST}, "survey-duplicate-point"),
        (5, {4: "80"}, "survey-contradiction"),
        (4, {1: "J3"}, "survey-duplicate-line"),
        (5, {7: 28.0, 8: 120.6}, "survey-degrees"),
        (5, {8: 40_562_308.0}, "survey-far-away"),
        (5, {9: "", 10: "", 12: ""}, "survey-no-height"),
    ],
)
def test_a_bad_row_of_a_combined_sheet_is_told_with_its_number(
    tmp_path: Path, row: int, cells: dict[int, object], rule: str
) -> None:
    rows = [list(each) for each in COMBINED]
    for at, value in cells.items():
        rows[row - 1][at] = value
    path = workbook(tmp_path / "点线.xlsx", {"J": tuple(tuple(each) for each in rows)})
    found = judged(read_tables(path))
    told = {(f.rule, f.message.split(",")[0]) for f in found.findings}
    assert (rule, f"Row {row + 1}") in told, told
    assert all(f.remedy for f in found.findings)


def test_the_line_table_alone_may_give_depths_as_the_standard_has_it(tmp_path: Path) -> None:
    (tmp_path / "点.csv").write_text(
        "Exp_No,X,Y,High,Feature,Subsid\n"
        f"JS1,{NORTH},{EAST},5.00,起点,\nJS2,{NORTH + 20},{EAST},5.40,,阀门井\n",
        "gb18030",
    )
    (tmp_path / "线.csv").write_text(
        "起点点号,终点点号,起点埋深,终点埋深,管径,材质\nJS1,JS2,0.80,1.00,200,铸铁\n", "gb18030"
    )
    sheets = [each for name in ("点.csv", "线.csv") for each in read_tables(tmp_path / name)]
    found = judged(sheets)
    assert found.findings == []
    (pipe,) = found.pipes()
    assert pipe.axis is not None
    assert pipe.axis[:, 2] == pytest.approx([4.10, 4.30])


def test_geojson_in_degrees_is_projected_and_in_metres_taken_as_it_is(tmp_path: Path) -> None:
    corners = [[EAST, NORTH, 4.0], [EAST + 30, NORTH, 4.0], [EAST + 30, NORTH + 9, 3.8]]
    properties = {"管线类型": "JS", "管径": 100}
    back = Transformer.from_crs(EPSG, 4326, always_xy=True)
    degrees = [[*back.transform(x, y), z] for x, y, z in corners]
    found = [
        drawn(geojson(tmp_path / "a.geojson", [line(corners, **properties)])),
        drawn(geojson(tmp_path / "b.geojson", [line(degrees, **properties)])),
        drawn(
            geojson(
                tmp_path / "c.geojson",
                [line([[x, y, z] for x, y, z in corners], **properties)],
                crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}},
            )
        ),
    ]
    for each in found:
        assert each.findings == []
        assert len(each.pipes()) == 2
        axis = each.pipes()[0].axis
        assert axis is not None
        assert np.allclose(axis, [[EAST, NORTH, 3.95], [EAST + 30, NORTH, 3.95]], atol=1e-3)
        assert each.pipes()[0].basis == "精度不明"


def test_a_symbol_on_a_line_parts_it_and_a_line_that_ends_on_another_joins_it(
    tmp_path: Path,
) -> None:
    found = drawn(
        geojson(
            tmp_path / "a.geojson",
            [
                line([[EAST, NORTH, 4.0], [EAST + 40, NORTH, 4.0]], system="JS", size="200"),
                line([[EAST + 10.02, NORTH + 15, 4.0], [EAST + 10.02, NORTH + 0.03, 4.0]],
                     system="JS", size="100"),
                spot([EAST + 25.0, NORTH + 0.2], system="JS", 附属物="阀门", 物探点号="F1"),
                line([[EAST + 20, NORTH - 5, 3.0], [EAST + 20, NORTH + 5, 3.0]],
                     system="WS", size="300"),
            ],
        )
    )  # fmt: skip
    assert found.findings == []
    assert sorted(round(length_of(pipe)) for pipe in found.pipes()) == [
        10, 10, 15, 15, 15,
    ]  # fmt: skip
    kinds = {each.number: each.kind for each in found.survey.laid if each.kind != "pipe"}
    assert kinds["F1"] == "valve"
    # The foul sewer that crosses below has nothing to do with them.
    foul = next(i for i, each in enumerate(found.survey.laid) if each.system == "WS")
    assert all(foul not in {m.a, m.b} for m in found.survey.meetings)


def test_names_come_from_the_place_and_not_from_the_order(tmp_path: Path) -> None:
    features = [
        line([[EAST, NORTH, 4.0], [EAST + 40, NORTH, 4.0]], system="JS", size="200"),
        line([[EAST, NORTH + 9, 4.0], [EAST + 40, NORTH + 9, 4.0]], system="JS", size="200"),
    ]
    first = drawn(geojson(tmp_path / "a.geojson", features))
    features[1]["geometry"]["coordinates"].reverse()
    second = drawn(geojson(tmp_path / "a.geojson", features[::-1]))
    assert {p.key for p in first.pipes()} == {p.key for p in second.pipes()}


METRES = '{"type": "LineString", "coordinates": [[562300, 3098800, 1], [562310, 3098800, 1]]}'


def collection(geometry: str, crs: str | None = None) -> str:
    declared = "" if crs is None else f', "crs": {{"properties": {{"name": "{crs}"}}}}'
    return f'{{"type": "FeatureCollection"{declared}, "features": [{{"geometry": {geometry}}}]}}'


GOOD = [[EAST, NORTH, 4.0], [EAST + 40, NORTH, 4.0]]


@pytest.mark.parametrize(
    ("coordinates", "properties", "rule"),
    [
        ([[NORTH, EAST, 4.0], [NORTH, EAST + 40, 4.0]], {"system": "JS"}, "survey-swapped"),
        ([[x + 4e6, y, z] for x, y, z in GOOD], {"system": "JS"}, "survey-far-away"),
        ([[x * 1000, y * 1000, z] for x, y, z in GOOD], {"system": "JS"}, "survey-far-away"),
        ([[x, y] for x, y, _ in GOOD], {"system": "JS"}, "survey-no-height"),
        (GOOD, {"system": "QQ"}, "survey-system"),
        (GOOD, {}, "survey-system"),
        (GOOD, {"system": "JS", "管径": 0.2}, "survey-size"),
        ([GOOD[0], GOOD[0]], {"system": "JS"}, "survey-no-length"),
        (GOOD, {"system": "JS", "地面高程": 48.0}, "survey-height-is-depth"),
        (GOOD, {"system": "JS", "地面高程": 5.0, "埋深": 4.0}, "survey-depth-is-height"),
    ],
)
def test_a_bad_feature_is_told_by_its_number(
    tmp_path: Path, coordinates: list[list[float]], properties: dict[str, Any], rule: str
) -> None:
    path = geojson(
        tmp_path / "a.geojson",
        [line([[EAST, NORTH + 5, 4.0], [EAST + 9, NORTH + 5, 4.0]], system="JS"),
         line(coordinates, **properties)],
    )  # fmt: skip
    found = drawn(path)
    assert rule in found.rules, found.findings
    assert all("eature 2" in f.message for f in found.findings if f.rule == rule)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "drawing-format"),
        ('{"type": "FeatureCollection"}', "drawing-format"),
        ('{"type": "FeatureCollection", "features": []}', "drawing-geometry"),
        ('{"type": "FeatureCollection", "features": [7]}', "drawing-geometry"),
        ("[" * 100_000, "drawing-format"),
        (collection('{"type": "LineString", "coordinates": [["a", 1], [2, 3]]}'),
         "drawing-geometry"),
        (collection('{"type": "LineString", "coordinates": [[28.0, 120.6], [28.001, 120.6]]}'),
         "survey-swapped"),
        (collection(METRES, "EPSG:4326"), "survey-crs"),
        (collection(METRES, "grid of ours"), "survey-crs"),
    ],
)  # fmt: skip
def test_a_map_file_that_cannot_be_used_is_refused(tmp_path: Path, text: str, rule: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(text, "utf-8")
    with pytest.raises(RefusedTable) as refused:
        read_drawing(path, EPSG, SITE)
    assert {f.rule for f in refused.value.findings} == {rule}
    assert all(f.remedy for f in refused.value.findings)


def test_degrees_without_a_projection_of_the_site_are_refused(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", [line([[120.6, 28.0, 1], [120.601, 28.0, 1]])])
    with pytest.raises(RefusedTable) as refused:
        read_drawing(path, None, None)
    assert refused.value.findings[0].rule == "survey-degrees"


def write_shapefile(
    path: Path, *, prj: str | None = None, east: float = 0.0, north: float = 0.0
) -> Path:
    x, y = EAST + east, NORTH + north
    with shapefile.Writer(str(path), shapeType=shapefile.POLYLINEZ, encoding="gb18030") as writer:
        for name in ("管线代码", "管径", "材质"):
            writer.field(name, "C", 40)
        for corners in ([[x, y, 3.8], [x + 30, y, 3.8]], [[x + 30, y, 3.8], [x + 30, y + 9, 3.8]]):
            writer.linez([corners])
            writer.record("JS", "100", "球墨铸铁")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if prj is not None:
        path.with_suffix(".prj").write_text(prj, "utf-8")
    return path


def test_a_shapefile_with_attributes_in_gbk_is_read(tmp_path: Path) -> None:
    from pyproj import CRS

    found = drawn(write_shapefile(tmp_path / "管线.shp", prj=CRS.from_epsg(EPSG).to_wkt()))
    assert found.findings == []
    assert [pipe.name for pipe in found.pipes()] == ["JS 管 DN100 球墨铸铁"] * 2
    assert len(found.survey.meetings) == 1


def test_points_in_a_file_of_their_own_name_the_ends_of_lines(tmp_path: Path) -> None:
    lines = write_shapefile(tmp_path / "JSLine.shp")
    with shapefile.Writer(
        str(tmp_path / "JSPoint.shp"), shapeType=shapefile.POINTZ, encoding="gb18030"
    ) as writer:
        for name in ("Exp_No", "附属物", "地面高程"):
            writer.field(name, "C", 40)
        for number, annex, x, y in (("JS1", "阀门", 0, 0), ("JS2", "", 30, 0)):
            writer.pointz(EAST + x, NORTH + y, 5.0)
            writer.record(number, annex, "5.00")
    found = drawn(lines, tmp_path / "JSPoint.shp")
    assert found.findings == []
    valve = next(each for each in found.survey.laid if each.kind == "valve")
    assert valve.number == "JS1"
    assert found.pipes()[0].properties["ground_m"] == [5.0, 5.0]


def test_a_shapefile_in_another_zone_is_projected(tmp_path: Path) -> None:
    from pyproj import CRS

    path = write_shapefile(tmp_path / "a.shp", prj=CRS.from_epsg(4548).to_wkt())
    assert drawn(path).rules == {"survey-far-away"}  # 117 E instead of 120 E is 300 km off


def test_a_shapefile_without_its_table_or_cut_off_is_refused(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp")
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(RefusedTable, match="damaged"):
        read_drawing(path, EPSG, SITE)
    path.write_bytes(whole)
    path.with_suffix(".dbf").unlink()
    with pytest.raises(RefusedTable, match="lacks its"):
        read_drawing(path, EPSG, SITE)


def write_dxf(path: Path, *, scale: float = 1.0, units: int = 6, z: float | None = 4.0) -> Path:
    document = dxf.new("R2010")
    document.header["$INSUNITS"] = units
    space = document.modelspace()
    for layer in ("JSLINE", "JSTEXT", "JSPOINT", "0-轴线", "污水管线"):
        document.layers.add(layer)
    block = document.blocks.new("阀门")
    block.add_circle((0, 0), 0.3)
    height = 0.0 if z is None else z

    def at(x: float, y: float, up: float = 0.0) -> tuple[float, float, float]:
        return (EAST + x) * scale, (NORTH + y) * scale, (height + up) * scale if z else 0.0

    space.add_polyline3d([at(0, 0), at(20, 0), at(20, 30, -0.2)], dxfattribs={"layer": "JSLINE"})
    space.add_line(at(5, -9, -1), at(5, 9, -1), dxfattribs={"layer": "污水管线"})
    space.add_line(at(0, 40), at(90, 40), dxfattribs={"layer": "0-轴线"})
    space.add_line(at(1, 1), at(2, 2), dxfattribs={"layer": "JSTEXT"})  # a leader
    space.add_text(
        "DN150 球墨铸铁", height=1.5 * scale, dxfattribs={"layer": "JSTEXT"}
    ).set_placement(at(8, 1)[:2])
    space.add_text("DN300", height=1.5 * scale, dxfattribs={"layer": "污水管线"}).set_placement(
        at(5.5, -6)[:2]
    )
    reference = space.add_blockref("阀门", at(10, 0.1), dxfattribs={"layer": "JSPOINT"})
    reference.add_attrib("物探点号", "JS7", at(10, 0.5))
    document.saveas(path)
    return path


@pytest.mark.parametrize(("scale", "units"), [(1.0, 6), (1000.0, 4), (1.0, 4), (1.0, 0)])
def test_dxf_lines_take_system_from_layers_and_size_from_texts(
    tmp_path: Path, scale: float, units: int
) -> None:
    path = write_dxf(tmp_path / "管线.dxf", scale=scale, units=units)
    drawing = read_drawing(path, EPSG, SITE)
    assert {f.rule for f in drawing.findings} >= {"drawing-layers-left-out"}
    found = judged(woven({path.name: drawing}))
    assert found.findings == []
    water = [pipe for pipe in found.pipes() if pipe.system == "JS"]
    assert {pipe.name for pipe in water} == {"JS 管 DN150 球墨铸铁"}
    assert len(water) == 3  # the valve parts the first stretch
    (foul,) = [pipe for pipe in found.pipes() if pipe.system == "WS"]
    assert foul.diameter_m == 0.3
    assert foul.axis is not None
    assert foul.axis[0] == pytest.approx([EAST + 5, NORTH - 9, 3.15], abs=1e-6)  # on its bottom
    assert "JS7" in {each.number for each in found.survey.laid if each.kind == "valve"}


def test_a_flat_dxf_is_refused_since_nobody_knows_how_deep(tmp_path: Path) -> None:
    found = drawn(write_dxf(tmp_path / "a.dxf", z=None))
    assert found.rules == {"survey-no-height"}
    assert any("on layer JSLINE" in f.message for f in found.findings)


def test_a_curve_of_any_size_becomes_few_pieces_and_one_without_end_is_refused(
    tmp_path: Path,
) -> None:
    document = dxf.new("R2010")
    space = document.modelspace()
    layer = {"layer": "JSLINE"}
    space.add_arc((0, 0), 1e15, 0, 180, dxfattribs=layer)
    space.add_arc((0, 0), 1e300, 0, 180, dxfattribs=layer)
    space.add_spline([(0, 0), (1e12, 1e12), (0, 1e12), (1e12, 0)], dxfattribs=layer)
    space.add_lwpolyline([(0, 0, 0, 0, 1e-9), (1e14, 0, 0, 0, 1), (5, 5)], dxfattribs=layer)
    document.saveas(tmp_path / "a.dxf")
    assert all(len(line.path) < 10_000 for line in read_dxf(tmp_path / "a.dxf").lines)
    space.add_lwpolyline([(0, 0, 0, 0, 1), (float("inf"), 0)], dxfattribs=layer)
    document.saveas(tmp_path / "b.dxf")
    with pytest.raises(RefusedTable) as refused:
        read_dxf(tmp_path / "b.dxf")
    assert refused.value.findings[0].rule == "drawing-geometry"


def test_a_dxf_without_layers_of_pipes_or_that_is_none_is_refused(tmp_path: Path) -> None:
    document = dxf.new()
    document.modelspace().add_line((0, 0), (1, 1))
    document.saveas(tmp_path / "a.dxf")
    (tmp_path / "b.dxf").write_bytes(b"\x00\x01 no drawing at all")
    for name, rule in (("a.dxf", "drawing-layers"), ("b.dxf", "drawing-format")):
        with pytest.raises(RefusedTable) as refused:
            read_drawing(tmp_path / name, EPSG, SITE)
        assert refused.value.findings[0].rule == rule


@pytest.mark.parametrize(
    ("layer", "system"),
    [("JSLINE", "JS"), ("js_pipe", "JS"), ("P-给水", "JS"), ("雨污合流管", "HS"), ("DIM", None),
     ("AJSLINE", None), ("WS", "WS"), ("RQ-中压", "RQ"), ("标注", None)],
)  # fmt: skip
def test_layers_name_systems(layer: str, system: str | None) -> None:
    assert system_of_layer(layer) == system


def test_every_rule_of_surveys_is_documented() -> None:
    root = Path(__file__).parents[3]
    text = (root / "docs" / "findings.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE))
    folder = root / "bim-import/fangma/bim_import/surveys"
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    rules = set(re.findall(r'"((?:survey|drawing)-[a-z-]+)"', code))
    assert len(rules) > 20
    assert rules <= documented
