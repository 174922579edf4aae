"""Words for ranks and classes: many spellings, one meaning."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from fangma.asset_registry.standards.pack import ORGAN_CLASSES

_ALTERNATIVE: Final = re.compile(r"(.)\((.)(?:[、,](.))?\)")

# The levels of 公务员法 art. 18, as rolls of staff write them, and the rows of table 3 that they
# are. What is a row of one table is never looked for in another: 正处级 means nothing in a county.
_LEVELS: Final = {
    "省部级正职": ("正部级", "省级正职"),
    "省部级副职": ("副部级", "省级副职"),
    "厅局级正职": ("正厅级", "正司级"),
    "厅局级副职": ("副厅级", "副司级"),
    "地厅级正职": ("正厅级", "正司级", "市级正职"),
    "地厅级副职": ("副厅级", "副司级", "市级副职"),
    "处级正职": ("正处级",),
    "处级副职": ("副处级",),
    "县处级正职": ("正处级", "县级正职"),
    "县处级副职": ("副处级", "县级副职"),
    "科级正职": ("正科级",),
    "科级副职": ("副科级",),
    "乡科级正职": ("正科级", "乡级正职"),
    "乡科级副职": ("副科级", "乡级副职"),
}
_LEVEL_WORD: Final = re.compile(r"([正副])(省部|厅局|地厅|县处|乡科|地|县)级")
_IN_FULL: Final = {"地": "地厅", "县": "县处"}
_CLERKS: Final = re.compile(r"[一二三四1-4]级科员|(一般|普通)(干部|人员|工作人员|职工)")
_AND_BELOW: Final = re.compile(r"(科级|股级|科员)及以下")
_GRADE: Final = re.compile(r"(([一二三四1-4]级)?(副)?(巡视员|调研员|主任科员))")


@cache
def fold(words: str) -> str:
    """Fold widths, blanks and dots away, so that two spellings of a rank compare equal.

    Examples
    --------
    >>> fold("正局（处）级 ")
    '正局(处)级'
    """
    return re.sub(r"[\s·•]", "", unicodedata.normalize("NFKC", words)).replace("〔", "(")


def spellings(rank: str) -> frozenset[str]:
    """Return the ways to write a rank whose name has alternatives in brackets.

    Examples
    --------
    >>> sorted(spellings("正局(处)级"))
    ['正处级', '正局(处)级', '正局处级', '正局级']
    """
    folded = fold(rank)
    found = _ALTERNATIVE.search(folded)
    if found is None:
        return frozenset({folded})
    head, tail = folded[: found.start()], folded[found.end() :]
    plain = folded.translate({ord("("): None, ord(")"): None})
    return frozenset({folded, plain, *(head + word + tail for word in found.groups() if word)})


def readings(rank: str) -> tuple[str, ...]:
    """Return the rows that a folded rank may mean where no row is written as it is.

    Short forms (正处), the levels of 公务员法 (县处级正职, which is 正处级 in a bureau of a city
    and 县级正职 in a county), and clerks under other names.

    Examples
    --------
    >>> readings("正处"), readings("科级及以下")
    (('正处', '正处级'), ('科级',))
    """
    plain = rank.replace("(", "").replace(")", "")
    if _CLERKS.fullmatch(plain):
        return ("科员",)
    below = _AND_BELOW.fullmatch(plain)
    if below is not None:
        return (below[1],)
    named = _LEVEL_WORD.fullmatch(plain)
    level = f"{_IN_FULL.get(named[2], named[2])}级{named[1]}职" if named else plain
    if level in _LEVELS:
        return _LEVELS[level]
    if is_grade(rank):
        # 主任科员 are below every division; in a county they may be 正科 or 副科, or neither.
        return ("科级",) if plain.endswith("主任科员") else ()
    return (plain,) if plain.endswith("级") else (plain, f"{plain}级")


def is_grade(rank: str) -> bool:
    """Tell whether a folded rank is a grade (职级), which is no level of a post."""
    return _GRADE.fullmatch(rank) is not None


@cache
def organ_class(words: str | None) -> str | None:
    """Return the class of organ of table 1, or None when the words name none.

    Examples
    --------
    >>> organ_class("市级机关"), organ_class("县"), organ_class("企业")
    ('市级', '县级', None)
    """
    folded = fold(words or "").removesuffix("机关")
    for name in ORGAN_CLASSES:
        if folded and folded in {name, name.removesuffix("级")}:
            return name
    return None
