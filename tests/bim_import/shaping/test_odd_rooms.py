"""Rooms as few exporters write them: drawn in plan only, as a box, cut by a cylinder."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ifcopenshell
import ifcopenshell.guid
import pytest

from fangma.bim_import.bodies import Body, measure_bodies
from fangma.bim_import.shaping import shape_model
from fangma.bim_import.shaping.selection import with_bodies

if TYPE_CHECKING:
    from pathlib import Path

    from ifcopenshell import entity_instance

SQUARE = ((0.0, 0.0), (6.0, 0.0), (6.0, 5.0), (0.0, 5.0))
SAME = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
COLUMN = ((2.0, 2.0), (3.0, 2.0), (3.0, 3.0), (2.0, 3.0))


class Rooms:
    """A model in metres, room by room."""

    def __init__(self) -> None:
        self.file = ifcopenshell.file(schema="IFC4")
        metre = self.file.createIfcSIUnit(None, "LENGTHUNIT", None, "METRE")
        self.context = self.file.createIfcGeometricRepresentationContext(
            None, "Model", 3, 1e-5, self.at()
        )
        self.file.createIfcProject(
            ifcopenshell.guid.new(), None, "Rooms", None, None, None, None, [self.context],
            self.file.createIfcUnitAssignment([metre]),
        )  # fmt: skip

    def at(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> entity_instance:
        return self.file.createIfcAxis2Placement3D(self.file.createIfcCartesianPoint((x, y, z)))

    def ring(self, points: tuple[tuple[float, float], ...]) -> entity_instance:
        return self.file.createIfcPolyline(
            [self.file.createIfcCartesianPoint(point) for point in (*points, points[0])]
        )

    def add(self, identifier: str, kind: str, *items: entity_instance) -> int:
        shape = self.file.createIfcProductDefinitionShape(
            None,
            None,
            [self.file.createIfcShapeRepresentation(self.context, identifier, kind, list(items))],
        )
        place = self.file.createIfcLocalPlacement(None, self.at(100.0, 50.0, 3.0))
        room = self.file.createIfcSpace(ifcopenshell.guid.new(), None, "101", None, None, place)
        room.Representation = shape
        return int(room.id())

    def measured(self, folder: Path) -> dict[int, Body]:
        path = folder / "rooms.ifc"
        self.file.write(path)
        rooms = frozenset(int(room.id()) for room in self.file.by_type("IfcSpace"))
        return measure_bodies(shape_model(path).placements, SAME, rooms=rooms, axes={})


def test_a_room_drawn_in_plan_only_is_as_large_as_its_outline_encloses(tmp_path: Path) -> None:
    rooms = Rooms()
    plain = rooms.add("FootPrint", "Curve2D", rooms.ring(SQUARE))
    curves = rooms.file.createIfcGeometricCurveSet([rooms.ring(SQUARE), rooms.ring(COLUMN)])
    holed = rooms.add("FootPrint", "GeometricCurveSet", curves)
    bodies = rooms.measured(tmp_path)
    assert bodies[plain].area_m2 == pytest.approx(30.0)
    assert bodies[holed].area_m2 == pytest.approx(29.0)
    for body in bodies.values():
        assert body.box == pytest.approx((100.0, 50.0, 3.0, 106.0, 55.0, 3.0))
        assert body.volume_m3 is None
        assert body.kernel == "footprint"


def test_a_room_of_which_only_a_box_is_told_is_that_box(tmp_path: Path) -> None:
    rooms = Rooms()
    corner = rooms.file.createIfcCartesianPoint((0.0, 0.0, 0.0))
    key = rooms.add("Box", "BoundingBox", rooms.file.createIfcBoundingBox(corner, 6.0, 5.0, 3.0))
    body = rooms.measured(tmp_path)[key]
    assert body.area_m2 == pytest.approx(30.0)
    assert body.kernel == "box"


def test_a_cylinder_is_cut_from_a_room(tmp_path: Path) -> None:
    rooms = Rooms()
    block = rooms.file.createIfcBlock(rooms.at(), 6.0, 5.0, 3.0)
    column = rooms.file.createIfcRightCircularCylinder(rooms.at(3.0, 2.5, -1.0), 5.0, 0.5)
    cut = rooms.file.createIfcBooleanResult("DIFFERENCE", block, column)
    holed = rooms.add("Body", "CSG", rooms.file.createIfcCsgSolid(cut))
    alone = rooms.file.createIfcRightCircularCylinder(rooms.at(), 3.0, 0.5)
    tower = rooms.add("Body", "CSG", rooms.file.createIfcCsgSolid(alone))
    bodies = rooms.measured(tmp_path)
    # Chords lie within the circle: a little less of it.
    assert bodies[holed].area_m2 == pytest.approx(30.0 - math.pi / 4, abs=0.01)
    assert bodies[tower].area_m2 == pytest.approx(math.pi / 4, abs=0.01)


def test_what_has_a_body_does_not_hang_on_how_its_name_is_spelt() -> None:
    rooms = Rooms()
    profile = rooms.file.createIfcArbitraryClosedProfileDef("AREA", None, rooms.ring(SQUARE))
    up = rooms.file.createIfcDirection((0.0, 0.0, 1.0))
    solid = rooms.file.createIfcExtrudedAreaSolid(profile, rooms.at(), up, 3.0)
    bodied = {rooms.add(name, "SweptSolid", solid) for name in ("Body", "body", "", "Volumen")}
    outlined = rooms.add("FootPrint", "Curve2D", rooms.ring(SQUARE))
    rooms.add("Axis", "Curve2D", rooms.ring(SQUARE))
    assert with_bodies(rooms.file) == bodied | {outlined}
