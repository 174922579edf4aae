"""The energy book: what each place used, by meters bound to the tree of rooms. Pure.

A meter counts upwards. What it used in a time is the sum of its steps; a step down is a reset and
counts nothing, so that the sum is a lower bound and is said to be one. A meter that was not heard
used nobody knows how much: that is a finding, not zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from fangma.asset_registry.deriving import Place

HOUR_S: Final = 3600
_CHINA_S: Final = 8 * HOUR_S
_NIGHT_FROM, _NIGHT_TO = 22, 6
_BASELINE: Final = 0.1  # a tenth of the hours lie below
_APART: Final = 0.1  # share by which a meter and those below may differ

SHOWN: Final = ("site", "unit", "building", "storey", "room")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hourly:
    """What a meter read in one hour; ``reset`` = it ran backwards within it."""

    hour: int  # hours since 1970
    first: float
    last: float
    reset: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A meter, where it stands, and what it read, by hour ascending.

    ``hours`` may begin before the time that is asked about: the last reading before it is where
    counting begins.
    """

    sensor: str
    place: str
    hours: Sequence[Hourly]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with the measuring.

    Attributes
    ----------
    figures
        The numbers of the message by name, for who tells it in another language.
    """

    rule: str
    code: str
    sensor: str | None
    message: str
    remedy: str
    figures: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API."""
        return {
            "severity": "warning",
            "rule": self.rule,
            "code": self.code,
            "sensor": self.sensor,
            "message": self.message,
            "remedy": self.remedy,
            "figures": dict(self.figures),
        }


@dataclass(slots=True)
class Use:
    """What a place used.

    Attributes
    ----------
    used : float or None
        In the meters' unit; None = nothing is known.
    is_whole : bool
        Every meter that counts was heard from the beginning to the end and was never reset;
        otherwise ``used`` is a lower bound.
    hourly : (hours,) float64
        What was used in each hour; NaN where a meter was not heard.
    metered_m2 : float
        Area of the rooms that ``used`` speaks for.
    """

    used: float | None = None
    is_whole: bool = False
    hourly: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    metered_m2: float = 0.0
    meters: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A place in the book.

    Attributes
    ----------
    by : str or None
        ``own`` = its own meter, ``parts`` = the sum of what lies in it, None = not measured.
    parts : float or None
        What the meters below counted, where there is an own meter beside them.
    peak, peak_hour : float or None, int or None
        Of the hours in which every meter was heard, as are the next two.
    baseline : float or None
        A tenth of the hours lie below it.
    night_share : float or None
        Of what was used, from 22 to 6 o'clock in China.
    """

    place: Place
    area_m2: float
    metered_m2: float
    used: float | None
    by: str | None
    parts: float | None
    is_whole: bool
    meters: int
    peak: float | None
    peak_hour: int | None
    baseline: float | None
    night_share: float | None
    hours_known: int

    @property
    def per_m2(self) -> float | None:
        """What was used by square metre that the meters speak for."""
        if self.used is None or not self.metered_m2:
            return None
        return self.used / self.metered_m2


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Lines by kind and key, and what is wrong."""

    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]


def book(places: Iterable[Place], meters: Iterable[Meter], start: int, end: int) -> Book:
    """Reckon what each place used.

    Parameters
    ----------
    places : iterable of Place
        The tree, with every room.
    meters : iterable of Meter
        All in one unit; of a place with several, their sum.
    start, end : int
        Hours since 1970; the second is not included.

    Returns
    -------
    book : Book
        A place's own meter stands for all that lies in it.
    """
    by_key = {place.key: place for place in places}
    below: dict[str, list[tuple[str, float]]] = {key: [] for key in by_key}
    for place in by_key.values():
        for upper, share in place.within:
            below[upper].append((place.key, share))
    findings: list[Finding] = []
    own: dict[str, Use] = {}
    for meter in meters:
        use, found = _counted(meter, start, end)
        findings += found
        own[meter.place] = _added(own[meter.place], use) if meter.place in own else use
    uses: dict[str, Use] = {}
    areas: dict[str, float] = {}
    lines = []
    for key in _from_below(by_key):
        place = by_key[key]
        areas[key] = (place.area_m2 or 0.0) + math.fsum(areas[k] * s for k, s in below[key])
        parts = _summed([(uses[k], s) for k, s in below[key]], end - start)
        use, by, beside = _chosen(own.get(key), parts, areas[key])
        uses[key] = use
        if by == "own" and beside is not None and use.used is not None:
            findings += _compared(place, use, parts)
        if place.kind in SHOWN:
            lines.append(_line(place, areas[key], use, by, beside, start))
    order = {kind: i for i, kind in enumerate(SHOWN)}
    lines.sort(key=lambda line: (order[line.place.kind], line.place.key))
    return Book(lines=tuple(lines), findings=tuple(findings))


def _counted(meter: Meter, start: int, end: int) -> tuple[Use, list[Finding]]:
    """Count what one meter used, hour by hour."""
    if not any(start <= each.hour < end for each in meter.hours):
        return Use(hourly=_unheard(end - start), meters=1), [_missing(meter)]
    hourly = np.full(end - start, np.nan)
    used, heard, resets = 0.0, 0, 0
    before: Hourly | None = None
    for each in meter.hours:
        if each.hour == start - 1:
            before = each
        if not start <= each.hour < end:
            continue
        heard += 1
        steps = [each.last - each.first]
        if before is not None:
            steps.append(each.first - before.last)
        is_reset = each.reset or any(step < 0 for step in steps)
        used += sum(step for step in steps if step > 0)
        resets += is_reset
        if before is not None and before.hour == each.hour - 1 and not is_reset:
            hourly[each.hour - start] = sum(steps)
        before = each
    last_heard = before.hour if before is not None else start
    begins = any(each.hour == start - 1 for each in meter.hours)
    findings = []
    if resets:
        findings.append(_reset(meter, resets, used))
    if heard < end - start or not begins:
        findings.append(_gap(meter, heard, end - start))
    is_whole = not resets and begins and last_heard == end - 1
    if heard == 1 and not begins:
        return Use(hourly=hourly, meters=1), findings  # one reading tells no step
    return Use(used=used, is_whole=is_whole, hourly=hourly, meters=1), findings


