"""Addresses of entities: ``Datastreams('T-1')/Observations`` (OGC 18-088, 9.2). Pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from fangma.twin.errors import TwinError

_SEGMENT: Final = re.compile(r"(\$?[A-Za-z]+)(?:\((.+)\))?")


class AddressError(TwinError):
    """An address that names nothing in SensorThings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A part of an address: an entity set or a property, and a key within it; or $ref, $value."""

    name: str
    key: str | None = None


def parse(path: str) -> tuple[Step, ...]:
    """Read an address below the service root; keys are texts, in quotes or bare.

    Raises
    ------
    AddressError
    """
    steps = []
    for segment in _segments(path):
        match = _SEGMENT.fullmatch(segment)
        if match is None:
            raise AddressError(
                f"{segment[:80]!r} is no part of an address",
                "write Datastreams('T-1')/Observations",
            )
        steps.append(Step(name=match[1], key=None if match[2] is None else unquoted(match[2])))
    return tuple(steps)


def quoted(key: str) -> str:
    """Write a key: text in quotes, quotes doubled (OData 4.0, 5.1.1.6.2)."""
    return "'" + key.replace("'", "''") + "'"


def unquoted(key: str) -> str:
    """Read a key; the inverse of :func:`quoted`, and a bare number or word as it is."""
    if len(key) > 1 and key[0] == key[-1] == "'":
        return key[1:-1].replace("''", "'")
    return key


def _segments(path: str) -> list[str]:
    """Split at slashes that stand outside of quotes."""
    parts, current, is_quoted = [], "", False
    for letter in path.strip("/"):
        is_quoted ^= letter == "'"
        if letter == "/" and not is_quoted:
            parts.append(current)
            current = ""
        else:
            current += letter
    return [*parts, current]
