"""The compound: which buildings there are and where they stand. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from fangma.bim_import.sample.programme import Form
from fangma.bim_import.sample.storeys import count_rooms

EPSG = 4549  # CGCS2000 / 3-degree Gauss-Kruger CM 120E, without zone prefix
EAST, NORTH, HEIGHT = 562_340.0, 3_098_720.0, 5.60  # south-west corner of the grounds, Wenzhou
ROTATION = 8.0  # degrees counter-clockwise from grid east to the compound's x axis
DIVISION = "330302"

OFFICES = ("ground", "bureau", "bureau", "bureau", "city")
ANNEX = ("service", "bureau", "records")
LOGISTICS = ("canteen", "welfare")
TOWER_STOREYS = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A building to design.

    Attributes
    ----------
    x, y : float
        Its origin in the compound's frame, metres from :data:`EAST`, :data:`NORTH`.
    services_in_metres : bool
        Whether its services model is drawn in metres; the architecture is in millimetres.
    """

    code: str
    name: str
    form: Form
    themes: tuple[str, ...]
    x: float
    y: float
    services_in_metres: bool


MAIN = Form(kind="bar", length=48)
BENT = Form(kind="angle", length=25, wing=6)
LOW = Form(kind="bar", length=26)
TOWER = Form(kind="bar", length=60)


def plots(rooms: int, seed: int) -> list[Plot]:
    """Choose buildings and storeys so that the compound has about so many rooms.

    Up to about 250 rooms these are the main building, the annex and the logistics building, with
    fewer storeys (and fewer buildings) for less; beyond, towers of up to 17 storeys are added.
    """
    counted = {("A01", n): count_rooms(MAIN, "A01", seed, _stack(OFFICES, n)) for n in range(1, 6)}
    counted |= {("A02", n): count_rooms(BENT, "A02", seed, ANNEX[:n]) for n in range(1, 4)}
    counted |= {("A03", n): count_rooms(LOW, "A03", seed, LOGISTICS[:n]) for n in range(1, 3)}
    counted |= {("A02", 0): 0, ("A03", 0): 0}
    options = [
        (counted["A01", a] + counted["A02", b] + counted["A03", c], a, b, c)
        for a, b, c in product(range(1, 6), range(4), range(3))
        if not (c and not b)
    ]
    full = (counted["A01", 5] + counted["A02", 3] + counted["A03", 2], 5, 3, 2)
    if rooms >= full[0] - 20:
        total, a, b, c = full
    else:
        total, a, b, c = min(options, key=lambda option: _preference(option, rooms))
    made = [
        Plot(
            code="A01",
            name="办公主楼",
            form=MAIN,
            themes=_stack(OFFICES, a),
            x=40.0,
            y=90.0,
            services_in_metres=False,
        )
    ]
    if b:
        made.append(
            Plot(
                code="A02",
                name="综合楼",
                form=BENT,
                themes=ANNEX[:b],
                x=112.0,
                y=66.0,
                services_in_metres=True,
            )
        )
    if c:
        made.append(
            Plot(
                code="A03",
                name="后勤服务楼",
                form=LOW,
                themes=LOGISTICS[:c],
                x=40.0,
                y=40.0,
                services_in_metres=False,
            )
        )
    return made + _towers(rooms - total, seed)


def _preference(option: tuple[int, int, int, int], rooms: int) -> tuple[int, ...]:
    """Rank a choice of storeys: near the wish first, then a tall main building with its sisters."""
    total, a, b, c = option
    return (abs(total - rooms) // 15, -min(b, 2), -min(c, 1), -a, -b, -c)


def _stack(themes: tuple[str, ...], storeys: int) -> tuple[str, ...]:
    return themes[: storeys - 1] + themes[-1:] if storeys > 1 else themes[:1]


def _towers(rooms: int, seed: int) -> list[Plot]:
    made: list[Plot] = []
    while rooms > 40:
        number = len(made) + 4
        code = f"{chr(ord('A') + number // 100)}{number % 100:02d}"
        storeys = min(TOWER_STOREYS, max(1, round((rooms - 25) / 33)))
        themes = ("ground",) + ("bureau",) * (storeys - 1)
        column, row = divmod(len(made), 12)
        made.append(
            Plot(
                code=code,
                name=f"{number}号办公楼",
                form=TOWER,
                themes=themes,
                x=200.0 + 95.0 * column,
                y=20.0 + 45.0 * row,
                services_in_metres=number % 4 == 2,
            )
        )
        rooms -= count_rooms(TOWER, code, seed, themes)
    return made
