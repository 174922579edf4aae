"""Furniture: bodies by type, and where it stands in a room. Pure functions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fangma.bim_import.sample.plan import Room

Piece = tuple[tuple[float, float, float], str, tuple[float, float], float]

FURNITURE: dict[str, tuple[Piece, ...]] = {
    "办公桌椅": (
        ((1400.0, 700.0, 30.0), "desk", (0.0, 0.0), 720),
        ((30.0, 650.0, 720.0), "desk", (-670.0, 0.0), 0),
        ((400.0, 650.0, 720.0), "desk", (485.0, 0.0), 0),
        ((480.0, 480.0, 80.0), "fabric", (0.0, 650.0), 420),
        ((480.0, 60.0, 520.0), "fabric", (0.0, 920.0), 480),
        ((300.0, 300.0, 420.0), "frame", (0.0, 650.0), 0),
    ),
    "会议桌": (
        ((3200.0, 1200.0, 40.0), "desk", (0.0, 0.0), 710),
        ((2400.0, 300.0, 710.0), "desk", (0.0, 0.0), 0),
        *(
            ((450.0, 450.0, 450.0), "fabric", (x, y), 0)
            for x in (-1200.0, -400.0, 400.0, 1200.0)
            for y in (-900.0, 900.0)
        ),
    ),
    "档案柜": (((900.0, 400.0, 2000.0), "metal", (0.0, 0.0), 0),),
    "餐桌": (
        ((1400.0, 800.0, 30.0), "desk", (0.0, 0.0), 720),
        ((200.0, 200.0, 720.0), "frame", (0.0, 0.0), 0),
        ((1400.0, 350.0, 430.0), "fabric", (0.0, -700.0), 0),
        ((1400.0, 350.0, 430.0), "fabric", (0.0, 700.0), 0),
    ),
}


def furnish(room: Room) -> list[tuple[str, float, float, bool]]:
    """Place furniture: name, x, y, and whether it stands across (turned by 90 degrees)."""
    west, south, east, north = room.box
    wide, deep = east - west, north - south
    middle = (south + north) / 2
    if room.use == "office":
        desks = max(1, math.ceil(room.area_m2 / 9) if room.area_m2 < 23 or room.area_m2 > 34 else 1)
        columns = max(1, math.ceil(desks / 2))
        across = wide >= deep * 0.8 or deep < 5700
        long, short = (wide, deep) if across else (deep, wide)
        made = []
        for i in range(desks):
            column, row = divmod(i, 2)
            along = long * (column + 0.5) / columns
            aside = short * (0.30 if row == 0 else 0.62) if desks > 1 else short * 0.5
            x, y = (west + along, south + aside) if across else (west + aside, south + along)
            made.append(("办公桌椅", x, y, not across))
        return made
    if room.use in {"meeting", "reception"} and len(room.cell) == 4:
        turned = deep > wide
        return [("会议桌", (west + east) / 2, middle, turned)]
    if room.use in {"archive", "depot", "library"} and wide > 2500 and len(room.cell) == 4:
        rows = [south + deep * share for share in (0.35, 0.55, 0.75)]
        spots = int((wide - 1600) // 900)
        start = west + 800 + 450
        return [("档案柜", start + 900.0 * i, y, False) for y in rows for i in range(min(spots, 9))]
    if room.use == "canteen":
        count = int((wide - 1500) // 2400)
        return [
            ("餐桌", west + 1500 + 2400.0 * i, south + deep * share, False)
            for i in range(count)
            for share in (0.25, 0.65)
        ]
    return []