@lru_cache(maxsize=8)
def _unheard(hours: int) -> NDArray[np.float64]:
    """Hours of which nothing is known, one array for all: an estate has ten thousands of them."""
    nothing = np.full(hours, np.nan)
    nothing.setflags(write=False)
    return nothing


def _missing(meter: Meter) -> Finding:
    return Finding(
        rule="meter-missing",
        code=meter.place,
        sensor=meter.sensor,
        message=f"{meter.sensor} was not heard in this time: what it used is not known",
        remedy="look at the meter and its line; its next reading will tell the sum",
    )


def _reset(meter: Meter, times: int, used: float) -> Finding:
    return Finding(
        rule="meter-reset",
        code=meter.place,
        sensor=meter.sensor,
        message=f"{meter.sensor} ran backwards in {times} hours: at least {used:g} was used",
        remedy="was it replaced or reset? What it counted between both readings is lost",
        figures={"times": times, "used": used},
    )


def _gap(meter: Meter, heard: int, hours: int) -> Finding:
    return Finding(
        rule="meter-gap",
        code=meter.place,
        sensor=meter.sensor,
        message=(
            f"{meter.sensor} was heard in {heard} of {hours} hours, or not before them: what it "
            "used in the others is known as a sum at best"
        ),
        remedy="look at its line; late readings are counted when they come",
        figures={"heard": heard, "hours": hours},
    )


def _added(one: Use, other: Use) -> Use:
    """Return two meters of one place as one."""
    known = [use.used for use in (one, other) if use.used is not None]
    return Use(
        used=math.fsum(known) if known else None,
        is_whole=one.is_whole and other.is_whole,
        hourly=one.hourly + other.hourly,
        meters=one.meters + other.meters,
    )


def _summed(parts: Sequence[tuple[Use, float]], hours: int) -> Use:
    """Sum up what lies in a place, each with its share; what has no meter does not count."""
    measured = [(use, share) for use, share in parts if use.meters]
    if not measured:
        return Use()
    unheard = _unheard(hours)
    known = [(use.used, share) for use, share in measured if use.used is not None]
    if any(use.hourly is unheard for use, _ in measured):
        hourly = unheard
    else:
        hourly = np.zeros(hours)
        for use, share in measured:
            hourly = hourly + share * use.hourly
    return Use(
        used=math.fsum(used * share for used, share in known) if known else None,
        is_whole=all(use.is_whole for use, _ in measured),
        hourly=hourly,
        metered_m2=math.fsum(use.metered_m2 * share for use, share in measured),
        meters=sum(use.meters for use, _ in measured),
    )


def _chosen(own: Use | None, parts: Use, area: float) -> tuple[Use, str | None, float | None]:
    """Choose between a place's own meter and the sum of those below."""
    if own is not None:
        own.metered_m2 = area if own.used is not None else 0.0
        return own, "own", parts.used if parts.meters else None
    return parts, "parts" if parts.meters else None, None


def _compared(place: Place, use: Use, parts: Use) -> list[Finding]:
    """Say where the meters below count more than the one above them: one of them is wrong."""
    if parts.used is None or use.used is None or not (use.is_whole and parts.is_whole):
        return []
    if parts.used <= use.used * (1 + _APART):
        return []
    return [
        Finding(
            rule="meters-disagree",
            code=place.key,
            sensor=None,
            message=(
                f"the meters within {place.key} counted {parts.used:.1f}, its own {use.used:.1f}"
            ),
            remedy="is the own meter in another unit, or one of the others bound to a wrong room?",
            figures={"parts": parts.used, "own": use.used},
        )
    ]


def _line(
    place: Place, area: float, use: Use, by: str | None, beside: float | None, start: int
) -> Line:
    is_heard = use.meters and use.hourly is not _unheard(len(use.hourly))
    known = np.flatnonzero(~np.isnan(use.hourly)) if is_heard else np.zeros(0, int)
    peak = peak_hour = baseline = night = None
    if len(known):
        values = use.hourly[known]
        at = int(np.argmax(values))
        peak, peak_hour = float(values[at]), start + int(known[at])
        baseline = float(np.quantile(values, _BASELINE))
        clock = (start + known + _CHINA_S // HOUR_S) % 24
        is_night = (clock >= _NIGHT_FROM) | (clock < _NIGHT_TO)
        total = float(values.sum())
        night = float(values[is_night].sum()) / total if total > 0 else None
    return Line(
        place=place,
        area_m2=area,
        metered_m2=use.metered_m2,
        used=use.used,
        by=by,
        parts=beside,
        is_whole=use.is_whole,
        meters=use.meters,
        peak=peak,
        peak_hour=peak_hour,
        baseline=baseline,
        night_share=night,
        hours_known=len(known),
    )


def _from_below(places: Mapping[str, Place]) -> list[str]:
    """Order keys so that what lies in a place comes before it."""
    depth: dict[str, int] = {}

    def reach(key: str) -> int:
        if key not in depth:
            depth[key] = 1 + max((reach(up) for up, _ in places[key].within), default=-1)
        return depth[key]

    return sorted(places, key=lambda key: (-reach(key), key))


def hour_of(at: datetime) -> int:
    """Count the whole hours since 1970."""
    return int(at.timestamp() // HOUR_S)
