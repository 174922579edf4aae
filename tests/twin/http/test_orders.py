"""Work orders over HTTP: who may do what, what is kept once; a passer-by learns nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image
from tests.asset_registry.store.compound import found

from fangma.asset_registry.inspections.rounds import Plan, Stop
from fangma.asset_registry.store import inspections
from fangma.asset_registry.store.connection import OPERATOR, connect, recording
from fangma.twin.field.report_links import load_key, make_link
from fangma.twin.services.home import Home

pytestmark = pytest.mark.db


@dataclass(frozen=True, kw_only=True)
class Place:
    site: str
    open: str
    secret: str


@pytest.fixture
def place(dsn) -> Iterator[Place]:
    with connect(dsn) as conn:
        compound = found(conn)
        open_, secret = compound.new_room("101"), compound.new_room("102", secret=True)
        codes = compound.add_rooms(open_) | compound.add_rooms(secret, name="涉密机房")
        yield Place(site=compound.site_code, open=codes[open_.id], secret=codes[secret.id])


def photo(size: tuple[int, int] = (64, 48), format_: str = "JPEG", **saved: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, format_, **saved)
    return out.getvalue()


def reported(client, who: dict[str, str], code: str, **more: object) -> dict:
    body = {"code": code, "fault": "leak", "urgency": "urgent", "text": "顶上滴水"} | more
    answer = client.post("/api/orders", json=body, headers=who)
    assert answer.status_code == 201, answer.text
    return answer.json()


def step(client, who: dict[str, str], order: str, deed: str, status: int = 200, **more) -> dict:
    answer = client.post(f"/api/orders/{order}/steps", json={"deed": deed} | more, headers=who)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_phone_whose_clock_is_ahead_is_taken_at_its_word_but_for_the_time(
    client, place, sign_in
) -> None:
    boss = sign_in("boss", "administrator")
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    order = reported(client, boss, place.open, at=ahead)
    assert datetime.fromisoformat(order["at"]) <= datetime.fromisoformat(order["recorded_at"])
    sign_in("mei", "maintainer")
    assert step(client, boss, order["id"], "assign", person="mei", at=ahead)["state"] == "assigned"


def test_an_order_goes_from_the_report_to_the_check_and_stays_in_the_file_of_its_room(
    client, place, sign_in
) -> None:
    lin, mei, an = sign_in("lin", "planner"), sign_in("mei", "maintainer"), sign_in("an", "leader")
    boss = sign_in("boss", "administrator")
    order = reported(client, lin, place.open)
    assert (order["state"], order["reporter"], order["deeds"]) == ("reported", "lin", ["note"])
    assert step(client, lin, order["id"], "assign", 403, person="mei")["code"] == (
        "orders:step.notyours"
    )
    assert step(client, boss, order["id"], "assign", 409, person="an")["remedy"]
    step(client, boss, order["id"], "assign", person="mei", due="2026-12-01T18:00:00+08:00")
    assert step(client, boss, order["id"], "accept", 403)["message"]
    for deed in ("accept", "start"):
        step(client, mei, order["id"], deed)
    assert step(client, mei, order["id"], "hold", 409)["message"] == (
        "hold lacks its note, expected the reason in words"
    )
    done = step(
        client, mei, order["id"], "finish", note="换了角阀", minutes=40, cost="35.50",
        parts=[{"name": "角阀 DN15", "count": 1}],
    )  # fmt: skip
    assert (done["state"], done["minutes"], done["cost"]) == ("done", 40, 35.5)
    assert step(client, mei, order["id"], "close", 403)["code"] == "orders:step.notyours"
    assert step(client, boss, order["id"], "close")["deeds"] == ["note"]
    file = client.get(f"/api/items/{place.open}", headers=an).json()
    assert [(each["number"], each["state"]) for each in file["orders"]] == [(1, "closed")]
    # As of a time before it was finished it is not.
    steps = client.get(f"/api/orders/{order['id']}", headers=an).json()["steps"]
    then = client.get(
        f"/api/orders/{order['id']}", params={"known": steps[3]["recorded_at"]}, headers=an
    ).json()
    assert (then["state"], then["minutes"]) == ("in_progress", None)
    log = client.get(
        "/api/audit-log", params={"action": "order-step"}, headers=sign_in("au", "auditor")
    ).json()["items"]
    assert [entry["detail"]["deed"] for entry in reversed(log)] == [
        "assign", "accept", "start", "finish", "close",
    ]  # fmt: skip


def test_what_is_sent_twice_is_kept_once_and_a_key_names_one_thing(client, place, sign_in) -> None:
    mei = sign_in("mei", "maintainer")
    key = str(uuid4())
    assert reported(client, mei, place.open, id=key)["number"] == 1
    assert reported(client, mei, place.open, id=key)["number"] == 1
    other = client.post(
        "/api/orders",
        json={"id": key, "code": place.open, "fault": "power"},
        headers=mei,
    )
    assert (other.status_code, other.json()["code"]) == (409, "orders:refused")
    once = str(uuid4())
    step(client, mei, key, "assign", person="mei", key=once)
    assert len(step(client, mei, key, "assign", person="mei", key=once)["steps"]) == 2
    assert step(client, mei, key, "note", 409, note="x", key=once)["message"]
    assert len(client.get("/api/orders", headers=mei).json()["items"]) == 1


def test_an_order_in_a_secret_room_does_not_exist_for_others(client, place, sign_in) -> None:
    cleared = sign_in("sec", "security", sees_secret=True)
    mei = sign_in("mei", "maintainer")
    order = reported(client, cleared, place.secret)
    assert client.get("/api/orders", headers=mei).json()["items"] == []
    for path in ("", "/sheet", f"/photos/{'0' * 64}"):
        answer = client.get(f"/api/orders/{order['id']}{path}", headers=mei)
        assert answer.status_code == 404, path
    step(client, mei, order["id"], "note", 404, note="x")
    answer = client.post(f"/api/orders/{order['id']}/photos", content=photo(), headers=mei)
    assert answer.status_code == 404
    assert step(client, cleared, order["id"], "assign", 403, person="mei")["message"]
    boss = sign_in("boss", "administrator", sees_secret=True)
    said = step(client, boss, order["id"], "assign", 409, person="mei")["message"]
    assert said.startswith("mei may not see")
    answer = client.post("/api/orders", json={"code": place.secret}, headers=mei)
    assert (answer.status_code, answer.json()["code"]) == (404, "registry:entry.notfound")


def test_a_photo_is_written_anew_and_tells_nothing_but_its_pixels(
    client, place, sign_in, home
) -> None:
    mei = sign_in("mei", "maintainer")
    order = reported(client, mei, place.open)["id"]
    exif = Image.Exif()
    exif[0x010E] = "secret words"
    exif.get_ifd(0x8825)[1] = "N"
    sent = photo((3000, 1000), exif=exif.tobytes(), comment=b"<script>") + b"PK\x03\x04<html>"
    answer = client.post(f"/api/orders/{order}/photos", content=sent, headers=mei)
    assert answer.status_code == 201, answer.text
    again = client.post(f"/api/orders/{order}/photos", content=sent, headers=mei).json()
    assert again == {"sha256": answer.json()["sha256"], "new": False}
    got = client.get(f"/api/orders/{order}/photos/{again['sha256']}", headers=mei)
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["x-content-type-options"] == "nosniff"
    for hidden in (b"secret", b"script", b"html", b"PK\x03\x04", b"Exif"):
        assert hidden not in got.content
    with Image.open(BytesIO(got.content)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (2048, 683), {})
    (file,) = [path for path in (home / "photos").rglob("*") if path.is_file()]
    assert file.name == f"{again['sha256']}.jpg"
    assert client.get(f"/api/orders/{order}", headers=mei).json()["pictures"][0]["width"] == 2048


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 422),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 422),
        (b"<html><script>alert(1)</script></html>", 422),
        (b"%PDF-1.7", 422),
        (b"GIF89a" + b"\0" * 64, 422),
        (photo()[:200], 422),
        (photo((9000, 9000), "PNG"), 422),  # a bomb: 81 million pixels in a few kilobytes
        (photo((4, 4), "PNG"), 422),
        (b"\xff" * (12 * 2**20 + 1), 413),
    ],
    ids=["empty", "svg", "html", "pdf", "gif", "cut", "bomb", "dot", "huge"],
)
def test_what_is_no_photo_is_refused_and_leaves_nothing(
    client, place, sign_in, home, sent, status
) -> None:
    mei = sign_in("mei", "maintainer")
    order = reported(client, mei, place.open)["id"]
    answer = client.post(f"/api/orders/{order}/photos", content=sent, headers=mei)
    assert answer.status_code == status, answer.text
    assert answer.json()["remedy"]
    assert not [path for path in (home / "photos").rglob("*") if path.is_file()]
    assert client.get(f"/api/orders/{order}", headers=mei).json()["pictures"] == []


def test_text_keeps_its_lines_and_nothing_that_steers(client, place, sign_in) -> None:
    mei = sign_in("mei", "maintainer")
    order = reported(client, mei, place.open, text="一\x1b[2J\u202e二\r\n三\x07")
    assert order["text"] == "一[2J二\n三"
    half = b'{"code": "%s", "text": "a\\ud800b\\u0000c"}' % place.open.encode()
    answer = client.post(
        "/api/orders", content=half, headers=mei | {"Content-Type": "application/json"}
    )
    assert answer.status_code == 422 or answer.json()["text"] == "abc"
    answer = client.post("/api/orders", json={"code": place.open, "text": "长" * 3000}, headers=mei)
    assert answer.status_code == 409
    assert client.get(f"/api/orders/{uuid4()}/photos/..%2f..%2fetc", headers=mei).status_code == 404


@pytest.fixture
def link(home, place) -> str:
    key = load_key(Home(directory=home).report_key)
    return make_link(key, place.open, now=datetime.now(UTC), days=7).token


def test_a_passer_by_reports_with_a_photo_and_learns_nothing(client, place, link, sign_in) -> None:
    told = client.post("/api/reports/check", json={"link": link}).json()
    assert set(told) == {"place", "expires", "faults"}
    assert told["place"] == "room"
    key = str(uuid4())
    body = {"link": link, "id": key, "fault": "leak", "text": "门口滴水"}
    answers = [client.post("/api/reports", json=body) for _ in range(2)]
    assert [(a.status_code, a.json()) for a in answers] == [(201, {"received": True})] * 2
    sent = client.post(
        f"/api/reports/{key}/photos", content=photo(), headers={"X-Fangma-Report-Link": link}
    )
    assert (sent.status_code, sent.json()) == (201, {"received": True})
    mei = sign_in("mei", "maintainer")
    (order,) = client.get("/api/orders", headers=mei).json()["items"]
    assert (order["origin"], order["reporter"], order["photos"]) == ("link", None, 1)
    # Nothing is read of a photo whose link is none.
    refused = client.post(
        f"/api/reports/{key}/photos", content=photo(), headers={"X-Fangma-Report-Link": "x.y.z"}
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "reports:link.refused")
    # The id of an order of the staff opens nothing.
    own = reported(client, mei, place.open)["id"]
    refused = client.post(
        f"/api/reports/{own}/photos", content=photo(), headers={"X-Fangma-Report-Link": link}
    )
    assert (refused.status_code, refused.json()["code"]) == (404, "orders:order.notfound")


def test_a_link_that_is_wrong_old_or_of_a_secret_room_opens_nothing(
    client, place, link, home, sign_in
) -> None:
    key = load_key(Home(directory=home).report_key)
    now = datetime.now(UTC)
    code, hour, seal = link.split(".")
    old = make_link(key, place.open, now=now - timedelta(days=8), days=7).token
    later = f"{code}.{int(hour, 36) + 9:x}.{seal}"
    foreign = make_link(b"x" * 32, place.open, now=now).token
    hidden = make_link(key, place.secret, now=now).token
    for token, status in (
        (old, 410), (later, 403), (foreign, 403), (hidden, 403), (link[:-1] + "é", 403),
        (link + "A", 403), ("", 403), ("." * 60, 403), (f"{code}.{hour}.", 403),
    ):  # fmt: skip
        for path, body in (("check", {}), ("", {"id": str(uuid4())})):
            answer = client.post(f"/api/reports/{path}".rstrip("/"), json={"link": token} | body)
            assert answer.status_code == status, (token, path, answer.text)
            assert place.open not in answer.text
            assert place.secret not in answer.text
    assert client.get("/api/orders", headers=sign_in("mei", "maintainer")).json()["items"] == []


def test_a_stolen_link_can_be_used_a_dozen_times_an_hour(client, link) -> None:
    def send() -> int:
        answer = client.post("/api/reports", json={"link": link, "id": str(uuid4())})
        return answer.status_code

    assert [send() for _ in range(14)] == [201] * 12 + [429] * 2
    answer = client.post("/api/reports", json={"link": link, "id": str(uuid4())})
    assert int(answer.headers["Retry-After"]) > 3000


def test_what_a_phone_did_without_a_network_is_taken_in_once_and_nothing_is_lost(
    client, place, dsn, sign_in
) -> None:
    mei, boss = sign_in("mei", "maintainer"), sign_in("boss", "administrator")
    now = datetime.now(UTC)
    today = (now + timedelta(hours=8)).date()
    with connect(dsn) as conn, recording(conn, OPERATOR):
        site = conn.execute("SELECT id FROM fangma.entry WHERE kind = 'site'").fetchone()
        assert site is not None
        plan = Plan(
            name="巡检",
            every_days=1,
            starts_on=today,
            stops=(Stop(code=place.open, checks=("leak",)),),
        )
        walked = inspections.add_round(conn, uuid4(), site[0], plan, actor="t").id
    order = reported(client, boss, place.open)["id"]
    step(client, boss, order, "assign", person="mei")
    earlier = (now - timedelta(minutes=30)).isoformat()
    new, visit = str(uuid4()), str(uuid4())
    items = [
        {"kind": "step", "key": str(uuid4()), "order": order, "deed": "accept", "at": earlier},
        {"kind": "step", "key": str(uuid4()), "order": order, "deed": "start", "at": earlier},
        {"kind": "report", "key": new, "code": place.open, "fault": "leak", "at": earlier},
        {
            "kind": "visit", "key": visit, "round": str(walked), "due_on": today.isoformat(),
            "code": place.open.lower(), "outcome": "fault", "found": {"leak": False},
            "at": earlier, "order": new,
        },
        {"kind": "step", "key": str(uuid4()), "order": order, "deed": "finish", "note": "好了",
         "at": earlier},
        {"kind": "visit", "key": str(uuid4()), "round": str(walked), "due_on": "2020-01-01",
         "code": place.open, "outcome": "ok", "at": earlier},
    ]  # fmt: skip
    # Meanwhile somebody else got the order.
    step(client, boss, order, "note", note="等")
    sign_in("wu", "maintainer")
    first = client.post("/api/field/sync", json={"items": items[:2]}, headers=mei).json()["items"]
    assert [each["outcome"] for each in first] == ["recorded", "recorded"]
    step(client, boss, order, "assign", 409, person="wu")
    hold = {"kind": "step", "key": str(uuid4()), "order": order, "deed": "hold", "note": "缺件",
            "at": earlier}  # fmt: skip
    client.post("/api/field/sync", json={"items": [hold]}, headers=mei)
    step(client, boss, order, "assign", person="wu")
    answer = None
    for outcomes in (
        ["already", "already", "recorded", "recorded", "kept_as_note", "refused"],
        ["already", "already", "already", "already", "kept_as_note", "refused"],
    ):
        answer = client.post("/api/field/sync", json={"items": items}, headers=mei)
        assert answer.status_code == 200, answer.text
        assert [each["outcome"] for each in answer.json()["items"]] == outcomes
    assert answer is not None
    refused = answer.json()["items"][-1]
    assert "does not fall on" in refused["message"]
    assert refused["remedy"]
    kept = client.get(f"/api/orders/{order}", headers=mei).json()
    assert kept["state"] == "assigned"
    assert [s["deed"] for s in kept["steps"]][-1] == "note"
    assert "好了" in kept["steps"][-1]["note"]
    round_ = client.get(f"/api/rounds/{walked}", headers=mei).json()
    assert [(v["outcome"], v["order"]) for v in round_["visits"]] == [("fault", new)]
    assert round_["walks"][0]["state"] == "done"
    # No number that is none comes near the database.
    visit_body = json.dumps(items[3] | {"key": str(uuid4()), "found": {"leak": "HERE"}})
    for wrong in ("NaN", "1e999"):
        broken = visit_body.replace('"HERE"', wrong)
        answer = client.post(
            "/api/field/sync",
            content=f'{{"items": [{broken}]}}',
            headers=mei | {"Content-Type": "application/json"},
        )
        assert answer.status_code == 422, answer.text
    # One thing that is wrong in itself is told as that, and keeps no other from being taken.
    mixed = [items[2] | {"key": str(uuid4()), "at": "yesterday"}, items[2]]
    answer = client.post("/api/field/sync", json={"items": mixed}, headers=mei).json()["items"]
    assert [each["outcome"] for each in answer] == ["refused", "already"]
    assert "yesterday" in answer[0]["message"]
    # A planner does not walk rounds.
    alien = client.post(
        "/api/field/sync", json={"items": [items[3] | {"key": str(uuid4())}]},
        headers=sign_in("lin", "planner"),
    )  # fmt: skip
    assert alien.json()["items"][0]["outcome"] == "refused"
    pack = client.get("/api/field/pack", params={"building": kept["building"]}, headers=mei).json()
    assert {item["code"] for item in pack["items"]} == {place.open}
    assert len(pack["orders"]) == 2
    # Nothing secret goes on a phone, not even of those who are cleared.
    cleared = sign_in("sec", "maintainer", sees_secret=True)
    reported(client, cleared, place.secret)
    kept_pack = client.get(
        "/api/field/pack", params={"building": kept["building"]}, headers=cleared
    )
    assert place.secret not in kept_pack.text
    assert "涉密" not in kept_pack.text
    assert len(pack["rounds"]) == 1
