"""`fangma orders` and `fangma rounds` as a script sees them."""

from uuid import uuid4

import pytest
from PIL import Image
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.store.connection import connect

pytestmark = pytest.mark.db


@pytest.fixture
def rooms(dsn) -> list[str]:
    """Codes of three rooms, the last one secret."""
    with connect(dsn) as conn:
        compound: Compound = found(conn)
        new = [compound.new_room(str(n)) for n in (101, 102)]
        codes = compound.add_rooms(*new)
        hidden = compound.new_room("103", secret=True)
        codes |= compound.add_rooms(hidden)
        return [codes[room.id] for room in (*new, hidden)]


def test_an_order_is_reported_given_done_and_checked_and_its_photo_is_verified(
    fangma, rooms, tmp_path
) -> None:
    photo = tmp_path / "leak.png"
    Image.new("RGB", (80, 60), "red").save(photo)
    key = str(uuid4())
    report = (
        "orders", "report", rooms[0], "--fault", "leak", "--text", "滴水", "--id", key,
        "--photo", str(photo), "--at", "2026-11-20T08:00:00+08:00",
    )  # fmt: skip
    code, order = fangma(*report)
    assert (code, order["number"], order["photos"]) == (0, 1, 1)
    assert fangma(*report)[1]["photos"] == 1
    assert fangma("orders", "assign", "1", "nobody")[0] == 1
    code, failed = fangma("orders", "advance", "1", "finish")
    assert (code, failed["error"]["code"]) == (1, "work-order")
    assert "possible now: assign" in failed["error"]["remedy"]
    fangma("user", "add", "mei", "--role", "maintainer", "--every-site", "--generate")
    fangma("orders", "assign", "1", "mei", "--due", "2026-12-01")
    for deed in ("accept", "start"):
        assert fangma("orders", "advance", key, deed)[0] == 0
    _, done = fangma(
        "orders", "advance", "1", "finish", "--part", "角阀=2", "--minutes", "35", "--cost", "12.5"
    )
    assert (done["state"], done["minutes"], done["cost"]) == ("done", 35, 12.5)
    assert done["steps"][-1]["parts"] == [{"name": "角阀", "count": 2.0, "unit": "个"}]
    assert fangma("orders", "list", "--open")[1]["items"][0]["responsible"] == "mei"
    assert fangma("orders", "list", "--code", rooms[1])[1]["items"] == []
    assert fangma("orders", "advance", "1", "close")[1]["state"] == "closed"
    assert fangma("orders", "list", "--open")[1]["items"] == []
    (told,) = fangma("show", rooms[0])[1]["orders"]
    assert (told["number"], told["state"]) == (1, "closed")
    # Before it was seen there was none; before it was finished it was open.
    assert fangma("orders", "list", "--at", "2026-11-19")[1]["items"] == []
    checks = {check["name"]: check for check in fangma("verify")[1]["checks"]}
    assert checks["photos"] == {
        "name": "photos", "ok": True, "detail": "1 photos are as they were kept",
    }  # fmt: skip
    (file,) = (tmp_path / "home" / "photos").rglob("*.jpg")
    file.write_bytes(b"other")
    code, verified = fangma("verify")
    assert code == 1
    assert next(c for c in verified["checks"] if c["name"] == "photos")["ok"] is False


def test_a_round_is_planned_walked_on_its_days_and_ended(fangma, rooms) -> None:
    stops = [part for code in rooms[:2] for part in ("--stop", f"{code}=leak+lock")]
    code, made = fangma("rounds", "add", "夜巡", *stops, "--every", "2", "--starts", "2026-11-02")
    assert (code, made["number"], made["stop_count"]) == (0, 1, 2)
    days = [walk["on"] for walk in made["walks"]]
    assert days[0] == "2026-11-02" or len(days) > 60
    assert made["stops"][1]["leg_m"] is not None
    assert fangma("rounds", "list")[1]["items"][0]["name"] == "夜巡"
    assert fangma("rounds", "add", "x", "--stop", f"{rooms[0]}=burn")[0] == 1
    assert fangma("rounds", "end", "1", "--reason", "不再需要")[0] == 0
    assert fangma("rounds", "list")[1]["items"] == []
    assert fangma("rounds", "show", "1")[0] == 1


def test_labels_for_passers_by_are_not_printed_for_secret_rooms(fangma, rooms, tmp_path) -> None:
    out = str(tmp_path / "labels.pdf")
    base = ("--out", out, "--base-url", "https://twin.example", "--report")
    assert fangma("labels", rooms[0], *base, "--days", "14")[0] == 0
    code, failed = fangma("labels", rooms[0], rooms[2], *base)
    assert (code, failed["error"]["code"]) == (1, "link")
    assert fangma("labels", rooms[0], *base, "--days", "93")[0] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("orders", "show", "one"),
        ("orders", "report", "X", "--point", "1,2"),
        ("orders", "advance", "1", "finish", "--cost", "much"),
        ("orders", "advance", "1", "finish", "--part", "角阀"),
        ("rounds", "add", "x", "--stop", "X", "--starts", "soon"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(fangma, arguments) -> None:
    code, document = fangma(*arguments)
    assert (code, document["error"]["code"]) == (2, "usage")
