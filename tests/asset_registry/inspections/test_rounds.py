"""Rounds: the days on which they fall, and how far each walk is."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from fangma.asset_registry.inspections.rounds import (
    CHECKS,
    Plan,
    RoundError,
    Stop,
    check_plan,
    due,
    due_days,
    is_due_day,
)

DAY = date(2026, 11, 2)


def plan(every: int = 7, *codes: str) -> Plan:
    stops = tuple(Stop(code=code, checks=("leak",)) for code in codes or ("A", "B"))
    return Plan(name="巡检", every_days=every, starts_on=DAY, stops=stops)


@given(st.integers(1, 60), st.integers(-400, 400), st.integers(0, 200))
def test_due_days_are_those_that_a_calendar_crosses_out(every, offset, span):
    first = DAY + timedelta(days=offset)
    last = first + timedelta(days=span)
    days = [first + timedelta(days=i) for i in range(span + 1)]
    expected = [d for d in days if d >= DAY and (d - DAY).days % every == 0]
    assert list(due_days(plan(every), first, last)) == expected
    assert [d for d in days if is_due_day(plan(every), d)] == expected


@pytest.mark.parametrize(
    ("visited", "today", "state"),
    [
        ((), DAY - timedelta(days=1), "coming"),
        ((), DAY, "due"),
        (("A",), DAY + timedelta(days=6), "due"),
        (("A",), DAY + timedelta(days=7), "overdue"),
        (("A", "B"), DAY + timedelta(days=90), "done"),
        (("A", "X"), DAY, "due"),
    ],
)
def test_a_walk_is_done_when_every_stop_was_seen(visited, today, state):
    found = due(plan(), DAY, visited, today)
    assert found.state == state
    assert found.visited == len({"A", "B"} & set(visited))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (plan(0), "every 0 days"),
        (plan(7, *(str(i) for i in range(501))), "found 501 stops"),
        (plan(7, "A", "A"), "a stop twice"),
        (Plan(name="", every_days=1, starts_on=DAY, stops=plan().stops), "1 to 100"),
        (Plan(name="x", every_days=1, starts_on=DAY, stops=()), "found 0 stops"),
        (
            Plan(name="x", every_days=1, starts_on=DAY, stops=(Stop(code="A", checks=("burn",)),)),
            "found the check 'burn'",
        ),
        (
            Plan(name="x", every_days=1, starts_on=DAY, stops=(Stop(code="A", checks=()),)),
            "found the check 'nothing'",
        ),
    ],
)
def test_a_round_that_nobody_could_walk_is_refused(wrong, words):
    with pytest.raises(RoundError, match=words) as caught:
        check_plan(wrong)
    assert caught.value.remedy


def test_the_phone_has_a_word_for_every_check():
    import json
    from pathlib import Path

    root = Path(__file__).parents[3] / "viewer" / "src" / "pages" / "field"
    for language in ("zh", "en"):
        words = json.loads((root / f"words.{language}.json").read_text("utf-8"))
        assert set(words["check"]) == set(CHECKS)
