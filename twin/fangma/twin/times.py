"""Points of time as people and programs write them: RFC 3339, or a date alone.

A time must say its offset: a time without one has no meaning of its own, and guessing one would
move a fact by hours in silence. A date alone is the start of that day in China (UTC+8, all of it),
because dates in the registry's documents are such days.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from fangma.twin.errors import TwinError

CHINA: Final = timezone(timedelta(hours=8), "UTC+8")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
# A plus sign left bare in a URL arrives as a blank; no other reading of that blank exists.
_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(?:([Zz])|([+\- ])(\d{2}:\d{2}))"
)
_EARLIEST: Final = datetime(1000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)


class TimeFormatError(TwinError):
    """A text is not a point of time."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(
            f"{text[:60]!r} is not a point of time: {why}.",
            "Write it as 2026-11-21T09:00:00+08:00 (RFC 3339 with its offset), "
            "or as a date alone, 2026-11-21, for the start of that day in China.",
        )


def parse_time(text: str) -> datetime:
    """Read a point of time.

    Returns
    -------
    time : datetime
        With its offset; microseconds are kept, finer digits are cut off.

    Raises
    ------
    TimeFormatError
        When the form is another, the offset is missing, or the day does not exist.

    Examples
    --------
    >>> parse_time("2026-11-21T09:00:00+08:00").isoformat()
    '2026-11-21T09:00:00+08:00'
    >>> parse_time("2026-11-21").isoformat()
    '2026-11-21T00:00:00+08:00'
    """
    if _DATE.fullmatch(text):
        moment = _built(text, text + "T00:00:00").replace(tzinfo=CHINA)
    else:
        match = _TIME.fullmatch(text)
        if match is None:
            why = "the offset is missing" if _TIME.fullmatch(text + "Z") else "the form is another"
            raise TimeFormatError(text, why)
        day, clock, zulu, sign, offset = match.groups()
        clock = clock[:15]  # hh:mm:ss.ffffff
        if "." in clock:
            clock = clock.ljust(15, "0")
        zone = "+00:00" if zulu else ("+" if sign == " " else sign) + offset
        moment = _built(text, f"{day}T{clock}{zone}")
    if not _EARLIEST <= moment <= _LATEST:
        raise TimeFormatError(text, "it lies outside the years 1000 to 9000")
    return moment


def _built(text: str, iso: str) -> datetime:
    try:
        return datetime.fromisoformat(iso)
    except ValueError as error:
        raise TimeFormatError(text, str(error)) from None
