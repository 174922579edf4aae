"""Forecasts beat the same hour of last week where there is something to learn, unseen."""

from __future__ import annotations

import numpy as np
import pytest

from fangma.asset_registry.forecasting import (
    SHORTEST,
    WEEK,
    TooShortError,
    forecast,
    held_out,
)

START = 496_000


def load(weeks: int, *, noise: float = 4.0, seed: int = 1) -> np.ndarray:
    """Return an office's kW: working days, a night, noise of its own every day and hour."""
    chance = np.random.default_rng(seed)
    clock = np.arange(weeks * WEEK) + START + 8
    works = (clock // 24 + 3) % 7 < 5
    busy = np.where(works & (clock % 24 >= 8) & (clock % 24 < 18), 1.0, 0.1)
    days = chance.normal(0, noise, clock.max() // 24 + 1)[clock // 24]
    told: np.ndarray = 10 + 80 * busy + days + chance.normal(0, noise, len(clock))
    return told


def test_it_beats_last_week_on_weeks_that_it_has_not_seen() -> None:
    series = load(11)
    truth = series[-2 * WEEK : -WEEK]
    told = held_out(series, START, len(series) - 2 * WEEK)
    error = {name: float(np.abs(each - truth).mean()) for name, each in told.items()}
    assert error["boosted"] < 0.9 * error["last week"]
    found = forecast(series, START)
    assert found.error < found.last_week_error
    assert (found.start, len(found.values)) == (START + len(series), WEEK)


def test_a_day_is_told_knowing_the_days_before_it_and_nothing_of_it() -> None:
    series = load(8)
    origin = len(series) - WEEK
    told = held_out(series, START, origin)
    other = series.copy()
    other[origin + 3 * 24 :] = 1e6
    for name, then in held_out(other, START, origin).items():
        assert np.array_equal(told[name][: 4 * 24], then[: 4 * 24]), name


def test_what_cannot_be_learnt_better_is_said_as_last_week_said_it() -> None:
    weekly = np.tile(np.random.default_rng(2).uniform(0, 50, WEEK), 9)
    found = forecast(weekly, START)
    assert found.error <= found.last_week_error
    assert found.values == pytest.approx(weekly[:WEEK])


def test_hours_that_are_not_known_are_neither_zero_nor_in_the_way() -> None:
    series = load(10, noise=1.0)
    series[np.random.default_rng(3).random(len(series)) < 0.2] = np.nan
    series[-30:] = np.nan
    found = forecast(series, START)
    assert np.isfinite(found.values).all()
    assert found.values.min() > 0
    assert found.error < 10


def test_too_short_a_past_is_refused_with_a_remedy() -> None:
    for short in (np.ones(SHORTEST - 1), np.full(SHORTEST, np.nan), np.zeros(0)):
        with pytest.raises(TooShortError) as caught:
            forecast(short, START)
        assert caught.value.remedy
    flat = forecast(np.ones(SHORTEST), START)
    assert (flat.values == 1.0).all()
