"""Query options: $top $skip $count $orderby $select $expand $filter (OGC 18-088, 9.3). Pure.

What an expanded property asks in brackets are options of its own:
``$expand=Datastreams($select=name;$expand=Observations($top=1))``. What cannot be followed is
refused with a word, never ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from fangma.twin.sensorthings.filters import Expression, OptionError, read_filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["MOST", "USUAL", "Expand", "OptionError", "Options", "read_options"]

USUAL: Final = 100
MOST: Final = 10_000
_DEEPEST: Final = 4
_KNOWN: Final = frozenset(
    ("$top", "$skip", "$count", "$orderby", "$select", "$expand", "$filter", "$resultFormat")
)
_NAME: Final = re.compile(r"[\w@./]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a client asks of a collection.

    Attributes
    ----------
    order : tuple of (str, bool)
        Properties, the first counts most; True = descending.
    """

    top: int = USUAL
    skip: int = 0
    count: bool = False
    order: tuple[tuple[str, bool], ...] = ()
    select: tuple[str, ...] = ()
    expand: tuple[Expand, ...] = ()
    where: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expand:
    """A navigation property that is to be written out, and how."""

    name: str
    options: Options


def read_options(given: Mapping[str, str], *, depth: int = 0) -> Options:
    """Read the query of a request, or what stands in the brackets of an expanded property.

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
    where = given.get("$filter")
    return Options(
        top=min(_whole(given, "$top", USUAL), MOST),
        skip=_whole(given, "$skip", 0),
        count=given.get("$count", "false").lower() == "true",
        order=_order(given.get("$orderby")),
        select=_names(given.get("$select")),
        expand=_expands(given.get("$expand"), depth),
        where=read_filter(where) if where and where.strip() else None,
    )


def _whole(given: Mapping[str, str], name: str, usual: int) -> int:
    text = given.get(name)
    if text is None:
        return usual
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise OptionError(f"{name} is {text[:40]!r}, expected a whole number", "correct it")
    return int(text)


def _order(text: str | None) -> tuple[tuple[str, bool], ...]:
    found = []
    for part in (text or "").split(",") if text else ():
        name, _, direction = part.strip().partition(" ")
        direction = direction.strip().lower()
        if direction not in ("", "asc", "desc") or not _NAME.fullmatch(name):
            raise OptionError(
                f"$orderby is {text and text[:60]!r}, expected properties with asc or desc",
                "write phenomenonTime desc,result",
            )
        found.append((name, direction == "desc"))
    return tuple(found)


def _names(text: str | None) -> tuple[str, ...]:
    if not text:
        return ()
    names = tuple(name.strip() for name in text.split(","))
    if not all(_NAME.fullmatch(name) for name in names):
        raise OptionError(f"found {text[:60]!r}, expected names with commas between", "correct it")
    return names


def _expands(text: str | None, depth: int) -> tuple[Expand, ...]:
    """Read what is to be expanded; what is named twice is expanded once, with all that is asked."""
    if not text:
        return ()
    if depth >= _DEEPEST:
        raise OptionError(f"$expand is nested more than {_DEEPEST} times", "ask in two requests")
    found: dict[str, Options] = {}
    for part in _split(text, ","):
        match = re.fullmatch(r"\s*([A-Za-z]+(?:/[A-Za-z]+)*)\s*(?:\((.*)\))?\s*", part, re.DOTALL)
        if match is None:
            raise OptionError(
                f"$expand has {part[:60]!r}, expected a navigation property",
                "write Datastreams,Locations or Datastreams($expand=Observations($top=1))",
            )
        within = dict(_option(each) for each in _split(match[2] or "", ";") if each.strip())
        *above, last = match[1].split("/")
        options = read_options(within, depth=depth + len(above) + 1)
        if depth + len(above) >= _DEEPEST:
            raise OptionError(f"$expand is nested more than {_DEEPEST} times", "ask twice")
        for name in reversed(above):
            options, last = Options(expand=(Expand(name=last, options=options),)), name
        if last in found:
            said = found[last] if above else options
            options = replace(said, expand=(*found[last].expand, *options.expand))
        found[last] = options
    return tuple(Expand(name=name, options=options) for name, options in found.items())


def _option(text: str) -> tuple[str, str]:
    name, sign, value = text.strip().partition("=")
    if not sign or not name.startswith("$"):
        raise OptionError(
            f"found {text[:60]!r} in the brackets of $expand, expected an option",
            "write Observations($top=1;$orderby=phenomenonTime desc)",
        )
    return name, value


def _split(text: str, sign: str) -> Iterator[str]:
    """Split at signs that stand outside of quotes and brackets."""
    current, depth, is_quoted = "", 0, False
    for letter in text:
        is_quoted ^= letter == "'"
        if not is_quoted:
            depth += (letter == "(") - (letter == ")")
            if depth < 0:
                break
            if letter == sign and depth == 0:
                yield current
                current = ""
                continue
        current += letter
    if depth or is_quoted:
        raise OptionError(f"brackets or quotes of {text[:60]!r} do not match", "close each")
    yield current
