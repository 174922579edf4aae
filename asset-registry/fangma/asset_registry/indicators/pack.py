"""Indicators as data: dimensions, formulas, directions, targets, sources; read and refused here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import yaml

from fangma.asset_registry.indicators.errors import IndicatorError, UnknownIndicatorsError
from fangma.asset_registry.indicators.figures import KINDS
from fangma.asset_registry.indicators.formula import Formula, read_formula
from fangma.asset_registry.plain_yaml import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_TOP: Final = frozenset({"pack", "title", "title_en", "source", "dimensions"})
_DIMENSION: Final = frozenset({"key", "title", "title_en", "indicators"})
_INDICATOR: Final = frozenset({
    "key", "title", "title_en", "formula", "unit", "unit_en", "digits", "direction", "target",
    "band", "source", "note", "note_en",
})  # fmt: skip
_KEY: Final = re.compile(r"[a-z][a-z0-9\-]{0,59}")
_LONGEST: Final = 500
_MOST: Final = 200


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"  # a fact, neither good nor bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One line of the board.

    Attributes
    ----------
    unit : str
        As it is shown: ``%``, ``㎡/人`` ...
    target : float or None
        What should be reached (``higher``) or not be passed (``lower``); None = nobody set one.
    band : float
        How far from the target one is still near it, in the indicator's unit.
    source : str
        Document and clause, or whose practice.
    """

    key: str
    title: str
    title_en: str
    formula: Formula
    unit: str
    unit_en: str
    digits: int
    direction: Direction
    target: float | None
    band: float
    source: str
    note: str
    note_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A group of indicators."""

    key: str
    title: str
    title_en: str
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorPack:
    """A board as its editor wrote it."""

    name: str
    title: str
    title_en: str
    source: str
    dimensions: tuple[Dimension, ...]


@cache
def shipped() -> tuple[IndicatorPack, ...]:
    """Return the packs that come with the program, by name."""
    folder = resources.files("fangma.asset_registry.indicators").joinpath("packs")
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".yaml")), key=lambda f: f.name
    )
    return tuple(read_indicators(file.read_text("utf-8"), file.name) for file in files)


def load(folder: Path) -> tuple[IndicatorPack, ...]:
    """Return the packs of a folder, then the shipped ones that none of these replaces by name.

    Raises
    ------
    IndicatorError
        When a file is not well formed, or two have one name.
    """
    own: dict[str, IndicatorPack] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise IndicatorError(
                f"{file.name} is not UTF-8: {error}", "save it as UTF-8"
            ) from error
        pack = read_indicators(text, file.name)
        if pack.name in own:
            raise IndicatorError(
                f"{file.name}: found a second pack named {pack.name}, expected one",
                "rename one of them",
            )
        own[pack.name] = pack
    return (*own.values(), *(pack for pack in shipped() if pack.name not in own))


def choose(packs: Iterable[IndicatorPack], name: str | None) -> IndicatorPack:
    """Return a pack by name; without one, the first.

    Raises
    ------
    UnknownIndicatorsError
    """
    there = tuple(packs)
    if name is None:
        return there[0]
    for pack in there:
        if pack.name == name:
            return pack
    raise UnknownIndicatorsError(
        f"found no pack of indicators named {name[:60]!r}",
        f"name one of {', '.join(pack.name for pack in there)}",
    )


def read_indicators(text: str, origin: str) -> IndicatorPack:
    """Read one pack.

    Parameters
    ----------
    text : str
        YAML as ``packs/office.yaml`` has it; docs/indicators.md tells the fields.
    origin : str
        File name, for messages.

    Raises
    ------
    IndicatorError
        Where something is missing, unknown or of the wrong kind.
    """
    try:
        content = yaml.safe_load(text)
    except UNREADABLE as error:
        raise IndicatorError(
            f"{origin} is not YAML: {error}", "mend the line named above"
        ) from None
    return _Reader(origin).pack(content)


class _Reader:
    """Walk a pack, knowing where it stands."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def refuse(self, where: str, found: object, expected: str) -> IndicatorError:
        return IndicatorError(
            f"{self.origin}, {where}: found {str(found)[:80]!r}, expected {expected}",
            f"correct {where} in {self.origin}",
        )

    def pack(self, content: object) -> IndicatorPack:
        top = self.mapping(content, "the file", _TOP)
        dimensions = tuple(
            self.dimension(each, f"dimension {index}")
            for index, each in enumerate(self.rows(top, "dimensions", "the file"), 1)
        )
        self.once((each.key for each in dimensions), "dimensions")
        self.once((i.key for each in dimensions for i in each.indicators), "indicators")
        return IndicatorPack(
            name=self.key(top, "pack", "the file"),
            title=self.text(top, "title", "the file"),
            title_en=self.text(top, "title_en", "the file", otherwise=str(top.get("title", ""))),
            source=self.text(top, "source", "the file", otherwise=""),
            dimensions=dimensions,
        )

    def dimension(self, content: object, where: str) -> Dimension:
        row = self.mapping(content, where, _DIMENSION)
        key = self.key(row, "key", where)
        return Dimension(
            key=key,
            title=self.text(row, "title", where),
            title_en=self.text(row, "title_en", where, otherwise=str(row.get("title", ""))),
            indicators=tuple(
                self.indicator(each, f"{key}, indicator {index}")
                for index, each in enumerate(self.rows(row, "indicators", where), 1)
            ),
        )

    def indicator(self, content: object, where: str) -> Indicator:
        row = self.mapping(content, where, _INDICATOR)
        where = f"indicator {self.key(row, 'key', where)}"
        direction = self.text(row, "direction", where)
        if direction not in set(Direction):
            raise self.refuse(where, direction, "a direction: " + ", ".join(Direction))
        target = None if row.get("target") is None else self.number(row, "target", where)
        if direction == Direction.NONE and target is not None:
            raise self.refuse(where, target, "no target where there is no direction")
        digits = row.get("digits", 1)
        if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 6:
            raise self.refuse(where, digits, "0 to 6 digits")
        try:
            formula = read_formula(self.text(row, "formula", where), KINDS)
        except IndicatorError as error:
            raise IndicatorError(f"{self.origin}, {where}: {error.message}", error.remedy) from None
        return Indicator(
            key=str(row["key"]),
            title=self.text(row, "title", where),
            title_en=self.text(row, "title_en", where, otherwise=str(row.get("title", ""))),
            formula=formula,
            unit=(unit := self.text(row, "unit", where, otherwise="")),
            unit_en=self.text(row, "unit_en", where, otherwise=unit),
            digits=digits,
            direction=Direction(direction),
            target=target,
            band=abs(self.number(row, "band", where)) if "band" in row else 0.0,
            source=self.text(row, "source", where),
            note=self.text(row, "note", where, otherwise=""),
            note_en=self.text(row, "note_en", where, otherwise=""),
        )

    def mapping(self, content: object, where: str, allowed: frozenset[str]) -> Mapping[str, Any]:
        if not isinstance(content, dict):
            raise self.refuse(where, content, f"the fields {', '.join(sorted(allowed))}")
        unknown = [key for key in content if key not in allowed]
        if unknown:
            raise self.refuse(where, unknown[0], f"one of {', '.join(sorted(allowed))}")
        return content

    def rows(self, row: Mapping[str, Any], key: str, where: str) -> list[object]:
        found = row.get(key)
        if not isinstance(found, list) or not 0 < len(found) <= _MOST:
            raise self.refuse(where, found, f"a list of 1 to {_MOST} {key}")
        return found

    def text(
        self, row: Mapping[str, Any], key: str, where: str, *, otherwise: str | None = None
    ) -> str:
        found = row.get(key, otherwise)
        if not isinstance(found, str) or len(found) > _LONGEST:
            raise self.refuse(where, found, f"a text of at most {_LONGEST} characters as {key}")
        if not found.strip() and otherwise is None:
            raise self.refuse(where, found, f"a text as {key}")
        return found.strip()

    def key(self, row: Mapping[str, Any], name: str, where: str) -> str:
        found = row.get(name)
        if not isinstance(found, str) or not _KEY.fullmatch(found):
            raise self.refuse(where, found, f"small letters, digits and hyphens as {name}")
        return found

    def number(self, row: Mapping[str, Any], key: str, where: str) -> float:
        found = row[key]
        if isinstance(found, bool) or not isinstance(found, int | float) or abs(found) > 1e12:
            raise self.refuse(where, found, f"a number as {key}")
        if found != found:
            raise self.refuse(where, found, f"a number as {key}")
        return float(found)

    def once(self, keys: Iterable[str], what: str) -> None:
        seen: set[str] = set()
        for key in keys:
            if key in seen:
                raise self.refuse(what, key, "each key once")
            seen.add(key)
