"""The wall, the index board and the map of sites over HTTP: who sees what, and what is logged."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.changes import Shape
from fangma.asset_registry.occupation.facts import (
    Assignment,
    Named,
    OccupationChanges,
    Post,
    UnitState,
)
from fangma.asset_registry.store.connection import connect
from fangma.asset_registry.store.sites import add_site
from fangma.twin.http.app import create_app
from fangma.twin.settings import Settings

pytestmark = pytest.mark.db
SignIn = Callable[..., dict[str, str]]
PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def compound(dsn: str) -> Compound:
    """An office of 20 m2 that is too large, an empty one, and a secret office of 50 m2."""
    with connect(dsn) as conn:
        compound = found(conn)
        rooms = [compound.new_room("101"), compound.new_room("102")]
        secret = compound.new_room("103", secret=True)
        areas = dict(zip((*(room.id for room in rooms), secret.id), (20.0, 8.0, 50.0), strict=True))
        unit, wang = uuid4(), uuid4()
        compound.record(
            new=(*rooms, secret),
            states=tuple(
                compound.room_state(each, use="办公室", number=f"90{index}")
                for index, each in enumerate(areas, 1)
            ),
            shapes=tuple(Shape(entry_id=each, area_m2=area) for each, area in areas.items()),
            occupation=OccupationChanges(
                units=(Named(id=unit, code="D1"),),
                people=(Named(id=wang, code="P1"),),
                added=(
                    UnitState(unit_id=unit, name="局", organ_class="市级", authorised=5),
                    Post(person_id=wang, unit_id=unit, rank="局(处)级以下"),
                    Assignment(entry_id=rooms[0].id, person_id=wang, use="办公室"),
                ),
            ),
        )
    return compound


def figures(answer: dict[str, Any]) -> dict[str, float | None]:
    return {each["key"]: each["value"] for each in answer["figures"]}


def test_a_wall_counts_what_its_reader_sees_and_opens_down_to_rooms(
    client: TestClient, sign_in: SignIn, compound: Compound, admin: psycopg.Connection
) -> None:
    leader = sign_in("leader", "leader")
    answer = client.get("/api/wall", headers=leader)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    counted = figures(body)
    assert (counted["rooms"], counted["area"]) == (2, 28.0), "nothing of the secret office"
    assert (counted["over_rooms"], counted["excess_area"]) == (1, 11.0)
    assert counted["idle_rooms"] == 1
    assert counted["energy_today"] is None
    assert len(body["energy"]) == 24
    assert {each["kwh"] for each in body["energy"]} == {None}
    assert body["uses"] == [{"use": "办公室", "rooms": 2, "area_m2": 28.0}]
    before = admin.execute("SELECT count(*) FROM fangma.audit_log").fetchone()
    opened = client.get("/api/figures/over_rooms/rooms", headers=leader).json()
    assert [(room["number"], room["excess_m2"]) for room in opened["items"]] == [("901", 11.0)]
    everything = client.get("/api/figures/rooms/rooms", headers=leader).json()["items"]
    assert sorted(room["number"] for room in everything) == ["901", "902"]
    logged = admin.execute("SELECT count(*) FROM fangma.audit_log").fetchone()
    assert before is not None
    assert logged == (before[0] + 2,)
    nothing = client.get("/api/figures/nonsense/rooms", headers=leader)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "figures:figure.notfound")
    cleared = sign_in("cleared", "leader", sees_secret=True)
    refused = client.get("/api/wall", headers=cleared)
    assert refused.status_code == 403
    assert "secret" in refused.json()["message"]


def test_a_display_keeps_its_token_until_it_is_revoked(
    client: TestClient, sign_in: SignIn, compound: Compound
) -> None:
    del compound
    administrator, leader = sign_in("root", "administrator"), sign_in("hall", "leader")
    made = client.post(
        "/api/accounts/hall/devices", json={"label": "lobby", "days": 30}, headers=administrator
    ).json()
    client.cookies.clear()
    answer = client.post("/api/session/device", json={"token": made["token"]})
    assert (answer.status_code, answer.json()["name"]) == (200, "hall")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "expires="))
    assert client.get("/api/wall").status_code == 200
    changing = client.post("/api/orders", json={}, headers={"X-Fangma-Request": "1"})
    assert changing.status_code == 403, "a device only reads"
    own = leader["Authorization"].removeprefix("Bearer ")
    for wrong in (own, "x" * 43):
        assert client.post("/api/session/device", json={"token": wrong}).status_code == 401
    client.delete("/api/accounts/hall/devices/lobby", headers=administrator)
    assert client.get("/api/wall").status_code == 401


def test_a_board_is_made_of_packs_that_can_be_edited(
    client: TestClient, sign_in: SignIn, compound: Compound, home: Path
) -> None:
    del compound
    planner = sign_in("planner", "planner")
    board = client.get("/api/indicators", headers=planner).json()
    rows = {row["key"]: row for each in board["dimensions"] for row in each["indicators"]}
    assert rows["compliance"]["value"] == 0.0
    assert rows["idle"]["value"] == 28.57
    assert [each["key"] for each in rows["idle"]["trail"]] == ["idle_area", "area"]
    assert board["revision"] > 0
    folder = home / "indicators"
    folder.mkdir(parents=True)
    own = folder / "own.yaml"
    own.write_text(
        "pack: own\ntitle: 自编\ndimensions: [{key: a, title: 甲, indicators: [{key: x, title: 乙,"
        " formula: rooms * 2, direction: none, source: 本单位}]}]",
        "utf-8",
    )
    board = client.get("/api/indicators", headers=planner).json()
    assert [each["name"] for each in board["packs"]] == ["own", "office"]
    assert board["dimensions"][0]["indicators"][0]["value"] == 4.0
    assert client.get("/api/indicators?pack=nobody", headers=planner).status_code == 404
    own.write_text(own.read_text("utf-8").replace("rooms * 2", "open('x')"), "utf-8")
    refused = client.get("/api/indicators", headers=planner)
    assert refused.status_code == 422
    assert "own.yaml" in refused.json()["message"]


def test_the_map_holds_the_sites_that_its_reader_sees(
    client: TestClient, sign_in: SignIn, compound: Compound, dsn: str
) -> None:
    with connect(dsn) as conn:
        for index in range(30):
            add_site(conn, name=f"院{index}", actor="t", latitude=27 + index / 100, longitude=120.5)
    seer = sign_in("seer", "maintainer")
    body = client.get("/api/map/sites?by=rooms", headers=seer).json()
    by_code = {each["code"]: each for each in body["items"]}
    assert len(by_code) == 31
    assert by_code[compound.site_code]["position"] is None
    assert by_code[compound.site_code]["rooms"] == 2
    layers = {layer["id"]: layer for layer in body["specification"]["layers"]}
    assert len(layers["sites"]["data"]) == 30
    assert "TileLayer" not in {layer["@@type"] for layer in layers.values()}
    nobody = sign_in("nobody", "maintainer", every_site=False)
    assert client.get("/api/map/sites", headers=nobody).json()["items"] == []
    assert client.get("/api/map/sites?by=secrets", headers=seer).status_code == 422
    assert client.get("/api/map/tiles/0/0/0", headers=seer).status_code == 404


@pytest.fixture
def tile_server() -> Iterator[str]:
    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/3/"):
                self.send_response(302)
                self.send_header("Location", "/1/0/0")
                self.end_headers()
                return
            is_page = self.path.startswith("/2/")
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if is_page else "image/png")
            self.end_headers()
            self.wfile.write(PICTURE)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Tiles) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_background_is_fetched_by_the_server_and_its_address_is_not_told(
    dsn: str, home: Path, tile_server: str, account: Callable[..., str]
) -> None:
    template = f"{tile_server}/{{z}}/{{x}}/{{y}}?tk=hidden-key"
    app = create_app(Settings(home=home, database_url=dsn, map_tiles_url=template))
    account("seer", "maintainer")
    with TestClient(app) as client:
        assert client.get("/api/map/tiles/1/0/0").status_code == 401
        client.post("/api/session", json={"user": "seer", "password": "Grey-heron-41"})
        found_ = client.get("/api/map/tiles/1/0/0")
        assert (found_.status_code, found_.content) == (200, PICTURE)
        assert "private" in found_.headers["cache-control"]
        for path, status in (("2/0/0", 502), ("3/0/0", 502), ("1/2/0", 404), ("21/0/0", 404)):
            answer = client.get(f"/api/map/tiles/{path}")
            assert answer.status_code == status, path
            assert "hidden-key" not in answer.text
        body = client.get("/api/map/sites")
        assert body.json()["tiles"] is True
        assert "hidden-key" not in body.text
