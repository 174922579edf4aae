"""site, list, show, verify, user, secret, labels and export: the documents of CONTRACTS.md."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from fangma.asset_registry.changes import ChangeSet, NewEntry, State
from fangma.asset_registry.codes import parse
from fangma.asset_registry.store import sites
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, connect, recording

Fangma = Callable[..., tuple[int, dict]]


@pytest.fixture
def room(fangma: Fangma, dsn: str) -> str:
    """Code of a room in the only building of a new site."""
    _, site = fangma("site", "add", "--division", "330302", "--name", "行政中心", "--epsg", "4549")
    with connect(dsn) as conn, recording(conn, OPERATOR):
        found = sites.find_site(conn, site["code"], _now())
        assert found is not None
        site_id = found.id
        building, storey, room = uuid4(), uuid4(), uuid4()
        new = partial(NewEntry, site_id=site_id, building_id=building)
        applied = apply(
            conn,
            ChangeSet(
                site_id=site_id,
                valid_from=None,
                new=(
                    new(id=building, kind="building", code_part="A01"),
                    new(id=storey, kind="storey", code_part="F01"),
                    new(id=room, kind="room", code_part="101", storey_id=storey),
                ),
                states=(
                    State(entry_id=building, name="一号楼", building_id=building),
                    State(entry_id=storey, name="一层", building_id=building),
                    State(entry_id=room, name="值班室", number="101", building_id=building,
                          storey_id=storey, use="办公室"),
                ),
            ),
            actor="test",
            action="import",
        )  # fmt: skip
    return applied.codes[room]


def _now():
    from fangma.asset_registry.store.connection import Moment

    return Moment(at=datetime.now(UTC), known=datetime.now(UTC), revision=2**62)


def test_a_new_site_gets_the_first_code_of_its_division(fangma: Fangma):
    assert fangma("site", "add", "--division", "330302", "--name", "东院") == (
        0,
        {"code": "330302-001-X"},
    )
    _, second = fangma("site", "add", "--division", "330302", "--name", "西院")
    assert parse(second["code"]).site == "002"
    _, listed = fangma("list", "site")
    assert [item["name"] for item in listed["items"]] == ["东院", "西院"]


@pytest.mark.parametrize(
    "wrong", [("--epsg", "4490"), ("--epsg", "1"), ("--epsg", "2263"), ("--division", "33")]
)
def test_a_site_that_lies_nowhere_is_refused_and_nothing_is_made(fangma: Fangma, wrong):
    code, document = fangma("site", "add", "--name", "东院", *wrong)
    assert code in {1, 2}
    assert document["error"]["message"]
    assert fangma("list", "site") == (0, {"items": []})


def test_list_and_show_answer_as_the_contract_says(fangma: Fangma, room: str):
    _, listed = fangma("list", "room")
    (item,) = listed["items"]
    wanted = {"code", "kind", "name", "number", "building", "storey", "use", "system", "area_m2",
              "sources", "status"}  # fmt: skip
    assert wanted <= set(item)
    assert (item["code"], item["number"], item["status"]) == (room, "101", "current")
    exit_code, shown = fangma("show", room.replace("-", "").lower())
    assert exit_code == 0
    assert {key: shown[key] for key in item} == item
    assert set(shown["area"]) >= {"measured_m2", "declared", "ledger_m2"}
    assert shown["history"][0]["what"] == "created"
    assert shown["predecessors"] == shown["successors"] == shown["occupants"] == []


def test_what_was_not_known_then_is_not_told(fangma: Fangma, room: str):
    assert fangma("list", "room", "--known", "2020-01-01") == (0, {"items": []})
    code, document = fangma("show", room, "--known", "2020-01-01T00:00:00+08:00")
    assert (code, document["error"]["code"]) == (1, "unknown-code")


@pytest.mark.parametrize("option", ["--at", "--known"])
def test_a_time_without_offset_is_wrong_usage(fangma: Fangma, option: str):
    code, document = fangma("list", "room", option, "2026-01-01T00:00:00")
    assert code == 2
    assert "offset" in document["error"]["message"]


@pytest.mark.parametrize("words", ["", "   ", "x" * 201, "5\n12"])
def test_a_door_gets_no_number_that_no_door_could_bear(fangma: Fangma, room: str, words: str):
    code, _ = fangma("lineage", "renumber", room, words)
    assert code == 2
    code, _ = fangma("lineage", "use", room, words)
    assert code == 2
    part = f"b:{words.strip() or 'x' * 201}=1"
    code, _ = fangma("lineage", "split", room, "--part", "a", "--part", part)
    assert code == 2


def test_a_decision_is_listed_tried_and_taken_back(fangma: Fangma, room: str):
    _, split = fangma("lineage", "split", room, "--part", "101A", "--part", "101B")
    _, listed = fangma("lineage", "list", room)
    (decision,) = listed["decisions"]
    number = str(decision["revision"])
    assert (decision["decision"], decision["undone_by"]) == ("split", None)
    assert set(decision["codes"]) == {room, *split["now"]}
    assert fangma("lineage", "undo", number)[0] == 2
    _, tried = fangma("lineage", "undo", number, "--dry-run")
    assert (tried["again"], tried["dry_run"]) == ([room], True)
    assert fangma("show", room)[1]["status"] == "retired"
    code, done = fangma("lineage", "undo", number, "--reason", "弄错了", "--document", "纪要 13 号")
    assert (code, done["again"], set(done["ended"])) == (0, [room], set(split["now"]))
    assert fangma("show", room)[1]["status"] == "current"
    assert "弄错了" in fangma("show", split["now"][0])[1]["became"]["zh"]
    assert fangma("lineage", "undo", number, "--reason", "再试")[0] != 0
    assert fangma("lineage", "list")[1]["decisions"][0]["undone_by"] == done["revision"]


def test_verify_is_content_with_what_it_finds(fangma: Fangma, room: str):
    code, document = fangma("verify")
    assert (code, document["ok"]) == (0, True)
    assert {"name", "ok", "detail"} == set(document["checks"][0])


def test_verify_finds_a_change_behind_the_registrys_back(fangma: Fangma, room: str, dsn: str):
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("ALTER TABLE fangma.audit_log DISABLE TRIGGER ALL")
        admin.execute("UPDATE fangma.audit_log SET actor = 'somebody'")
    code, document = fangma("verify")
    assert (code, document["ok"]) == (1, False)
    (failed,) = [check["name"] for check in document["checks"] if not check["ok"]]
    assert failed == "audit-log"


def test_an_account_goes_through_its_life(fangma: Fangma, room: str):
    _, made = fangma("user", "add", "wei", "--role", "planner", "--site", "330302-001-X")
    assert made["grants"] == [{"site": "330302-001-X", "building": None}]
    assert len(made["password"]) > 12
    _, other = fangma("user", "password", "wei", "--generate")
    assert other["password"] != made["password"]
    building = str(parse("330302001A01Y"))
    _, granted = fangma("user", "grant", "wei", "--role", "auditor", "--building", building)
    assert (granted["roles"], granted["grants"]) == (
        ["auditor"],
        [{"site": "330302-001-X", "building": building}],
    )
    _, token = fangma("user", "token", "wei", "--label", "hall", "--days", "3")
    assert len(token["token"]) >= 43
    assert fangma("user", "token", "wei", "--label", "hall", "--revoke")[0] == 0
    assert fangma("user", "disable", "wei")[1]["disabled"] is True
    _, listed = fangma("user", "list")
    assert [account["name"] for account in listed["items"]] == ["wei"]
    assert fangma("user", "disable", "nobody")[1]["error"]["code"] == "unknown-account"


def test_a_password_comes_from_standard_input(fangma: Fangma, room: str, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    code, document = fangma("user", "add", "wei", "--role", "planner", "--password-stdin")
    assert (code, document["error"]["code"]) == (1, "weak-password")
    monkeypatch.setattr("sys.stdin", io.StringIO("four quiet cranes at dawn\n"))
    assert (
        fangma("user", "add", "wei", "--role", "planner", "--password-stdin")[1]["password"] is None
    )


def test_a_room_is_marked_secret_with_a_reason(fangma: Fangma, room: str):
    marked = {"code": room, "secret": True, "changed": True}
    assert fangma("secret", room, "--on", "--reason", "机要室") == (0, marked)
    assert fangma("secret", room, "--on", "--reason", "机要室")[1]["changed"] is False
    assert fangma("secret", room, "--on")[0] == 2  # no reason
    assert fangma("secret", "330302-001-X", "--on", "--reason", "机要")[1]["error"]["code"] == (
        "secrecy"
    )
    assert fangma("verify")[0] == 0


def test_labels_carry_the_address_that_leads_to_the_thing(
    fangma: Fangma, room: str, tmp_path: Path
):
    import cv2
    import numpy as np
    import pymupdf

    out = tmp_path / "labels.pdf"
    code, document = fangma(
        "labels", room, "--out", str(out), "--base-url", "https://fangma.example.gov.cn/"
    )
    assert (code, document["labels"]) == (0, 1)
    with pymupdf.open(out) as pdf:
        picture = pdf[0].get_pixmap(dpi=200)
        text = pdf[0].get_text()
    pixels = np.frombuffer(picture.samples, np.uint8).reshape(picture.h, picture.w, picture.n)
    read, *_ = cv2.QRCodeDetector().detectAndDecode(np.ascontiguousarray(pixels[:, :, :3]))
    assert read == f"https://fangma.example.gov.cn/r/{room}"
    assert "值班室" in text
    assert fangma("labels", "--out", str(out))[0] == 2
    assert fangma("labels", room, "--out", str(tmp_path / "no" / "x.pdf"))[0] == 1


def test_rooms_go_out_as_geojson(fangma: Fangma, room: str, tmp_path: Path):
    out = tmp_path / "rooms.geojson"
    _, document = fangma("export", "geojson", "--out", str(out))
    assert document == {"file": str(out), "features": 1, "placed": 0}
    (feature,) = json.loads(out.read_text("utf-8"))["features"]
    assert (feature["id"], feature["geometry"]) == (room, None)
