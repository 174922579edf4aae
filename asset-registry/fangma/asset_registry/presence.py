"""Whether somebody is in a room, from whatever reports there. Pure; of rooms, never of persons.

Each reading speaks for or against presence with a weight that fades with its age; the weights add
up as log-odds. A count of people is taken as it is while it is fresh.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.observation import Result

SMALLEST: Final = 3
"""Counts from one up to below this are not told (small groups)."""

COUNTING: Final = (
    "people|person|head[ _-]?count|occupants|visitors|footfall|人数|人员计数|人员数|人流|客流"
)
"""What an observed property that counts people holds, case aside; Python and PostgreSQL alike."""

COUNTING_UNIT: Final = r"^(\{(people|persons?|pers|pax|occupants?|heads?)\}|人)$"
"""Units in which people are counted, whatever the property is called."""

PRESENCE: Final = "^(occupancy|occupied|presence)$"
"""Properties that say whether somebody is there; a number above 1 is a count all the same."""

WATCHING: Final = f"{COUNTING}|{PRESENCE}|^motion$"
"""Properties that are evidence, over months, of whether a room is used."""

_FADES_S: Final = 900.0
_FORGOTTEN_S: Final = 6 * 3600.0
_PRIOR: Final = math.log(0.3 / 0.7)


@lru_cache(maxsize=10_000)
def counts_people(observed_property: str | None, unit: str | None = None) -> bool:
    """Tell whether a stream counts people, by what it observes or by its unit.

    Examples
    --------
    >>> counts_people("PeopleCount"), counts_people("flow", "{persons}"), counts_people("flow")
    (True, True, False)
    """
    return bool(
        re.search(COUNTING, observed_property or "", re.IGNORECASE)
        or re.search(COUNTING_UNIT, unit or "", re.IGNORECASE)
    )


def told(observed_property: str | None, unit: str | None, result: Result | None) -> Result | None:
    """Return what may be told of a result: a count of people too small to tell is None.

    Of a word among counts nothing is told when it holds a digit. Of one or two people "occupied" is
    told where presence is observed.

    Examples
    --------
    >>> told("people", None, 2.0), told("people", None, 0.0), told("people", None, 3.0)
    (None, 0.0, 3.0)
    >>> told("people", None, "2"), told("flow", "{persons}", 1.0), told("temperature", "Cel", 2.0)
    (None, None, 2.0)
    >>> told("occupancy", None, 2.0), told("occupancy", None, 1.0), told("occupancy", None, 4.0)
    (1.0, 1.0, 4.0)
    """
    if result is None or isinstance(result, bool):
        return result
    if counts_people(observed_property, unit):
        if isinstance(result, str):
            return None if any(letter.isdigit() for letter in result) else result
        return None if 0 < result < SMALLEST else result
    if isinstance(result, str) or not 1 < result < SMALLEST:
        return result
    return 1.0 if _says_presence(observed_property) else result


@lru_cache(maxsize=10_000)
def _says_presence(observed_property: str | None) -> bool:
    return bool(re.search(PRESENCE, observed_property or "", re.IGNORECASE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one sensor of a room says; ``age_s`` at the moment that is asked about."""

    observed_property: str
    result: Result
    age_s: float
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """How a room is used at a moment.

    Attributes
    ----------
    count : int or None
        People, where they are counted; None when nobody counts, or the count is too small to tell.
    suppressed : bool
        There is a count that is not told.
    occupied : bool or None
        None when nothing fresh speaks of it.
    confidence : float
        Probability, 0.5 to 1, that ``occupied`` is right.
    from_ : tuple of str
        Properties that it rests on.
    """

    count: int | None
    suppressed: bool
    occupied: bool | None
    confidence: float
    from_: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API."""
        return {
            "count": self.count,
            "suppressed": self.suppressed,
            "occupied": self.occupied,
            "confidence": round(self.confidence, 3),
            "from": list(self.from_),
        }


def presence(readings: Iterable[Reading], *, smallest: int = SMALLEST) -> Presence:
    """Judge a room by the newest reading of each of its sensors.

    Examples
    --------
    >>> presence([Reading(observed_property="people", result=12.0, age_s=30)]).count
    12
    >>> presence([Reading(observed_property="people", result=2.0, age_s=30)]).suppressed
    True
    >>> presence([Reading(observed_property="occupancy", result=True, age_s=10)]).occupied
    True
    >>> presence([]).occupied is None
    True
    """
    log_odds, used, count = _PRIOR, [], None
    for each in readings:
        speaks = _says(each)
        if speaks is None or not 0 <= each.age_s < _FORGOTTEN_S:
            continue
        log_odds += speaks * math.exp(-each.age_s / _FADES_S)
        used.append(each.observed_property)
        if counts_people(each.observed_property, each.unit) and not isinstance(
            each.result, bool | str
        ):
            count = (count or 0) + max(0, round(each.result))
    if not used:
        return Presence(count=None, suppressed=False, occupied=None, confidence=0.5, from_=())
    probability = 1 / (1 + math.exp(-log_odds))
    is_small = count is not None and 0 < count < smallest
    return Presence(
        count=None if is_small else count,
        suppressed=is_small,
        occupied=probability >= 0.5,
        confidence=max(probability, 1 - probability),
        from_=tuple(sorted(set(used))),
    )


def _says(reading: Reading) -> float | None:
    """Return the log-odds of presence that a fresh reading gives; None when it says nothing of it.

    Product defaults: a passive infrared sensor sees movement, not people, so that "no" is weaker
    than "yes"; carbon dioxide above that of the open air (420 ppm) is somebody's breath, of a while
    ago; a booking is an intention.
    """
    result = reading.result
    if isinstance(result, str):
        return None
    if counts_people(reading.observed_property, reading.unit):
        return 5.0 if result > 0 else -5.0
    match reading.observed_property:
        case "occupancy":
            return 4.0 if result else -2.0
        case "co2":
            return max(-2.0, min(3.0, (result - 600) / 100))
        case "booking":
            return 1.5 if result else -0.5
        case "door" | "access":
            return 0.8 if result else None
        case _:
            return None
