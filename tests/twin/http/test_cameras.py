"""Cameras over HTTP and on the command line: what is seen, what nobody sees, and who may ask."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import shapely
from fastapi.testclient import TestClient
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.changes import NewEntry, Shape
from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.connection import OPERATOR, connect, recording
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import Declaration, declare

pytestmark = pytest.mark.db
FLOOR = 10.0
WATCHED_M2 = 60.0
# Without bodies the outlines of rooms stand for walls, as thin as a sheet.
SHEETS_M2 = 0.5
VIEW = {"place": [1.0, 1.0, 12.5], "heading_deg": 90.0, "horizontal_deg": 120.0, "range_m": 50.0}


@pytest.fixture
def compound(dsn: str) -> Iterator[Compound]:
    with connect(dsn) as conn:
        yield found(conn)


@pytest.fixture
def storey(compound: Compound) -> str:
    """A corridor of 20 m by 2 m, a stair of 5 m by 4 m beside it, and an office."""
    rooms = [compound.new_room(number) for number in ("101", "102", "103")]
    for room, number, use in zip(
        rooms, ("101", "102", "103"), ("走廊", "楼梯", "办公室"), strict=True
    ):
        compound.add_rooms(room, number=number, use=use)
    for room, box in zip(rooms, ((0, 0, 20, 2), (0, 2.2, 5, 6.2), (6, 2.2, 12, 6.2)), strict=True):
        compound.record(shapes=(shape(room, shapely.box(*box)),))
    with recording(compound.conn, OPERATOR):
        row = compound.conn.execute(
            "SELECT code FROM fangma.entry WHERE id = %s", [compound.storey]
        ).fetchone()
    assert row is not None
    return str(row[0])


def shape(room: NewEntry, outline: shapely.Polygon) -> Shape:
    x0, y0, x1, y1 = outline.bounds
    return Shape(
        entry_id=room.id, footprint=shapely.to_wkb(shapely.MultiPolygon([outline])), floor_z=FLOOR,
        ceiling_z=FLOOR + 3, extent=((x0, y0, FLOOR), (x1, y1, FLOOR + 3)),
    )  # fmt: skip


def hang(client: TestClient, guard: dict[str, str], storey: str) -> str:
    body = {"name": "走廊摄像机", "storey": storey, **VIEW}
    answer = client.post("/api/cameras", json=body, headers=guard)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def covered(client: TestClient, guard: dict[str, str], storey: str, **more: str) -> Any:
    answer = client.get("/api/cameras/coverage", params={"storey": storey, **more}, headers=guard)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def guard(sign_in: Callable[..., dict[str, str]]) -> dict[str, str]:
    return sign_in("guard", "security")


def test_the_blind_spot_is_what_the_camera_does_not_see_of_watched_rooms(
    client: TestClient, guard: dict[str, str], storey: str
) -> None:
    nobody = covered(client, guard, storey)
    assert nobody["watched_m2"] == pytest.approx(WATCHED_M2, abs=SHEETS_M2)
    assert nobody["blind_m2"] == nobody["watched_m2"]
    code = hang(client, guard, storey)
    seen = covered(client, guard, storey)
    assert seen["walls"] == "rooms"
    stair, corridor = seen["places"]
    # The office is not watched; the stair lies behind a wall.
    assert (stair["number"], stair["share"]) == ("102", 1.0)
    assert stair["area_m2"] == pytest.approx(20.0, abs=SHEETS_M2)
    # Behind a camera that looks east with 120 degrees at 1 m from the wall: 2 m2 and two wedges.
    wedges = 2 * 0.5 * 1.0 * (1.0 / 3**0.5)
    assert corridor["area_m2"] == pytest.approx(2.0 + wedges, abs=0.1)
    assert corridor["cameras"] == [code]
    (camera,) = seen["cameras"]
    assert (camera["sight"], camera["state"], camera["far_by"]) == ("seen", "unheard", "told")
    listed = client.get("/api/cameras/blind", headers=guard).json()
    assert [item["number"] for item in listed["items"]] == ["102", "101"]
    assert listed["blind_m2"] == pytest.approx(stair["area_m2"] + corridor["area_m2"])


def test_a_camera_that_says_that_it_is_offline_leaves_a_blind_spot_at_that_time(
    client: TestClient, guard: dict[str, str], storey: str, compound: Compound
) -> None:
    code = hang(client, guard, storey)
    with recording(compound.conn, OPERATOR):
        declare(
            compound.conn,
            [Declaration(sensor="C-1", observed_property="online", code=code)],
            actor="tester",
        )
    now = datetime.now(UTC)
    told = [(now - timedelta(minutes=20), True), (now - timedelta(minutes=5), False)]
    Recorder(compound.conn, "test", OPERATOR).record(
        [Observation(sensor="C-1", at=at, result=value) for at, value in told]
    )
    down = covered(client, guard, storey)
    assert [place["out_of_service"] for place in down["places"]] == [[code], []]
    assert (down["cameras"][0]["state"], down["cameras"][0]["why"]) == ("offline", "C-1")
    assert down["blind_m2"] == down["watched_m2"]
    earlier = covered(client, guard, storey, at=(now - timedelta(minutes=10)).isoformat())
    assert earlier["cameras"][0]["state"] == "working"
    assert earlier["blind_m2"] < 30.0


def test_a_camera_is_turned_from_now_on_and_the_log_keeps_both_views(
    client: TestClient, guard: dict[str, str], storey: str, admin: psycopg.Connection
) -> None:
    code = hang(client, guard, storey)
    turned = client.put(
        f"/api/cameras/{code}/view",
        json={**VIEW, "heading_deg": 450.0, "tilt_deg": 20},
        headers=guard,
    )
    assert turned.json()["view"]["heading_deg"] == 90.0
    before = client.get("/api/cameras", params={"at": "2020-01-01"}, headers=guard).json()["items"]
    assert [item["view"]["tilt_deg"] for item in before] == [None]
    gone = client.delete(f"/api/cameras/{code}/view", headers=guard)
    assert gone.json()["view"] is None
    assert covered(client, guard, storey)["cameras"][0]["sight"] == "no-view"
    lines = admin.execute(
        "SELECT action, detail FROM fangma.audit_log WHERE subject = %s ORDER BY id", [code]
    ).fetchall()
    assert [line[0] for line in lines] == ["camera-add", "camera-point", "camera-blind"]
    assert lines[1][1]["before"]["tilt_deg"] is None
    assert lines[1][1]["after"]["tilt_deg"] == 20
    assert admin.execute(
        "SELECT count(*) FROM fangma.audit_log WHERE action = 'cameras-read'"
    ).fetchone() == (2,)


@pytest.mark.parametrize(
    "wrong",
    [
        {"horizontal_deg": 0}, {"horizontal_deg": 361}, {"tilt_deg": 91}, {"range_m": 0},
        {"place": [1.0, 1.0]}, {"place": [1e300, 0, 0]}, {"pixels": 0}, {"heading_deg": "north"},
        {"picture": "data:image/png;base64,AAAA"},
    ],
)  # fmt: skip
def test_a_view_that_cannot_be_is_refused_and_so_is_a_picture(
    client: TestClient, guard: dict[str, str], storey: str, wrong: dict[str, Any]
) -> None:
    code = hang(client, guard, storey)
    answer = client.put(f"/api/cameras/{code}/view", json={**VIEW, **wrong}, headers=guard)
    assert (answer.status_code, set(answer.json())) == (
        422,
        {"status", "code", "message", "remedy"},
    )


def test_what_is_no_camera_is_not_pointed(
    client: TestClient, guard: dict[str, str], storey: str
) -> None:
    answer = client.put(f"/api/cameras/{storey}/view", json=VIEW, headers=guard)
    assert (answer.status_code, answer.json()["code"]) == (422, "cameras:refused")
    asked = {"storey": storey, "doors": "ajar"}
    answer = client.get("/api/cameras/coverage", params=asked, headers=guard)
    assert (answer.status_code, answer.json()["code"]) == (422, "cameras:refused")


def test_a_camera_pointed_into_a_secret_room_is_hidden_from_who_pointed_it(
    client: TestClient, guard: dict[str, str], storey: str, compound: Compound
) -> None:
    with recording(compound.conn, OPERATOR):
        row = compound.conn.execute(
            "SELECT entry_id FROM fangma.state WHERE number = '103'"
        ).fetchone()
    assert row is not None
    compound.record(marked_secret=((row[0], True),))
    code = hang(client, guard, storey)
    inside = {**VIEW, "place": [9.0, 4.0, 12.5]}
    answer = client.put(f"/api/cameras/{code}/view", json=inside, headers=guard)
    assert answer.status_code == 404
    assert client.get("/api/cameras", headers=guard).json()["items"] == []
    assert json.dumps(covered(client, guard, storey)["cameras"]) == "[]"


def test_a_room_that_becomes_secret_takes_its_cameras_along_and_gives_them_back(
    client: TestClient, guard: dict[str, str], storey: str, compound: Compound
) -> None:
    code = hang(client, guard, storey)
    inside = {**VIEW, "place": [9.0, 4.0, 12.5]}
    assert client.put(f"/api/cameras/{code}/view", json=inside, headers=guard).status_code == 200
    with recording(compound.conn, OPERATOR):
        row = compound.conn.execute(
            "SELECT entry_id FROM fangma.state WHERE number = '103'"
        ).fetchone()
    assert row is not None

    def told() -> list[str]:
        return [each["code"] for each in client.get("/api/cameras", headers=guard).json()["items"]]

    assert told() == [code]
    compound.record(marked_secret=((row[0], True),))
    assert told() == []
    compound.record(marked_secret=((row[0], False),))
    assert told() == [code]
