"""Who reads what is secret leaves a line in the audit log, by whatever way it was read."""

from io import BytesIO
from uuid import uuid4

import pytest
import shapely
from PIL import Image
from tests.asset_registry.store.compound import Compound, found, source_of

from fangma.asset_registry.changes import Question, Shape
from fangma.asset_registry.store.connection import connect

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
