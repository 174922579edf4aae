"""Figures, formulas, packs and boards: what is counted, what is refused, what a number rests on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fangma.asset_registry.indicators.board import board, judge
from fangma.asset_registry.indicators.errors import IndicatorError, UnknownIndicatorsError
from fangma.asset_registry.indicators.figures import (
    KINDS,
    Figure,
    Orders,
    SiteFacts,
    StandingFacts,
    figures,
    standing_figures,
)
from fangma.asset_registry.indicators.formula import read_formula
from fangma.asset_registry.indicators.metering import MeterHour, metered
from fangma.asset_registry.indicators.pack import choose, load, read_indicators, shipped
from fangma.asset_registry.indicators.rectifying import rectification
from fangma.asset_registry.presence import Presence

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 3, 4, 4, 30, tzinfo=UTC)  # 12:30 in China
PACK = """
pack: local
title: 本地
dimensions:
  - key: a
    title: 甲
    indicators:
      - {key: idle, title: 闲置, formula: idle_area / area * 100, unit: "%", direction: lower,
         target: 10, band: 5, source: 本单位}
"""


def room(code: str, use: str | None, area_m2: float | None) -> dict[str, Any]:
    return {
        "code": code,
        "name": None,
        "number": None,
        "use": use,
        "storey": "F",
        "area_m2": area_m2,
    }


def verdict(code: str, of: str, allowed: float | None = 9.0) -> dict[str, Any]:
    return {"room": code, "verdict": of, "allowed_m2": allowed, "excess_m2": 3.0}


def person(name: str, of: str, code: str) -> dict[str, Any]:
    excess = 3.0 if of == "over" else 0.0
    return {"person": name, "verdict": of, "excess_m2": excess, "rooms": [{"room": code}]}


def audit(**changed: Any) -> dict[str, Any]:
    return {
        "standard": "cn-2014",
        "persons": [person("P1", "over", "A"), person("P2", "within", "B")],
        "rooms": [verdict("A", "over"), verdict("B", "within"), verdict("C", "within", None)],
        "idle": [{"room": "C", "area_m2": 20.0, "days": 9}],
        "reconciliation": {"checks": [{"compared": 4, "agree": 3}]},
        **changed,
    }


def counted_of(**changed: Any) -> dict[str, Figure]:
    value = {"sensor": "s", "code": "A", "property": "co2", "unit": "[ppm]", "result": 900.0}
    given: dict[str, Any] = {
        "at": NOON,
        "rooms": [room("A", "办公室", 12.0), room("B", "会议室", 30.0), room("C", None, 20.0)],
        "values": [
            value | {"time": (NOON - timedelta(minutes=1)).isoformat()},
            value | {"code": "B", "result": 1400.0, "time": NOON.isoformat()},
            value | {"code": "C", "time": (NOON - timedelta(hours=5)).isoformat()},
        ],
        "presence": {
            "A": Presence(
                count=None, suppressed=False, occupied=True, confidence=1, from_=("co2",)
            ),
            "B": Presence(
                count=None, suppressed=False, occupied=False, confidence=1, from_=("co2",)
            ),
        },
        "alarms": [
            {"code": "A", "severity": "high", "state": "active", "sensor": "s", "since": "t"},
            {"code": "B", "severity": "low", "state": "shelved", "sensor": "s", "since": "t"},
        ],
        "orders": [{"code": "B", "urgency": "urgent", "state": "reported"}],
        "month": Orders(reported=4, closed=1),
        "energy": metered([]),
    }
    given |= changed
    standing = StandingFacts(
        rooms=given["rooms"],
        audit=given.pop("audit", audit()),
        rectified=rectification({"A"}, {"A": "over", "B": "within", "C": "within"}),
        since=datetime(2025, 12, 31, 16, tzinfo=UTC),
    )
    return figures(SiteFacts(**given), standing_figures(standing))


def test_every_figure_is_counted_and_opens_to_rooms_that_there_are() -> None:
    found = counted_of()
    assert list(found) == list(KINDS)
    counted: dict[str, Any] = {key: (figure.value, figure.rooms) for key, figure in found.items()}
    assert counted["rooms"] == (3, ("A", "B", "C"))
    assert counted["area"] == (62.0, ("A", "B", "C"))
    assert counted["meeting_rooms"] == (1, ("B",))
    assert counted["unknown_use_rooms"] == (1, ("C",))
    assert counted["people_over"] == (1, ("A",))
    assert counted["excess_area"] == (3.0, ("A",))
    assert counted["idle_area"] == (20.0, ("C",))
    assert counted["books_agree"] == (3, ())
    assert counted["occupied_rooms"] == (1, ("A",))
    assert counted["good_air_rooms"] == (1, ("A",))
    assert counted["alarms"] == (1, ("A",)), "what is shelved is out of sight"
    assert counted["orders_urgent"] == (1, ("B",))
    assert found["streams"].value == 3
    assert found["fresh_streams"].value == 2
    assert found["watched_rooms"].readings == 2


def test_what_cannot_be_told_is_no_zero_and_says_what_it_lacks() -> None:
    nobody = audit(persons=[], idle=[], reconciliation={"checks": []})
    found = counted_of(audit=nobody, values=[], presence={})
    for key in (
        "people",
        "people_over",
        "over_rooms",
        "books_agree",
        "idle_rooms",
        "occupied_rooms",
    ):
        assert found[key].value is None, key
        assert found[key].lacks, key
    assert found["energy_today"].value is None
    assert found["metered_area"].value is None


def test_a_room_is_put_right_only_when_it_is_within_now() -> None:
    now = {"A": "within", "B": "unknown", "C": "over", "N": "over"}
    found = rectification({"A", "B", "C", "D"}, now)
    assert found.over == ("A", "B", "C"), "of D, which is gone, nothing is told"
    assert found.rectified == ("A",)
    assert found.new == ("N",)


def hour(sensor: str, hours_ago: int, first: float, last: float, unit: str = "kW.h") -> MeterHour:
    at = NOON.replace(minute=0) - timedelta(hours=hours_ago)
    return MeterHour(sensor=sensor, code="A", unit=unit, at=at, first=first, last=last)


def test_meters_are_added_up_over_gaps_units_and_changed_meters() -> None:
    found = metered(
        [
            hour("a", 3, 100, 101), hour("a", 1, 103, 104), hour("a", 0, 2, 3),
            hour("b", 1, 5, 6, "MW.h"), hour("c", 1, 1, 2, "m3"),
        ]
    )  # fmt: skip
    by_age = {(NOON.replace(minute=0) - at) // timedelta(hours=1): kwh
              for at, kwh in found.by_hour.items()}  # fmt: skip
    assert by_age == {3: 1.0, 1: 3.0 + 1000.0}, "what ran between two hours belongs to the later"
    assert (found.meters, found.left_out, found.resets) == (2, 1, 1)


def test_earlier_days_are_compared_until_the_same_minute() -> None:
    hours = [hour("a", ago, 10.0 * -ago, 10.0 * (1 - ago)) for ago in range(200, -1, -1)]
    found = counted_of(energy=metered(hours))
    # Midnight to noon are twelve hours of 10, and half of the thirteenth yesterday.
    assert found["energy_yesterday"].value == pytest.approx(125.0)
    assert found["energy_last_week"].value == pytest.approx(125.0)
    few = counted_of(energy=metered(hours[-40:]))
    assert few["energy_last_week"].value is None, "who has no last week compares with none"
    assert found["energy_today"].value == pytest.approx(130.0)
    assert found["metered_area"].value == 12.0


@pytest.mark.parametrize(
    "text",
    [
        "", "1 + 2", "area ** 9", "__import__('os')", "area.real", "area if rooms else 1",
        "nowhere", "area[0]", "lambda: area", "area / ", "True + area", "1e999 * area",
        "(" * 200 + "area",
        "-" * 100 + "area", "area" + " + area" * 100, "f'{area}'", "area\n; rooms", "'a' * area",
    ],
)  # fmt: skip
def test_a_formula_is_arithmetic_of_figures_or_refused(text: str) -> None:
    with pytest.raises(IndicatorError) as refused:
        read_formula(text, KINDS)
    assert refused.value.remedy


def test_a_formula_keeps_to_the_rules_of_arithmetic() -> None:
    formula = read_formula("(area - -idle_area) / rooms * 2", KINDS)
    assert formula.names == ("area", "idle_area", "rooms")
    assert formula.value({"area": 10, "idle_area": 2, "rooms": 4}) == 6
    assert formula.value({"area": 10, "idle_area": None, "rooms": 4}) is None
    assert formula.value({"area": 1e308, "idle_area": 1e308, "rooms": 1}) is None


@pytest.mark.parametrize(
    ("direction", "value", "verdict_"),
    [
        ("lower", 10.0, "met"), ("lower", 10.04, "met"), ("lower", 12.0, "near"),
        ("lower", 15.1, "missed"), ("higher", 10.0, "met"), ("higher", 6.0, "near"),
        ("higher", 4.0, "missed"), ("lower", None, None),
    ],
)  # fmt: skip
def test_a_value_is_judged_against_its_target_as_it_is_shown(
    direction: str, value: float | None, verdict_: str | None
) -> None:
    text = PACK.replace("direction: lower", f"direction: {direction}")
    indicator = read_indicators(text, "x").dimensions[0].indicators[0]
    assert judge(indicator, value) == verdict_


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("idle_area / area", "idle_area / nowhere", "nowhere"),
        ("direction: lower", "direction: sideways", "sideways"),
        ("target: 10", "target: high", "high"),
        ("target: 10", "target: .nan", "nan"),
        ("band: 5", "weight: 5", "weight"),
        ("source: 本单位", "note: x", "source"),
        ("key: idle", "key: Idle!", "Idle!"),
        ("pack: local", "pack: ../x", "../x"),
        ("dimensions:", "dimension:", "dimension"),
        ("unit:", "digits: 9, unit:", "9"),
        ("pack: local", "pack: [", "not YAML"),
        ("pack: local", "pack: !!python/object/apply:os.system [id]", "not YAML"),
    ],
)
def test_a_pack_that_is_not_well_formed_is_refused_where_it_is_wrong(
    old: str, new: str, told: str
) -> None:
    assert old in PACK
    with pytest.raises(IndicatorError) as refused:
        read_indicators(PACK.replace(old, new), "local.yaml")
    assert told in refused.value.message
    assert "local.yaml" in refused.value.message


def test_a_folder_adds_packs_and_replaces_shipped_ones_by_name(tmp_path: Path) -> None:
    assert load(tmp_path / "none") == shipped()
    (tmp_path / "a.yaml").write_text(PACK, "utf-8")
    assert [pack.name for pack in load(tmp_path)] == ["local", "office"]
    (tmp_path / "a.yaml").write_text(PACK.replace("pack: local", "pack: office"), "utf-8")
    assert [(pack.name, pack.title) for pack in load(tmp_path)] == [("office", "本地")]
    with pytest.raises(UnknownIndicatorsError):
        choose(load(tmp_path), "local")
    (tmp_path / "b.yaml").write_text(PACK.replace("pack: local", "pack: office"), "utf-8")
    with pytest.raises(IndicatorError, match="second pack"):
        load(tmp_path)


def test_the_shipped_board_reckons_and_each_number_shows_its_trail() -> None:
    found = board(shipped()[0], counted_of(), site="330302-001-X", revision=7)
    rows = {row["key"]: row for each in found["dimensions"] for row in each["indicators"]}
    assert rows["compliance"]["value"] == 50.0
    assert rows["compliance"]["verdict"] == "missed"
    assert rows["idle"]["value"] == pytest.approx(32.26)
    assert rows["repairs"]["value"] == 25.0
    assert rows["energy-week"]["value"] is None
    trail = {each["key"]: each for each in rows["compliance"]["trail"]}
    assert set(trail) == {"people_judged", "people_over"}
    assert trail["people_over"]["rule"] == "规则包 cn-2014"
    assert trail["people_over"]["query"] == "api/audit?site=330302-001-X"
    assert all(row["source"] for row in rows.values())
    assert found["revision"] == 7
