"""Which rooms a storey has and where their cells lie: the brief that an architect would work to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.bim_import.sample.cells import rectangle
from fangma.bim_import.sample.plan import UNIT, Cell, Ring

if TYPE_CHECKING:
    from random import Random

Slot = tuple[str, int]  # use and width in millimetres
Box = tuple[int, int, int, int]

DEPTH = 5750  # of the rooms, axis to axis
CORRIDOR = 2600
WIDTH = 2 * DEPTH + CORRIDOR  # of a wing

# What fills the free length of a facade, in modules; areas follow the ceilings of the standard:
# 2 modules 11 m2, 3 17 m2, 4 23 m2, 5 29 m2, 6 35 m2, 7 41 m2, 9 53 m2.
WORK: tuple[tuple[str, int, int], ...] = (
    ("office", 3, 8),
    ("office", 6, 12),
    ("office", 9, 3),
    ("office", 4, 1),
    ("office", 5, 1),
    ("meeting", 6, 1),
    ("archive", 3, 1),
)
REMNANTS = ("printing", "store")  # two modules wide


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The outline of a building.

    Attributes
    ----------
    kind : str
        ``bar`` (one wing along x) or ``angle`` (a second wing southwards at its east end).
    length, wing : int
        Modules of the first wing, and of the second beyond the first.
    """

    kind: str
    length: int
    wing: int = 0


def fill(modules: int, rng: Random, first: tuple[tuple[str, int], ...] = ()) -> list[Slot]:
    """Divide a free length into rooms.

    Parameters
    ----------
    modules : int
        Whole modules to fill.
    first : tuple of (use, modules)
        Rooms that must be there while they fit; they are shuffled among the others.
    """
    slots: list[tuple[str, int]] = []
    left = modules
    for use, width in first:
        if left == width or left - width > 1:
            slots.append((use, width))
            left -= width
    while left > 2:
        fits = [item for item in WORK if left - item[1] == 0 or left - item[1] > 2]
        fits = fits or [item for item in WORK if left - item[1] == 2]
        use, width, _ = rng.choices(fits, weights=[weight for _, _, weight in fits])[0]
        slots.append((use, width))
        left -= width
    if left:
        slots.append((rng.choice(REMNANTS), left))
    rng.shuffle(slots)
    return [(use, width * UNIT) for use, width in slots]


def band(slots: list[Slot], *, start: int, low: int, high: int, axis: str, name: str) -> list[Cell]:
    """Lay rooms side by side between two lines, from ``start`` along an axis."""
    cells = []
    at = start
    for i, (use, width) in enumerate(slots):
        if axis == "x":
            ring = rectangle(at, low, at + width, high)
        else:
            ring = rectangle(low, at, high, at + width)
        cells.append(Cell(key=f"{name}{i:02d}", use=use, ring=ring))
        at += width
    return cells


def core(kind: str) -> list[Slot]:
    """Return the wet rooms, the lifts and the electrical rooms, the same on every storey."""
    uses = [("toilet-m", 3), ("toilet-f", 3), ("boiling", 2), ("shaft", 2)]
    uses += [("lobby", 3), ("lift", 3), ("power", 2), ("weak", 2)]
    if kind == "basement":
        dry = {"toilet-m": "depot", "toilet-f": "store", "boiling": "store"}
        uses = [(dry.get(use, use), width) for use, width in uses]
    return [(use, width * UNIT) for use, width in uses]


def special(modules: int, wanted: tuple[tuple[str, int], ...]) -> list[Slot]:
    """Lay wanted rooms in order and stretch the last one to the end."""
    slots: list[tuple[str, int]] = []
    left = modules
    for use, width in wanted:
        if left < width:
            break
        slots.append((use, width))
        left -= width
    if left and slots:
        use, width = slots[-1]
        slots[-1] = (use, width + left)
    elif left:
        slots.append((wanted[-1][0], left))
    return [(use, width * UNIT) for use, width in slots]


PLANT = (
    ("pumps", 9),
    ("substation", 5),
    ("chillers", 7),
    ("servers", 4),
    ("depot", 6),
    ("depot", 6),
)
BUREAU = (("office", 4), ("office", 3), ("office", 3), ("meeting", 6), ("printing", 2))
CITY = (("office", 7), ("office", 5), ("office", 5), ("office", 5), ("meeting", 9), ("office", 3))
GROUND = (("mail", 3), ("duty", 3), ("reception", 6), ("control", 4))
SERVICE = (("shop", 6), ("shop", 6), ("clinic", 4), ("property", 6))
LOGISTICS = (("canteen", 18), ("store", 3))
WELFARE = (("gym", 12), ("library", 9))
RECORDS = (("archive", 9), ("archive", 6), ("secret", 3))


def facade(theme: str, modules: int, rng: Random) -> list[Slot]:
    """Choose the rooms of a facade by what the storey is for."""
    match theme:
        case "basement":
            return special(modules, PLANT)
        case "city":
            return fill(modules, rng, CITY)
        case "ground":
            return fill(modules, rng, GROUND)
        case "service":
            return fill(modules, rng, SERVICE)
        case "canteen":
            return special(modules, LOGISTICS)
        case "welfare":
            return fill(modules, rng, WELFARE)
        case "records":
            return fill(modules, rng, RECORDS)
        case _:
            return fill(modules, rng, BUREAU)


