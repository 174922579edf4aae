"""China's days off: holidays, days worked instead, and a calendar of one's own."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.forecasting import WEEK, held_out
from fangma.asset_registry.workdays import Workdays, read_workdays


@pytest.mark.parametrize(
    ("day", "is_off"),
    [
        (date(2026, 2, 17), True),  # Spring Festival, a Tuesday
        (date(2026, 2, 28), False),  # a Saturday that is worked
        (date(2026, 2, 22), True),  # a Sunday
        (date(2026, 11, 23), False),  # a Monday
        (date(2045, 10, 1), True),  # a Sunday of a year that nobody has set yet
        (date(2045, 10, 2), False),
    ],
)
def test_a_day_is_off_as_its_year_says_else_as_its_weekday(day: date, is_off: bool) -> None:
    assert read_workdays().is_off(day) is is_off


def test_every_year_names_its_notice_and_works_week_ends_alone() -> None:
    for year in read_workdays().years:
        assert str(year.year) in year.source
        days = [date.fromisoformat(f"{year.year}-{each}") for each in year.worked]
        assert all(day.weekday() >= 5 for day in days)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- {year: 2026}",
        "- {year: 2026, source: s, holidays: ['02-30'], worked: []}",
        "- {year: 2026, source: s, holidays: ['10-07/10-01'], worked: []}",
        "- {year: 2026, source: s, holidays: [], worked: [], more: 1}",
        "- &a [*a]",
        "- {year: 1" + ":1" * 200 + ".0}",
    ],
)
def test_a_calendar_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(RegistryError):
        read_workdays(text)


def test_a_holiday_is_told_from_days_off_and_the_week_after_it_from_days_at_work() -> None:
    days = read_workdays()
    end = 489_544  # 2025-11-06 00:00 in China
    hours = np.arange(14 * WEEK) + end - 14 * WEEK
    load = np.where(days.are_off((hours + 8) // 24), 10.0, 100.0)
    apart = {True: 0.0, False: 0.0}
    for week in (9, 10):  # National Day, and the days after it
        truth = load[week * WEEK : (week + 1) * WEEK]
        for known in (days, Workdays()):
            told = held_out(load, int(hours[0]), week * WEEK, hours=WEEK, workdays=known)
            apart[known is days] += float(np.abs(told["boosted"] - truth).mean())
    assert apart[True] < 0.2 * apart[False]
