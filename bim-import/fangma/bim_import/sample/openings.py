"""Doors and windows: where they go in the walls of a storey. Pure functions."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import shapely

from fangma.bim_import.sample.cells import footprint
from fangma.bim_import.sample.joinery import DOORS, WINDOWS
from fangma.bim_import.sample.plan import BAY, Cell, Opening, Wall
from fangma.bim_import.sample.uses import USES

if TYPE_CHECKING:
    from collections.abc import Iterable

MARGIN = 300  # of wall beside an opening


def doors(
    cells: Iterable[Cell],
    walls: list[Wall],
    legs: list[tuple[int, int, int, int]],
    *,
    ground: bool,
    roof: bool,
) -> list[Opening]:
    """Give every room its door to the circulation, and the entrance hall its way out.

    Parameters
    ----------
    legs : list of (int, int, int, int)
        Where the corridor runs (on the roof: below); doors prefer that side.
    ground : bool
        Whether halls lead outside on this storey.
    roof : bool
        Whether rooms open on the terrace instead of a corridor.
    """
    uses = {cell.key: cell.use for cell in cells}
    made: list[Opening] = []
    for key, use in uses.items():
        door = USES[use].door
        sides = [wall for wall in walls if key in (wall.low, wall.high)]
        if use == "hall" and ground:
            outer = [wall for wall in sides if None in (wall.low, wall.high)]
            made.append(_door(key, "LM3024", max(outer, key=_length), 0.5))
        if use == "terrace" or door is None:
            continue
        ways = [wall for wall in sides if _is_way(uses, wall, key, use, roof=roof)]
        if not ways:
            continue
        wall = max(
            ways,
            key=lambda w: (
                uses.get(_other(w, key) or "") == "corridor",
                roof and -min(_distance(w, leg) for leg in legs),
                _length(w),
            ),
        )
        if use == "lift":
            wall = next((w for w in ways if uses.get(_other(w, key) or "") == "lobby"), wall)
            made.append(_door(key, door, wall, 0.28))
            made.append(_door(key, door, wall, 0.72))
            continue
        made.append(_door(key, door, wall, None))
        if _length(wall) > 2 * BAY:  # large halls have a second way out
            made.append(_door(key, door, wall, 0.8))
    return made


def _is_way(uses: dict[str, str], wall: Wall, key: str, use: str, *, roof: bool) -> bool:
    other = _other(wall, key)
    if other is None:
        return False
    if roof:
        return uses[other] == "terrace"
    if use == "lift":
        return uses[other] == "lobby"
    return uses[other] in {"corridor", "lobby", "hall"}


def _other(wall: Wall, key: str) -> str | None:
    return wall.high if wall.low == key else wall.low


def _distance(wall: Wall, leg: tuple[int, int, int, int]) -> float:
    return float(shapely.box(*footprint(wall)).centroid.distance(shapely.box(*leg)))


def _length(wall: Wall) -> int:
    return wall.hi - wall.lo


def _door(cell: str, name: str, wall: Wall, share: float | None) -> Opening:
    kind = DOORS[name]
    if share is None:  # beside the first partition, as a door is hung
        centre = wall.lo + 500 + kind.width // 2
        if centre + kind.width // 2 + MARGIN > wall.hi:
            centre = (wall.lo + wall.hi) // 2
    else:
        centre = wall.lo + round((wall.hi - wall.lo) * share / 10) * 10
    return Opening(
        key=f"{cell}:{name}:{centre}",
        kind="door",
        type=name,
        wall=wall.key,
        centre=centre,
        sill=0,
        width=kind.width,
        height=kind.height,
        cells=(wall.low, wall.high),
    )


def windows(cells: Iterable[Cell], walls: list[Wall], taken: Iterable[Opening]) -> list[Opening]:
    """Put windows in the outer walls, between the columns of the facade."""
    uses = {cell.key: cell.use for cell in cells}
    doors_in = {door.wall for door in taken}
    made: list[Opening] = []
    for wall in walls:
        inside = wall.low or wall.high
        if not wall.is_external or wall.parapet or inside is None or wall.key in doors_in:
            continue
        if None not in (wall.low, wall.high):  # a wall between a head house and the terrace
            continue
        glazing = USES[uses[inside]].glazing
        if glazing == "none":
            continue
        for lo, hi in _bays(wall):
            made += _glaze(wall, lo, hi, glazing)
    return made


def _bays(wall: Wall) -> list[tuple[int, int]]:
    first = wall.lo // BAY + 1
    stops = [wall.lo, *range(first * BAY, wall.hi, BAY), wall.hi]
    bays = []
    for lo, hi in itertools.pairwise(stops):
        if hi - lo > BAY * 3 // 4:
            bays += [(lo, (lo + hi) // 2), ((lo + hi) // 2, hi)]
        else:
            bays.append((lo, hi))
    return bays


def _glaze(wall: Wall, lo: int, hi: int, glazing: str) -> list[Opening]:
    choice = {
        "full": ("C2415", "C1815", "C1515", "C1215", "C0915"),
        "high": ("C1209", "C0909"),
        "stair": ("C1212",),
        "hall": ("C2428",),
    }[glazing]
    spare = 1300 if glazing == "full" else 600
    for name in choice:
        kind = WINDOWS[name]
        if kind.width + spare <= hi - lo or (name == choice[-1] and kind.width + 700 <= hi - lo):
            centre = (lo + hi) // 20 * 10
            return [
                Opening(
                    key=f"{wall.key}:{name}:{centre}",
                    kind="window",
                    type=name,
                    wall=wall.key,
                    centre=centre,
                    sill=kind.sill,
                    width=kind.width,
                    height=kind.height,
                    cells=(wall.low, wall.high),
                )
            ]
    return []
