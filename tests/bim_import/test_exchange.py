"""Files for other programs: written, opened again, and held to what they should say."""

import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import ifcopenshell
import ifcopenshell.validate
import numpy as np
import pytest
from bcf.v2.bcfxml import BcfXml
from openpyxl import load_workbook
from tests.bim_import.conftest import StepWriter

from fangma.bim_import.exchange.errors import ExchangeError
from fangma.bim_import.exchange.issues import Issue, issues_of, write_bcf
from fangma.bim_import.exchange.models import PSET, write_codes
from fangma.bim_import.exchange.places import centres
from fangma.bim_import.exchange.workbooks import write_cobie, write_inventory

GUID = "0KhR8hr7H8eewFRKm6V1bJ"
ROOM = "1KhR8hr7H8eewFRKm6V1bK"


def item(kind: str, code: str, **facts) -> dict:
    usual = {"code": code, "kind": kind, "name": None, "number": None, "building": "B",
             "storey": "F", "use": None, "system": None, "area_m2": None, "status": "current",
             "sources": [{"file": "a.ifc", "guid": ROOM, "superseded": False}]}  # fmt: skip
    return usual | facts


ITEMS = {
    "building": [item("building", "B", name="一号楼")],
    "storey": [item("storey", "F", name="五层")],
    "room": [item("room", "R-1", name='=HYPERLINK("http://x")', number="501", area_m2=20.25)],
    "valve": [item("valve", "V-1", system="JS"), item("valve", "V-2", system="JS")],
}


def test_topics_open_in_another_reader_with_viewpoint_and_component(tmp_path: Path):
    told = {
        "file": "a.ifc",
        "findings": [
            {"severity": "warning", "rule": "rooms-overlap", "element": GUID,
             "message": "a\x07<b>", "remedy": "mend"},
            {"severity": "info", "rule": "no-name", "element": None, "message": "m", "remedy": "r"},
        ],
        "health": {"checks": [{"rule": "door-to-nowhere", "severity": "warning",
                               "zh": "门", "en": "d",
                               "remedy_zh": "查", "remedy_en": "check",
                               "elements": [{"element": ROOM, "kind": "element",
                                             "told": "门 1"}]}]},
    }  # fmt: skip
    issues = issues_of(told, {GUID: np.array([1.0, 2.0, 3.0])})
    assert write_bcf(tmp_path / "a.bcf", "项目", issues) == 2
    with zipfile.ZipFile(tmp_path / "a.bcf") as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".bcf", ".bcfv", ".version", ".bcfp")):
                ElementTree.fromstring(archive.read(name))  # noqa: S314 - written by ourselves
    opened = BcfXml.load(tmp_path / "a.bcf")
    assert opened is not None
    with opened as file:
        topics = list(file.topics.values())
        assert {t.topic.topic_type for t in topics} == {"Warning"}
        shown: list[Any] = [
            view.visualization_info.components
            for topic in topics
            for view in topic.viewpoints.values()
        ]
        guids = {component.ifc_guid for parts in shown for component in parts.selection.component}
    assert guids == {GUID, ROOM}


def test_a_finding_of_a_row_or_statement_has_no_component(tmp_path: Path):
    finding = {"severity": "error", "rule": "r", "element": "row 7", "message": "m", "remedy": "r"}
    (issue,) = issues_of({"file": "a", "findings": [finding], "health": None}, {})
    assert issue.guid is None
    assert write_bcf(tmp_path / "a.bcf", "p", [issue]) == 1


def test_centres_are_carried_back_into_the_frame_of_the_model():
    placement: list[Any] = [
        0.0,
        -1.0,
        0.0,
        100.0,
        1.0,
        0.0,
        0.0,
        200.0,
        0.0,
        0.0,
        1.0,
        5.0,
        0.0,
        0.0,
        0.0,
        1.0,
    ]
    rows: list[dict[str, Any]] = [
        {"guid": "a", "centre": [98.0, 201.0, 8.0], "placement": placement},
        {"guid": "b", "centre": None, "placement": placement},
    ]
    assert centres(rows)["a"] == pytest.approx([1.0, 2.0, 3.0])


