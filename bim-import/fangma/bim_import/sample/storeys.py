"""Put a building together from the programme of its storeys. Pure functions."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import shapely

from fangma.bim_import.sample.cells import boundaries, footprint, free_area, rings_of, walls
from fangma.bim_import.sample.openings import doors, windows
from fangma.bim_import.sample.plan import (
    BAY,
    EXTERIOR,
    INTERIOR,
    SLAB,
    Building,
    Cell,
    Column,
    Opening,
    Room,
    Stair,
    Storey,
    Surface,
    Wall,
)
from fangma.bim_import.sample.programme import Form, head_houses, lay_out
from fangma.bim_import.sample.uses import USES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GROUND_HEIGHT = 3900
TYPICAL_HEIGHT = 3600
ROOF_HEIGHT = 3300
LANDING = 1200  # of a stair, at the corridor's side
PILASTER = 250  # a facade column stands out that far
BLADE = 200  # a corridor column stands out that far
OPEN = frozenset({"corridor", "lobby", "hall"})  # no wall between these


def thickness_between(
    uses: dict[str, str],
) -> Callable[[str | None, str | None], int]:
    """Return the rule for walls between the cells of a storey."""

    def rule(low: str | None, high: str | None) -> int:
        if low is None or high is None:
            return EXTERIOR
        pair = {uses[low], uses[high]}
        if "terrace" in pair:
            return EXTERIOR
        if pair <= OPEN:
            return 0
        return INTERIOR

    return rule


def columns(built: list[Wall], openings: Iterable[Opening]) -> list[Column]:
    """Stand columns outside the facade and along the corridor, on the grid.

    A column that would block a door or a window is left out.
    """
    by_wall: dict[str, list[Opening]] = {}
    for opening in openings:
        by_wall.setdefault(opening.wall, []).append(opening)
    lines: dict[tuple[str, int, int], list[Wall]] = {}
    for wall in built:
        facade = None in (wall.low, wall.high)
        if not facade and "corridor" not in (wall.low, wall.high):
            continue
        outward = 1 if (wall.high is None if facade else wall.high == "corridor") else -1
        deep = PILASTER if facade else BLADE
        face = wall.at + outward * wall.thickness // 2
        lines.setdefault((wall.axis, face, face + outward * deep), []).append(wall)
    found: dict[tuple[int, int, int, int], Column] = {}
    for (axis, face, front), line in lines.items():
        spans = shapely.union_all([shapely.box(w.lo, 0, w.hi, 1) for w in line])
        blocked = [
            (opening.centre - opening.width // 2 - 150, opening.centre + opening.width // 2 + 150)
            for wall in line
            for opening in by_wall.get(wall.key, ())
        ]
        first = min(wall.lo for wall in line) // BAY * BAY
        for at in range(first, max(wall.hi for wall in line) + 1, BAY):
            if not spans.covers(shapely.box(at - 200, 0, at + 200, 1)):
                continue
            if any(lo < at + 200 and at - 200 < hi for lo, hi in blocked):
                continue
            low, high = min(face, front), max(face, front)
            box = (at - 200, low, at + 200, high)
            if axis == "y":
                box = (low, at - 200, high, at + 200)
            found[box] = Column(key=f"{axis}{face}:{at}", box=box)
    return [found[box] for box in sorted(found)]


def stair_of(room: Room, cells: list[Cell]) -> Stair:
    """Lay a half-turn stair into a stair room; it starts at the corridor's side."""
    west, south, east, north = room.box
    corridor = next(cell for cell in cells if cell.use == "corridor")
    ring = shapely.Polygon(corridor.ring)
    sides = {
        (0, 1): shapely.box(west, south - 600, east, south),
        (0, -1): shapely.box(west, north, east, north + 600),
        (1, 0): shapely.box(west - 600, south, west, north),
        (-1, 0): shapely.box(east, south, east + 600, north),
    }
    toward = max(sides, key=lambda step: ring.intersection(sides[step]).area)
    return Stair(key=room.key, room=room.key, box=room.box, toward=toward)


def stair_void(stair: Stair) -> Surface:
    """Return the hole that a stair needs in the slab at its upper end."""
    west, south, east, north = stair.box
    dx, dy = stair.toward
    return shapely.box(
        west + (LANDING if dx > 0 else 0),
        south + (LANDING if dy > 0 else 0),
        east - (LANDING if dx < 0 else 0),
        north - (LANDING if dy < 0 else 0),
    )


def numbers(cells: list[Cell], prefix: str) -> dict[str, str]:
    """Give the doors of a storey their  from 01, public and plant rooms of the core from 81."""
    core = {"corridor", "lobby", "hall", "stair", "shaft", "lift", "power", "weak"}
    ordered = sorted(cells, key=lambda cell: (cell.use in core, cell.key[0] != "s", cell.key))
    taken = {"room": 0, "core": 80}
    result = {}
    for cell in ordered:
        kind = "core" if cell.use in core else "room"
        taken[kind] += 1
        result[cell.key] = f"{prefix}{taken[kind]:02d}"
    return result


