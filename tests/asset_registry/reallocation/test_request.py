"""Requests: strict reading, a schema that says the same, an example that works."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fangma.asset_registry.reallocation.answer import answer_request
from fangma.asset_registry.reallocation.assumptions import (
    AssumptionsError,
    read_assumptions,
    shipped_assumptions,
)
from fangma.asset_registry.reallocation.errors import RequestError
from fangma.asset_registry.reallocation.request import parse_request, read_request
from fangma.asset_registry.reallocation.schema import request_schema
from fangma.twin.planning import whole_situation

DOCS = Path(__file__).parents[3] / "docs"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
STAFF = "局(处)级以下"


def example() -> dict[str, Any]:
    return json.loads((DOCS / "plan-request.example.json").read_text("utf-8"))


def answered(document: dict[str, Any]) -> dict[str, Any]:
    return answer_request(whole_situation(read_request(document), now=NOW), shipped_assumptions())


def test_the_schema_that_is_published_is_the_readers_own():
    kept = json.loads((DOCS / "plan-request.schema.json").read_text("utf-8"))
    assert kept == json.loads(json.dumps(request_schema()))


def test_the_example_fits_the_schema_and_has_a_plan():
    jsonschema.validate(example(), request_schema())
    answer = answered(example())
    assert answer["status"] == "optimal"
    assert answer["objective"]["moves"] == 4
    assert answer["gap"] == 0.0
    assert {move["to"] for move in answer["moves"] if move["from"] == "A201"} == {"A301"}
    assert answer["moves"][-1]["newcomer"]
    assert answer["checked"]["ok"]
    assert {row["name"] for row in answer["alternatives"]} == {
        "least-excess-first", "fewest-moves-only",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"demand": []}, "demand: found a key"),
        ({"demands": [{"kind": "closed", "rooms": ["A201"]}]}, "demands[0].kind"),
        ({"demands": [{"kind": "grow", "people": []}]}, "demands[0].unit"),
        (
            {"demands": [{"kind": "close", "rooms": ["A201"], "from": "1.12.2026"}]},
            "demands[0].from",
        ),
        ({"aims": ["moves", "money"]}, "aims[1]"),
        ({"settings": {"time_limit_s": True}}, "settings.time_limit_s"),
        ({"rooms": [{"room": "A"}]}, "rooms[0].area_m2"),
        ({"near": [["D1", "D1"]]}, "near[0]"),
        ([], "an object"),
        ("x", "an object"),
    ],
)
def test_a_fault_is_told_with_its_path_and_breaks_the_schema_too(change: Any, path: str):
    document = example() | change if isinstance(change, dict) else change
    with pytest.raises(RequestError) as caught:
        read_request(document)
    assert path in caught.value.message
    assert "expected" in caught.value.message
    assert caught.value.remedy
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, request_schema())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"demands": [{"kind": "close", "rooms": ["A209"]}]}, "did you mean A20"),
        ({"demands": [{"kind": "grow", "unit": "D9", "people": [{"rank": STAFF}]}]}, "a unit"),
        ({"demands": [{"kind": "grow", "unit": "D1", "people": [{"rank": "皇帝"}]}]}, "皇帝"),
        (
            {"demands": [{"kind": "post", "person": "P1", "unit": "D1", "rank": STAFF}]},
            "has a room",
        ),
        ({"wishes": [{"kind": "stay", "persons": ["P99"]}]}, "wishes[0].persons[0]"),
        ({"wishes": [{"kind": "secrecy", "persons": ["P1"]}]}, "asks nothing"),
        ({"scope": {"storeys": ["Z"]}}, "scope.storeys[0]"),
    ],
)
def test_what_is_not_there_is_told_by_path_and_nearest_name(change: dict[str, Any], told: str):
    with pytest.raises(RequestError) as caught:
        whole_situation(read_request(example() | change), now=NOW)
    assert told in caught.value.message


@pytest.mark.parametrize(
    "text", [b"\xff\xfe", b"{", b'{"aims": [NaN]}', b'{"on": 1, "on": 2}', b"[" * 10**5, b"null"]
)
def test_what_is_no_json_is_refused_in_words(text: bytes):
    with pytest.raises(RequestError) as caught:
        parse_request(text)
    assert caught.value.remedy


def test_when_nothing_is_possible_the_least_conflict_is_told_in_words():
    document = example()
    document["demands"] = [
        {"id": "关闭", "kind": "close", "rooms": ["A201", "A301", "A302", "A101"]},
        {"id": "增编", "kind": "grow", "unit": "D1-02", "people": [{"rank": STAFF, "count": 1}]},
    ]
    document["wishes"] = [{"id": "同层", "kind": "together", "units": ["D1-02"]}]
    answer = answered(document)
    assert answer["status"] == "infeasible"
    assert [each["id"] for each in answer["conflict"]] == ["关闭"]
    assert answer["conflict_is_minimal"]
    assert "关闭" in answer["message"]["zh"] or "封闭" in answer["message"]["zh"]
    assert answer["moves"] == []


def test_assumptions_are_data_and_change_what_moving_costs():
    given = read_assumptions(
        "move_within_building_yuan: {value: 1000, flag: SETTING}", shipped_assumptions()
    )
    situation = whole_situation(read_request(example()), now=NOW)
    usual = answer_request(situation, shipped_assumptions())["cost"]["after_yuan"]
    dearer = answer_request(situation, given)["cost"]["after_yuan"]
    assert dearer - usual == 4 * (1000 - shipped_assumptions()["move_within_building_yuan"].value)
    for wrong in ("[]", "x: {value: 1, flag: SETTING}", "zone_m: {value: -1, flag: SETTING}", ":"):
        with pytest.raises(AssumptionsError):
            read_assumptions(wrong, shipped_assumptions())