def test_the_inventory_opens_with_names_as_text_and_never_as_formulas(tmp_path: Path):
    assert write_inventory(tmp_path / "a.xlsx", ITEMS) == 5
    book = load_workbook(tmp_path / "a.xlsx")
    sheet = book["房间 room"]
    assert [cell.value for cell in sheet[2]][:4] == ["R-1", "room", '=HYPERLINK("http://x")', "501"]
    assert sheet["C2"].data_type == "s"


def test_a_workbook_bears_its_day_and_not_the_moment_when_it_was_written(tmp_path: Path):
    write_inventory(tmp_path / "a.xlsx", ITEMS)
    site = {"code": "S", "name": "院"}
    write_cobie(tmp_path / "b.xlsx", ITEMS, site=site, at="2026-11-22", by="a@b.c")
    for name, day in (("a.xlsx", b"1980-01-01"), ("b.xlsx", b"2026-11-22")):
        with zipfile.ZipFile(tmp_path / name) as parts:
            assert parts.read("docProps/core.xml").count(day + b"T00:00:00Z") == 2
            assert {part.date_time for part in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_cobie_ties_spaces_to_floors_and_components_to_types_and_systems(tmp_path: Path):
    counts = write_cobie(
        tmp_path / "a.xlsx", ITEMS, site={"code": "S", "name": "院"}, at="2026-11-22", by="a@b.c"
    )
    assert counts == {"Contact": 1, "Facility": 1, "Floor": 1, "Space": 1, "Type": 1,
                      "Component": 2, "System": 1}  # fmt: skip
    book = load_workbook(tmp_path / "a.xlsx")

    def rows(name: str) -> list[dict]:
        header, *lines = book[name].iter_rows(values_only=True)
        return [dict(zip(header, line, strict=True)) for line in lines]

    floors = {row["Name"] for row in rows("Floor")}
    assert {row["FloorName"] for row in rows("Space")} <= floors
    types = {row["Name"] for row in rows("Type")}
    assert {row["TypeName"] for row in rows("Component")} <= types
    assert rows("System")[0]["ComponentNames"] == "V-1,V-2"
    emails = {row["Email"] for row in rows("Contact")}
    assert all(row["CreatedBy"] in emails for name in counts for row in rows(name))


def test_codes_are_written_back_into_a_valid_model_and_replaced_the_next_time(
    step: StepWriter, tmp_path: Path
):
    source = step(f"#20=IFCSPACE('{ROOM}',$,'501',$,$,$,$,$,.ELEMENT.,$,$);\n")
    one, two = tmp_path / "one.ifc", tmp_path / "two.ifc"
    asked: dict[str, dict[str, str | None]] = {
        ROOM: {"Code": "330302-001-A01-F05-0501-F", "Use": None},
        "9" * 22: {"Code": "x"},
    }
    assert write_codes(source, one, asked) == {"written": 1, "replaced": 0, "missing": 1}
    assert write_codes(one, two, asked) == {"written": 1, "replaced": 1, "missing": 1}
    file = ifcopenshell.open(str(two))
    (pset,) = [p for p in file.by_type("IfcPropertySet") if p.Name == PSET]
    assert [(p.Name, p.NominalValue.wrappedValue) for p in pset.HasProperties] == [
        ("Code", "330302-001-A01-F05-0501-F")
    ]
    log = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(str(two), log)
    assert not [s for s in log.statements if "PropertySet" in str(s)]


def test_a_file_that_is_no_model_is_told(tmp_path: Path):
    (tmp_path / "a.ifc").write_text("nothing")
    with pytest.raises(ExchangeError, match="cannot be opened"):
        write_codes(tmp_path / "a.ifc", tmp_path / "b.ifc", {})


def test_a_text_that_xml_can_not_hold_is_cleaned(tmp_path: Path):
    issue = Issue(title="\ud800\x00a", severity="info", description="\ufffe", guid=None, place=None)
    assert write_bcf(tmp_path / "a.bcf", "\x01", [issue]) == 1
