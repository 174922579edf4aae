"""How good readings are, judged a batch at a time: range, rate, stuck. Pure functions on columns.

What is suspect is kept and flagged, never dropped: whoever calibrates a sensor needs to see it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from fangma.asset_registry.observation import LARGEST_LEAD, QUALITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

_GOOD, _AHEAD, _RANGE, _RATE, _STUCK = range(len(QUALITIES))
NEVER: Final = np.iinfo(np.int64).min
"""The time of the newest reading of a stream of which none is known."""

_MINUTE_US: Final = 60_000_000
_LEAD_US: Final = int(LARGEST_LEAD.total_seconds()) * 1_000_000


class Plausible(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sound sensor of a property can read.

    Attributes
    ----------
    unit : str or None
        UCUM; streams in other units are not judged. None = any.
    low, high : float
        In the unit, both included.
    rate : float
        Largest change a minute.
    stuck_h : float
        Hours after which the very same number is suspect.
    """

    property: str
    unit: str | None = None
    low: float = -np.inf
    high: float = np.inf
    rate: float = np.inf
    stuck_h: float = np.inf


ANYTHING: Final = Plausible(property="")


@cache
def plausible() -> tuple[Plausible, ...]:
    """Return the table that comes with the program."""
    text = files("fangma.asset_registry").joinpath("plausible.yaml").read_text("utf-8")
    return msgspec.yaml.decode(text, type=tuple[Plausible, ...])


@lru_cache(maxsize=4096)
def plausible_for(observed_property: str | None, unit: str | None) -> Plausible:
    """Return what a stream can read; :data:`ANYTHING` when nothing is known of it."""
    return next(
        (
            each
            for each in plausible()
            if each.property == observed_property and each.unit in (None, unit)
        ),
        ANYTHING,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A batch by columns, ascending by stream and time, each pair once.

    Attributes
    ----------
    streams : (n,) int32
    times : (n,) int64
        Microseconds since 1970 UTC.
    numbers : (n,) float64
        NaN where the result is a word.
    """

    streams: NDArray[np.int32]
    times: NDArray[np.int64]
    numbers: NDArray[np.float64]


@dataclass(slots=True)
class Memory:
    """What is known of each stream, by its id: limits, and its newest reading."""

    low: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    high: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    rate: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    stuck_us: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    at: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    number: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    since: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def learn(self, known: Iterable[tuple[int, Plausible, int | None, float | None]]) -> None:
        """Take limits and newest readings of streams: id, limits, time and number of the newest."""
        rows = list(known)
        if not rows:
            return
        self._grow(max(row[0] for row in rows) + 1)
        for stream, limits, at, number in rows:
            self.low[stream], self.high[stream] = limits.low, limits.high
            self.rate[stream] = limits.rate
            self.stuck_us[stream] = limits.stuck_h * 3600e6
            if at is not None and at > self.at[stream]:
                self.at[stream] = self.since[stream] = at
                self.number[stream] = np.nan if number is None else number

    def _grow(self, size: int) -> None:
        more = max(size, 2 * len(self.low)) - len(self.low)
        if size <= len(self.low):
            return
        for name, value in (
            ("low", -np.inf),
            ("high", np.inf),
            ("rate", np.inf),
            ("stuck_us", np.inf),
            ("at", NEVER),
            ("number", np.nan),
            ("since", NEVER),
        ):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.full(more, value, column.dtype)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The qualities of a batch, and what :func:`keep` puts into the memory once it is committed."""

    qualities: NDArray[np.int16]
    streams: NDArray[np.int32]
    at: NDArray[np.int64]
    number: NDArray[np.float64]
    since: NDArray[np.int64]


def judge(memory: Memory, batch: Columns, now_us: int) -> Judged:
    """Judge a batch; the memory is left as it is.

    The worst is told: ``range``, ``rate``, ``stuck``, ``ahead`` in this order. Readings that
    are late (not newer than the newest known) are judged by range alone. A change within less than
    a minute counts as one within a minute: sensors step.

    Parameters
    ----------
    memory : Memory
        Knows every stream of the batch.
    now_us : int
        Our clock, microseconds since 1970 UTC.
    """
    streams, times, numbers = batch.streams, batch.times, batch.numbers
    known_at = memory.at[streams]
    latest = now_us + _LEAD_US
    # A time to come that a wrong clock gave is no time to compare with.
    known_at = np.where((known_at > latest) & (times <= latest), NEVER, known_at)
    is_new = times > known_at
    is_first = np.ones(len(streams), bool)
    is_first[1:] = (streams[1:] != streams[:-1]) | ~is_new[:-1]
    previous_at = np.where(is_first, known_at, np.roll(times, 1))
    previous = np.where(is_first, memory.number[streams], np.roll(numbers, 1))
    has_previous = is_new & (previous_at != NEVER) & ~np.isnan(previous) & ~np.isnan(numbers)
    minutes = np.where(has_previous, (times - previous_at) / _MINUTE_US, 1.0)
    is_steep = has_previous & (
        np.abs(numbers - previous) > memory.rate[streams] * np.maximum(minutes, 1.0)
    )
    goes_on = has_previous & (numbers == previous)
    since = _since(times, np.where(is_first, memory.since[streams], times), goes_on, is_first)
    is_stuck = goes_on & (times - since >= memory.stuck_us[streams])
    qualities = np.where(times > latest, _AHEAD, _GOOD).astype(np.int16)
    qualities[is_stuck] = _STUCK
    qualities[is_steep] = _RATE
    # NaN compares false: a word is in every range.
    qualities[(numbers < memory.low[streams]) | (numbers > memory.high[streams])] = _RANGE
    is_last = np.ones(len(streams), bool)
    is_last[:-1] = streams[1:] != streams[:-1]
    is_last &= is_new
    return Judged(
        qualities=qualities,
        streams=streams[is_last],
        at=times[is_last],
        number=numbers[is_last],
        since=since[is_last],
    )


def keep(memory: Memory, judged: Judged) -> None:
    """Remember the newest readings of a batch that is stored."""
    memory.at[judged.streams] = judged.at
    memory.number[judged.streams] = judged.number
    memory.since[judged.streams] = judged.since


def _since(
    times: NDArray[np.int64],
    before: NDArray[np.int64],
    goes_on: NDArray[np.bool_],
    is_first: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Say since when each reading is what it is: a run of equal numbers begins where it began."""
    begins = ~goes_on | is_first
    start = np.where(goes_on & is_first, before, times)
    index = np.maximum.accumulate(np.where(begins, np.arange(len(times)), 0))
    found: NDArray[np.int64] = start[index]
    return found
