"""Units as building area: usable area over K of the buildings that they sit in."""

from __future__ import annotations

from typing import Any

import pytest
from tests.asset_registry.auditing.casebook import read

from fangma.asset_registry.auditing.engine import audit

LOW = {"code": "L", "height_m": 15, "gross_m2": 18}
HIGH = {"code": "H", "height_m": 60, "gross_m2": 12}


def unit_of(buildings: list[dict[str, Any]], **rooms: str) -> dict[str, Any]:
    """A clerk's office and a meeting room of 9 m2 each: A = 9, B = 2 x 8, so 25 x 1.09 = 27.25."""
    case = read(
        {
            "case": "two rooms",
            "why": "总建筑面积公式",
            "units": [{"code": "U", "authorised": 2}],
            "people": [{"id": "P"}],
            "rooms": [
                {"code": "R", "m2": 9, "building": rooms["office"]},
                {"code": "S", "m2": 9, "use": "会议室", "building": rooms["meeting"]},
            ],
            "assign": [
                {"room": "R", "person": "P", "use": "办公室"},
                {"room": "S", "unit": "U", "use": "服务用房"},
            ],
            "buildings": buildings,
            "expect": {"units": {"U": {}}},
        },
        "building areas",
    )
    (row,) = audit(case.facts).to_dict()["units"]
    assert row["allowed_m2"] == 27.25
    return dict(row["building_area"])


@pytest.mark.parametrize(
    ("seat", "approved", "used"),
    [
        (LOW, 41.92, 18.0),  # 27.25 / 0.65; all 18 m2 usable
        (HIGH | {"gross_m2": 30}, 45.42, 30.0),  # 27.25 / 0.60
    ],
)
def test_a_unit_in_one_building_has_its_k(
    seat: dict[str, Any], approved: float, used: float
) -> None:
    found = unit_of([seat], office=seat["code"], meeting=seat["code"])
    assert (found["approved_m2"], found["used_m2"]) == (approved, used)


def test_a_unit_in_two_buildings_weighs_k_by_what_it_has_in_each() -> None:
    found = unit_of([LOW, HIGH], office="L", meeting="H")
    # 27.25 x (9 / 0.65 + 9 / 0.60) / 18; the rooms are half of one building, 3/4 of the other.
    assert (found["approved_m2"], found["used_m2"]) == (43.67, 30.0)
    assert [(seat["building"], seat["k"], seat["ratio"]) for seat in found["buildings"]] == [
        ("H", 0.6, 0.75),
        ("L", 0.65, 0.5),
    ]


def test_without_height_or_building_area_it_is_not_told() -> None:
    found = unit_of([LOW, HIGH | {"height_m": None}], office="L", meeting="H")
    assert (found["approved_m2"], found["used_m2"]) == (None, None)
    found = unit_of([LOW | {"gross_m2": None}], office="L", meeting="L")
    assert (found["approved_m2"], found["used_m2"]) == (41.92, None)
