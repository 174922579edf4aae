"""Which days China's offices work: week-ends, public holidays, and days worked instead (调休).

The years are data, ``workdays.yaml``: the State Council sets them one by one.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.plain_yaml import UNREADABLE, check_plain

_FIRST: Final = date(1970, 1, 1)
_THURSDAY: Final = 3
_SATURDAY: Final = 5
_REMEDY: Final = 'write {year: 2026, source: ..., holidays: ["10-01/10-07"], worked: ["10-10"]}'

Days = NDArray[np.int64]


class WorkdaysError(RegistryError):
    """A calendar that cannot be used."""


class Year(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was set for a year.

    Attributes
    ----------
    source : str
        The notice.
    flag : str or None
        How sure it is, as in the rule packs.
    holidays, worked : tuple of str
        Days, or first and last days, as ``10-01/10-07``.
    """

    year: int
    source: str
    holidays: tuple[str, ...]
    worked: tuple[str, ...]
    flag: str | None = None


class Workdays:
    """A calendar; of years that it does not have, week-ends are off."""

    def __init__(self, years: tuple[Year, ...] = ()) -> None:
        self.years = years
        set_ = {
            (day - _FIRST).days: is_off
            for year in years
            for spans, is_off in ((year.holidays, True), (year.worked, False))
            for span in spans
            for day in _days(year.year, span)
        }
        self._days = np.array(sorted(set_), np.int64)
        self._off = np.array([set_[day] for day in sorted(set_)], bool)

    def are_off(self, days: Days) -> NDArray[np.bool_]:
        """Tell which days are off.

        Parameters
        ----------
        days : int64, any shape
            Days since 1 January 1970, in China.

        Examples
        --------
        >>> two = np.array([20728, 20736])  # Thursday, 1 October 2026, and Friday a week later
        >>> read_workdays().are_off(two).tolist(), Workdays().are_off(two).tolist()
        ([True, False], [False, False])
        """
        found: NDArray[np.bool_] = (days + _THURSDAY) % 7 >= _SATURDAY
        if len(self._days):
            at = np.minimum(np.searchsorted(self._days, days), len(self._days) - 1)
            found = np.where(self._days[at] == days, self._off[at], found)
        return found

    def is_off(self, day: date) -> bool:
        """Tell whether a day is off."""
        return bool(self.are_off(np.array((day - _FIRST).days)))


def read_workdays(text: str | None = None) -> Workdays:
    """Read a calendar from YAML; None = the one that comes with the program.

    Raises
    ------
    WorkdaysError, YamlError
        Names the year that is wrong.
    """
    if text is None:
        return _shipped()
    check_plain(text, "the workdays")
    try:
        return Workdays(msgspec.yaml.decode(text, type=tuple[Year, ...]))
    except (msgspec.DecodeError, *UNREADABLE) as error:
        raise WorkdaysError(f"the workdays cannot be read: {error}", _REMEDY) from None


@cache
def _shipped() -> Workdays:
    file = files("fangma.asset_registry").joinpath("workdays.yaml")
    return Workdays(msgspec.yaml.decode(file.read_text("utf-8"), type=tuple[Year, ...]))


def _days(year: int, span: str) -> list[date]:
    first, _, last = span.partition("/")
    try:
        start, end = (date.fromisoformat(f"{year}-{each}") for each in (first, last or first))
    except ValueError:
        raise WorkdaysError(f"{year} has {span[:40]!r}, expected a day or two", _REMEDY) from None
    if end < start:
        raise WorkdaysError(f"{year} has {span!r}, which ends before it begins", _REMEDY)
    return [start + timedelta(days=i) for i in range((end - start).days + 1)]
