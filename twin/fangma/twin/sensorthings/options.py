"""Query options: $top $skip $count $orderby $select $expand $filter (OGC 18-088, 9.3). Pure.

Of $filter: comparisons (eq ne gt ge lt le) of a property with a literal, joined by ``and``; all
else is refused with a word, never ignored.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from fangma.twin.errors import TwinError
from fangma.twin.times import TimeFormatError, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

USUAL: Final = 100
MOST: Final = 10_000
_KNOWN: Final = frozenset(
    ("$top", "$skip", "$count", "$orderby", "$select", "$expand", "$filter", "$resultFormat")
)
_COMPARISON: Final = re.compile(
    r"\s*([\w@./]+)\s+(eq|ne|gt|ge|lt|le)\s+('(?:[^']|'')*'|[^\s']+)\s*", re.IGNORECASE
)
_AND: Final = re.compile(r"and\s", re.IGNORECASE)
COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")
}


class OptionError(TwinError):
    """A query option that cannot be followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A comparison of a property with a value."""

    name: str
    compare: str
    value: float | bool | str | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a client asks of a collection."""

    top: int = USUAL
    skip: int = 0
    count: bool = False
    order: tuple[str, bool] | None = None  # property, descending
    select: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


def read_options(given: Mapping[str, str]) -> Options:
    """Read the query of a request.

    Raises
    ------
    OptionError
        For an option that is unknown or cannot be followed.
    """
    unknown = [name for name in given if name.startswith("$") and name not in _KNOWN]
    if unknown:
        raise OptionError(
            f"found the option {unknown[0][:40]}, expected of {', '.join(sorted(_KNOWN))}",
            "leave it out",
        )
    return Options(
        top=min(_whole(given, "$top", USUAL), MOST),
        skip=_whole(given, "$skip", 0),
        count=given.get("$count", "false").lower() == "true",
        order=_order(given.get("$orderby")),
        select=_names(given.get("$select")),
        expand=_names(given.get("$expand")),
        conditions=_conditions(given.get("$filter")),
    )


def passes(entity: Mapping[str, Any], conditions: tuple[Condition, ...]) -> bool:
    """Tell whether an entity meets all conditions; a missing property meets none but ``ne``."""
    for condition in conditions:
        found: Any = entity
        for part in re.split(r"[./](?!iot)", condition.name):
            found = found.get(part) if isinstance(found, dict) else None
        wanted: Any = condition.value
        if isinstance(wanted, datetime) and isinstance(found, str):
            found = datetime.fromisoformat(found)
        try:
            if not COMPARE[condition.compare](found, wanted):
                return False
        except TypeError:
            return False
    return True


def _whole(given: Mapping[str, str], name: str, usual: int) -> int:
    text = given.get(name)
    if text is None:
        return usual
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise OptionError(f"{name} is {text[:40]!r}, expected a whole number", "correct it")
    return int(text)


def _order(text: str | None) -> tuple[str, bool] | None:
    if not text:
        return None
    name, _, direction = text.strip().partition(" ")
    if direction.strip().lower() not in ("", "asc", "desc") or "," in text:
        raise OptionError(
            f"$orderby is {text[:60]!r}, expected one property and asc or desc", "order by one"
        )
    return name, direction.strip().lower() == "desc"


def _names(text: str | None) -> tuple[str, ...]:
    if not text:
        return ()
    names = tuple(name.strip() for name in text.split(","))
    if any(not re.fullmatch(r"[\w@./]+", name) for name in names):
        raise OptionError(
            f"found {text[:60]!r}, expected names with commas between",
            "nesting is not read",
        )
    return names


def _conditions(text: str | None) -> tuple[Condition, ...]:
    found: list[Condition] = []
    position = 0
    while text and position < len(text):
        match = _COMPARISON.match(text, position)
        if match is None:
            raise OptionError(
                f"$filter cannot be read from {text[position : position + 40]!r} on",
                "write comparisons joined by and: result gt 20 and phenomenonTime ge "
                "2026-11-21T00:00:00Z",
            )
        found.append(Condition(name=match[1], compare=match[2].lower(), value=_literal(match[3])))
        position = match.end()
        joint = _AND.match(text, position)
        if joint is None and position < len(text):
            raise OptionError(
                f"$filter goes on with {text[position : position + 40]!r}, expected and",
                "or, not and functions are not read",
            )
        position = joint.end() if joint else position
    return tuple(found)


def _literal(text: str) -> float | bool | str | datetime | None:
    if text[0] == "'":
        return text[1:-1].replace("''", "'")
    if text in ("true", "false"):
        return text == "true"
    if text == "null":
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return parse_time(text)
    except TimeFormatError:
        raise OptionError(
            f"found the literal {text[:60]!r}, expected a number, 'text', true, false or a time",
            "write texts in single quotes",
        ) from None
