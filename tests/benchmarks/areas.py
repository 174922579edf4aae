"""Check measured room areas against what the models declare.

    python tests/benchmarks/areas.py MODEL.ifc ... [--json]

A declared area is compared with what it claims to be: a net area with the usable floor; an area
that the model bounds by wall centres (Revit's setting behind ``GSA BIM Area``) with the floor grown
to the axes of the walls. Which of the two a model uses is decided once for the whole model, by
the median of its rooms, never room by room. ``docs/areas.md`` explains every outlier.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import ifcopenshell
import ifcopenshell.util.unit
import numpy as np
import shapely
from ifcopenshell.util.element import get_psets

from fangma.bim_import.shaping import shape_model
from fangma.bim_import.shaping.matrices import Places
from fangma.spatial.areas import RoomMeasure, measure_room, placed_body
from fangma.spatial.wall_centres import WallInPlan, grow_to_wall_centres

# In the order of preference: the first that a room has is its declared net area. ArchiCAD's
# NetFloorArea is its Nettofläche times a factor for plaster (Raumfläche Faktor), so that comes
# first. Renga states one area only, under a set without a name, and calls it gross.
DECLARED = (
    ("ArchiCADQuantities", "Nettofläche"),
    ("Qto_SpaceBaseQuantities", "NetFloorArea"),
    ("BaseQuantities", "NetFloorArea"),
    ("GSA Space Areas", "GSA BIM Area"),
    ("", "GrossFloorArea"),
)
WALLS = ("IfcWall", "IfcCurtainWall", "IfcColumn")
TOLERANCE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """A wall seen from above, and the heights between which it stands."""

    low: float
    high: float
    plan: WallInPlan


def declared_area(space: Any, unit_m2: float) -> tuple[str, float] | None:
    """Find the declared net area of a room, m2."""
    sets = get_psets(space)
    for name, quantity in DECLARED:
        value = sets.get(name, {}).get(quantity)
        if value is not None:
            return f"{name}.{quantity}", float(value) * unit_m2
    return None


def area_unit(model: Any, length_m: float) -> float:
    """Square metres in one area unit; the square of the length unit where none is assigned."""
    units = model.by_type("IfcUnitAssignment")[0].Units
    if any(getattr(unit, "UnitType", None) == "AREAUNIT" for unit in units):
        return float(ifcopenshell.util.unit.calculate_unit_scale(model, "AREAUNIT"))
    return length_m**2


def wall_axis(wall: Any, length_m: float) -> shapely.LineString | None:
    """Read the line by which a wall was drawn, metres; None when it isn't a plain polyline."""
    for representation in wall.Representation.Representations if wall.Representation else ():
        (first, *others) = representation.Items
        if representation.RepresentationIdentifier != "Axis" or others:
            continue
        if not first.is_a("IfcPolyline"):
            return None
        matrix = Places().model_from_local(wall.ObjectPlacement)
        points = [matrix @ [*point.Coordinates[:2], 0.0, 1.0] for point in first.Points]
        return shapely.LineString(np.array(points)[:, :2] * length_m)
    return None


def walls_of(model: Any, placements: Any, length_m: float) -> list[Wall]:
    """See the walls from above, curtain walls as the rectangle around their parts."""
    found = []
    for name in WALLS:
        for wall in model.by_type(name):
            points, triangles = placed_body(placements, wall.id())
            corners = points[triangles]
            if len(triangles):
                plan = shapely.union_all(shapely.polygons(corners[:, :, :2]))
            else:
                parts = [o for r in wall.IsDecomposedBy for o in r.RelatedObjects]
                bodies = [placed_body(placements, part.id()) for part in parts]
                corners = np.concatenate([np.zeros((0, 3, 3)), *(p[t] for p, t in bodies)])
                if not len(corners):
                    continue
                outline = shapely.MultiPoint(corners.reshape(-1, 3)[:, :2])
                plan = shapely.minimum_rotated_rectangle(outline)
            low, high = corners[:, :, 2].min(), corners[:, :, 2].max()
            seen = WallInPlan(outline=plan, axis=wall_axis(wall, length_m))
            found.append(Wall(low=float(low), high=float(high), plan=seen))
    return sorted(found, key=lambda wall: wall.low)


