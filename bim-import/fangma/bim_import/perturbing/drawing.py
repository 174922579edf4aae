"""Rooms drawn anew from outlines: halves of a room, two rooms made one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.guid
import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, box

from fangma.bim_import.perturbing.editing import located
from fangma.spatial.areas import RoomMeasureError, measure_room

if TYPE_CHECKING:
    import random

    Instance = ifcopenshell.entity_instance

# A partition wall between two rooms, at most.
_WALL_M = 0.35
_SMALLEST_PART_M2 = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A room's plan and heights, metres, model frame."""

    footprint: Polygon
    floor_z: float
    ceiling_z: float


def outline_of(room: Instance) -> Outline | None:
    """Measure a room; None when it has no usable body or falls into several parts."""
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    try:
        shape: Any = ifcopenshell.geom.create_shape(settings, room)
    except RuntimeError:
        return None
    vertices = np.array(shape.geometry.verts, dtype=np.float64).reshape(-1, 3)
    triangles = np.array(shape.geometry.faces, dtype=np.uint32).reshape(-1, 3)
    if not len(triangles):
        return None
    try:
        measure = measure_room(vertices, triangles)
    except RoomMeasureError:
        return None
    footprint = measure.footprint
    if isinstance(footprint, MultiPolygon) and len(footprint.geoms) == 1:
        footprint = footprint.geoms[0]
    if not isinstance(footprint, Polygon) or footprint.is_empty:
        return None
    if not all(map(math.isfinite, (measure.floor_z, measure.ceiling_z))):
        return None
    return Outline(footprint=footprint, floor_z=measure.floor_z, ceiling_z=measure.ceiling_z)


def halves(outline: Outline, chance: random.Random) -> tuple[Outline, Outline] | None:
    """Cut a room across its longer side, somewhere in the middle third."""
    x0, y0, x1, y1 = outline.footprint.bounds
    share = chance.uniform(0.35, 0.65)
    if x1 - x0 >= y1 - y0:
        cut = x0 + share * (x1 - x0)
        sides = box(x0, y0, cut, y1), box(cut, y0, x1, y1)
    else:
        cut = y0 + share * (y1 - y0)
        sides = box(x0, y0, x1, cut), box(x0, cut, x1, y1)
    parts = [outline.footprint.intersection(side) for side in sides]
    if any(not isinstance(p, Polygon) or p.area < _SMALLEST_PART_M2 for p in parts):
        return None
    first, second = (
        Outline(footprint=p, floor_z=outline.floor_z, ceiling_z=outline.ceiling_z) for p in parts
    )
    return first, second


def united(a: Outline, b: Outline) -> Outline | None:
    """Take the wall between two rooms out; None when they do not lie side by side."""
    if abs(a.floor_z - b.floor_z) > 0.05 or abs(a.ceiling_z - b.ceiling_z) > 0.05:
        return None
    if a.footprint.distance(b.footprint) > _WALL_M:
        return None
    both = shapely.union_all([a.footprint, b.footprint])
    whole = both.buffer(_WALL_M / 2 + 0.01, join_style="mitre").buffer(
        -_WALL_M / 2 - 0.01, join_style="mitre"
    )
    if not isinstance(whole, Polygon) or whole.interiors:
        return None
    if whole.area > 1.1 * (a.footprint.area + b.footprint.area):
        return None
    return Outline(footprint=whole, floor_z=a.floor_z, ceiling_z=a.ceiling_z)


def draw_room(file: ifcopenshell.file, like: Instance, outline: Outline, unit_m: float) -> Instance:
    """Make a room of an outline, in the storey and with the names of another one."""
    room = file.create_entity(like.is_a())
    for index, value in enumerate(like):
        room[index] = value
    room.GlobalId = ifcopenshell.guid.new()
    context = next(
        r.ContextOfItems for r in like.Representation.Representations
        if r.RepresentationIdentifier == "Body" or len(like.Representation.Representations) == 1
    )  # fmt: skip
    room.ObjectPlacement = located(file, (0.0, 0.0, outline.floor_z / unit_m), None)
    plan = affinity.scale(outline.footprint, 1 / unit_m, 1 / unit_m, origin=(0, 0))
    plan = shapely.geometry.polygon.orient(plan)

    def ring(coords: shapely.coords.CoordinateSequence) -> Instance:
        points = [file.createIfcCartesianPoint((float(x), float(y))) for x, y in list(coords)[:-1]]
        return file.createIfcPolyline([*points, points[0]])

    outer = ring(plan.exterior.coords)
    profile = (
        file.createIfcArbitraryProfileDefWithVoids(
            "AREA", None, outer, [ring(r.coords) for r in plan.interiors]
        )
        if plan.interiors
        else file.createIfcArbitraryClosedProfileDef("AREA", None, outer)
    )
    solid = file.createIfcExtrudedAreaSolid(
        profile,
        file.createIfcAxis2Placement3D(file.createIfcCartesianPoint((0.0, 0.0, 0.0)), None, None),
        file.createIfcDirection((0.0, 0.0, 1.0)),
        (outline.ceiling_z - outline.floor_z) / unit_m,
    )
    body = file.createIfcShapeRepresentation(context, "Body", "SweptSolid", [solid])
    room.Representation = file.createIfcProductDefinitionShape(None, None, [body])
    for rel in file.get_inverse(like):
        if rel.is_a("IfcRelAggregates") and like in rel.RelatedObjects:
            rel.RelatedObjects = [*rel.RelatedObjects, room]
    return room
