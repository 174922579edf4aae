"""What plans take for granted: figures that are data, each with its flag and source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import yaml

from fangma.asset_registry.plain_yaml import UNREADABLE
from fangma.asset_registry.reallocation.errors import ReallocationError
from fangma.asset_registry.standards.figures import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping


class AssumptionsError(ReallocationError):
    """A file of assumptions that is not well formed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One figure."""

    value: float
    flag: Flag
    source: str
    note: str

    def as_dict(self) -> dict[str, Any]:
        """Return what an answer says of it."""
        return {
            "value": self.value,
            "flag": str(self.flag),
            "source": self.source,
            "note": self.note,
        }


Assumptions = dict[str, Assumption]


@cache
def shipped_assumptions() -> Assumptions:
    """Return the assumptions that come with the program."""
    folder = resources.files("fangma.asset_registry.reallocation")
    return read_assumptions(folder.joinpath("assumptions.yaml").read_text("utf-8"), {})


def read_assumptions(text: str, base: Mapping[str, Assumption]) -> Assumptions:
    """Read a file of assumptions over others.

    Parameters
    ----------
    base : mapping of str to Assumption
        What holds where the file says nothing; empty = the file may name anything.

    Raises
    ------
    AssumptionsError
        When a figure is not known, not a number from 0, or has no flag.
    """
    remedy = "compare with reallocation/assumptions.yaml as it is shipped"
    try:
        rows = yaml.safe_load(text)
    except UNREADABLE as error:
        raise AssumptionsError(f"the file is no YAML: {error}", remedy) from None
    if not isinstance(rows, dict):
        raise AssumptionsError(f"found {type(rows).__name__}, expected figures by name", remedy)
    found = dict(base)
    for name, row in rows.items():
        if base and name not in base:
            raise AssumptionsError(
                f"found the figure {name!r}, expected some of {', '.join(base)}", remedy
            )
        value = row.get("value") if isinstance(row, dict) else None
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
        if not isinstance(row, dict) or not is_number or row.get("flag") not in set(Flag):
            raise AssumptionsError(
                f"found {row!r} as {name}, expected a value from 0, a flag, a source and a note",
                remedy,
            )
        found[name] = Assumption(
            value=float(row["value"]), flag=Flag(row["flag"]),
            source=str(row.get("source") or ""), note=str(row.get("note") or ""),
        )  # fmt: skip
    return found
