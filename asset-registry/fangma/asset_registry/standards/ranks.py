"""Words for ranks and classes: many spellings, one meaning."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from fangma.asset_registry.standards.pack import ORGAN_CLASSES

_ALTERNATIVE: Final = re.compile(r"(.)\((.)(?:[、,](.))?\)")


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
