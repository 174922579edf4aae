"""A rule is judged by what it says: limits, hysteresis, delay, rate, silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st

from fangma.asset_registry.room_uses import room_uses
from fangma.sensors_bridge.alarms.judging import (
    CALM,
    FLAP_WINDOW,
    FLAPS,
    Memory,
    Usual,
    elapse,
    judge,
)
from fangma.sensors_bridge.alarms.rules import (
    Limits,
    Rule,
    RuleError,
    in_unit,
    read_rules,
    rules_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.observation import Result

AT = datetime(2026, 11, 21, 1, tzinfo=UTC)


def rule(**given_: object) -> Rule:
    return Rule(name="r", property="x", severity="low", **given_)  # type: ignore[arg-type]


def lived(rule_: Rule, readings: Iterable[tuple[float, Result]]) -> list[bool]:
    """Return after each reading (seconds, value) whether there is an alarm."""
    memory, found = CALM, []
    for seconds, result in readings:
        memory = judge(rule_, memory, AT + timedelta(seconds=seconds), result)
        found.append(memory.raised)
    return found


def test_a_limit_with_hysteresis_does_not_flap() -> None:
    above = rule(above=27, hysteresis=1)
    assert lived(above, enumerate([27, 27.1, 26.5, 27.5, 26.01, 26, 27])) == [
        *(False, True, True, True, True, False, False)
    ]
    below = rule(below=10, hysteresis=2)
    assert lived(below, enumerate([10, 9.9, 11.9, 12, 11])) == [False, True, True, False, False]


def test_a_delay_must_be_lived_through_without_a_break() -> None:
    slow = rule(above=27, delay_s=60)
    assert lived(slow, [(0, 28), (59, 28), (60, 28), (61, 20)]) == [False, False, True, False]
    assert lived(slow, [(0, 28), (30, 20), (70, 28), (100, 28)]) == [False] * 4


def test_a_delay_ends_by_the_clock_too() -> None:
    slow = rule(equals=True, delay_s=60)
    memory = judge(slow, CALM, AT, True)
    assert not elapse(slow, memory, AT + timedelta(seconds=59), AT).raised
    assert elapse(slow, memory, AT + timedelta(seconds=60), AT).raised


YES = (True, 1, "open", "报警")
NO = (False, 0, "closed", "perhaps")


@pytest.mark.parametrize(
    ("result", "is_alarm"), [*((yes, True) for yes in YES), *((no, False) for no in NO)]
)
def test_a_contact_says_yes_or_no_in_many_ways(result: Result, is_alarm: bool) -> None:
    assert lived(rule(equals=True), [(0, result)]) == [is_alarm]


def test_a_rate_is_by_the_minute() -> None:
    fast = rule(rate_above=5)
    assert lived(fast, [(0, 20), (60, 25), (90, 28), (150, 28)]) == [False, False, True, False]


def test_a_stream_is_silent_when_it_once_spoke() -> None:
    silent = rule(silent_s=60)
    assert not elapse(silent, CALM, AT, None).raised
    gone = elapse(silent, CALM, AT + timedelta(seconds=60), AT)
    assert gone.raised
    assert not elapse(silent, gone, AT + timedelta(seconds=90), AT + timedelta(seconds=80)).raised


readings = st.lists(
    st.tuples(st.integers(0, 300), st.floats(-50, 50)), max_size=20, unique_by=lambda r: r[0]
)


@given(readings, st.floats(-10, 10), st.floats(0, 5), st.sampled_from([0, 30]))
def test_what_comes_late_or_twice_changes_nothing(
    told: list[tuple[int, float]], limit: float, hysteresis: float, delay_s: float
) -> None:
    above = rule(above=limit, hysteresis=hysteresis, delay_s=delay_s)
    memory = Memory()
    in_order = sorted(told)
    for seconds, result in in_order:
        memory = judge(above, memory, AT + timedelta(seconds=seconds), result)
    for seconds, result in told:
        assert judge(above, memory, AT + timedelta(seconds=seconds), result) == memory
    if in_order and in_order[-1][1] <= limit - hysteresis:
        assert memory.flaps or not memory.raised


def test_the_rules_of_the_program_can_be_read_and_speak_of_known_uses() -> None:
    known = {use.name for use in room_uses()}
    for each in read_rules():
        assert set(each.uses) <= known, each.name


def test_the_room_decides_which_rules_count() -> None:
    rules = read_rules()
    names = {each.name for each in rules_for(rules, "humidity", "档案室")}
    assert {"archive-too-damp", "archive-too-dry"} <= names
    assert {each.name for each in rules_for(rules, "humidity", "办公室")} == {"silent"}
    assert "leak" in {each.name for each in rules_for(rules, "leak", None)}


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "- {name: a}",
        "- {name: a, property: x, severity: low}",
        "- {name: a, property: x, severity: low, above: 1, below: 0}",
        "- {name: a, property: x, severity: bad, above: 1}",
        "- {name: a, property: x, severity: low, above: 1, typo: 1}",
    ],
)
def test_a_file_of_rules_that_is_wrong_is_told(text: str) -> None:
    with pytest.raises(RuleError):
        read_rules(text)


def test_an_alarm_that_flaps_is_held_until_it_has_been_calm() -> None:
    contact = rule(equals=True)
    on_off = [(second, second % 2 == 0) for second in range(2 * FLAPS)]
    quiet = FLAP_WINDOW.total_seconds()
    calm = [(100.0, False), (on_off[-1][0] + quiet - 1, False), (on_off[-1][0] + quiet, False)]
    assert lived(contact, on_off) == [*([True, False] * (FLAPS - 1)), True, True]
    assert lived(contact, [*on_off, *calm])[-3:] == [True, True, False]
    memory = CALM
    for second, result in on_off:
        memory = judge(contact, memory, AT + timedelta(seconds=second), result)
    assert memory.flaps
    last = AT + timedelta(seconds=on_off[-1][0])
    assert elapse(contact, memory, last + FLAP_WINDOW / 2, None).raised
    assert not elapse(contact, memory, last + FLAP_WINDOW, None).raised


def test_a_combination_needs_all_of_it() -> None:
    fire = rule(equals=True, together=(Limits(property="temperature", above=45),))
    hot: dict[str, Result] = {"temperature": 50.0}
    assert not judge(fire, CALM, AT, result=True).raised
    assert not judge(fire, CALM, AT, result=True, beside={"temperature": 45.0}).raised
    assert judge(fire, CALM, AT, result=True, beside=hot).raised
    assert not judge(fire, CALM, AT, result=False, beside=hot).raised


def test_a_deviation_is_one_from_what_is_usual_and_none_where_that_is_unknown() -> None:
    unusual = rule(deviates=5, hysteresis=1)
    assert not judge(unusual, CALM, AT, 99.0).raised
    assert not judge(unusual, CALM, AT, 25.0, usual=Usual(20.0)).raised
    found = judge(unusual, CALM, AT, 14.5, usual=Usual(20.0))
    assert found.raised
    assert judge(unusual, found, AT + timedelta(seconds=1), 15.5, usual=Usual(20.0)).raised
    assert not judge(unusual, found, AT + timedelta(seconds=1), 16.0, usual=Usual(20.0)).raised


def test_what_is_unusual_is_told_in_multiples_of_how_far_off_its_forecast_usually_is() -> None:
    unusual = rule(unusual=4, hysteresis=1)
    told = Usual(20.0, 0.5)
    assert not judge(unusual, CALM, AT, 22.0, usual=told).raised
    found = judge(unusual, CALM, AT, 17.9, usual=told)
    assert found.raised
    assert judge(unusual, found, AT + timedelta(seconds=1), 21.6, usual=told).raised
    assert not judge(unusual, found, AT + timedelta(seconds=1), 21.4, usual=told).raised
    for nothing in (None, Usual(20.0), Usual(20.0, 0.0)):
        assert not judge(unusual, CALM, AT, 99.0, usual=nothing).raised


@pytest.mark.parametrize(
    "together", ["[{property: x}]", "[{property: x, above: 1, below: 2}]", "[{above: 1}]"]
)
def test_a_combination_that_is_none_is_refused(together: str) -> None:
    with pytest.raises(RuleError):
        read_rules(f"- {{name: a, property: x, severity: low, above: 1, together: {together}}}")


@pytest.mark.parametrize(
    ("property_", "unit", "use", "name", "calm", "beyond"),
    [
        ("temperature", "K", "通信机房", "equipment-too-hot", 299.0, 300.5),
        ("temperature", "[degF]", "通信机房", "equipment-too-hot", 80.0, 81.0),
        ("temperature", None, "通信机房", "equipment-too-hot", 27.0, 27.1),
        ("pressure", "kPa", None, "water-pressure-low", 151.0, 149.0),
        ("pressure", "bar", None, "water-pressure-low", 1.6, 1.4),
        ("pressure", "m[H2O]", None, "water-pressure-low", 15.4, 15.2),
        ("co2", "%", None, "stale-air", 0.09, 0.11),
        ("level", "cm", None, "manhole-level", 90.0, 91.0),
        ("level", "Messlatte", None, "manhole-level", 0.9, 0.95),
    ],
)
def test_limits_are_told_in_the_unit_of_each_sensor(
    property_: str, unit: str | None, use: str | None, name: str, calm: float, beyond: float
) -> None:
    (found,) = (each for each in rules_for(read_rules(), property_, use, unit) if each.name == name)
    times = (0, found.delay_s, 2 * found.delay_s)
    assert lived(found, [(each, calm) for each in times])[-1] is False
    assert lived(found, [(each, beyond) for each in times])[-1] is True


def test_a_hysteresis_and_a_rate_are_told_in_the_unit_of_each_sensor_but_no_multiple() -> None:
    warm = rule(above=27, hysteresis=1, unit="Cel").told_in("[degF]")
    assert warm is not None
    assert (warm.above, warm.hysteresis) == (80.6, 1.8)
    jump = rule(rate_above=5, unit="Cel").told_in("K")
    assert jump is not None
    assert jump.rate_above == 5
    often = rule(unusual=6, hysteresis=2, unit="kW")
    assert often.told_in("W") is often


def test_a_sensor_that_measures_something_else_is_not_held_to_the_limit() -> None:
    assert "manhole-level" not in {
        each.name for each in rules_for(read_rules(), "level", None, "%")
    }
    metres = rule(above=0.9, unit="m")
    share = rule(above=80, unit="%")
    assert rules_for([metres, share], "x", None, "%") == (share,)
    assert (in_unit(318.65, "K", "Cel"), in_unit(3.0, "m", "Cel")) == (45.5, None)
    assert in_unit(result=True, unit="K", to="Cel") is True


def test_a_rule_whose_unit_is_none_is_refused() -> None:
    with pytest.raises(RuleError, match="none of UCUM"):
        read_rules("- {name: a, property: x, severity: low, above: 1, unit: ℃}")
