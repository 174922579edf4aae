"""The weeks before a demonstration began: what its sensors would have said, kept as if they had.

The same functions of time as the live part, kept by the same recorder, so that one runs on into the
other. What is kept already is never said again: a demonstration that was off for some days is told
of these days, and no more. Nothing here is judged for alarms, which are for who can still act.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.streams import streams
from fangma.sensors_bridge.simulation.meters import is_off
from fangma.sensors_bridge.simulation.working_day import CHINA, EPOCH, main_meters, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME: Final = "demo"
"""In which books the past is counted."""

_AT_ONCE: Final = 10_000
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How far back, and how often, something was kept.

    Attributes
    ----------
    past : timedelta
        How long after a whole step: a meter is read at the end of the hour that it counts.
    hours : (int, int)
        Of the day in China, the second not included.
    on_days_off : bool
        Also when nobody works.
    """

    back: timedelta
    every: timedelta = _HOUR
    past: timedelta = timedelta(minutes=30)
    hours: tuple[int, int] = (0, 24)
    on_days_off: bool = True

    def times(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Give its times after ``since`` and before ``until``, ascending."""
        start = max(since, until - self.back)
        first = EPOCH + self.past
        at = first - (first - start) // self.every * self.every
        while at < until:
            local = at.astimezone(CHINA)
            works = self.on_days_off or not is_off((at - EPOCH).days)
            if at > since and works and self.hours[0] <= local.hour < self.hours[1]:
                yield at
            at += self.every


# Five weeks are the least that a forecast is made of.
_METER: Final = (Cadence(back=37 * _DAY, past=timedelta(minutes=59, seconds=30)),)
_CLIMATE: Final = (Cadence(back=2 * _DAY),)
_CADENCES: Final[dict[str, tuple[Cadence, ...]]] = {
    "energy": _METER,
    "water": _METER,
    "travel": _METER,
    "people": (Cadence(back=28 * _DAY),),
    # Once a day for long, by which a room is known that nobody uses; then as its use is shown.
    "occupancy": (
        Cadence(back=200 * _DAY, hours=(10, 11), on_days_off=False),
        Cadence(back=28 * _DAY, hours=(8, 18)),
    ),
    "passage": (Cadence(back=_DAY, every=timedelta(minutes=1), past=timedelta(), hours=(6, 21)),),
    "parking": (Cadence(back=_DAY),),
    **dict.fromkeys(
        ("temperature", "humidity", "co2", "illuminance", "supply-temperature", "level",
         "pressure", "gas"),
        _CLIMATE,
    ),
}  # fmt: skip
"""By property; what is not here (contacts, whose yes is an alarm) has no past."""


def keep_past(
    database_url: str,
    now: datetime | None = None,
    *,
    progress: Callable[[float], None] | None = None,
) -> int:
    """Keep what the simulated sensors said before now, and what they say now; return how much.

    Each stream goes on after its newest observation; one that never said anything begins some
    weeks ago. What it says now is kept with it, so that nothing looks silent while the live part
    starts. Killed in between, the next call goes on where this one ended.

    Parameters
    ----------
    now : datetime or None
        Whole seconds count.
    progress : callable or None
        Told the share that is done.
    """
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    with connect(database_url) as conn:
        with reading(conn, OPERATOR):
            found = [
                (stream.sensor, stream.observed_property, stream.at)
                for stream in streams(conn, is_declared=True)
                if stream.observed_property and stream.protocol != "derived"
            ]
        parts = main_meters((sensor, observed) for sensor, observed, _ in found)
        recorder = Recorder(conn, NAME)
        batch: list[Observation] = []
        kept = 0
        for done, (sensor, observed, newest) in enumerate(found):
            behind = parts.get(sensor, ())
            for at in times(observed, newest, now):
                result = value(observed, sensor, at, behind)
                if result is not None:
                    batch.append(Observation(sensor, at, result))
            if len(batch) >= _AT_ONCE:
                kept += recorder.record(batch).stored
                batch = []
                if progress is not None:
                    progress(done / len(found))
        if batch:
            kept += recorder.record(batch).stored
    return kept


def times(observed: str, newest: datetime | None, now: datetime) -> list[datetime]:
    """Return when a sensor of a property spoke after its newest observation, up to now included."""
    since = newest or datetime.min.replace(tzinfo=UTC)
    if since >= now:
        return []
    before = chain.from_iterable(each.times(since, now) for each in _CADENCES.get(observed, ()))
    return [*sorted(set(before)), now]
