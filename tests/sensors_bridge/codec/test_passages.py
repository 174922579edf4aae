"""Events say that somebody passed; who it was cannot be told to us."""

from __future__ import annotations

import json

import pytest

from fangma.sensors_bridge.codec.own_topic import decode as decode_own
from fangma.sensors_bridge.codec.passages import decode

AT = "2026-11-21T09:00:00+08:00"
GOOD = {"kind": "access", "outcome": "pass", "phenomenonTime": AT}


def test_an_event_becomes_a_count_at_its_door() -> None:
    told = [GOOD, GOOD | {"outcome": "deny", "count": 3, "kind": "gate"}]
    decoded = decode("fangma/events/gate/1", json.dumps(told).encode())
    assert [(each.sensor, each.result) for each in decoded.observations] == [
        ("gate/1/pass", 1.0), ("gate/1/deny", 3.0),
    ]  # fmt: skip
    assert not decoded.refused


@pytest.mark.parametrize("field", ["person", "name", "card", "face", "image", "template", "工号"])
def test_who_it_was_is_refused_and_nothing_of_it_is_kept(field: str) -> None:
    told_of = "iVBORw0KGgo-of-somebody"
    decoded = decode("fangma/events/d", json.dumps(GOOD | {field: told_of}).encode())
    (refused,) = decoded.refused
    assert refused.rule == "privacy"
    assert not decoded.observations
    assert told_of not in repr(refused)
    assert refused.sample == ""


def test_a_picture_as_a_result_is_refused_and_nothing_of_it_is_kept() -> None:
    picture = "iVBORw0KGgo" * 200
    for told in ({"result": picture, "phenomenonTime": AT}, [{"result": picture}]):
        decoded = decode_own("fangma/observations/cam", json.dumps(told).encode())
        assert not decoded.observations
        assert "iVBOR" not in repr(decoded.refused)


@pytest.mark.parametrize(
    "told",
    [
        None,
        3,
        "x",
        {},
        GOOD | {"kind": "walk"},
        GOOD | {"outcome": "maybe"},
        GOOD | {"count": 0},
        GOOD | {"count": 1.5},
        GOOD | {"count": True},
        GOOD | {"count": 10**9},
        GOOD | {"phenomenonTime": None},
        GOOD | {"phenomenonTime": "today"},
    ],
)
def test_what_is_no_event_is_told(told: object) -> None:
    decoded = decode("fangma/events/d", json.dumps(told).encode())
    assert not decoded.observations
    assert len(decoded.refused) == 1


@pytest.mark.parametrize("data", [b"", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_told(data: bytes) -> None:
    assert [each.rule for each in decode("fangma/events/d", data).refused] == ["json"]
