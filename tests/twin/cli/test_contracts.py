"""What the commands answer, held against the schemas of CONTRACTS.md, on good and bad input."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
from tests.twin.cli.room_models import write_rooms

from fangma.twin.cli.app import run

HERE = Path(__file__).parent / "contracts"
KINDS = (
    "site", "building", "storey", "room", "zone", "pipe", "fitting", "valve", "device",
    "terminal", "sensor", "asset", "element", "unit", "person",
)  # fmt: skip
ROOMS = [("101", "办公室"), ("102", "会议室"), ("103", "档案室")]

pytestmark = [pytest.mark.db]


def hold(name: str, document: dict) -> dict:
    """Hold a document against its contract, and return it."""
    schema = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


def imported(fangma, *arguments: str | Path) -> list[dict]:
    _, document = fangma("import", *map(str, arguments))
    return hold("import", document)["files"]


@pytest.mark.parametrize("path", sorted(HERE.glob("*.json")), ids=lambda path: path.stem)
def test_every_contract_is_a_schema_itself(path: Path):
    jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))


def test_from_an_empty_registry_to_verified_rooms_every_answer_keeps_its_contract(
    fangma, tmp_path: Path
):
    _, added = fangma("site", "add", "--division", "330302", "--name", "行政中心")
    site = hold("site-add", added)["code"]
    path = write_rooms(tmp_path / "a.ifc", ROOMS)
    (planned,) = imported(fangma, path, "--dry-run")
    assert (planned["status"], planned["rooms"]) == ("planned", 3)
    (first,) = imported(fangma, path)
    assert (first["status"], first["added"]) == ("imported", 3)
    (again,) = imported(fangma, path)
    assert (again["status"], again["kept"], again["rooms"]) == ("unchanged", 3, 3)
    for kind in KINDS:
        for extra in ((), ("--all",)):
            code, listed = fangma("list", kind, *extra)
            hold("list", listed)
            assert code == 0
    _, rooms = fangma("list", "room")
    assert [item["number"] for item in rooms["items"]] == ["101", "102", "103"]
    for code in (site, rooms["items"][0]["code"], rooms["items"][0]["storey"]):
        hold("show", fangma("show", code)[1])
    assert hold("verify", fangma("verify")[1])["ok"]


def test_doctor_keeps_its_contract(fangma):
    hold("doctor", fangma("doctor")[1])


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 64, b"%PDF-1.7", b"ISO-10303-21;", b"PK\x03\x04", b"\xff\xfe", b"<html>"],
)
def test_what_is_no_model_is_refused_with_findings(fangma, tmp_path: Path, content: bytes):
    path = tmp_path / "bad.ifc"
    path.write_bytes(content)
    code, document = fangma("import", str(path))
    (file,) = hold("import", document)["files"]
    assert (code, file["status"]) == (1, "refused")
    assert fangma("list", "site")[1]["items"] == []


def test_one_file_that_cannot_be_coded_does_not_lose_the_report_of_the_others(
    fangma, tmp_path: Path
):
    good = write_rooms(tmp_path / "1.ifc", ROOMS)
    tall = write_rooms(tmp_path / "2.ifc", [("1", "塔")], seed="tall", storeys=400)
    first, second = imported(fangma, good, tall)
    assert (first["status"], second["status"]) == ("imported", "refused")
    assert (second["findings"][-1]["rule"], second["added"]) == ("parts-exhausted", 0)
    assert len(fangma("list", "room")[1]["items"]) == 3


@pytest.mark.parametrize(
    "words",
    [
        ("--building", "330302-001-A99-Q"),
        ("--building", "nonsense"),
        ("--revises", "000000-001-A01"),
    ],
)
def test_a_building_that_is_not_there_refuses_the_file(fangma, tmp_path: Path, words):
    path = write_rooms(tmp_path / "a.ifc", ROOMS)
    (file,) = imported(fangma, path, *words)
    assert file["status"] == "refused"


@pytest.mark.parametrize(
    "words",
    [
        ("--building", "000000-001-A01-2", "--revises", "000000-001-A01-2"),
        ("--new-building", "--building", "000000-001-A01-2"),
        ("--valid-from", "2026-01-01T00:00:00"),
        ("--discipline", "poetry"),
    ],
)
def test_words_that_contradict_each_other_are_wrong_usage(fangma, tmp_path: Path, words):
    path = write_rooms(tmp_path / "a.ifc", ROOMS)
    code, document = fangma("import", str(path), *words)
    hold("error", document)
    assert code == 2


def test_codes_of_site_and_building_are_forgiving_when_importing(fangma, tmp_path: Path):
    _, added = fangma("site", "add", "--division", "330302", "--name", "行政中心")
    imported(fangma, write_rooms(tmp_path / "a.ifc", ROOMS))
    compact = added["code"].replace("-", "").lower()
    other = write_rooms(tmp_path / "b.ifc", ROOMS[:1], seed="other")
    (file,) = imported(fangma, other, "--site", compact, "--building", "330302001a01y", "--dry-run")
    assert file["status"] == "planned"
    assert fangma("import", str(other), "--site", added["code"][:-2])[0] == 1


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")
def test_a_file_name_in_gb18030_names_the_source_as_it_was_meant(fangma, tmp_path: Path):
    path = write_rooms(tmp_path / "a.ifc", ROOMS)
    foreign = os.fsdecode(os.fsencode(tmp_path) + b"/" + "办公楼.ifc".encode("gb18030"))
    path.rename(foreign)
    (file,) = imported(fangma, foreign)
    assert (file["file"], file["status"]) == ("办公楼.ifc", "imported")
    assert fangma("list", "room")[1]["items"][0]["sources"][0]["file"] == "办公楼.ifc"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[31mred", "x" * 201, "\udcff"])
def test_a_site_needs_a_name_that_can_be_read(fangma, name: str):
    code, document = fangma("site", "add", "--name", name)
    assert (code, document["error"]["code"]) == (1, "site-name")


NAMES = [
    "😀", "\u202eabc", "a\"b'c", "10\n1", "a\x00b", "长" * 4096, "'; DROP TABLE entry;--",
    "<script>alert(1)</script>", "\x1b[31mred", "%_%", "\ufeff", "e\u0301", "[bold]x[/bold]", "\\",
]  # fmt: skip


def test_names_that_steer_other_programs_are_kept_as_names(fangma, tmp_path: Path):
    path = write_rooms(tmp_path / "a.ifc", [(name, name) for name in NAMES])
    (file,) = imported(fangma, path)
    assert (file["status"], file["rooms"]) == ("imported", len(NAMES))
    _, rooms = fangma("list", "room")
    assert len(hold("list", rooms)["items"]) == len(NAMES)
    assert hold("verify", fangma("verify")[1])["ok"]


def test_a_list_for_people_holds_one_line_an_item_and_no_control_characters(
    fangma, tmp_path: Path, capsys
):
    imported(fangma, write_rooms(tmp_path / "a.ifc", [(name, name) for name in NAMES]))
    capsys.readouterr()
    assert run(["list", "room"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 1 + len(NAMES)
    assert "\x1b" not in out


def test_the_same_moments_show_the_same_bytes_whatever_is_imported_later(
    fangma, tmp_path: Path, capsys
):
    imported(fangma, write_rooms(tmp_path / "a.ifc", ROOMS))
    code = fangma("list", "room")[1]["items"][0]["code"]
    shown = fangma("show", code)[1]
    pair = ("--at", shown["at"], "--known", shown["known"])

    def told() -> list[str]:
        texts = []
        for words in (("show", code), ("list", "room"), ("list", "room", "--all")):
            capsys.readouterr()
            assert run([*words, *pair, "--json"]) == 0
            texts.append(capsys.readouterr().out)
        return texts

    before = told()
    assert told() == before
    renamed = [("101", "财务室"), ("102", "会议室")]
    imported(fangma, write_rooms(tmp_path / "a.ifc", renamed))
    imported(fangma, write_rooms(tmp_path / "b.ifc", ROOMS, seed="other"), "--new-building")
    assert fangma("secret", code, "--on", "--reason", "机要")[0] == 0
    assert told() == before