def centred_area(room: RoomMeasure, walls: list[Wall]) -> float:
    """Measure a room to the middle of the walls that stand on its floor, else of any beside it."""
    beside = [wall for wall in walls if min(wall.high, room.ceiling_z) - wall.low > 0.05]
    beside = [wall for wall in beside if wall.high - room.floor_z > 0.05]
    at_floor = [wall.plan for wall in beside if wall.low < room.floor_z + 1.5]
    near = [plan for plan in at_floor if plan.outline.dwithin(room.footprint, 0.02)]
    grown = grow_to_wall_centres(room.footprint, near or [wall.plan for wall in beside])
    return float(grown.area)


def check(path: Path) -> dict[str, Any]:
    """Measure every room of a model and compare."""
    model: Any = ifcopenshell.open(path)
    spaces = [space for space in model.by_type("IfcSpace") if space.Representation]
    wanted = [*spaces, *(e for n in (*WALLS, "IfcPlate", "IfcMember") for e in model.by_type(n))]
    placements = shape_model(path, [element.id() for element in wanted]).placements
    length_m = ifcopenshell.util.unit.calculate_unit_scale(model)
    walls = walls_of(model, placements, length_m)
    rooms: list[dict[str, Any]] = []
    for space in spaces:
        measure = measure_room(*placed_body(placements, space.id()))
        claim = declared_area(space, area_unit(model, length_m))
        rooms.append(
            {
                "key": space.id(),
                "number": space.Name,
                "name": space.LongName,
                "method": measure.method.value,
                "closed": measure.is_closed,
                "net_m2": measure.area_m2,
                "centre_m2": centred_area(measure, walls),
                "quantity": None if claim is None else claim[0],
                "declared_m2": None if claim is None else claim[1],
            }
        )
    stated = [room for room in rooms if room["declared_m2"]]

    def off(room: dict[str, Any], rule: str) -> float:
        return float(abs(room[rule] / room["declared_m2"] - 1.0))

    rule = "net_m2"
    if stated and median(off(r, "centre_m2") for r in stated) < median(
        off(r, "net_m2") for r in stated
    ):
        rule = "centre_m2"
    outliers = [room for room in stated if off(room, rule) > TOLERANCE]
    return {
        "model": path.name,
        "rooms": len(rooms),
        "declared": len(stated),
        "bounded_by": "wall centres" if rule == "centre_m2" else "inner faces",
        "within": len(stated) - len(outliers),
        "closed": sum(room["closed"] for room in rooms),
        "outliers": outliers,
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = [check(path) for path in options.models]
    if options.json:
        json.dump(table, sys.stdout, indent=1, ensure_ascii=False)
        return
    for row in table:
        sys.stdout.write(
            f"{row['model']}: {row['rooms']} rooms ({row['closed']} closed), "
            f"{row['declared']} declared, bounded by {row['bounded_by']}, "
            f"{row['within']} within {TOLERANCE:.0%}\n"
        )
        for room in row["outliers"]:
            sys.stdout.write(
                f"    #{room['key']} {room['number']} {room['name']}: {room['quantity']} "
                f"{room['declared_m2']:.3f}, net {room['net_m2']:.3f}, "
                f"centres {room['centre_m2']:.3f} m2\n"
            )
    declared = sum(row["declared"] for row in table)
    within = sum(row["within"] for row in table)
    if declared:
        share = within / declared
        sys.stdout.write(f"together {within} of {declared} rooms ({share:.1%}) agree\n")


if __name__ == "__main__":
    main()
