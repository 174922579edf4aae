"""What meters of an office compound count: a sum that grows, whenever it is read. Pure.

A reading is the closed form of a sum, so that a meter may be asked about any moment in any order,
and the weeks before a demonstration began run on into it without a step.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.asset_registry.workdays import read_workdays
from fangma.sensors_bridge.simulation.draws import share

if TYPE_CHECKING:
    from numpy.typing import NDArray

SINCE: Final = 9000
"""Day on which the meters were put in, since 2000: in August 2024."""

_LAST: Final = 36_600
_SINCE_1970: Final = 10_957
_OFF: Final = 0.35
"""What a day off takes, by a working day."""

_OWN: Final = 0.15
"""How far a meter's own day may be off, by a working day; less than the least of days takes."""

_ALWAYS: Final = 0.25
"""Share of a working day's amount that runs day and night."""

_LUNCH, _AT_LUNCH = (12.0, 13.5), 0.6


def reading(days: float, sensor: str, a_day: float) -> float:
    """Return what a meter reads.

    Parameters
    ----------
    days : float
        Since 2000 in China, with its fraction.
    sensor : str
        Its name; meters differ by it.
    a_day : float
        What it counts on a usual working day, about.

    Examples
    --------
    >>> reading(9800.5, "M", 6.0) < reading(9800.6, "M", 6.0)
    True
    """
    day, part = divmod(days, 1)
    today = int(day)
    sums = _sums()
    before, after = _own(sensor, today), _own(sensor, today + 1)
    whole = float(sums[today] - sums[SINCE]) + before - _own(sensor, SINCE)
    grows = float(sums[today + 1] - sums[today]) + after - before
    return a_day * (0.5 + share(sensor)) * (whole + grows * _done(24 * part, sensor, today))


@cache
def _sums() -> NDArray[np.float64]:
    """Return what a usual meter has counted at the beginning of each day, in working days.

    More in the heat and, less so, in the cold; the weather of a day is that of the whole compound.
    """
    days = np.arange(_LAST)
    year = 2 * math.pi * (days - 200) / 365.25  # 200 = the middle of July
    season = 1 + 0.18 * np.cos(year) + 0.12 * np.cos(2 * year)
    weather = np.array([0.92 + 0.16 * share("weather", day) for day in range(_LAST)])
    is_off = read_workdays().are_off(days + _SINCE_1970)
    return np.concatenate([[0.0], np.cumsum(season * weather * np.where(is_off, _OFF, 1.0))])


@cache
def is_off(day: int) -> bool:
    """Tell whether nobody works on a day, counted since 2000."""
    return bool(read_workdays().are_off(np.array(day + _SINCE_1970)))


def _own(sensor: str, day: int) -> float:
    return _OWN * share("own", sensor, day)


def _done(hour: float, sensor: str, day: int) -> float:
    """Return the share of a day's amount that is counted by an hour of it."""
    always = 0.85 if is_off(day) else _ALWAYS
    begins = 7.6 + 1.2 * share("begins", sensor, day)
    ends = 17.4 + 2.5 * share("ends", sensor, day) ** 3  # some stay on

    def worked(until: float) -> float:
        at_lunch = max(0.0, min(until, _LUNCH[1]) - _LUNCH[0])
        return max(0.0, min(until, ends) - begins) - (1 - _AT_LUNCH) * at_lunch

    return always * hour / 24 + (1 - always) * worked(hour) / worked(24.0)
