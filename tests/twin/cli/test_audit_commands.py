"""The sample compound, imported as an office would: its audit finds exactly what was planted.

It is handed over, checked, reckoned again by a script that knows nothing of us, compared, pushed.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pymupdf
import pytest
from psycopg import sql

from fangma.bim_import.sample import write_sample
from fangma.twin.audit_pack import make_manifest, write_pack
from fangma.twin.cli.app import run

Fangma = Callable[..., tuple[int, dict[str, Any]]]
ROOT = Path(__file__).parents[3]
TABLES = ("单位.csv", "人员.csv", "房间分配.csv", "租约.csv", "台账.xlsx")
SIZE = 200  # the smallest sample that holds every planted case
SCRIPT = ROOT / "tests" / "independent" / "audit_again.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The sample in a twin of its own, and the command line that looks at it."""

    sample: Path
    environment: dict[str, str]
    truth: dict[str, Any]

    def fangma(self, *arguments: str, **more: str) -> tuple[int, dict[str, Any]]:
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out):
            for name, value in {**self.environment, **more}.items():
                patch.setenv(name, value)
            code = run([*arguments, "--json"])
        return code, json.loads(out.getvalue())

    @property
    def as_of(self) -> str:
        return str(self.truth["as_of"])


@pytest.fixture(scope="module")
def estate(
    cluster: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Estate]:
    folder = tmp_path_factory.mktemp("estate")
    write_sample(folder / "sample", seed=1, rooms=SIZE)
    name = "fangma_audited_estate"
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    made = Estate(
        sample=folder / "sample",
        environment={
            "FANGMA_HOME": str(folder / "home"),
            "FANGMA_DATABASE_URL": psycopg.conninfo.make_conninfo(cluster, dbname=name),
        },
        truth=json.loads((folder / "sample" / "truth.json").read_text("utf-8")),
    )
    models = sorted(map(str, made.sample.glob("*建筑.ifc")))
    code, document = made.fangma("import", *models, *(str(made.sample / n) for n in TABLES))
    assert code == 0, document
    assert {file["status"] for file in document["files"]} == {"imported"}
    yield made
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.db
def test_the_audit_of_the_sample_finds_what_was_planted_and_nothing_else(
    estate: Estate, tmp_path: Path
) -> None:
    truth, fangma = estate.truth, estate.fangma
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

    # What cameras do not see is no matter of the audit.
    cases = [c for c in truth["cases"] if "room_guid" in c and c["kind"] != "blind-spot"]
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

    tables = [str(estate.sample / name) for name in TABLES]
    _code, again = fangma("import", *tables)
    assert {file["status"] for file in again["files"]} == {"unchanged"}
    _, later = fangma("audit", "--at", truth["as_of"])
    assert {**later, "known": None} == {**found, "known": None}


@pytest.mark.db
def test_a_script_that_knows_nothing_of_us_reckons_every_area_and_verdict_again(
    estate: Estate, tmp_path: Path
) -> None:
    folder = tmp_path / "csv"
    estate.fangma("audit", "--at", estate.as_of, "--csv", str(folder))

    def reckoned() -> tuple[int, dict[str, int], str]:
        done = subprocess.run(
            [sys.executable, "-I", SCRIPT, folder], capture_output=True, text=True, check=False
        )
        *lines, last = done.stdout.splitlines()
        return done.returncode, json.loads(last), "\n".join(lines)

    code, counted, said = reckoned()
    assert (code, said) == (0, "")
    assert counted["areas"] > 200
    assert counted["persons"] > 100
    # It has teeth: another verdict, another area, another assignment are each told.
    for name, old, new, word in (
        ("found-persons.csv", ",within,", ",over,", "verdict"),
        ("facts-assignments.csv", "P0000", "P9999", "persons"),
        ("rooms.geojson", '"coordinates":[[[[', '"coordinates":[[[[1', "area"),
    ):
        path = folder / name
        kept = path.read_text("utf-8")
        path.write_text(kept.replace(old, new, 1), "utf-8")
        code, _, said = reckoned()
        assert code == 1, name
        assert word in said
        path.write_text(kept, "utf-8")


