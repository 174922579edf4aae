"""How a pipe system looks: its colour, and bands around the pipe that tell it without colour."""

from __future__ import annotations

from typing import Final

from fangma.asset_registry.kinds import SYSTEMS, UNKNOWN_SYSTEM

#: Bands by system: w and k are a narrow white or black one, W and K a wide one.
_BANDS: Final = {
    "JS": "w", "RS": "ww", "ZS": "www",
    "PS": "K", "WS": "k", "YS": "kk", "HS": "kkk",
    "XF": "W", "RQ": "WW", "RL": "Ww", "KT": "wk", "FG": "WkW",
    "DL": "kwk", "LD": "kW", "TX": "Kw", "RD": "KwK", "JK": "wKw", "GY": "KK", "ZH": "WK",
}  # fmt: skip
NARROW_M: Final = 0.025
WIDE_M: Final = 0.09
GAP_M: Final = 0.04
EVERY_M: Final = 0.55


def colour_of(system: str | None) -> str:
    """Return the colour of a system, ``#RRGGBB``."""
    return SYSTEMS.get(system or UNKNOWN_SYSTEM, SYSTEMS[UNKNOWN_SYSTEM]).colour


def bands_of(system: str | None) -> str:
    """Return the bands of a system; none for what is unknown."""
    return _BANDS.get(system or "", "")


def band_places(length_m: float, system: str | None) -> list[tuple[float, float, bool]]:
    """Lay the bands along a pipe.

    Returns
    -------
    places : list of (float, float, bool)
        Start, end in metres from the pipe's beginning, and whether the band is white.

    Examples
    --------
    >>> [(round(a, 3), round(b, 3), white) for a, b, white in band_places(0.5, "KT")]
    [(0.205, 0.23, True), (0.27, 0.295, False)]
    """
    bands = bands_of(system)
    if not bands:
        return []
    widths = [WIDE_M if band.isupper() else NARROW_M for band in bands]
    group = sum(widths) + GAP_M * (len(widths) - 1)
    if group > length_m:
        return []
    count = max(1, int(length_m / EVERY_M))
    places = []
    for i in range(count):
        at = length_m * (i + 0.5) / count - group / 2
        for band, width in zip(bands, widths, strict=True):
            places.append((at, at + width, band in "wW"))
            at += width + GAP_M
    return places
