"""The audit over HTTP: by role, by what the reader sees, names with a reason and a trace."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.changes import Shape
from fangma.asset_registry.occupation.facts import (
    Assignment,
    Named,
    OccupationChanges,
    PersonalDetail,
    Post,
    UnitState,
)
from fangma.asset_registry.store.connection import connect
from fangma.twin.audit_pack import check_pack, digest_of, manifest_of
from fangma.twin.http.audit_bodies import Audit

pytestmark = pytest.mark.db
SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def compound(dsn: str) -> Compound:
    """A person in an open office of 20 m2, another one in a secret office."""
    with connect(dsn) as conn:
        compound = found(conn)
        open_, secret = compound.new_room("101"), compound.new_room("102", secret=True)
        unit, wang, li = uuid4(), uuid4(), uuid4()
        compound.record(
            new=(open_, secret),
            states=tuple(compound.room_state(room.id, use="办公室") for room in (open_, secret)),
            shapes=tuple(Shape(entry_id=room.id, area_m2=20.0) for room in (open_, secret)),
            occupation=OccupationChanges(
                units=(Named(id=unit, code="D1"),),
                people=(Named(id=wang, code="P1"), Named(id=li, code="P2")),
                details=(PersonalDetail(person_id=wang, name="王一"),),
                added=(
                    UnitState(unit_id=unit, name="局", organ_class="市级", authorised=5),
                    Post(person_id=wang, unit_id=unit, rank="局(处)级以下"),
                    Post(person_id=li, unit_id=unit, rank="局(处)级以下"),
                    Assignment(entry_id=open_.id, person_id=wang, use="办公室"),
                    Assignment(entry_id=secret.id, person_id=li, use="办公室"),
                ),
            ),
        )
    return compound


@pytest.mark.usefixtures("compound")
@pytest.mark.parametrize("role", ["auditor", "leader", "planner"])
def test_the_audit_is_told_by_pseudonym(client: TestClient, sign_in: SignIn, role: str) -> None:
    answer = client.get("/api/audit", headers=sign_in("wang", role))
    assert answer.status_code == 200
    (first, _) = answer.json()["persons"]
    assert (first["person"], first["verdict"], first["excess_m2"]) == ("P1", "over", 11.0)
    assert "王一" not in answer.text


def test_the_document_keeps_its_schema_and_goes_out_again_only_when_it_changed(
    client: TestClient,
    sign_in: SignIn,
    compound: Compound,
    admin: psycopg.Connection,
    dsn: str,
) -> None:
    auditor = sign_in("wang", "auditor")
    first = client.get("/api/audit", headers=auditor)
    told = first.json()
    assert Audit.model_validate(told).model_dump(mode="json", by_alias=True) == told
    tagged = {**auditor, "If-None-Match": first.headers["ETag"]}
    again = client.get("/api/audit", headers=tagged)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get("/api/audit", params={"unit": "D1"}, headers=tagged).status_code == 200
    assert client.get("/api/audit", params={"unit": "D9"}, headers=tagged).status_code == 404
    named = {"names": "true", "reason": "核查"}
    answer = client.get("/api/audit", params=named, headers=tagged)
    assert answer.status_code == 200
    assert "ETag" not in answer.headers
    reads = admin.execute("SELECT count(*) FROM fangma.audit_log WHERE action = 'audit-read'")
    assert reads.fetchall() == [(3,)]
    with connect(dsn) as conn:
        compound.conn = conn
        compound.add_rooms(compound.new_room("103"))
    assert client.get("/api/audit", headers=tagged).status_code == 200


@pytest.mark.usefixtures("compound")
def test_a_verdict_opens_to_its_evidence(client: TestClient, sign_in: SignIn) -> None:
    planner = sign_in("wang", "planner")
    asked = {"person": "P1"}
    evidence = client.get("/api/audit/evidence", params=asked, headers=planner).json()
    assert (evidence["person"], evidence["verdict"]) == ("P1", "over")
    assert evidence["ceiling"]["clause"] == "表3"
    assert any("11.00" in change["message"] for change in evidence["changes"])
    nobody = client.get("/api/audit/evidence", params={"person": "P9"}, headers=planner)
    assert nobody.status_code == 404
    maintainer = sign_in("li", "maintainer")
    assert client.get("/api/audit/evidence", params=asked, headers=maintainer).status_code == 403


@pytest.mark.usefixtures("compound")
def test_others_are_refused(client: TestClient, sign_in: SignIn) -> None:
    assert client.get("/api/audit", headers=sign_in("wang", "maintainer")).status_code == 403
    assert client.get("/api/audit").status_code == 401


@pytest.mark.usefixtures("compound")
def test_names_need_the_role_and_a_reason_and_leave_a_trace(
    client: TestClient, sign_in: SignIn, admin: psycopg.Connection
) -> None:
    asked = {"names": "true", "reason": "年度核查"}
    planner, auditor = sign_in("p", "planner"), sign_in("a", "auditor")
    assert client.get("/api/audit", params=asked, headers=planner).status_code == 403
    bare = client.get("/api/audit", params={"names": "true"}, headers=auditor)
    assert bare.status_code == 422
    answer = client.get("/api/audit", params=asked, headers=auditor)
    assert answer.json()["persons"][0]["name"] == "王一"
    log = admin.execute(
        "SELECT actor, detail ->> 'reason' FROM fangma.audit_log WHERE action = 'names-read'"
    ).fetchall()
    assert log == [("a", "年度核查")]


def test_secret_rooms_are_in_no_audit_of_those_not_entitled(
    client: TestClient, sign_in: SignIn, compound: Compound
) -> None:
    seen = client.get("/api/audit", headers=sign_in("a", "auditor")).json()
    assert len(seen["rooms"]) == 1
    assert {share["room"] for row in seen["persons"] for share in row["rooms"]} == {
        seen["rooms"][0]["room"]
    }
    whole = client.get("/api/audit", headers=sign_in("s", "auditor", sees_secret=True)).json()
    assert len(whole["rooms"]) == 2
    del compound


@pytest.mark.usefixtures("compound")
def test_maintainers_see_that_a_room_is_held_and_not_by_whom(
    client: TestClient, sign_in: SignIn
) -> None:
    headers = sign_in("m", "maintainer")
    (room,) = client.get("/api/items", params={"kind": "room"}, headers=headers).json()["items"]
    shown = client.get(f"/api/items/{room['code']}", headers=headers).json()
    assert [occupant["person"] for occupant in shown["occupants"]] == [None]
    assert "P1" not in str(shown)


@pytest.mark.usefixtures("compound")
def test_a_standard_that_is_not_there_is_a_wrong_parameter(
    client: TestClient, sign_in: SignIn
) -> None:
    headers = sign_in("a", "auditor")
    answer = client.get("/api/audit", params={"standard": "none"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "audit:standard.unknown")
    answer = client.get("/api/audit", params={"unit": "D9"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "audit:nothing")


@pytest.mark.usefixtures("compound")
def test_rooms_have_values_to_be_coloured_by(client: TestClient, sign_in: SignIn) -> None:
    planner = sign_in("wang", "planner")

    def ask(by: str, **more: str) -> Any:
        return client.get("/api/features/values", params={"by": by}, headers={**planner, **more})

    verdicts = ask("verdict").json()
    assert verdicts["dictionary"] == ["over"], "the secret office is not the planner's to see"
    assert verdicts["value"] == [0]
    assert ask("unit").json()["titles"] == ["局"]
    a_person = ask("area_per_person").json()
    assert (a_person["value"], a_person["limits"]) == ([20.0], [9.0])
    assert ask("idle_days").json()["value"] == []
    known = ask("verdict").headers["etag"]
    assert ask("verdict", **{"If-None-Match": known}).status_code == 304
    assert ask("weather").status_code == 422
    maintainer = sign_in("li", "maintainer")
    refused = client.get("/api/features/values", params={"by": "unit"}, headers=maintainer)
    assert refused.status_code == 403


@pytest.mark.usefixtures("compound")
def test_an_audit_is_handed_over_as_a_workbook_and_as_pages(
    client: TestClient, sign_in: SignIn
) -> None:
    auditor = sign_in("wang", "auditor")
    sheet = client.get("/api/audit/report", params={"as": "xlsx"}, headers=auditor)
    assert "attachment" in sheet.headers["content-disposition"]
    book = openpyxl.load_workbook(BytesIO(sheet.content))
    assert "P1" in {cell.value for row in book["人员"].iter_rows() for cell in row}
    pages = client.get("/api/audit/report", params={"as": "pdf"}, headers=auditor)
    assert pages.content.startswith(b"%PDF")
    assert client.get("/api/audit/report", params={"as": "doc"}, headers=auditor).status_code == 422


@pytest.mark.usefixtures("compound")
def test_a_pack_that_is_handed_over_is_whole_and_logged(
    client: TestClient, sign_in: SignIn, admin: psycopg.Connection, tmp_path: Path
) -> None:
    auditor = sign_in("wang", "auditor")
    answer = client.get("/api/audit/pack", headers=auditor)
    assert answer.status_code == 200, answer.text
    pack = tmp_path / "pack.zip"
    pack.write_bytes(answer.content)
    assert all(check.ok for check in check_pack(pack))
    logged = admin.execute(
        "SELECT detail->>'digest' FROM fangma.audit_log WHERE action = 'audit-pack'"
    ).fetchall()
    assert logged == [(digest_of(manifest_of(pack)),)]
    assert client.get("/api/audit/pack", headers=sign_in("li", "planner")).status_code == 403


def test_a_storey_is_seen_from_above_as_far_as_its_reader_may(
    client: TestClient, sign_in: SignIn, dsn: str
) -> None:
    square = shapely.to_wkb(shapely.multipolygons([shapely.box(0, 0, 4, 5)]))
    with connect(dsn) as conn:
        compound = found(conn)
        rooms = compound.new_room("101"), compound.new_room("102", secret=True)
        compound.record(
            new=rooms,
            states=tuple(compound.room_state(room.id, number=room.code_part) for room in rooms),
            shapes=tuple(Shape(entry_id=room.id, area_m2=20.0, footprint=square) for room in rooms),
        )
    planner = sign_in("wang", "planner")
    (building,) = client.get("/api/tree", headers=planner).json()["children"]
    (storey,) = building["children"]
    asked = f"/api/storeys/{storey['code']}/plan"
    plan = client.get(asked, headers=planner).json()
    (room,) = plan["rooms"]
    assert (room["number"], room["area_m2"]) == ("101", 20.0)
    assert sorted(room["rings"][0][:4]) == [[0.0, 0.0], [0.0, 5.0], [4.0, 0.0], [4.0, 5.0]]
    assert plan["box"] == [0.0, 0.0, 4.0, 5.0]
    officer = sign_in("li", "planner", sees_secret=True)
    everything = client.get(asked, headers=officer).json()
    assert {room["number"] for room in everything["rooms"]} == {"101", "102"}
    other = client.get(f"/api/storeys/{building['code']}/plan", headers=planner)
    assert other.status_code == 404
