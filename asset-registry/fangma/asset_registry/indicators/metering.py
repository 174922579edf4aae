"""What meters counted: differences of readings that only ever grow. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

TO_KWH: Final[Mapping[str, float]] = {"kW.h": 1.0, "W.h": 0.001, "MW.h": 1000.0, "MJ": 1 / 3.6}
"""Units (UCUM) of energy meters that are added up; others are left out and told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterHour:
    """An hour of a meter: its first and last reading in it.

    Attributes
    ----------
    at : datetime
        Beginning of the hour.
    code : str or None
        What it measures; None where the reader may not know.
    """

    sensor: str
    code: str | None
    unit: str | None
    at: datetime
    first: float
    last: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """What a site's meters counted.

    Attributes
    ----------
    by_hour : dict of datetime to float
        Kilowatt hours used in the hour that begins then.
    meters : int
        That were added up.
    readings : int
        Hours of meters with readings.
    codes : tuple of str
        What they measure.
    left_out : int
        Meters in units that are not added up.
    resets : int
        Times that a counter fell, as when a meter is changed: what it counted then is not known.
    """

    by_hour: dict[datetime, float]
    meters: int
    readings: int
    codes: tuple[str, ...]
    left_out: int
    resets: int

    def between(self, start: datetime, end: datetime) -> float | None:
        """Sum the hours that begin from ``start`` until before ``end``; None without any."""
        found = [used for at, used in self.by_hour.items() if start <= at < end]
        return sum(found) if found else None


def metered(hours: Iterable[MeterHour]) -> Metered:
    """Tell what was used hour by hour.

    What a meter counted between two hours belongs to the later one; the first hour of a meter has
    only what it counted within it.

    Parameters
    ----------
    hours : iterable of MeterHour
        By meter, then ascending by time.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> def hour(at, first, last):
    ...     return MeterHour(sensor="m", code="R", unit="kW.h", at=datetime(2026, 1, 1, at,
    ...                      tzinfo=UTC), first=first, last=last)
    >>> sorted(metered([hour(8, 10, 11), hour(9, 12, 14)]).by_hour.values())
    [1.0, 3.0]
    """
    by_hour: dict[datetime, float] = {}
    before: MeterHour | None = None
    meters: set[str] = set()
    left_out: set[str] = set()
    codes: set[str] = set()
    resets = readings = 0
    for hour in hours:
        factor = TO_KWH.get(hour.unit or "")
        if factor is None:
            left_out.add(hour.sensor)
            continue
        meters.add(hour.sensor)
        readings += 1
        if hour.code:
            codes.add(hour.code)
        is_same = before is not None and before.sensor == hour.sensor
        from_ = before.last if is_same and before is not None else hour.first
        used = hour.last - from_
        before = hour
        if used < 0:
            resets += 1
            continue
        by_hour[hour.at] = by_hour.get(hour.at, 0.0) + used * factor
    return Metered(
        by_hour=by_hour,
        meters=len(meters),
        readings=readings,
        codes=tuple(sorted(codes)),
        left_out=len(left_out),
        resets=resets,
    )
