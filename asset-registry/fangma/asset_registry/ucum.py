"""Units of measure as UCUM writes them (case sensitive), and what people write instead.

Only what buildings measure: an atom with at most one prefix, an exponent, products, one or more
quotients, annotations in braces. ``kW.h``, ``m3/h``, ``ug/m3``, ``[ppm]``, ``{persons}``, ``1``.
"""

from __future__ import annotations

import re
from typing import Final

_METRIC: Final = frozenset(
    """
    m s g K C cd mol A Hz N Pa J W V F Ohm S Wb T H lm lx Bq Cel L l bar eV t u rad sr B B[SPL]
    VA var Wh cal
    """.split()  # noqa: SIM905 - a table of words
)
_OTHER: Final = frozenset(
    """
    % [ppm] [ppb] [ppth] [pH] min h d wk mo a deg ' '' har 10* 10^ [degF] [in_i] [ft_i] [psi]
    [NTU] [CFU] mm[Hg] m[H2O] cm[H2O] [iU] bit By Bd
    """.split()  # noqa: SIM905 - a table of words
)
_PREFIXES: Final = ("da", "Ki", "Mi", "Gi", *"YZEPTGMkhdcmunpfazy")
_TERM: Final = re.compile(r"([^0-9{}+-]*[^0-9{}+\-.]|10[*^])?([+-]?\d+)?(\{[^{}]*\})?")

_SPOKEN: Final = {
    word: unit
    for unit, words in {
        "Cel": "℃ °c 摄氏度 度 c",
        "[degF]": "℉ °f degf 华氏度",
        "K": "开 开尔文",
        "%": "％ %rh 百分比",
        "[ppm]": "ppm",
        "[ppb]": "ppb",
        "kW.h": "kwh kw·h 千瓦时",
        "MW.h": "mwh",
        "m3": "m³ 立方米 ㎥",
        "m3/h": "m³/h 立方米/小时",
        "m2": "㎡ m² 平方米",
        "ug/m3": "μg/m3 µg/m3 μg/m³ µg/m³ 微克/立方米",
        "mg/m3": "mg/m³",
        "{persons}": "人",
        "{count}": "个 次",
        "{vehicles}": "辆",
        "lx": "lux 勒克斯",
        "dB": "db 分贝",
        "[pH]": "ph",
        "kW": "千瓦",
        "W": "瓦",
        "V": "伏",
        "A": "安",
        "MPa": "兆帕",
        "kPa": "千帕",
        "Pa": "帕",
        "bar": "巴",
        "m[H2O]": "mh2o 米水柱",
        "L": "升",
        "t": "吨",
        "m": "米",
        "s": "秒",
        "min": "分钟",
        "h": "小时",
        "1": "无 开关量 bool",
    }.items()
    for word in words.split()
}
"""What is written in tables and on labels, in lower case."""


def is_unit(text: str) -> bool:
    """Tell whether a text is a unit of UCUM as far as this module knows them.

    Examples
    --------
    >>> [is_unit(unit) for unit in ("Cel", "kW.h", "m3/h", "/min", "1", "{persons}", "m[H2O]")]
    [True, True, True, True, True, True, True]
    >>> [is_unit(unit) for unit in ("", "℃", "kWatt", "m//s", "m.")]
    [False, False, False, False, False]
    """
    if not text or len(text) > 60 or not text.isascii() or " " in text:
        return False
    return all(_is_term(term) for term in re.split(r"[./]", text.removeprefix("/")))


def spoken(text: str) -> str | None:
    """Return the UCUM unit that people mean by a text; None when it is not known.

    Examples
    --------
    >>> spoken("℃"), spoken("kWh"), spoken("furlong")
    ('Cel', 'kW.h', None)
    """
    return _SPOKEN.get(text.strip()) or _SPOKEN.get(text.strip().casefold())


def _is_term(term: str) -> bool:
    if term in _OTHER:  # m[H2O] has a digit in its name
        return True
    match = _TERM.fullmatch(term)
    if match is None or not term:
        return False
    atom, number, note = match.groups()
    if atom is None:
        return number is not None or note is not None
    if atom in _METRIC or atom in _OTHER:
        return True
    return any(atom.removeprefix(prefix) in _METRIC for prefix in _PREFIXES if atom != prefix)
