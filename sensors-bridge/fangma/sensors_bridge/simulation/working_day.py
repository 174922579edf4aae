"""What a sensor of an office compound reads at a moment. Pure: the same question, the same answer.

A value depends on the property, the hour of a working day, and noise that is a hash of sensor and
time. Nothing is remembered, so that a simulator may be stopped and started at any moment.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Final

from fangma.sensors_bridge.simulation.draws import share as _share
from fangma.sensors_bridge.simulation.meters import is_off, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

CHINA: Final = timezone(timedelta(hours=8), "UTC+8")
_DAY_S: Final = 86_400
EPOCH: Final = datetime(2000, 1, 1, tzinfo=CHINA)
"""From which days are counted."""

_LOST: Final = 1.06
"""A main meter counts what its parts do, and lifts, corridors and losses besides."""

_UNUSED: Final = 0.04
"""Share of the rooms that nobody goes into, whoever holds them."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time as the compound lives it.

    Attributes
    ----------
    hour : float
        Of the day in China, 0 to 24.
    busy : float
        Share of the staff that is in, 0 to 1.
    days : float
        Since 2000, with its fraction; meters count it.
    """

    hour: float
    busy: float
    days: float


def value(
    observed_property: str, sensor: str, at: datetime, parts: Sequence[str] = ()
) -> float | bool | None:
    """Return what a sensor reads.

    Parameters
    ----------
    observed_property : str
        As in the sample's table of sensors.
    sensor : str
        Its name; sensors of one kind differ by it.
    at : datetime
        Aware.
    parts : sequence of str
        Names of the meters that lie behind this one, if it is a main meter.

    Returns
    -------
    value : float, bool or None
        None for a property that is not simulated.
    """
    model = _MODELS.get(observed_property)
    if model is None:
        return None
    if parts:
        return round(_LOST * sum(value(observed_property, each, at) or 0.0 for each in parts), 3)
    local = at.astimezone(CHINA)
    hour = local.hour + local.minute / 60 + local.second / 3600
    days = (at - EPOCH).total_seconds() / _DAY_S
    busy = 0.0 if _is_unused(sensor) else _busy(hour, is_off=is_off(int(days)))
    moment = _Moment(hour, busy, days)
    found = model(moment, sensor)
    return found if isinstance(found, bool) else round(found, 3)


def main_meters(streams: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Find which meters lie behind which, among streams by name and property.

    ``A01-ENERGY`` counts what ``A01-512-energy`` and the others of ``A01`` do.
    """
    found: dict[str, list[str]] = {}
    for sensor, observed in streams:
        main = f"{sensor.partition('-')[0]}-{observed.upper()}"
        if sensor != main and sensor.endswith(f"-{observed}"):
            found.setdefault(main, []).append(sensor)
    return found


def _busy(hour: float, *, is_off: bool) -> float:
    """Share of the staff in: in at 8:30, lunch from 12 to 14, out at 17:30; few on days off."""
    morning = _step(hour, 8.5, 0.3) - _step(hour, 12.0, 0.2)
    afternoon = _step(hour, 14.0, 0.2) - _step(hour, 17.6, 0.5)
    lunch = 0.35 * (_step(hour, 12.0, 0.2) - _step(hour, 14.0, 0.2))
    return (morning + afternoon + lunch) * (0.08 if is_off else 1.0)


def _step(hour: float, at: float, width: float) -> float:
    return 1 / (1 + math.exp(-(hour - at) / (width / 2)))


@cache
def _is_unused(sensor: str) -> bool:
    """Tell whether a sensor is in a room, ``A01-512-co2``, that nobody uses."""
    room = sensor.rpartition("-")[0]
    return "-" in room and room[0] != "U" and _share("unused", room) < _UNUSED


def _noise(sensor: str, moment: _Moment, minutes: float) -> float:
    """Draw from -1 to 1, another number every so many minutes, gliding from one to the next."""
    slot = moment.days * 1440 / minutes
    step, share = divmod(slot, 1)
    before, after = (_share(sensor, int(step) + i) for i in (0, 1))
    return 2 * (before + (after - before) * share) - 1


