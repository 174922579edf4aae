"""The tables and the survey, read with nothing but csv and openpyxl."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.bim_import.sample.conftest import Compound

CONTRACT = {
    "单位.csv": {
        "单位编码",
        "单位名称",
        "上级单位",
        "机关类别",
        "机构规格",
        "编制定员",
        "统一社会信用代码",
    },
    "人员.csv": {
        "人员编号",
        "姓名",
        "单位编码",
        "职级",
        "职务",
        "在职状态",
        "离任日期",
        "兼职单位",
        "兼职批准",
    },
    "房间分配.csv": {"楼栋", "房号", "人员编号", "单位编码", "用途", "起始日期", "截止日期"},
    "租约.csv": {"楼栋", "房号", "承租方", "方向", "起始日期", "截止日期", "应收租金", "实收租金"},
    "台账.xlsx": {"楼栋", "房号", "台账面积", "用途", "单位编码", "证号"},
    "传感器.csv": {"传感器编号", "名称", "楼栋", "房号", "观测属性", "单位", "协议", "地址"},
}


@pytest.mark.parametrize("name", CONTRACT)
def test_headers_are_those_of_the_contract(compound: Compound, name: str) -> None:
    rows = compound.read(name)
    assert rows
    assert set(rows[0]) == CONTRACT[name]


def test_people_are_in_gb18030_and_would_be_garbled_as_utf8(compound: Compound) -> None:
    with pytest.raises(UnicodeDecodeError):
        (compound.directory / "人员.csv").read_text("utf-8")


def test_tables_refer_to_things_that_exist(compound: Compound) -> None:
    rooms = {
        (model.by_type("IfcBuilding")[0].Name, space.Name)
        for model in compound.of("建筑").values()
        for space in model.by_type("IfcSpace")
    }
    units = {row["单位编码"] for row in compound.read("单位.csv")}
    people = {row["人员编号"] for row in compound.read("人员.csv")}
    assert all(row["上级单位"] in units | {""} for row in compound.read("单位.csv"))
    assert all(row["单位编码"] in units for row in compound.read("人员.csv"))
    for name in ("房间分配.csv", "租约.csv", "台账.xlsx", "传感器.csv"):
        for row in compound.read(name):
            if row["房号"]:
                assert (row["楼栋"], row["房号"]) in rooms, (name, row)
    for row in compound.read("房间分配.csv"):
        assert (row["人员编号"] in people) != (row["单位编码"] in units), row


def test_credit_codes_carry_the_right_check_character(compound: Compound) -> None:
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    codes = [r["统一社会信用代码"] for r in compound.read("单位.csv") if not r["上级单位"]]
    assert len(codes) >= 6
    for code in codes:
        assert len(code) == 18
        total = sum(alphabet.index(c) * w for c, w in zip(code, weights, strict=False))
        assert alphabet[(31 - total % 31) % 31] == code[-1]


def test_there_are_about_1300_sensors_and_their_names_are_unique(compound: Compound) -> None:
    rows = compound.read("传感器.csv")
    assert 1150 <= len(rows) <= 1500
    assert len({row["传感器编号"] for row in rows}) == len(rows)
    assert {row["协议"] for row in rows} == {"mqtt", "modbus", "bacnet", "opcua"}
    modelled = {
        sensor.Tag
        for model in compound.of("机电").values()
        for sensor in model.by_type("IfcSensor")
    }
    assert len(modelled) > 600
    assert modelled <= {row["传感器编号"] for row in rows}


def test_survey_coordinates_have_x_north(compound: Compound) -> None:
    for row in compound.read("室外管线-管点.csv"):
        assert 3_098_000 < float(row["X"]) < 3_100_000
        assert 562_000 < float(row["Y"]) < 563_000
        top = float(row["地面高程"]) - float(row["埋深"])
        assert float(row["管顶高程"]) == pytest.approx(top, abs=0.011)
        assert 0.3 < float(row["埋深"]) < 4


def test_survey_lines_end_at_points_and_have_their_depths(compound: Compound) -> None:
    points = {row["物探点号"]: row for row in compound.read("室外管线-管点.csv")}
    lines = compound.read("室外管线-管线.csv")
    assert {row["管线类型"] for row in lines} >= {"JS", "WS", "YS", "XF", "DL", "TX", "RL"}
    used = set()
    for row in lines:
        for end in ("起点", "终点"):
            point = points[row[f"{end}点号"]]
            assert point["管线类型"] == row["管线类型"]
            assert point["埋深"] == row[f"{end}埋深"]
            used.add(row[f"{end}点号"])
    assert used == set(points)


def test_sewers_run_downhill(compound: Compound) -> None:
    points = {row["物探点号"]: row for row in compound.read("室外管线-管点.csv")}
    for row in compound.read("室外管线-管线.csv"):
        if row["管线类型"] in {"WS", "YS"}:
            start, end = points[row["起点点号"]], points[row["终点点号"]]
            assert float(start["管顶高程"]) >= float(end["管顶高程"]), row


def test_outdoor_lines_end_exactly_where_indoor_pipes_begin(compound: Compound) -> None:
    """The open end of a pipe in the model, on the earth, is the survey's entry point."""
    import ifcopenshell.util.placement
    import ifcopenshell.util.system
    import ifcopenshell.util.unit

    entries = {
        (row["管线类型"], row["Y"], row["X"])
        for row in compound.read("室外管线-管点.csv")
        if row["特征"] == "入户" and row["管线类型"] in {"JS", "XF", "WS", "YS"}
    }
    assert len(entries) == 15
    found = set()
    for model in compound.of("机电").values():
        scale = ifcopenshell.util.unit.calculate_unit_scale(model)
        conversion = model.by_type("IfcMapConversion")[0]
        for port in model.by_type("IfcDistributionPort"):
            if port.ConnectedFrom or port.ConnectedTo or port.SystemType in {"ELECTRICAL", "DATA"}:
                continue
            element = ifcopenshell.util.system.get_port_element(port)
            matrix = ifcopenshell.util.placement.get_local_placement(port.ObjectPlacement)
            x, y, z = matrix[:3, 3] * scale
            if not element.is_a("IfcPipeSegment") or z > 0:
                continue
            c, s = conversion.XAxisAbscissa, conversion.XAxisOrdinate
            east = conversion.Eastings + x * c - y * s
            north = conversion.Northings + x * s + y * c
            found.add((element.Name[:2], f"{east:.3f}", f"{north:.3f}"))

    def near(a, b):
        return (
            a[0] == b[0] and math.dist([float(v) for v in a[1:]], [float(v) for v in b[1:]]) < 0.003
        )

    assert all(any(near(entry, end) for end in found) for entry in entries)
    assert len(found) == len(entries)
