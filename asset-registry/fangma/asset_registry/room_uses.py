"""Room uses and how they are told from the words of a model.

The six classes of table 2 of the 2014 construction standard (发改投资〔2014〕2674号) and of the
assignments table, finer uses below them, and public circulation apart: 使用面积 leaves out halls,
corridors and stairs, so 公共交通 is never usable area. The words are data: ``room_uses.yaml``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

import yaml

from fangma.asset_registry.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CLASSES: Final[Mapping[str, str]] = {
    "办公室": "office",
    "领导办公室": "leader's office",
    "服务用房": "service rooms",
    "设备用房": "plant rooms",
    "附属用房": "ancillary premises",
    "技术业务用房": "technical premises",
    "公共交通": "circulation",
}
NOT_USABLE: Final = frozenset({"公共交通"})
# Uses that say the class and no more.
_CLASS_ONLY: Final = frozenset({"服务用房", "设备用房", "附属用房", "技术业务用房"})

# How sure a use is, by where its word stood.
_IN_NAME: Final = 0.9
_IN_PROPERTY: Final = 0.8
_BY_CLASS_ONLY: Final = 0.6


class RoomUsesError(RegistryError):
    """The table of room uses is not well formed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomUse:
    """A use that a room may have.

    Attributes
    ----------
    name : str
        Chinese name, unique: ``会议室``.
    en : str
        English name.
    use_class : str
        Key of :data:`CLASSES`.
    words : tuple of str
        Words that tell it, upper case; latin words match whole, Chinese anywhere, ``*`` at an end
        lets a latin word go on.
    """

    name: str
    en: str
    use_class: str
    words: tuple[str, ...]

    @property
    def is_usable(self) -> bool:
        """Whether its floor counts as 使用面积."""
        return self.use_class not in NOT_USABLE


@cache
def room_uses() -> tuple[RoomUse, ...]:
    """Return the shipped table, in the order in which words are tried."""
    text = resources.files("fangma.asset_registry").joinpath("room_uses.yaml").read_text("utf-8")
    # libyaml, where PyYAML has it, reads the table in a sixth of the time.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return read_room_uses(yaml.load(text, Loader=loader))  # noqa: S506 - both build plain values only


def read_room_uses(rows: object) -> tuple[RoomUse, ...]:
    """Check a table as an administrator may have edited it.

    Parameters
    ----------
    rows : object
        A list of mappings ``name, en, class, words``.

    Raises
    ------
    RoomUsesError
        When a row lacks a field, names an unknown class or repeats a name.
    """
    if not isinstance(rows, list):
        raise RoomUsesError(
            f"found {type(rows).__name__}, expected a list of uses", "begin each use with a dash"
        )
    uses: dict[str, RoomUse] = {}
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or set(row) != {"name", "en", "class", "words"}:
            raise RoomUsesError(
                f"found {row!r} as use {number}, expected name, en, class and words",
                "give these four fields, no others",
            )
        if row["class"] not in CLASSES or row["name"] in uses:
            raise RoomUsesError(
                f"found class {row['class']!r} and name {row['name']!r} in use {number}, "
                f"expected one of {', '.join(CLASSES)} and a new name",
                "correct the class or the repeated name",
            )
        if not all(isinstance(word, str) for word in row["words"]):
            raise RoomUsesError(
                f"found the words {row['words']!r} of use {row['name']!r}, expected texts",
                'quote words that YAML takes for something else, such as "OFF"',
            )
        uses[row["name"]] = RoomUse(
            name=row["name"],
            en=row["en"],
            use_class=row["class"],
            words=tuple(_folded(word) for word in row["words"]),
        )
    return tuple(uses.values())


def room_use(
    name: str | None,
    long_name: str | None,
    properties: Mapping[str, Mapping[str, str | float | int | bool | None]] | None = None,
    table: Sequence[RoomUse] | None = None,
) -> tuple[str | None, float]:
    """Tell the use of a room from its words.

    Parameters
    ----------
    name, long_name : str or None
        ``IfcSpace.Name`` and ``LongName``; a bare number says nothing.
    properties : mapping of mapping, optional
        Property sets by name; values under names such as ``OccupancyType``, ``Category``,
        ``Department``, ``用途`` are read.
    table : sequence of RoomUse, optional
        Instead of the shipped one.

    Returns
    -------
    use : str or None
        Name of a :class:`RoomUse`; None when no word is known.
    confidence : float
        0 to 1; 0 with None. Less than 0.75 should be confirmed by a person.

    Examples
    --------
    >>> room_use("512", "局长办公室")[0], room_use("A1", "MENS RR")[0], room_use("7", "Flur")[0]
    ('领导办公室', '卫生间', '走廊')
    >>> room_use("512", None)
    (None, 0.0)
    """
    uses = room_uses() if table is None else table
    for texts, confidence in (
        ((long_name, name), _IN_NAME),
        (_telling(properties or {}), _IN_PROPERTY),
    ):
        for text in texts:
            found = _match(_folded(text or ""), uses)
            if found is not None:
                use, is_generic = found
                return use.name, min(confidence, _BY_CLASS_ONLY) if is_generic else confidence
    return None, 0.0


_TELLING: Final = re.compile(
    r"OCCUPANCYTYPE|CATEGORY|FUNCTION|USAGE|SPACETYPE|ROOMTYPE|DEPARTMENT|用途|功能|房间类型|使用性质|NUTZUNG",
    re.IGNORECASE,
)


def _telling(
    properties: Mapping[str, Mapping[str, str | float | int | bool | None]],
) -> Iterable[str]:
    for values in properties.values():
        for key, value in values.items():
            if isinstance(value, str) and _TELLING.search(key.replace(" ", "")):
                yield value


def _match(text: str, uses: Sequence[RoomUse]) -> tuple[RoomUse, bool] | None:
    """Return the use whose longest word matches, and whether that word names only its class.

    The longest word wins (电梯机房 over 电梯); a Chinese character weighs two latin ones.
    """
    best: tuple[int, int] | None = None
    found: RoomUse | None = None
    for order, use in enumerate(uses):
        for word in use.words:
            # Most words are not there at all: that is told without making a pattern of them.
            if word.strip("*") in text and _pattern(word).search(text):
                rank = (len(word) * (1 if word.isascii() else 2), -order)
                if best is None or rank > best:
                    best, found = rank, use
    if found is None:
        return None
    return found, found.name in _CLASS_ONLY


@cache
def _pattern(word: str) -> re.Pattern[str]:
    stem = word.strip("*")
    if any("\u3040" <= c <= "\u9fff" for c in stem):  # kana and Chinese stand without blanks
        return re.compile(re.escape(stem))
    left = "" if word.startswith("*") else r"(?<![^\W\d_])"
    right = "" if word.endswith("*") else r"(?![^\W\d_])"
    return re.compile(left + re.escape(stem) + right)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper().strip()
