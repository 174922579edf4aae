"""What a drawing or a map file holds of pipes, before it is judged: lines and symbols."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.kinds import SYSTEMS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fangma.bim_import.findings import Finding
    from fangma.bim_import.tables.values import Cell

_OPENING: Final = re.compile(r"([A-Z]{2})(?![A-Z])|([A-Z]{2})(?=LINE|POINT|PIPE|TEXT|MARK|PT|LN)")
#: Sheets and point numbers of the field; letters that stand for several systems are not guessed.
SINGLE: Final = {"J": "JS", "P": "PS", "W": "WS", "Y": "YS"}
# Longest first: 雨污合流 before 雨水.
_NAMES: Final = sorted(
    ((system.zh, letters) for letters, system in SYSTEMS.items()), key=lambda each: -len(each[0])
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnLine:
    """A line.

    Attributes
    ----------
    label : str
        What its user knows it by: ``feature 3``.
    path : (k, 3) float64
        x, y, z in the file's frame and unit; z is NaN where it has none.
    properties : dict
        By the file's own names.
    layer : str
        Says the system where no property does.
    """

    label: str
    path: NDArray[np.float64]
    properties: dict[str, Cell] = field(default_factory=dict)
    layer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSpot:
    """A symbol: a valve, a manhole, a plain survey point; ``place`` as in :class:`DrawnLine`."""

    label: str
    place: tuple[float, float, float]
    properties: dict[str, Cell] = field(default_factory=dict)
    layer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A file.

    Attributes
    ----------
    crs : str or None
        As the file declares it, in any form that PROJ reads.
    unit_m : float or None
        Metres of one unit, where the file declares it.
    is_geographic : bool
        The format says that coordinates without a CRS are longitude and latitude.
    """

    lines: tuple[DrawnLine, ...]
    spots: tuple[DrawnSpot, ...]
    crs: str | None = None
    unit_m: float | None = None
    is_geographic: bool = False
    findings: tuple[Finding, ...] = ()


def system_of_layer(layer: str) -> str | None:
    """Tell the two letters of a system from a layer, or the name of a file.

    >>> system_of_layer("JSLINE"), system_of_layer("G-污水-管线"), system_of_layer("DIM")
    ('JS', 'WS', None)
    """
    plain = unicodedata.normalize("NFKC", layer).upper()
    for name, letters in _NAMES:
        if name in plain:
            return letters
    for found in _OPENING.finditer(plain):
        letters = found[1] or found[2]
        before = plain[: found.start()]
        if letters in SYSTEMS and not (before and before[-1].isalpha()):
            return letters
    return None
