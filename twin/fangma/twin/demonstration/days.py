"""When things happen in the demonstration: on working days around the day on which it starts."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from fangma.twin.times import CHINA

_SATURDAY = 5


def working_day(now: datetime, away: int) -> datetime:
    """Return midnight of a working day in China, so many of them before or after the day of now.

    Week-ends are left out, holidays are not.

    Examples
    --------
    >>> from datetime import UTC
    >>> monday = datetime(2026, 11, 23, 1, tzinfo=UTC)
    >>> working_day(monday, -1).isoformat(), working_day(monday, 5).isoformat()
    ('2026-11-20T00:00:00+08:00', '2026-11-30T00:00:00+08:00')
    """
    day = now.astimezone(CHINA).date()
    step = timedelta(days=1 if away > 0 else -1)
    left = abs(away)
    while left:
        day += step
        left -= day.weekday() < _SATURDAY
    return datetime.combine(day, time.min, CHINA)


def new_year(now: datetime) -> datetime:
    """Return midnight in China of the first day of the year of now."""
    return datetime(now.astimezone(CHINA).year, 1, 1, tzinfo=CHINA)


def at(now: datetime, away: int, clock: str) -> datetime:
    """Return a time of such a working day, the clock as ``08:05``."""
    hours, minutes = clock.split(":")
    return working_day(now, away) + timedelta(hours=int(hours), minutes=int(minutes))