def _is_in(sensor: str, moment: _Moment) -> bool:
    """Tell whether somebody is in the room of a sensor, for ten minutes at a time."""
    room = sensor.rpartition("-")[0]
    return _share(room, int(moment.days * 144)) < moment.busy * (0.4 + 0.6 * _share(room))


def _temperature(moment: _Moment, sensor: str) -> float:
    own = 2 * _share(sensor) - 1
    return 20.5 + own + 2.5 * moment.busy + 0.4 * _noise(sensor, moment, 20)


def _co2(moment: _Moment, sensor: str) -> float:
    crowd = 0.4 + 0.8 * _share(sensor)
    return 420 + 520 * moment.busy * crowd + 25 * _noise(sensor, moment, 10)


def _meter(a_day: float) -> Callable[[_Moment, str], float]:
    """Make a counter that never runs backwards, of so much on a working day."""

    def counted(moment: _Moment, sensor: str) -> float:
        return reading(moment.days, sensor, (0.15 if _is_unused(sensor) else 1.0) * a_day)

    return counted


def _rush(hour: float) -> float:
    """Return how much goes through a gate: most in the morning and after work, some at lunch."""
    return 0.06 + sum(
        much * math.exp(-(((hour - at) / 0.45) ** 2))
        for at, much in ((8.3, 1.0), (12.1, 0.4), (13.8, 0.4), (17.7, 0.9))
    )


def _passage(moment: _Moment, sensor: str) -> float:
    """Count who passed a gate within a minute."""
    is_day = 6 <= moment.hour < 21
    much = 2.2 * _rush(moment.hour) * (0.15 if is_off(int(moment.days)) else 1.0)
    minute = int(moment.days * 1440)
    drawn = much * _share(sensor, minute) + _share("whole", sensor, minute)
    return float(int(drawn)) if is_day else 0.0


def _seldom(one_in: int, minutes: float) -> Callable[[_Moment, str], bool]:
    """Make an alarm contact: closed once in so many stretches of time."""

    def closed(moment: _Moment, sensor: str) -> bool:
        return _share("seldom", sensor, int(moment.days * 1440 / minutes)) < 1 / one_in

    return closed


_TRIPS: Final = _meter(220.0)
_LOST_SIGHT: Final = _seldom(150, 30)
_MODELS: Final[dict[str, Callable[[_Moment, str], float | bool]]] = {
    "temperature": _temperature,
    "humidity": lambda m, s: 50 + 8 * (2 * _share(s) - 1) - 4 * m.busy + 2 * _noise(s, m, 30),
    "co2": _co2,
    "illuminance": lambda m, s: (
        5 + 420 * (0.5 + _share(s)) * m.busy * (0.9 + 0.1 * _noise(s, m, 5))
    ),
    "occupancy": lambda m, s: _is_in(s, m),
    "door": lambda m, s: _share("door", s, int(m.days * 1440)) < 0.15 * m.busy,
    "window": lambda m, s: _share("window", s, int(m.days * 48)) < 0.2 * m.busy,
    "smoke": _seldom(40_000, 10),
    "leak": _seldom(60, 720),  # what drips is found and mended half a day later
    "panic": _seldom(400_000, 5),
    "gas": lambda m, s: max(0.0, 0.6 + 0.5 * _noise(s, m, 15)),
    "level": lambda m, s: 0.6 + 0.35 * _noise(s, m, 90),
    "cover": _seldom(150, 30),
    "online": lambda m, s: not _LOST_SIGHT(m, s),
    "pressure": lambda m, s: 0.34 - 0.05 * m.busy + 0.01 * _noise(s, m, 5),
    "supply-temperature": lambda m, s: 14 + 2 * (1 - m.busy) + 0.5 * _noise(s, m, 10),
    "energy": _meter(12.0),
    "water": _meter(9.0),
    "people": lambda m, s: float(round(180 * (0.4 + _share(s)) * m.busy)),
    "parking": lambda m, s: _share(s, int(m.days * 24)) < 0.1 + 0.8 * m.busy,
    "passage": _passage,
    "travel": lambda m, s: float(int(_TRIPS(m, s))),
}
