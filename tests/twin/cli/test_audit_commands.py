"""The sample compound, imported as an office would, has exactly the offences that were planted."""

import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pymupdf
import pytest

from fangma.bim_import.sample import write_sample

Fangma = Callable[..., tuple[int, dict]]
TABLES = ("单位.csv", "人员.csv", "房间分配.csv", "租约.csv", "台账.xlsx")
SIZE = 200  # the smallest sample that holds every planted case


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, seed=1, rooms=SIZE)
    return folder


@pytest.mark.db
def test_the_audit_of_the_sample_finds_what_was_planted_and_nothing_else(
    fangma: Fangma, sample: Path, tmp_path: Path
):
    models = sorted(map(str, sample.glob("*建筑.ifc")))
    tables = [str(sample / name) for name in TABLES]
    code, document = fangma("import", *models, *tables)
    assert code == 0, document
    assert {file["status"] for file in document["files"]} == {"imported"}

    truth = json.loads((sample / "truth.json").read_text("utf-8"))
    workbook = tmp_path / "audit.xlsx"
    pages = tmp_path / "audit.pdf"
    _, found = fangma("audit", "--at", truth["as_of"], "--xlsx", str(workbook), "--pdf", str(pages))
    with pymupdf.open(pages) as drawn:
        said = "".join(page.get_text() for page in drawn)
    assert all(row["room"] in said for row in found["rooms"] if row["verdict"] == "over")
    assert "平面图缺失" not in said
    _, listed = fangma("list", "room")
    code_of = {
        source["guid"]: room["code"] for room in listed["items"] for source in room["sources"]
    }
    persons = {row["person"]: row for row in found["persons"]}
    rooms = {row["room"]: row for row in found["rooms"]}
    idle = {row["room"] for row in found["idle"]}

    cases = [case for case in truth["cases"] if "room_guid" in case]
    assert {case["kind"] for case in cases} >= {
        "over-ceiling", "over-ceiling-shared", "second-office", "left-post", "idle",
        "area-mismatch", "certificate", "use-mismatch", "lease-ends", "rent-arrears",
    }  # fmt: skip
    for case in cases:
        room = code_of[case["room_guid"]]
        if case["kind"] == "idle":
            assert room in idle, case
            continue
        row = persons[case["person"]] if "person" in case else rooms[room]
        assert case["rule"] in {finding["rule"] for finding in row["findings"]}, case
        if "excess_m2" in case:
            assert row["verdict"] == case["verdict"]
            assert row["allowed_m2"] == case["allowed_m2"]
            # truth.json rounds half to even, the audit half up, as offices do
            assert row["excess_m2"] == pytest.approx(case["excess_m2"], abs=0.0101)

    named = {case.get("person") for case in cases}
    assert not {p for p, row in persons.items() if row["findings"]} - named
    expected_rooms = {code_of[case["room_guid"]] for case in cases}
    held_by_them = {share["room"] for p in named & set(persons) for share in persons[p]["rooms"]}
    assert not {r for r, row in rooms.items() if row["findings"]} - expected_rooms - held_by_them
    assert len(idle) == sum(case["kind"] == "idle" for case in cases)
    over = next(row for row in found["persons"] if row["verdict"] == "over" and row["allowed_m2"])
    _, opened = fangma("audit", "--at", truth["as_of"], "--evidence", over["person"])
    assert opened["verdict"] == "over"
    assert opened["ceiling"]["m2"] == over["allowed_m2"]
    assert {room["room"] for room in opened["rooms"]} == {row["room"] for row in over["rooms"]}
    assert all(room["method"] == "floor" and room["shape"] for room in opened["rooms"])
    book = openpyxl.load_workbook(workbook)
    assert book["人员"].max_row == len(persons) + 1

    code, again = fangma("import", *tables)
    assert {file["status"] for file in again["files"]} == {"unchanged"}
    _, later = fangma("audit", "--at", truth["as_of"])
    assert {**later, "known": None} == {**found, "known": None}


def test_an_audit_without_a_site_says_what_to_do_first(fangma: Fangma):
    code, document = fangma("audit")
    assert code == 1
    assert "import" in document["error"]["remedy"].lower()


def test_a_standard_or_unit_that_is_not_there_is_refused(fangma: Fangma):
    fangma("site", "add", "--name", "东院")
    for wrong in (("--standard", "cn-1066"), ("--unit", "D9")):
        code, document = fangma("audit", *wrong)
        assert code == 1
        assert document["error"]["message"]


def test_a_template_is_written_once_and_imports_as_an_empty_table(fangma: Fangma, tmp_path: Path):
    fangma("site", "add", "--name", "东院")
    path = tmp_path / "单位.xlsx"
    assert fangma("template", "units", "--out", str(path)) == (0, {"file": str(path)})
    code, document = fangma("template", "units", "--out", str(path))
    assert code == 1
    code, document = fangma("import", str(path))
    (file,) = document["files"]
    assert (code, file["kind"], file["added"]) == (0, "units", 0)
