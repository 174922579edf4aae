"""Who reads what is secret leaves a line in the audit log, by whatever way it was read."""

from io import BytesIO
from uuid import uuid4

import pytest
import shapely
from PIL import Image
from tests.asset_registry.store.compound import Compound, found, source_of

from fangma.asset_registry.changes import ChangeSet, Question, Shape, Tile, TileSwitch
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, connect, recording
from fangma.spatial.tiles.rows import TileRow

pytestmark = pytest.mark.db

_OUTLINE = "POLYGON((0 0, 4 0, 4 5, 0 5, 0 0))"


@pytest.fixture
def compound(dsn):
    with connect(dsn) as conn:
        yield found(conn)


@pytest.fixture
def secret(compound: Compound) -> str:
    """A secret room with an outline, about which an import asks."""
    old, new = compound.new_room("102", secret=True), compound.new_room("103", secret=True)
    footprint = shapely.to_wkb(shapely.MultiPolygon([shapely.from_wkt(_OUTLINE)]))
    shapes = tuple(
        Shape(entry_id=r.id, area_m2=20.0, extent=((0, 0, 0), (4, 5, 3)), footprint=footprint)
        for r in (old, new)
    )
    codes = compound.record(
        new=(old, new),
        states=tuple(compound.room_state(r.id, name="机要室") for r in (old, new)),
        shapes=shapes,
    ).codes
    compound.record(
        model=compound.revision_of("a.ifc"),
        sources=(source_of(old.id, "O"), source_of(new.id, "N")),
        questions=(Question(old=(old.id,), new=(new.id,), why="alike"),),
    )
    return codes[old.id]


def lines(client, reader, action: str = "secret-read") -> list[tuple[str, list[str] | None]]:
    answer = client.get("/api/audit-log", params={"action": action}, headers=reader).json()
    return [(line["subject"], line["detail"].get("codes")) for line in answer["items"]]


@pytest.fixture
def secret_tile(compound: Compound, secret: str) -> str:
    """A tile that shows secret rooms, by its hash; its plain form has another one."""
    row = TileRow(
        building="", storey="", discipline="rooms", model="", level="content", part=0,
        visibility="secret", sha256="ab" * 32, plain_sha256="cd" * 32, byte_length=1,
        plain_byte_length=1, box=(0.0,) * 12, matrix_site_from_content=(0.0,) * 16,
        geometric_error_m=0.0, elements=1, triangles=1, draws=1,
    )  # fmt: skip
    with recording(compound.conn, OPERATOR):
        apply(
            compound.conn,
            ChangeSet(site_id=compound.site, valid_from=None, model=compound.revision_of("b.ifc")),
            actor="tester",
            action="import",
            publish=lambda _codes: TileSwitch(
                added=(Tile(building_id=compound.building, storey_id=None, row=row),)
            ),
        )
    return row.sha256


def test_tiles_of_secret_rooms_leave_one_line_a_session_and_tileset(
    client, sign_in, compound, secret_tile
):
    reader = sign_in("an", "security", "planner", sees_secret=True)
    base = f"/tiles/{compound.site_code}"

    def look() -> None:
        assert client.get(f"{base}/tileset.json", headers=reader).status_code == 200
        for name in (secret_tile, "cd" * 32):  # the file of neither is there
            assert client.get(f"{base}/{name}.glb", headers=reader).status_code == 404

    for _ in range(3):
        look()
    assert [subject for subject, _ in lines(client, reader)] == [compound.site_code]
    reader = sign_in("wu", "security", "planner", sees_secret=True)
    tag = f'"{secret_tile}"'
    known = client.get(f"{base}/{secret_tile}.glb", headers=reader | {"If-None-Match": tag})
    assert known.status_code == 304
    look()
    assert len(lines(client, reader)) == 2, "another session's look is told, tileset or not"
    uncleared = sign_in("li", "planner")
    answer = client.get(f"{base}/{secret_tile}.glb", headers=uncleared)
    assert answer.status_code == 404
    assert client.get(f"{base}/tileset.json", headers=uncleared).status_code == 200
    assert len(lines(client, reader)) == 2


def test_every_way_to_a_secret_room_leaves_a_line(client, sign_in, compound, secret):
    reader = sign_in("an", "security", "planner", sees_secret=True)
    storey = client.get("/api/tree", headers=reader).json()["children"][0]["children"][0]["code"]
    order = str(uuid4())
    body = {"id": order, "code": secret, "fault": "leak", "urgency": "urgent", "text": "渗水"}
    assert client.post("/api/orders", json=body, headers=reader).status_code == 201
    picture = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(picture, "JPEG")
    kept = client.post(
        f"/api/orders/{order}/photos", content=picture.getvalue(),
        headers=reader | {"Content-Type": "image/jpeg"},
    ).json()  # fmt: skip
    (review,) = client.get("/api/reviews", headers=reader).json()["items"]
    ways = {
        f"/api/orders/{order}/photos/{kept['sha256']}": secret,
        "/api/moment": compound.site_code,
        "/api/events": compound.site_code,
        f"/api/storeys/{storey}/plan": storey,
        f"/api/items/{secret}/lineage": secret,
        f"/api/items/{secret}/lineage.svg": secret,
        f"/api/reviews/{review['id']}": f"review {review['id']}",
        "/api/search?q=机要室": "search",
        "/api/items?kind=room": "room",
        "/api/features": compound.site_code,
    }
    for way, subject in ways.items():
        before = len(lines(client, reader))
        assert client.get(way, headers=reader).status_code == 200, way
        told = lines(client, reader)
        assert len(told) == before + 1, way
        assert told[0][0] == subject, way
    uncleared = sign_in("li", "planner", "security")
    before = len(lines(client, reader))
    for way in ("/api/moment", f"/api/storeys/{storey}/plan", "/api/items?kind=room"):
        assert client.get(way, headers=uncleared).status_code == 200
    assert len(lines(client, reader)) == before
