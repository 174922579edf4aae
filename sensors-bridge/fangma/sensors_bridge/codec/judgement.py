"""What every decoder asks of a sensor's name, a time and a result, and how it refuses."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from fangma.asset_registry.observation import EARLIEST, LATEST, Observation, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_NAME: Final = 200
LONGEST_WORD: Final = 1000
"""A state is a word. Longer texts are documents, pictures or templates of faces: not kept here."""

_SAMPLE: Final = 200
_LONG_RUN: Final = re.compile(r"[A-Za-z0-9+/=_-]{40,}")
"""Letters without an end are a document, a picture or a template: not shown either."""


class PayloadError(ValueError):
    """What came cannot be an observation.

    Attributes
    ----------
    rule : str
        Which rule it breaks: ``json``, ``shape``, ``sensor``, ``time`` or ``result``.
    is_private : bool
        It may be a picture or a template of somebody: nothing of it is shown.
    """

    def __init__(self, rule: str, message: str, *, is_private: bool = False) -> None:
        super().__init__(message)
        self.rule = rule
        self.is_private = is_private


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a message holds; ``refused`` says why the rest of it is missing."""

    observations: tuple[Observation, ...] = ()
    refused: tuple[Refused, ...] = ()


def judge(sensor: object, at: object, result: object) -> Observation:
    """Make an observation of three values of whatever kind.

    Raises
    ------
    PayloadError
    """
    return Observation(named(sensor), _timed(at), _valued(result))


def refuse(place: str, error: PayloadError, payload: bytes) -> Decoded:
    """Say that a whole message is refused."""
    return Decoded(refused=(refusal(place, error, payload),))


def refusal(place: str, error: PayloadError, payload: bytes) -> Refused:
    """Put a refusal in words that a database takes."""
    sample = "" if error.is_private else _shown(payload)
    return Refused(_printable(place), error.rule, _printable(str(error)), sample)


def named(sensor: object) -> str:
    """Return what may name a sensor.

    Raises
    ------
    PayloadError
    """
    if not isinstance(sensor, str) or len(sensor) > LONGEST_NAME or not _may_name(sensor):
        raise PayloadError(
            "sensor",
            f"a sensor is named by 1 to {LONGEST_NAME} characters that can be printed, without "
            "outer blanks; this one is not",
        )
    return sensor


@lru_cache(maxsize=400_000)  # the same names come again and again
def _may_name(sensor: str) -> bool:
    return sensor != "" and sensor.isprintable() and sensor == sensor.strip()


def may_all_name(texts: Sequence[str]) -> bool:
    """Tell at once whether texts of at most :data:`LONGEST_NAME` characters may all name sensors.

    Of names with a slash beside a blank it says no: one by one, :func:`named` knows better.
    """
    text = "/".join(["", *texts, ""])
    return text.isprintable() and not any(each in text for each in ("//", "/ ", " /"))


class Telling(Protocol):
    """What typed decoders read: an observation without its sensor."""

    phenomenonTime: datetime  # noqa: N815 - OGC 18-088
    result: float | bool | str


def is_all_well(told: Sequence[Telling]) -> bool:
    """Check what a typed decoder cannot: the years, and characters that are no text."""
    try:
        for one in told:
            if not EARLIEST <= one.phenomenonTime < LATEST:
                return False
            result = one.result
            if type(result) is str and "\0" in result:
                return False
    except OverflowError:  # a time at the edge of the calendar, moved over it by its offset
        return False
    return True


def _timed(at: object) -> datetime:
    if at is None:
        raise PayloadError(
            "time", "phenomenonTime is missing, expected e.g. 2026-11-21T09:00:00.000+08:00"
        )
    if isinstance(at, str):
        at = _read(at)
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise PayloadError(
            "time", "phenomenonTime has no offset, expected e.g. 2026-11-21T09:00:00.000+08:00"
        )
    try:
        is_plausible = EARLIEST <= at < LATEST
    except OverflowError:
        is_plausible = False
    if not is_plausible:
        raise PayloadError(
            "time", f"phenomenonTime is {at.isoformat()}, expected a year from 2000 to 2099"
        )
    return at


def _read(text: str) -> datetime:
    """Read a time: as the typed decoders do, so that nanoseconds are rounded alike; else as ISO."""
    try:
        return msgspec.convert(text, datetime)
    except (msgspec.ValidationError, UnicodeEncodeError):
        pass
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise PayloadError(
            "time",
            f"phenomenonTime is {text[:60]!r}, expected e.g. 2026-11-21T09:00:00.000+08:00",
        ) from None


def _valued(result: object) -> float | bool | str:
    match result:
        case bool():
            return result
        case int() | float():
            try:
                number = float(result)
            except OverflowError:
                number = math.inf
            if not math.isfinite(number):
                raise PayloadError("result", "the result is not a finite number")
            return number
        case str():
            if len(result) > LONGEST_WORD:
                raise PayloadError(
                    "result",
                    f"the result is a text of {len(result)} characters, expected a number, yes or "
                    f"no, or a word of at most {LONGEST_WORD}",
                    is_private=True,
                )
            if "\0" in result or not _is_text(result):
                raise PayloadError("result", "the result holds characters that are no text")
            return result
        case None:
            raise PayloadError("result", "the result is missing")
        case _:
            raise PayloadError(
                "result", f"the result is a {type(result).__name__}, expected a number or a word"
            )


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _printable(text: str) -> str:
    cleaned = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return cleaned[:500]


def _shown(payload: bytes) -> str:
    return _LONG_RUN.sub("...", _printable(payload[:_SAMPLE].decode("utf-8", "replace")))
