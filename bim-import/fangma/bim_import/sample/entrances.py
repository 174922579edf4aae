"""Write what lies before the doors: platform, steps, canopy, and the apron round the house."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from fangma.bim_import.sample.cells import footprint, tidy

if TYPE_CHECKING:
    from fangma.bim_import.sample.architecture import Author
    from fangma.bim_import.sample.drafting import Entity
    from fangma.bim_import.sample.plan import Opening, Storey, Wall

GROUND = -450  # of the grounds below the first floor
APRON = 900  # width of the paved strip


def write_entrances(author: Author, storey: Storey) -> None:
    """Write the entrances of the first storey and the apron."""
    walls = {wall.key: wall for wall in storey.walls}
    for opening in storey.openings:
        if opening.type == "LM3024":
            _entrance(author, storey, opening, walls[opening.wall])
    _apron(author, storey)


def _entrance(author: Author, storey: Storey, opening: Opening, wall: Wall) -> None:
    draft = author.draft
    outward = -1 if wall.low is None else 1
    face = wall.at + outward * wall.thickness // 2
    centre = float(opening.centre)
    for i, (deep, top) in enumerate(((2400, 0), (2700, -150), (3000, -300))):
        box = (6000.0 + 600 * i, float(deep), float(top - GROUND))
        item = draft.block(box, "base", (centre, face + outward * deep / 2), GROUND)
        _outside(author, storey, f"step/{i}/{opening.key}", "入口台阶", item, "LANDING")
    roof = draft.block((6600.0, 3000.0, 200.0), "frame", (centre, face + outward * 1500.0), 3000)
    _outside(author, storey, f"canopy/{opening.key}", "雨篷", roof, "ROOF")
    for side in (-1, 1):
        spot = (centre + side * 2700.0, face + outward * 2100.0)
        item = draft.block((400.0, 400.0, 3000.0), "column", spot, 0)
        author.put(
            "IfcColumn",
            f"canopy/{side}/{opening.key}",
            "雨篷柱",
            storey,
            author.here(storey),
            draft.shape([item]),
            "COLUMN",
            type_of=author.simple_type("IfcColumnType", "雨篷柱", "COLUMN"),
        )


def _apron(author: Author, storey: Storey) -> None:
    whole = shapely.union_all([shapely.box(*footprint(wall)) for wall in storey.walls])
    outline = shapely.Polygon(whole.exterior.coords)
    strip = outline.buffer(APRON, join_style="mitre").difference(outline)
    holes = [tidy(hole.coords) for hole in strip.interiors]
    ring = tidy(strip.exterior.coords)
    item = author.draft.prism(ring, 100, "concrete", holes, GROUND - 100)
    _outside(author, storey, "apron", "散水", item, "PAVING")


def _outside(author: Author, storey: Storey, key: str, name: str, item: Entity, kind: str) -> None:
    predefined = kind if kind in {"LANDING", "ROOF"} else "USERDEFINED"
    shape = author.draft.shape([item])
    element = author.put("IfcSlab", key, name, storey, author.here(storey), shape, predefined)
    if predefined == "USERDEFINED":
        element.ObjectType = kind