def bar(form: Form, theme: str, rng: Random) -> tuple[list[Cell], list[Box]]:
    """Lay out a storey of one wing with a middle corridor.

    Returns
    -------
    cells : list of Cell
    corridor : list of (int, int, int, int)
        The straight legs of the corridor between wall axes.
    """
    long = form.length * UNIT
    is_basement = theme == "basement"
    fixed = core("basement" if is_basement else "")
    free = form.length - 6 - sum(width for _, width in fixed) // UNIT
    left, right = free // 2, free - free // 2
    north = [("stair", 3 * UNIT)]
    if is_basement:
        north += special(left, (("depot", left),)) if left else []
        north += fixed
        north += special(right, (("ahu", 6), ("depot", 3))) if right else []
    elif theme == "canteen":
        north += [("kitchen", left * UNIT)] if left else []
        north += fixed
        north += [("kitchen", right * UNIT)] if right else []
    else:
        north += (fill(left, rng) if left > 1 else []) + fixed
        north += fill(right, rng) if right > 1 else []
    north += [("stair", 3 * UNIT)]
    if theme in {"ground", "service", "canteen"}:
        side = (form.length - 6) // 2
        south = [*facade(theme, side, rng), ("hall", 6 * UNIT), *fill(form.length - 6 - side, rng)]
    else:
        south = facade(theme, form.length, rng)
    cells = band(south, start=0, low=0, high=DEPTH, axis="x", name="s")
    cells += band(north, start=0, low=DEPTH + CORRIDOR, high=WIDTH, axis="x", name="n")
    leg = (0, DEPTH, long, DEPTH + CORRIDOR)
    cells.append(Cell(key="corridor", use="corridor", ring=rectangle(*leg)))
    return cells, [leg]


def angle(form: Form, theme: str, rng: Random) -> tuple[list[Cell], list[Box]]:
    """Lay out a storey of two wings at a right angle, with a corridor bent like an L.

    The inner corner has no facade: it holds store rooms. The outer corner is one L-shaped room.
    """
    corner = form.length * UNIT
    south_end = -form.wing * UNIT
    inner, outer = corner + DEPTH, corner + DEPTH + CORRIDOR
    east = outer + DEPTH
    is_basement = theme == "basement"
    fixed = core("basement" if is_basement else "")
    rest = form.length - 3 - sum(width for _, width in fixed) // UNIT

    def plain(modules: int) -> list[Slot]:
        return special(modules, (("depot", modules),)) if is_basement else fill(modules, rng)

    north = [("stair", 3 * UNIT), *fixed, *(plain(rest) if rest > 1 else [])]
    if theme in {"ground", "service"}:
        south = [("hall", 6 * UNIT), *facade(theme, form.length - 6, rng)]
    else:
        south = facade(theme, form.length, rng)
    cells = band(south, start=0, low=0, high=DEPTH, axis="x", name="s")
    cells += band(north, start=0, low=DEPTH + CORRIDOR, high=WIDTH, axis="x", name="n")
    legs = [(0, DEPTH, outer, DEPTH + CORRIDOR), (inner, south_end, outer, DEPTH)]
    bend: Ring = (
        (0, DEPTH),
        (inner, DEPTH),
        (inner, south_end),
        (outer, south_end),
        (outer, DEPTH + CORRIDOR),
        (0, DEPTH + CORRIDOR),
    )
    cells.append(Cell(key="corridor", use="corridor", ring=bend))
    hall: Ring = (
        (corner, DEPTH + CORRIDOR),
        (outer, DEPTH + CORRIDOR),
        (outer, DEPTH),
        (east, DEPTH),
        (east, WIDTH),
        (corner, WIDTH),
    )
    cells.append(Cell(key="corner", use="depot" if is_basement else "meeting", ring=hall))
    stores = [("store", DEPTH // 2), ("depot" if is_basement else "store", DEPTH // 2)]
    cells += band(stores, start=0, low=corner, high=inner, axis="y", name="c")
    west = plain(form.wing)
    cells += band(west, start=south_end, low=corner, high=inner, axis="y", name="w")
    # The east side reaches up to the corner room; what is not a whole module widens the stair.
    modules = (DEPTH - south_end - 3 * UNIT) // UNIT
    stair = DEPTH - south_end - modules * UNIT
    eastern = [("stair", stair), *plain(modules)]
    cells += band(eastern, start=south_end, low=outer, high=east, axis="y", name="e")
    return cells, legs


def head_houses(cells: list[Cell]) -> list[Cell]:
    """Return the rooms on the roof: stair heads, lift machines and tanks over what lies below."""
    above = {"stair": "stair", "lobby": "machine", "lift": "machine", "boiling": "tank"}
    heads = [
        Cell(key=cell.key, use=above[cell.use], ring=cell.ring)
        for cell in cells
        if cell.use in above
    ]
    machines = [cell for cell in heads if cell.use == "machine"]
    others = [cell for cell in heads if cell.use != "machine"]
    west = min(x for cell in machines for x, _ in cell.ring)
    east = max(x for cell in machines for x, _ in cell.ring)
    south = min(y for cell in machines for _, y in cell.ring)
    north = max(y for cell in machines for _, y in cell.ring)
    return [
        *others,
        Cell(key="machine", use="machine", ring=rectangle(west, south, east, north)),
    ]


def lay_out(form: Form, theme: str, rng: Random) -> tuple[list[Cell], list[Box]]:
    """Lay out one storey; see :func:`bar` and :func:`angle`."""
    return bar(form, theme, rng) if form.kind == "bar" else angle(form, theme, rng)