def storey(
    cells: list[Cell],
    corridor: list[tuple[int, int, int, int]],
    *,
    building: str,
    name: str,
    prefix: str,
    elevation: int,
    height: int,
    below: Storey | None,
    is_basement: bool = False,
    is_ground: bool = False,
    is_roof: bool = False,
    top: bool = False,
) -> Storey:
    """Derive walls, openings, columns, rooms and the slab of one storey from its cells."""
    uses = {cell.key: cell.use for cell in cells}
    built = walls(boundaries(cells), thickness_between(uses))
    if is_roof:
        built = [_as_parapet(wall, uses) for wall in built]
    hung = doors(cells, built, corridor, ground=is_ground, roof=is_roof)
    glazed = [] if is_basement else windows(cells, built, hung)
    openings = tuple(hung + glazed)
    stood = [] if is_roof else columns(built, openings)
    doors_by = numbers([cell for cell in cells if cell.use != "terrace"], prefix)
    obstacles = [shapely.box(*column.box) for column in stood]
    rooms = []
    for cell in cells:
        if cell.use == "terrace":
            continue
        use = USES[cell.use]
        near = [wall for wall in built if _touches(footprint(wall), cell)]
        gross = free_area(cell, near)
        inside = [box for box in obstacles if box.intersects(gross)]
        net = gross.difference(shapely.union_all(inside)) if inside else gross
        polygon = shapely.Polygon(rings_of(net)[0])
        room = Room(
            key=cell.key,
            building=building,
            storey=name,
            number=doors_by[cell.key],
            name=use.name,
            use=cell.use,
            polygon=polygon,
            net_mm2=round(polygon.area),
            gross_mm2=round(gross.area),
            height=(use.ceiling if use.ceiling and not is_basement else height - SLAB - 50),
            cell=cell.ring,
        )
        rooms.append(room)
    rooms.sort(key=lambda room: room.number)
    stairs: tuple[Stair, ...] = ()
    if not is_roof and not top:
        stairs = tuple(stair_of(room, cells) for room in rooms if room.use == "stair")
    slab = shapely.union_all([shapely.Polygon(cell.ring) for cell in cells])
    slab = slab.buffer(-EXTERIOR // 2, join_style="mitre")
    for stair in below.stairs if below else ():
        slab = slab.difference(stair_void(stair))
    if below and not is_roof:
        for room in rooms:
            if room.use == "lift":
                slab = slab.difference(room.polygon)
    return Storey(
        name=name,
        prefix=prefix,
        elevation=elevation,
        height=height,
        rooms=tuple(rooms),
        walls=tuple(built),
        openings=openings,
        columns=tuple(stood),
        stairs=stairs,
        slab=slab,
        corridor=tuple(corridor),
        is_basement=is_basement,
        is_roof=is_roof,
    )


def _touches(box: tuple[int, int, int, int], cell: Cell) -> bool:
    xs = [x for x, _ in cell.ring]
    ys = [y for _, y in cell.ring]
    return box[0] <= max(xs) and box[2] >= min(xs) and box[1] <= max(ys) and box[3] >= min(ys)


def _as_parapet(wall: Wall, uses: dict[str, str]) -> Wall:
    pair = {uses[key] if key else None for key in (wall.low, wall.high)}
    return replace(wall, parapet=True) if pair == {"terrace", None} else wall


def cells_of(
    form: Form, code: str, seed: int, level: int, theme: str
) -> tuple[list[Cell], list[tuple[int, int, int, int]]]:
    """Lay out one storey with chance of its own, so that it does not depend on the others."""
    return lay_out(form, theme, Random(f"{seed}/{code}/{level}"))  # noqa: S311  (no secret)


def count_rooms(form: Form, code: str, seed: int, themes: tuple[str, ...]) -> int:
    """Count the rooms that :func:`building` would make, without making it."""
    total = len(cells_of(form, code, seed, -1, "basement")[0])
    cells: list[Cell] = []
    for i, theme in enumerate(themes):
        cells, _ = cells_of(form, code, seed, i, theme)
        total += len(cells)
    return total + len(head_houses(cells))


def building(
    *,
    code: str,
    name: str,
    form: Form,
    themes: tuple[str, ...],
    east: float,
    north: float,
    height: float,
    seed: int,
) -> Building:
    """Design a building: a basement, one storey a theme, and the roof.

    Parameters
    ----------
    themes : tuple of str
        What each storey above ground is for, from the first up.
    """
    made: list[Storey] = []
    cells, corridor = cells_of(form, code, seed, -1, "basement")
    made.append(
        storey(
            cells,
            corridor,
            building=code,
            name="B1",
            prefix="B1",
            elevation=-GROUND_HEIGHT,
            height=GROUND_HEIGHT,
            below=None,
            is_basement=True,
        )
    )
    elevation = 0
    for i, theme in enumerate(themes):
        cells, corridor = cells_of(form, code, seed, i, theme)
        tall = GROUND_HEIGHT if i == 0 else TYPICAL_HEIGHT
        made.append(
            storey(
                cells,
                corridor,
                building=code,
                name=f"{i + 1}F",
                prefix=f"{i + 1:02d}",
                elevation=elevation,
                height=tall,
                below=made[-1],
                is_ground=i == 0,
            )
        )
        elevation += tall
    heads = head_houses(cells)
    whole = shapely.union_all([shapely.Polygon(cell.ring) for cell in cells])
    left = whole.difference(shapely.union_all([shapely.Polygon(cell.ring) for cell in heads]))
    terraces = [
        Cell(key=f"terrace{i}", use="terrace", ring=ring) for i, ring in enumerate(rings_of(left))
    ]
    made.append(
        storey(
            heads + terraces,
            corridor,
            building=code,
            name="屋面",
            prefix="RF",
            elevation=elevation,
            height=ROOF_HEIGHT,
            below=made[-1],
            is_roof=True,
            top=True,
        )
    )
    return Building(
        code=code,
        name=name,
        form=form.kind,
        east=east,
        north=north,
        height=height,
        storeys=tuple(made),
    )
