"""Forecasts of a stream's hours for a week ahead, from its own past. Pure, and slow to import.

Gradient boosting of small trees (scikit-learn's histogram kind) learns by how much an hour differs
from the same hour of last week: from the hour, the day of the week, the four weeks before, and how
the last day and week went. A holiday, or a day worked instead, is compared with the nearest days of
its own kind. Whether that is better than to say what last week said is asked on two
weeks that were held out, each day told at its beginning; where it is not, the better of the simple
ways is taken.
"""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.workdays import Workdays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DAY: Final = 24
WEEK: Final = 7 * DAY
LONGEST: Final = WEEK
"""Hours ahead; further, last week's value is not known yet."""

SHORTEST: Final = 5 * WEEK
HELD_OUT: Final = 2 * WEEK
METHODS: Final = ("boosted", "mean of four weeks", "last week")
_WEEKS: Final = 4
_TRUST: Final = 0.8
"""Share of the learnt difference that is told: a past of weeks says little of the next one."""
_WEIGHTS: Final = np.array([0.4, 0.3, 0.2, 0.1])
_REMEMBERED: Final = 26 * WEEK
_CHINA_H: Final = 8
_THURSDAY: Final = 3  # 1 January 1970
_SATURDAY: Final = 5
_SEED: Final = 0


class TooShortError(RegistryError):
    """A past from which nothing can be learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What is expected.

    Attributes
    ----------
    start : int
        The first hour, counted since 1970.
    values : (hours,) float64
    error, last_week_error : float
        Mean absolute errors on the hours that were held out, of what is told here for the next day
        and of the same hour of last week.
    method : str
        One of :data:`METHODS`: what was best there.
    """

    start: int
    values: Floats
    error: float
    last_week_error: float
    method: str


def forecast(
    series: Floats, start: int, *, hours: int = LONGEST, workdays: Workdays | None = None
) -> Forecast:
    """Tell what comes after a series.

    Parameters
    ----------
    series : (n,) float64
        Means of hours in their order; NaN where nothing is known.
    start : int
        The first of them, in hours since 1970.
    hours : int
        How many to tell, 1 to :data:`LONGEST`.
    workdays : Workdays or None
        Which days are off; None = week-ends.

    Raises
    ------
    TooShortError
        When fewer than :data:`SHORTEST` hours are there, or half of the last of them are unknown.
    """
    if len(series) < SHORTEST or np.isnan(series[-SHORTEST:]).mean() > 0.5:
        raise TooShortError(
            f"{int((~np.isnan(series)).sum())} hours are known, expected most of the last "
            f"{SHORTEST // WEEK} weeks",
            "wait until there are more",
        )
    cut = max(0, len(series) - _REMEMBERED)
    series, start = series[cut:], start + cut
    end = len(series)
    held = min(HELD_OUT, end - _WEEKS * WEEK)  # what is left to learn from is at least four weeks
    days = workdays or Workdays()
    errors = _errors(series, start, end - held, days)
    method = min(errors, key=lambda name: errors[name])
    model = _learnt(series, start, days) if method == "boosted" else None
    values = _told(series, start, method, np.arange(hours), model, days)
    return Forecast(
        start=start + end,
        values=values,
        error=errors[method],
        last_week_error=errors["last week"],
        method=method,
    )


def held_out(
    series: Floats,
    start: int,
    origin: int,
    *,
    hours: int = LONGEST,
    workdays: Workdays | None = None,
) -> dict[str, Floats]:
    """Tell the hours from ``origin`` on as each method would have, day by day.

    Each day is told knowing what was before it, and nothing of it; learnt is before ``origin``.
    """
    days = workdays or Workdays()
    model = _learnt(series[:origin], start, days)
    told: dict[str, list[Floats]] = {name: [] for name in METHODS}
    for first in range(0, hours, DAY):
        past = series[: origin + first]
        leads = np.arange(min(DAY, hours - first))
        for name in METHODS:
            told[name].append(_told(past, start, name, leads, model, days))
    return {name: np.concatenate(parts) for name, parts in told.items()}


def _errors(series: Floats, start: int, since: int, days: Workdays) -> dict[str, float]:
    """Ask each method for the weeks from ``since`` on, learning anew before each of them."""
    apart: dict[str, list[Floats]] = {name: [] for name in METHODS}
    for origin in range(since, len(series), WEEK):
        truth = series[origin : origin + WEEK]
        found_of = held_out(series, start, origin, hours=len(truth), workdays=days)
        for name, told in found_of.items():
            apart[name].append(np.abs(told - truth))
    found = {}
    for name, parts in apart.items():
        known = np.concatenate(parts)
        known = known[~np.isnan(known)]
        found[name] = float(known.mean()) if len(known) else float("inf")
    return found


def _told(
    past: Floats,
    start: int,
    method: str,
    leads: NDArray[np.int64],
    model: HistGradientBoostingRegressor | None,
    days: Workdays,
) -> Floats:
    """Tell the hours that come so long after the past."""
    origin = len(past)
    if method == "last week":
        return _last_week(_weeks_before(past, start, origin, leads, Workdays()))
    weeks = _weeks_before(past, start, origin, leads, days)
    if method == "mean of four weeks":
        return _mean(weeks)
    last = _last_week(weeks)
    if model is None:
        return last
    with _in_one_thread():
        learnt = model.predict(_features(past, start, origin, leads, weeks, days))
    told: Floats = last + _TRUST * learnt
    return told


