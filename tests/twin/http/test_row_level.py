"""What a reader may not see is on no channel: lists, counts, search, tree, features, tiles, ogc."""

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from shapely import MultiPolygon, box, to_wkb

from fangma.asset_registry.changes import (
    ChangeSet,
    ModelRevision,
    NewEntry,
    Shape,
    Source,
    State,
    Tile,
    TileSwitch,
)
from fangma.asset_registry.store import sites
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, connect, recording
from fangma.spatial.tiles.rows import TileRow, Visibility

UNIT_BOX = (0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
IDENTITY = tuple(float(i % 5 == 0) for i in range(16))
# In EPSG:4549 this is Wenzhou: 120.65 E, 28.01 N.
EAST, NORTH = 563_900.0, 3_099_500.0


@dataclass(frozen=True, kw_only=True)
class Compound:
    """Codes by plain names, and the tiles of each building by visibility."""

    site: str
    codes: dict[str, str]
    tiles: dict[str, str]


def content(home, text: str) -> str:
    """Write a tile file and return its name."""
    data = text.encode() * 100
    name = hashlib.sha256(data).hexdigest()
    folder = home / "tiles" / name[:2]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.glb").write_bytes(data)
    return name


def build(conn, home, name: str, buildings: tuple[str, ...], *, hidden: str | None) -> Compound:
    """Make a site: each building has a storey with two rooms, a device and a wall."""
    with recording(conn, OPERATOR):
        site = sites.add_site(
            conn, name=name, actor="test", division="330302", epsg=4549, origin=(EAST, NORTH, 0.0)
        )
    new, states, shapes, sources = [], [], [], []
    ids: dict[str, UUID] = {}
    hashes: dict[str, str] = {}
    x = EAST

    def add(label: str, kind: str, *, part=None, building=None, storey=None, **state) -> UUID:
        nonlocal x
        entry_id = ids[label] = uuid4()
        new.append(
            NewEntry(
                id=entry_id, kind=kind, site_id=site.id, code_part=part, building_id=building,
                storey_id=storey, secret=label == hidden,
            )
        )  # fmt: skip
        states.append(State(entry_id=entry_id, building_id=building, storey_id=storey, **state))
        if kind not in {"building", "storey"}:
            x += 10
            plan = MultiPolygon([box(x, NORTH, x + 4, NORTH + 5)])
            shapes.append(
                Shape(
                    entry_id=entry_id,
                    footprint=to_wkb(plan) if kind == "room" else None,
                    extent=((x, NORTH, 0.0), (x + 4, NORTH + 5, 3.0)),
                    area_m2=20.0 if kind == "room" else None,
                )
            )
        sources.append(Source(entry_id=entry_id, guid=label, step_key=len(new), fingerprint=label))
        return entry_id

    for number, label in enumerate(buildings, start=1):
        b = ids[label] = uuid4()
        new.append(
            NewEntry(id=b, kind="building", site_id=site.id, building_id=b,
                     code_part=f"A{number:02d}")
        )  # fmt: skip
        states.append(State(entry_id=b, name=label, building_id=b))
        f = add(f"{label}/1", "storey", part="F01", building=b, name="一层", elevation_m=0.0)
        for room in ("101", "102"):
            add(f"{label}/{room}", "room", part=room, building=b, storey=f, number=room,
                name=f"{label}-room-{room}", use="办公室", ifc_class="IfcSpace")  # fmt: skip
        add(f"{label}/pump", "device", part="EQ", building=b, storey=f,
            name=f"{label}-pump", ifc_class="IfcPump")  # fmt: skip
        add(f"{label}/wall", "element", building=b, storey=f,
            name=f"{label}-wall", ifc_class="IfcWall")  # fmt: skip

    def publish(codes) -> TileSwitch:
        rows = []
        for label in buildings:
            kinds: list[Visibility] = ["open"]
            if hidden is not None and hidden.startswith(label):
                kinds += ["secret", "masked"]
            for part, visibility in enumerate(kinds):
                sha256 = hashes[f"{label}/{visibility}"] = content(
                    home, f"{name}{label}{visibility}"
                )
                rows.append(
                    Tile(
                        building_id=ids[label],
                        storey_id=ids[f"{label}/1"],
                        row=TileRow(
                            building=codes[ids[label]], storey=codes[ids[f"{label}/1"]],
                            discipline="rooms", model="m", level="content", part=part,
                            visibility=visibility, sha256=sha256, plain_sha256=sha256,
                            byte_length=10, plain_byte_length=10, box=UNIT_BOX,
                            matrix_site_from_content=IDENTITY, geometric_error_m=0.0,
                            elements=1, triangles=1, draws=1,
                        ),
                    )
                )  # fmt: skip
        return TileSwitch(added=tuple(rows))

    model = ModelRevision(
        id=uuid4(), model_id=uuid4(), new_model=True, site_id=site.id,
        building_ids=tuple(ids[label] for label in buildings), kind="ifc",
        discipline="architecture", project_guid=None, building_guids=(), name=name,
        file=f"{name}.ifc", sha256=hashlib.sha256(name.encode()).hexdigest(), size=1,
        schema="IFC4", application=None, written_at=None,
        report={"findings": [
            {"severity": "info", "rule": "no-name", "element": hidden,
             "message": f"{hidden} has no name", "remedy": "Name it."}]},
        placement=IDENTITY,
    )  # fmt: skip
    changes = ChangeSet(
        site_id=site.id, valid_from=None, new=tuple(new), states=tuple(states),
        shapes=tuple(shapes), sources=tuple(sources), model=model,
    )  # fmt: skip
    with recording(conn, OPERATOR):
        applied = apply(conn, changes, actor="test", action="import", publish=publish)
    codes = {label: applied.codes.get(entry_id, "") for label, entry_id in ids.items()}
    return Compound(site=site.code, codes=codes, tiles=hashes)


@pytest.fixture
def operator(client, dsn):
    """A connection of the command line, on a database that the application has opened."""
    with connect(dsn) as connection:
        yield connection


@pytest.fixture
def east(operator, home) -> Compound:
    return build(operator, home, "东院", ("alpha", "beta"), hidden="alpha/102")


@pytest.fixture
def west(operator, home) -> Compound:
    return build(operator, home, "西院", ("gamma",), hidden=None)


@pytest.fixture
def grant(admin):
    """Let an account see a site, or one building of it."""

    def give(name: str, site: str, building: str | None = None) -> None:
        admin.execute(
            "INSERT INTO fangma.account_grant SELECT a.id, s.id, b.id FROM fangma.account a"
            " JOIN fangma.entry s ON s.code = %s LEFT JOIN fangma.entry b ON b.code = %s"
            " WHERE a.name = %s",
            (site, building, name),
        )

    return give


def everything(client, header, *compounds: Compound) -> str:
    """All that a reader can get hold of by asking every channel, as one text."""
    texts = []
    kinds = ("site", "building", "storey", "room", "device", "element")

    def get(path: str, **parameters) -> None:
        answer = client.get(path, params=parameters, headers=header)
        assert answer.status_code in {200, 404}, answer.text
        if answer.status_code == 200:
            texts.append(answer.text)

    get("/api/sites")
    get("/api/imports")
    get("/ogc/collections")
    for kind in kinds:
        get("/api/items", kind=kind)
        get("/api/items", kind=kind, all=True, q="a")
    for collection in ("buildings", "storeys", "rooms", "pipes", "devices"):
        get(f"/ogc/collections/{collection}/items")
        get(f"/ogc/collections/{collection}/items", bbox="120,27,121,29")
    for compound in compounds:
        get("/api/tree", site=compound.site)
        get("/api/scene", site=compound.site)
        get("/api/features", site=compound.site)
        for rooms in ("true", "false"):
            get("/api/features", site=compound.site, slice=0, rooms=rooms)
        get(f"/tiles/{compound.site}/tileset.json")
        for q in ("room", "10", "102", "pump", *compound.codes.values()):
            if q:
                get("/api/search", q=q)
                get("/api/search", q=q, site=compound.site)
        for ordinal in range(1, 40):
            get("/api/pick", site=compound.site, ordinal=ordinal)
        for code in filter(None, compound.codes.values()):
            get(f"/api/items/{code}")
            get("/api/items", kind="room", storey=code)
    return "\n".join(texts)


def test_who_sees_every_site_and_is_cleared_gets_everything(client, sign_in, east, west):
    header = sign_in("wei", "planner", sees_secret=True)
    text = everything(client, header, east, west)
    for code in filter(None, (*east.codes.values(), *west.codes.values())):
        assert code in text
    assert east.tiles["alpha/secret"] in text
    assert east.tiles["alpha/masked"] not in text  # not beside what it masks


def test_a_secret_room_is_on_no_channel_of_who_is_not_cleared(client, sign_in, east, west):
    header = sign_in("wei", "planner")
    text = everything(client, header, east, west)
    assert east.codes["alpha/102"] not in text
    assert "alpha-room-102" not in text
    assert "alpha/102" not in text  # its GlobalId, and the import's findings
    assert east.tiles["alpha/secret"] not in text
    assert east.tiles["alpha/masked"] in text  # the grey mass
    assert east.codes["alpha/101"] in text


def test_a_secret_room_counts_nowhere(client, sign_in, east):
    open_reader, cleared = sign_in("wei", "planner"), sign_in("li", "planner", sees_secret=True)

    def counts(header) -> list[float]:
        site = client.get("/api/sites", headers=header).json()["items"][0]
        building = client.get("/api/tree", headers=header).json()["children"][0]
        columns = client.get("/api/features", headers=header).json()
        ogc = client.get("/ogc/collections/rooms/items", headers=header).json()
        return [
            site["rooms"], site["area_m2"], building["rooms"], building["area_m2"],
            building["children"][0]["rooms"], building["children"][0]["area_m2"],
            columns["count"], len(columns["ordinal"]), ogc["numberReturned"],
        ]  # fmt: skip

    assert counts(cleared) == [4, 80, 2, 40, 2, 40, 8, 8, 4]
    assert counts(open_reader) == [3, 60, 1, 20, 1, 20, 7, 7, 3]


def test_the_slices_that_a_scene_names_hold_what_its_features_hold(client, sign_in, east, west):
    header = sign_in("wei", "planner")
    for site in (east.site, west.site):
        slices = client.get("/api/scene", params={"site": site}, headers=header).json()["slices"]
        whole = client.get("/api/features", params={"site": site}, headers=header).json()
        found = []
        for number in slices["numbers"]:
            asked = {"site": site, "slice": number}
            part = client.get("/api/features", params=asked, headers=header).json()
            assert {ordinal // slices["width"] for ordinal in part["ordinal"]} <= {number}
            found += part["code"]
        assert found == whole["code"]
    refused = client.get("/api/features", params={"site": east.site, "slice": -1}, headers=header)
    assert refused.status_code == 422


def test_a_secret_room_answers_as_one_that_does_not_exist(client, sign_in, east):
    header = sign_in("wei", "planner")
    there, nowhere = east.codes["alpha/102"], east.codes["alpha/101"].replace("0101", "0999")
    nowhere = nowhere[:-1] + next(
        check for check in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        if client.get(f"/api/items/{nowhere[:-1]}{check}", headers=header).status_code == 404
    )  # fmt: skip
    for path in ("/api/items/{}", "/ogc/collections/rooms/items/{}"):
        secret = client.get(path.format(there), headers=header)
        unknown = client.get(path.format(nowhere), headers=header)
        assert secret.status_code == unknown.status_code == 404
        assert secret.text.replace(there, "") == unknown.text.replace(nowhere, "")
    labels = [
        client.post("/api/labels", json={"codes": [code]}, headers=header).json()["code"]
        for code in (there, nowhere)
    ]
    assert labels == ["registry:entry.notfound"] * 2


def test_one_building_of_a_site_is_all_that_its_grant_shows(client, sign_in, grant, east, west):
    header = sign_in("wei", "planner", every_site=False)
    assert client.get("/api/sites", headers=header).json()["items"] == []
    grant("wei", east.site, east.codes["beta"])
    text = everything(client, header, east, west)
    assert east.codes["beta/101"] in text
    assert east.tiles["beta/open"] in text
    for hidden in ("alpha", "gamma", west.site, *west.tiles.values(), east.tiles["alpha/open"]):
        assert hidden not in text
    site = client.get("/api/sites", headers=header).json()["items"][0]
    assert (site["code"], site["buildings"], site["rooms"]) == (east.site, 1, 2)


def test_a_tile_is_served_to_those_alone_who_may_see_it(client, sign_in, grant, east):
    cleared = sign_in("li", "planner", sees_secret=True)
    reader = sign_in("wei", "planner")
    stranger = sign_in("wu", "planner", every_site=False)

    def status(header, name: str) -> int:
        path = f"/tiles/{east.site}/{east.tiles[name]}.glb"
        return client.get(path, headers=header).status_code

    assert [status(cleared, n) for n in ("alpha/open", "alpha/secret")] == [200, 200]
    assert [status(reader, n) for n in ("alpha/open", "alpha/masked")] == [200, 200]
    assert status(reader, "alpha/secret") == 404
    assert {status(stranger, n) for n in east.tiles} == {404}
    grant("wu", east.site, east.codes["beta"])
    assert [status(stranger, n) for n in ("beta/open", "alpha/open")] == [200, 404]


def test_a_tile_is_kept_for_good_by_its_reader_and_by_nobody_between(client, sign_in, east):
    header = sign_in("wei", "planner")
    path = f"/tiles/{east.site}/{east.tiles['beta/open']}.glb"
    answer = client.get(path, headers=header)
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "model/gltf-binary"
    assert answer.headers["content-encoding"] == "gzip"
    assert hashlib.sha256(answer.content).hexdigest() == east.tiles["beta/open"]
    plain = client.get(path, headers=header | {"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content
    again = client.get(path, headers=header | {"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["/api/features?site={}", "/api/features?site={}&slice=0&rooms=true", "/tiles/{}/tileset.json"],
)
def test_what_has_not_changed_is_not_sent_again(client, sign_in, admin, east, path):
    header = sign_in("wei", "planner")
    path = path.format(east.site)
    first = client.get(path, headers=header)
    assert "private" in first.headers["cache-control"]
    tagged = header | {"If-None-Match": first.headers["etag"]}
    assert client.get(path, headers=tagged).status_code == 304
    admin.execute("UPDATE fangma.account SET sees_secret = true WHERE name = 'wei'")
    assert client.get(path, headers=tagged).status_code == 200  # other rights, other answer


def test_marking_a_room_secret_takes_it_off_every_channel_at_once(client, sign_in, admin, east):
    reader, officer = sign_in("wei", "planner"), sign_in("an", "security")
    code = east.codes["beta/102"]
    assert code in everything(client, reader, east)
    path = f"/api/items/{code}/secret"
    body = {"secret": True, "reason": "机要室"}
    assert client.put(path, json=body, headers=reader).status_code == 403
    marked = client.put(path, json=body, headers=officer)
    assert marked.json() == {"code": code, "secret": True, "changed": True}
    text = everything(client, reader, east)
    assert code not in text
    assert "beta-room-102" not in text
    # The tile shows the room until it is written anew, so it goes too, and so does its file.
    assert east.tiles["beta/open"] not in text
    tile = f"/tiles/{east.site}/{east.tiles['beta/open']}.glb"
    assert client.get(tile, headers=reader).status_code == 404
    logged = admin.execute(
        "SELECT actor, subject, detail FROM fangma.audit_log WHERE action = 'secret-mark'"
    ).fetchall()
    assert logged == [("an", code, {"reason": "机要室"})]
    # Nobody cleared the officer; the mark can be taken back all the same.
    again = client.put(path, json=body | {"secret": False}, headers=officer)
    assert again.json() == {"code": code, "secret": False, "changed": True}
    assert code in everything(client, reader, east)
    assert client.get(tile, headers=reader).status_code == 200


def test_reading_the_file_of_a_secret_room_leaves_a_trace(client, sign_in, admin, east):
    header = sign_in("li", "planner", sees_secret=True)
    client.get(f"/api/items/{east.codes['alpha/101']}", headers=header)
    client.get(f"/api/items/{east.codes['alpha/102']}", headers=header)
    rows = admin.execute("SELECT actor, action, subject FROM fangma.audit_log ORDER BY id DESC")
    assert rows.fetchone() == ("li", "secret-read", east.codes["alpha/102"])
    assert rows.fetchone()[1] == "sign-in"


def test_pages_hold_everything_once(client, sign_in, east, west):
    header = sign_in("wei", "planner", sees_secret=True)
    for path, key in (
        ("/api/items?kind=room&limit=2", "next"),
        ("/api/items?kind=element&limit=1", "next"),
        ("/api/imports?limit=1", "next"),
    ):
        whole = client.get(path.split("limit")[0], headers=header).json()["items"]
        seen, following = [], None
        for _ in range(20):
            url = path + (f"&next={following}" if following else "")
            page = client.get(url, headers=header).json()
            seen += page["items"]
            following = page[key]
            if following is None:
                break
        assert seen == whole
        assert len(whole) > 1


def test_ogc_features_are_placed_paged_and_cut_by_box_and_time(client, sign_in, east):
    header = sign_in("wei", "planner", sees_secret=True)
    path = "/ogc/collections/rooms/items"
    answer = client.get(path, params={"limit": 3}, headers=header)
    assert answer.headers["content-type"] == "application/geo+json"
    page = answer.json()
    assert page["numberReturned"] == 3
    (following,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    rest = client.get(following, headers=header).json()
    assert rest["numberReturned"] == 1
    assert "next" not in {link["rel"] for link in rest["links"]}
    lon, lat = page["features"][0]["geometry"]["coordinates"][0][0][0][:2]
    assert 120.6 < lon < 120.7
    assert 28.0 < lat < 28.1

    def count(**parameters: str) -> int:
        return client.get(path, params=parameters, headers=header).json()["numberReturned"]

    assert count(bbox=f"{lon - 1e-5},{lat - 1e-5},{lon + 1e-5},{lat + 1e-5}") == 1
    assert count(bbox="-180,-90,180,90") == 4
    assert count(bbox="170,-90,130,90") == 4  # across the antimeridian
    assert count(bbox="0,0,10,10") == 0
    assert count(datetime="2020-01-01T00:00:00Z/..") == 4
    wrongs: list[dict[str, str | int]] = [
        {"bbox": "1,2,3"},
        {"bbox": "a,b,c,d"},
        {"bbox": "nan,0,1,1"},
        {"limit": 0},
        {"datetime": "x"},
        {"datetime": "2021-01-01/2020-01-01"},
        {"colour": "red"},
    ]
    for wrong in wrongs:
        answer = client.get(path, params=wrong, headers=header)
        assert answer.status_code == 400, (wrong, answer.text)
        assert set(answer.json()) == {"status", "code", "message", "remedy"}


def test_ogc_links_lead_somewhere(client, sign_in, east):
    header = sign_in("wei", "planner")
    waiting, seen = ["/ogc"], set()
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        answer = client.get(url, headers=header)
        assert answer.status_code == 200, url
        document = json.loads(answer.text)
        parts = [document, *document.get("collections", ()), *document.get("features", ())]
        waiting += [link["href"] for part in parts for link in part.get("links", ())]
    assert len(seen) > 12
