"""A second revision of a building of the sample: what was built over in it, as a new export shows.

The entrance hall takes in most of the store beside it, a store room in the basement is divided, and
two others become one. The first leaves an import in doubt whether the rest of the store is still
the same room; the others are a split and a merge. Everything else is exported as before.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import shapely

from fangma.bim_import.sample import bodies
from fangma.bim_import.sample.architecture import write_architecture
from fangma.bim_import.sample.cells import rectangle, rings_of
from fangma.bim_import.sample.compound import compose, zones_of
from fangma.bim_import.sample.plan import Building, Cell, Storey
from fangma.bim_import.sample.site import plots
from fangma.bim_import.sample.storeys import storey as lay_out

if TYPE_CHECKING:
    from pathlib import Path

BUILDING: Final = "A03"
"""The smallest building, in which nothing else is planted."""
_CORE: Final = 80
"""From which door numbers on are those of stairs, lifts and shafts."""
_KEPT: Final = 0.44
"""Share of the store that stays one: too little to be sure that it is the same room."""


def write_refurbished(directory: Path, *, seed: int, rooms: int) -> Path | None:
    """Write the new export of a building of the compound that the same words give.

    Returns
    -------
    path : Path or None
        None where the compound is too small for the building.
    """
    buildings, occupancy, _ = compose(plots(rooms, seed), seed)
    building = next((each for each in buildings if each.code == BUILDING), None)
    if building is None:
        return None
    bodies.forget()
    changed = refurbish(building)
    path = directory / f"{building.code}-{building.name}-建筑-改造.ifc"
    write_architecture(changed, path, seed=seed, zones=zones_of(changed, occupancy))
    return path


def refurbish(building: Building) -> Building:
    """Return a building after the works."""
    made: list[Storey] = []
    for each in building.storeys:
        cells = _cells(each)
        below = made[-1] if made else None
        if each.is_basement:
            made.append(_relaid(each, _joined(_divided(cells)), below))
        elif each.name == "1F":
            made.append(_relaid(each, _widened(cells), below))
        else:
            made.append(each)
    return replace(building, storeys=tuple(made))


def _cells(storey: Storey) -> list[Cell]:
    return [Cell(key=room.key, use=room.use, ring=room.cell) for room in storey.rooms]


def _relaid(storey: Storey, cells: list[Cell], below: Storey | None) -> Storey:
    """Derive a storey anew; doors keep their numbers, new ones have the next."""
    made = lay_out(
        cells,
        list(storey.corridor),
        building=storey.rooms[0].building,
        name=storey.name,
        prefix=storey.prefix,
        elevation=storey.elevation,
        height=storey.height,
        below=below,
        is_basement=storey.is_basement,
        is_ground=not storey.is_basement,
    )
    kept = {room.key: room for room in storey.rooms}
    last = max(n for room in storey.rooms if (n := int(room.number[-2:])) < _CORE)
    rooms = []
    for room in made.rooms:
        before = kept.get(room.key)
        if before is None:
            last += 1
            rooms.append(replace(room, number=f"{storey.prefix}{last:02d}"))
        else:
            rooms.append(replace(room, number=before.number, name=before.name))
    return replace(made, rooms=tuple(sorted(rooms, key=lambda room: room.number)))


def _box(cell: Cell) -> tuple[int, int, int, int]:
    xs, ys = zip(*cell.ring, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _widened(cells: list[Cell]) -> list[Cell]:
    """Let the entrance hall take in most of the store to its west."""
    hall = next(cell for cell in cells if cell.use == "hall")
    west, south, east, north = _box(hall)
    store = next((c for c in cells if c.use == "store" and _box(c)[2] == west), None)
    if store is None:
        return cells
    start = _box(store)[0]
    cut = start + round(_KEPT * (west - start) / 100) * 100
    changed = {
        store.key: rectangle(start, south, cut, north),
        hall.key: rectangle(cut, south, east, north),
    }
    return [replace(c, ring=changed[c.key]) if c.key in changed else c for c in cells]


def _divided(cells: list[Cell]) -> list[Cell]:
    """Divide the first store room of the basement in two."""
    depot = next((cell for cell in cells if cell.use == "depot"), None)
    if depot is None:
        return cells
    west, south, east, north = _box(depot)
    cut = (west + east) // 200 * 100
    parts = [
        replace(depot, ring=rectangle(west, south, cut, north)),
        Cell(key=f"{depot.key}b", use="depot", ring=rectangle(cut, south, east, north)),
    ]
    return [part for c in cells for part in (parts if c is depot else [c])]


def _joined(cells: list[Cell]) -> list[Cell]:
    """Take the wall between two store rooms out that lie side by side."""
    stores = sorted((c for c in cells if c.use == "store"), key=_box)
    for one, other in pairwise(stores):
        whole = shapely.union_all([shapely.Polygon(one.ring), shapely.Polygon(other.ring)])
        if _box(one)[2] == _box(other)[0] and whole.geom_type == "Polygon":
            (ring,) = rings_of(whole)
            joined = replace(one, ring=ring)
            return [joined if c is one else c for c in cells if c is not other]
    return cells