@contextmanager
def _in_one_thread() -> Iterator[None]:
    """Threads that wait by spinning cost more than they bring; so how many cores there are is idle.

    Where the system does not tell of its cores, as in a container, joblib warns once and prints a
    traceback past the warnings; told how many to use, it does not look.
    """
    os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")  # noqa: TID251 - joblib takes it from there only
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.filterwarnings("ignore", "Could not find the number of physical cores")
        yield


def _learnt(past: Floats, start: int, days: Workdays) -> HistGradientBoostingRegressor | None:
    """Learn from each midnight (China) of the past what the week after it was; None: too little."""
    rows, targets = [], []
    first = _WEEKS * WEEK + (-(start + _CHINA_H + _WEEKS * WEEK)) % DAY
    for origin in range(first, len(past), DAY):
        leads = np.arange(min(WEEK, len(past) - origin))
        weeks = _weeks_before(past, start, origin, leads, days)
        apart = past[origin : origin + len(leads)] - _last_week(weeks)
        is_known = ~np.isnan(apart)
        rows.append(_features(past, start, origin, leads, weeks, days)[is_known])
        targets.append(apart[is_known])
    if sum(map(len, targets)) < WEEK:
        return None
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=150,
        learning_rate=0.06,
        max_leaf_nodes=15,
        min_samples_leaf=40,
        l2_regularization=1.0,
        random_state=_SEED,
        early_stopping=False,
    )
    with _in_one_thread():
        model.fit(np.concatenate(rows), np.concatenate(targets))
    return model


def _last_week(weeks: Floats) -> Floats:
    """Return the same hour of last week; where that is not known the mean of the weeks before."""
    return np.where(np.isnan(weeks[:, 0]), _mean(weeks), weeks[:, 0])


def _weeks_before(
    series: Floats, start: int, origin: int, leads: NDArray[np.int64], days: Workdays
) -> Floats:
    """Return the same hours of the four weeks before, (leads, 4); the latest first.

    Where one of the two days is off and the other is not, the nearest day of the same kind stands
    in for that of the week before.
    """
    same = origin + leads[:, None] - WEEK * np.arange(1, _WEEKS + 1)[None, :]
    is_off = days.are_off((start + origin + leads + _CHINA_H) // DAY)[:, None]
    at, is_found = same.copy(), np.zeros(same.shape, bool)
    for shift in (0, -1, 1, -2, 2, -3, 3):
        other = same + shift * DAY
        fits = ~is_found & (other < origin)
        fits &= days.are_off((start + other + _CHINA_H) // DAY) == is_off
        at[fits] = other[fits]
        is_found |= fits
    found = np.full(at.shape, np.nan)
    is_there = (at >= 0) & (at < min(origin, len(series)))
    found[is_there] = series[at[is_there]]
    return found


def _mean(values: Floats) -> Floats:
    """Return the mean of what is known of each row, the later the heavier; else of all rows."""
    weights = np.where(np.isnan(values), 0.0, _WEIGHTS)
    sums, counts = (weights * np.nan_to_num(values)).sum(axis=1), weights.sum(axis=1)
    total = sums.sum() / counts.sum() if counts.sum() else np.nan
    return np.where(counts > 0, sums / np.where(counts > 0, counts, 1.0), total)


def _features(
    series: Floats,
    start: int,
    origin: int,
    leads: NDArray[np.int64],
    weeks: Floats,
    days: Workdays,
) -> Floats:
    """Return (leads, 12): the clock, the lead, the weeks before, how it went lately."""
    clock = start + origin + leads + _CHINA_H
    hour, day = clock % DAY, (clock // DAY + _THURSDAY) % 7
    is_off = days.are_off(clock // DAY)
    # A holiday is a Sunday to an office, a Saturday that is worked a Friday.
    day = np.where(is_off & (day < _SATURDAY), 6, np.where(~is_off & (day >= _SATURDAY), 4, day))
    base = _mean(weeks)
    # The same hour of the last day that is over: tomorrow's is today's, the day after's too.
    latest = origin + leads % DAY - DAY
    yesterday = np.full(len(leads), np.nan)
    is_there = (latest >= 0) & (latest < origin)
    yesterday[is_there] = series[latest[is_there]]
    lately = [
        _shift(series, origin, span) for span in (6, DAY, WEEK)
    ]  # by how much it was above the week before that
    columns = [
        hour, day, is_off, leads // DAY, *(weeks - base[:, None]).T, yesterday - base,
        *(np.full(len(leads), each) for each in lately),
    ]  # fmt: skip
    return np.column_stack([np.asarray(each, np.float64) for each in columns])


def _shift(series: Floats, origin: int, span: int) -> float:
    now = series[max(0, origin - span) : origin]
    before = series[max(0, origin - span - WEEK) : max(0, origin - WEEK)]
    if len(now) != len(before) or not len(now):
        return float("nan")
    apart = now - before
    apart = apart[~np.isnan(apart)]
    return float(apart.mean()) if len(apart) else float("nan")