@pytest.mark.db
def test_a_pack_is_the_same_bytes_again_and_any_changed_byte_is_found(
    estate: Estate, tmp_path: Path
) -> None:
    pack, again, folder = tmp_path / "a.zip", tmp_path / "b.zip", tmp_path / "pack"
    _, audited = estate.fangma("audit", "--at", estate.as_of, "--pack", str(pack))
    estate.fangma("audit", "--at", estate.as_of, "--pack", str(again))
    estate.fangma("audit", "--at", estate.as_of, "--pack", str(folder))
    assert pack.read_bytes() == again.read_bytes()
    with zipfile.ZipFile(pack) as inside:
        names = set(inside.namelist())
        assert json.loads(inside.read("audit.json")) == audited
    assert {"manifest.json", "audit.pdf", "audit.xlsx", "rooms.geojson"} < names
    assert {path.name for path in folder.iterdir()} == names
    for whole in (pack, folder):
        code, document = estate.fangma("verify", str(whole))
        assert (code, document["ok"]) == (0, True), document
    code, document = estate.fangma("verify", str(pack), "--ours")
    assert (code, document["checks"][-1]["name"]) == (0, "origin"), document
    forged = tmp_path / "forged.zip"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    del files["manifest.json"]
    files["audit.pdf"] += b" "
    write_pack(forged, files, make_manifest(files, {"site": "330302-001-X"}))
    assert estate.fangma("verify", str(forged))[0] == 0  # whole in itself
    assert estate.fangma("verify", str(forged), "--ours")[0] == 1  # and not of this twin
    content = pack.read_bytes()
    broken = tmp_path / "broken.zip"
    for at in [*range(0, len(content), len(content) // 60), len(content) - 1]:
        changed = bytearray(content)
        changed[at] ^= 1
        broken.write_bytes(changed)
        code, document = estate.fangma("verify", str(broken))
        assert code == 1, f"byte {at} was changed and nobody noticed"
    for name in sorted(names):
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy)
        held = bytearray((copy / name).read_bytes())
        held[len(held) // 2] ^= 1
        (copy / name).write_bytes(held)
        code, _ = estate.fangma("verify", str(copy))
        assert code == 1, name
        shutil.rmtree(copy)
    (folder / "more.txt").write_text("x")
    assert estate.fangma("verify", str(folder))[0] == 1
    assert estate.fangma("audit", "--pack", str(pack))[0] == 1  # nothing is written over
    assert estate.fangma("verify", str(tmp_path / "nothing.zip"))[0] == 1
    (tmp_path / "bomb.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    assert estate.fangma("verify", str(tmp_path / "bomb.zip"))[0] == 1


@pytest.mark.db
def test_the_same_comparison_is_the_same_bytes_and_says_why(estate: Estate) -> None:
    asked = ("audit", "--at", estate.as_of, "--compare-at", "2026-07-15")
    _, known = estate.fangma("audit", "--at", estate.as_of)
    fixed = ("--known", known["known"], "--compare-known", known["known"])
    _, first = estate.fangma(*asked, *fixed)
    assert estate.fangma(*asked, *fixed)[1] == first
    # On 2026-06-30 somebody was transferred: in the middle of July the month was not over yet.
    left = next(case for case in estate.truth["cases"] if case.get("left_on") == "2026-06-30")
    row = next(row for row in first["persons"] if row["person"] == left["person"])
    assert (row["before"]["verdict"], row["after"]["verdict"]) == ("within", "over")
    assert "day" in {cause["what"] for cause in row["causes"]}
    _, same = estate.fangma("audit", "--at", estate.as_of, "--compare-at", estate.as_of)
    assert (same["persons"], same["rooms"], same["units"]) == ([], [], [])


@pytest.mark.db
def test_idle_rooms_are_those_that_were_planted(estate: Estate) -> None:
    _, document = estate.fangma("idle", "--at", estate.as_of)
    planted = [case for case in estate.truth["cases"] if case["kind"] == "idle"]
    assert len(document["rooms"]) == len(planted)
    assert {room["kind"] for room in document["rooms"]} == {"no-assignment"}
    assert all(room["evidence"] for room in document["rooms"])


@pytest.mark.db
def test_an_audit_is_pushed_from_the_command_line(estate: Estate) -> None:
    got: list[bytes] = []

    class Authority(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    ask = ("audit", "--at", estate.as_of, "--push")
    estate.fangma(*ask)  # no address yet: it waits
    _, listed = estate.fangma("pushes")
    (waiting,) = listed["items"]
    assert (waiting["state"], waiting["attempts"]) == ("waiting", 0)
    server = HTTPServer(("127.0.0.1", 0), Authority)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = {
        "FANGMA_AUDIT_PUSH_URL": f"http://127.0.0.1:{server.server_port}/in",
        "FANGMA_AUDIT_PUSH_SECRET": "known to both of them, and long",
    }
    try:
        estate.fangma(*ask, **address)
        estate.fangma(*ask, **address)  # the same audit is the same message
    finally:
        server.shutdown()
        server.server_close()
    _, listed = estate.fangma("pushes")
    (delivered,) = listed["items"]
    assert (delivered["key"], delivered["state"]) == (waiting["key"], "delivered")
    (body,) = got
    told = json.loads(body)
    assert told["type"] == "audit.report"
    _, document = estate.fangma("audit", "--at", estate.as_of)
    over = {row["person"] for row in document["persons"] if row["verdict"] == "over"}
    assert over <= {row["person"] for row in told["data"]["persons"]}
    assert told["data"]["summary"]["persons"]["over"] == len(over)


@pytest.mark.db
def test_books_site_and_certificates_are_reconciled(estate: Estate) -> None:
    _, document = estate.fangma("audit", "--at", estate.as_of)
    checks = {row["check"]: row for row in document["reconciliation"]["checks"]}
    assert list(checks) == ["账账", "账实", "账证"]
    assert checks["账实"]["compared"] > 100
    planted = {case["kind"] for case in estate.truth["cases"]}
    assert {"area-mismatch", "certificate", "use-mismatch"} <= planted
    rows = {(row["check"], row["what"]) for row in document["reconciliation"]["rows"]}
    assert {("账实", "area"), ("账证", "no-certificate"), ("账账", "use")} <= rows


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
