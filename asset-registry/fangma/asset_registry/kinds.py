"""The kinds, systems and room uses that the registry knows, as tables.

Colours and codes that no public standard text could be checked for are marked with their source
(``memory`` = product default that an administrator may edit; never quoted as law).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Source(StrEnum):
    """How well a fact is founded."""

    STANDARD = "standard"  # read in a public copy of the standard
    PRACTICE = "practice"  # read in one working system
    PRODUCT = "product"  # our own definition
    MEMORY = "memory"  # not confirmed: editable, never quoted as law


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of registry entry, as ``fangma list KIND`` names it.

    Attributes
    ----------
    name : str
        The word of the command line and of the API.
    zh, en : str
        What people read.
    code : str
        ``site``, ``building``, ``storey``, ``room`` (a code of its own form), ``system`` (a serial
        under its pipe system), a two-letter kind (a serial under it), or ``""`` (no code of ours).
    """

    name: str
    zh: str
    en: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A two-letter system or kind, the first half of a thing's code.

    Attributes
    ----------
    letters : str
        Such as ``JS``.
    colour : str
        ``#RRGGBB``.
    colour_source, letters_source : Source
        Where each comes from.
    """

    letters: str
    zh: str
    en: str
    colour: str
    colour_source: Source
    letters_source: Source


KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(name="site", zh="院落", en="compound", code="site"),
        Kind(name="building", zh="楼栋", en="building", code="building"),
        Kind(name="storey", zh="楼层", en="storey", code="storey"),
        Kind(name="room", zh="房间", en="room", code="room"),
        Kind(name="zone", zh="分区", en="zone", code=""),
        Kind(name="pipe", zh="管段", en="pipe", code="system"),
        Kind(name="fitting", zh="管件", en="fitting", code="system"),
        Kind(name="valve", zh="阀门", en="valve", code="system"),
        Kind(name="terminal", zh="末端", en="terminal", code="system"),
        Kind(name="device", zh="设备", en="device", code="EQ"),
        Kind(name="sensor", zh="传感器", en="sensor", code="SN"),
        Kind(name="asset", zh="可移动资产", en="movable asset", code="AS"),
        Kind(name="element", zh="构件", en="building element", code=""),
        Kind(name="unit", zh="单位", en="organisational unit", code=""),
        Kind(name="person", zh="人员", en="person", code=""),
    )
}


def _system(
    letters: str, zh: str, en: str, colour: str, colour_source: Source, letters_source: Source
) -> System:
    return System(
        letters=letters,
        zh=zh,
        en=en,
        colour=colour,
        colour_source=colour_source,
        letters_source=letters_source,
    )


# Letters: CJJ 61-2017 main types; subtypes and indoor additions as in the field notes.
# Colours: one working survey application where known (practice), else a product default.
SYSTEMS: Final[Mapping[str, System]] = {
    system.letters: system
    for system in (
        _system("JS", "给水", "water supply", "#003FFF", Source.PRACTICE, Source.STANDARD),
        _system("RS", "热水", "hot water", "#D94A8C", Source.PRODUCT, Source.MEMORY),
        _system("ZS", "中水", "reclaimed water", "#4FA3A5", Source.PRODUCT, Source.PRODUCT),
        _system("PS", "排水", "drainage", "#333333", Source.PRACTICE, Source.STANDARD),
        _system("WS", "污水", "foul water", "#6B4423", Source.MEMORY, Source.MEMORY),
        _system("YS", "雨水", "rainwater", "#8A6D3B", Source.MEMORY, Source.MEMORY),
        _system("HS", "雨污合流", "combined sewer", "#5C4A2A", Source.MEMORY, Source.MEMORY),
        _system("XF", "消防", "fire protection", "#C8102E", Source.PRODUCT, Source.PRODUCT),
        _system("RQ", "燃气", "gas", "#CC0099", Source.PRACTICE, Source.STANDARD),
        _system("RL", "热力", "heating", "#CC9900", Source.PRACTICE, Source.STANDARD),
        _system("KT", "空调水", "chilled and hot water", "#2AA8D8", Source.PRODUCT, Source.PRODUCT),
        _system("FG", "通风", "ventilation ducts", "#7FB3C8", Source.PRODUCT, Source.PRODUCT),
        _system("DL", "电力", "electric power", "#FF0000", Source.PRACTICE, Source.STANDARD),
        _system("LD", "路灯", "street lighting", "#E06000", Source.PRODUCT, Source.MEMORY),
        _system("TX", "通信", "telecommunication", "#004C00", Source.PRACTICE, Source.STANDARD),
        _system("RD", "弱电", "low voltage", "#3C8D40", Source.PRODUCT, Source.PRODUCT),
        _system("JK", "监控", "surveillance", "#4E7D2D", Source.PRODUCT, Source.MEMORY),
        _system("GY", "工业", "process", "#FF7F00", Source.PRACTICE, Source.STANDARD),
        _system("ZH", "综合管廊", "utility tunnel", "#000000", Source.MEMORY, Source.MEMORY),
        _system("BM", "不明", "unknown", "#9E9E9E", Source.PRODUCT, Source.MEMORY),
        _system("EQ", "设备", "plant and devices", "#5B6B8C", Source.PRODUCT, Source.PRODUCT),
        _system("SN", "传感器", "sensors", "#7A4FBF", Source.PRODUCT, Source.PRODUCT),
        _system("AS", "可移动资产", "movable assets", "#A0785A", Source.PRODUCT, Source.PRODUCT),
    )
}

UNKNOWN_SYSTEM: Final = "BM"


def code_letters(kind: str, system: str | None) -> str | None:
    """Return the two letters that open the serial of a new thing.

    Parameters
    ----------
    kind : str
        A key of :data:`KINDS`.
    system : str or None
        Pipe system where it is known; ``BM`` (unknown) stands in for a pipe, fitting, valve or
        terminal without one.

    Returns
    -------
    letters : str or None
        None for kinds without a serial of ours.
    """
    form = KINDS[kind].code
    if form == "system":
        return unicodedata.normalize("NFKC", system).upper() if system else UNKNOWN_SYSTEM
    return form if len(form) == 2 else None
