"""What a stream observed, and how good it is: the vocabulary of everything that is live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

Result = float | bool | str

QUALITIES: Final = ("good", "ahead", "range", "rate", "stuck")
"""By number as the database keeps them; qualities.py judges. ``ahead``: the sensor's clock was
before ours by more than :data:`LARGEST_LEAD`; such a value is kept, and is the newest only until
one comes that is not (:func:`is_newer`). ``range``: no such thing can be; ``rate``: it cannot
change so fast; ``stuck``: it has not moved for too long."""

LARGEST_LEAD: Final = timedelta(minutes=5)
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Outside of these years a time is that of a clock that was never set."""


class Observation(msgspec.Struct, frozen=True, gc=False):
    """One value of one stream; the pair of sensor and time names it.

    A struct, not a dataclass: there are a hundred thousand a second of them, and a frozen dataclass
    takes six times as long to make.

    Attributes
    ----------
    sensor : str
        Name of the stream outside.
    at : datetime
        phenomenonTime (OGC 18-088, 8.2.6), aware, from :data:`EARLIEST` up to :data:`LATEST`.
    result : float, bool or str
        In the stream's unit (UCUM); finite.
    """

    sensor: str
    at: datetime
    result: Result

    def columns(self) -> tuple[float | None, str | None]:
        """Return number and word as the database keeps a result; yes and no are both."""
        match self.result:
            case bool():
                return float(self.result), "true" if self.result else "false"
            case str():
                return None, self.result
            case _:
                return float(self.result), None


@dataclass(frozen=True, slots=True)
class Refused:
    """A message, or one observation of it, that cannot be stored.

    Attributes
    ----------
    place : str
        MQTT topic or HTTP path.
    rule : str
        Which rule it breaks; stable, for counting.
    message : str
        What was found and what was expected.
    sample : str
        The beginning of what came, printable.
    """

    place: str
    rule: str
    message: str
    sample: str


def is_newer(at: datetime, before: datetime | None, now: datetime) -> bool:
    """Tell whether a reading becomes a stream's newest, after one of the time ``before``.

    One that bears a time to come gives way to one that does not: else a clock that was wrong once
    would hide a stream until that time.
    """
    if before is None or at > before:
        return True
    latest = now + LARGEST_LEAD
    return before > latest >= at


def result_of(number: float | None, word: str | None) -> Result:
    """Return the result that two columns keep; the inverse of :meth:`Observation.columns`."""
    if number is None:
        return word or ""
    return number if word is None else bool(number)
