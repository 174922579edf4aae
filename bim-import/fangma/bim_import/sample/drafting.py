"""Write IFC4 quickly and always with the same bytes: shared shapes, derived GlobalIds, fixed dates.

The project, its units, contexts and georeference are made with ifcopenshell's API; the many
thousands of elements are created directly, because a compound of 60,000 rooms has tens of millions
of statements. Lengths come in as millimetres and are converted to the unit of the file.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import ifcopenshell
import ifcopenshell.api.aggregate
import ifcopenshell.api.context
import ifcopenshell.api.georeference
import ifcopenshell.api.root
import ifcopenshell.api.unit

from fangma.bim_import.sample.palette import COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from fangma.bim_import.sample.plan import Ring

Vector = tuple[float, float, float]
Entity = Any  # ifcopenshell.entity_instance carries no types
Attribute = Any  # whatever an attribute of a statement may hold

WRITTEN_AT = "2026-11-20T09:00:00"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"
X: Vector = (1.0, 0.0, 0.0)
Y: Vector = (0.0, 1.0, 0.0)
Z: Vector = (0.0, 0.0, 1.0)


def global_id(key: str) -> str:
    """Derive a GlobalId (22 characters, ISO 10303-21 base 64 of 128 bits) from a text."""
    number = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=16).digest(), "big")
    digits = []
    for _ in range(21):
        number, digit = divmod(number, 64)
        digits.append(_DIGITS[digit])
    digits.append(_DIGITS[number])  # two bits are left
    return "".join(reversed(digits))


class Draft:
    """An IFC file under construction.

    Parameters
    ----------
    key : str
        Root of all GlobalIds: equal keys give equal files.
    in_metres : bool
        Length unit of the file; millimetres otherwise.
    """

    def __init__(self, key: str, *, name: str, in_metres: bool = False) -> None:
        self.file = ifcopenshell.file(schema="IFC4")
        self.key = key
        self.factor = 0.001 if in_metres else 1.0
        self.digits = 7 if in_metres else 4
        self._directions: dict[Vector, Entity] = {}
        self._placements: dict[Any, Entity] = {}
        self._items: dict[Any, Entity] = {}
        self._styles: dict[str, Entity] = {}
        self._mapped: dict[int, Entity] = {}
        self._members: dict[Entity, list[Entity]] = {}
        self.project = ifcopenshell.api.root.create_entity(
            self.file, ifc_class="IfcProject", name=name
        )
        self.project.GlobalId = self.guid("project")
        self._set_units(in_metres=in_metres)
        model = ifcopenshell.api.context.add_context(self.file, context_type="Model")
        self.body = ifcopenshell.api.context.add_context(
            self.file,
            context_type="Model",
            context_identifier="Body",
            target_view="MODEL_VIEW",
            parent=model,
        )
        self.model = model

    def _set_units(self, *, in_metres: bool) -> None:
        prefix = None if in_metres else "MILLI"
        units = [
            ifcopenshell.api.unit.add_si_unit(self.file, unit_type="LENGTHUNIT", prefix=prefix),
            ifcopenshell.api.unit.add_si_unit(self.file, unit_type="AREAUNIT"),
            ifcopenshell.api.unit.add_si_unit(self.file, unit_type="VOLUMEUNIT"),
            ifcopenshell.api.unit.add_si_unit(self.file, unit_type="PLANEANGLEUNIT"),
        ]
        assigned = ifcopenshell.api.unit.assign_unit(self.file, units=units)
        assigned.Units = units  # the API keeps them in a set, whose order changes from run to run

    # ---- where on the earth ----

    def georeference(
        self, *, epsg: int, east: float, north: float, height: float, axis: tuple[float, float]
    ) -> None:
        """Set IfcMapConversion and IfcProjectedCRS (metres; the scale turns our unit into them)."""
        ifcopenshell.api.georeference.add_georeferencing(self.file)
        metre = self.add("IfcSIUnit", None, "LENGTHUNIT", None, "METRE")
        ifcopenshell.api.georeference.edit_georeferencing(
            self.file,
            projected_crs={
                "Name": f"EPSG:{epsg}",
                "Description": "CGCS2000 / 3-degree Gauss-Kruger CM 120E",
                "GeodeticDatum": "CGCS2000",
                "VerticalDatum": "1985国家高程基准",
                "MapProjection": "Gauss-Kruger",
                "MapZone": "CM 120E",
                "MapUnit": metre,
            },
            coordinate_operation={
                "Eastings": east,
                "Northings": north,
                "OrthogonalHeight": height,
                "XAxisAbscissa": axis[0],
                "XAxisOrdinate": axis[1],
                "Scale": 1.0 if self.factor < 1 else 0.001,
            },
        )

    # ---- names and numbers ----

    def guid(self, key: str) -> str:
        """Return the GlobalId of something in this file."""
        return global_id(f"{self.key}/{key}")

    def add(self, ifc_class: str, *values: Attribute) -> Entity:
        """Create one statement with positional attributes.

        ``file.create_entity`` does the same three times slower: it visits every empty attribute and
        handles transactions and keywords, which tens of millions of statements cannot afford.
        """
        statement = self.file.create(ifc_class, -1)
        assign = statement.set_attribute_value_py
        for i, value in enumerate(values):
            if value is not None:
                assign(i, value)
        return statement

    def length(self, value: float) -> float:
        """Convert millimetres to the file's unit."""
        return round(value * self.factor, self.digits)

    def point(self, *values: float) -> Entity:
        """Create a point from millimetres."""
        return self.add("IfcCartesianPoint", tuple(self.length(value) for value in values))

    def direction(self, vector: Sequence[float]) -> Entity:
        """Return the shared direction of a unit vector."""
        key = tuple(round(float(value), 9) + 0.0 for value in vector)
        if key not in self._directions:
            self._directions[key] = self.add("IfcDirection", key)  # type: ignore[index]
        return self._directions[key]  # type: ignore[index]

    def axes(self, origin: Vector, z: Vector = Z, x: Vector = X) -> Entity:
        """Return a placement in space, shared when it is the same again."""
        key = (origin, z, x)
        if key not in self._placements:
            self._placements[key] = self._axes(origin, z, x)
        return self._placements[key]

    def _axes(self, origin: Vector, z: Vector, x: Vector) -> Entity:
        if z == Z and x == X:
            return self.add("IfcAxis2Placement3D", self.point(*origin), None, None)
        return self.add(
            "IfcAxis2Placement3D", self.point(*origin), self.direction(z), self.direction(x)
        )

    def place(self, parent: Entity, origin: Vector, z: Vector = Z, x: Vector = X) -> Entity:
        """Create a placement relative to another one."""
        return self.add("IfcLocalPlacement", parent, self._axes(origin, z, x))

    # ---- shapes ----

    def ring(self, ring: Iterable[tuple[float, float]]) -> Entity:
        """Create a closed polyline in the plane."""
        points = [self.point(x, y) for x, y in ring]
        return self.add("IfcPolyline", [*points, points[0]])

    def extruded(self, profile: Entity, depth: float, axes: Entity | None = None) -> Entity:
        """Extrude a profile along the z axis of its placement."""
        return self.add(
            "IfcExtrudedAreaSolid", profile, axes, self.direction(Z), self.length(depth)
        )

    def prism(
        self, ring: Ring, depth: float, colour: str | None, holes: Sequence[Ring] = (), z: float = 0
    ) -> Entity:
        """Extrude a polygon upwards from ``z``."""
        if holes:
            profile = self.add(
                "IfcArbitraryProfileDefWithVoids",
                "AREA",
                None,
                self.ring(ring),
                [self.ring(hole) for hole in holes],
            )
        else:
            profile = self.add("IfcArbitraryClosedProfileDef", "AREA", None, self.ring(ring))
        return self.coloured(self.extruded(profile, depth, self.axes((0.0, 0.0, float(z)))), colour)

    def block(
        self,
        size: Vector,
        colour: str | None,
        centre: tuple[float, float] = (0.0, 0.0),
        z: float = 0,
    ) -> Entity:
        """Return a box, shared when it is the same again; ``centre`` in plan, ``z`` its bottom."""
        key = ("block", size, colour, centre, z)
        if key not in self._items:
            profile = self.add(
                "IfcRectangleProfileDef",
                "AREA",
                None,
                self.add("IfcAxis2Placement2D", self.point(*centre), None),
                self.length(size[0]),
                self.length(size[1]),
            )
            solid = self.extruded(profile, size[2], self.axes((0.0, 0.0, float(z))))
            self._items[key] = self.coloured(solid, colour)
        return self._items[key]

    def rod(self, diameter: float, length: float, colour: str) -> Entity:
        """Return a cylinder along z from the origin, shared when it is the same again."""
        key = ("rod", diameter, length, colour)
        if key not in self._items:
            profile = self._circle(diameter)
            self._items[key] = self.coloured(self.extruded(profile, length), colour)
        return self._items[key]

    def _circle(self, diameter: float) -> Entity:
        key = ("circle", diameter)
        if key not in self._items:
            origin = self.add("IfcAxis2Placement2D", self.point(0, 0), None)
            self._items[key] = self.add(
                "IfcCircleProfileDef", "AREA", None, origin, self.length(diameter / 2)
            )
        return self._items[key]

    def disk(self, diameter: float, length: float, colour: str) -> Entity:
        """Return a swept disk along z from the origin, shared when it is the same again."""
        key = ("disk", diameter, length, colour)
        if key not in self._items:
            line = self.add("IfcPolyline", [self.point(0, 0, 0), self.point(0, 0, length)])
            solid = self.add("IfcSweptDiskSolid", line, self.length(diameter / 2), None, None, None)
            self._items[key] = self.coloured(solid, colour)
        return self._items[key]

    def mesh(
        self, vertices: Iterable[Sequence[float]], faces: Iterable[Sequence[int]], colour: str
    ) -> Entity:
        """Create a closed triangle mesh; ``faces`` count from 0, wound outwards."""
        points = self.add(
            "IfcCartesianPointList3D",
            [tuple(self.length(float(value)) for value in vertex) for vertex in vertices],
        )
        index = [tuple(int(i) + 1 for i in face) for face in faces]
        item = self.add("IfcTriangulatedFaceSet", points, None, True, index, None)
        return self.coloured(item, colour)

    def coloured(self, item: Entity, colour: str | None) -> Entity:
        """Give an item a surface style of the palette."""
        if colour is None:
            return item
        if colour not in self._styles:
            look = COLOURS[colour]
            rgb = self.add("IfcColourRgb", None, *look.rgb)
            rendering = self.add("IfcSurfaceStyleShading", rgb, look.transparency)
            self._styles[colour] = self.add("IfcSurfaceStyle", look.name, "BOTH", [rendering])
        self.add("IfcStyledItem", item, [self._styles[colour]], None)
        return item

    def shape(self, items: Sequence[Entity], kind: str = "SweptSolid") -> Entity:
        """Create the body of one product."""
        body = self.add("IfcShapeRepresentation", self.body, "Body", kind, items)
        return self.add("IfcProductDefinitionShape", None, None, [body])

    def map_of(self, items: Sequence[Entity], kind: str = "SweptSolid") -> Entity:
        """Create a shape that a type owns and its occurrences map."""
        body = self.add("IfcShapeRepresentation", self.body, "Body", kind, items)
        return self.add("IfcRepresentationMap", self.axes((0.0, 0.0, 0.0)), body)

    def mapped(self, source: Entity) -> Entity:
        """Create the body of an occurrence from its type's shape."""
        number = source.id()
        if number not in self._mapped:
            origin = ("origin",)
            if origin not in self._items:
                self._items[origin] = self.add(
                    "IfcCartesianTransformationOperator3D",
                    None,
                    None,
                    self.point(0, 0, 0),
                    1.0,
                    None,
                )
            self._mapped[number] = self.add("IfcMappedItem", source, self._items[origin])
        return self.shape([self._mapped[number]], "MappedRepresentation")

    # ---- relations ----

    def aggregate(self, whole: Entity, parts: Sequence[Entity]) -> None:
        """Make parts of a whole."""
        self.add(
            "IfcRelAggregates", self.guid(f"parts/{whole.GlobalId}"), None, None, None, whole, parts
        )

    def gather(self, relation: str, relating: Entity, member: Entity) -> None:
        """Note a member; :meth:`save` writes one relation for all members of ``relating``."""
        self._members.setdefault((relation, relating), []).append(member)

    def properties(self, name: str, key: str, values: dict[str, Any]) -> Entity:
        """Create a property set."""
        props = [
            self.add("IfcPropertySingleValue", label, None, self._value(value), None)
            for label, value in values.items()
        ]
        return self.add("IfcPropertySet", self.guid(f"pset/{name}/{key}"), None, name, None, props)

    def _value(self, value: Attribute) -> Entity:
        if isinstance(value, tuple):
            kind, number = value
            return self.add(kind, self.length(number) if "Length" in kind else number)
        if isinstance(value, bool):
            return self.add("IfcBoolean", value)
        return self.add("IfcLabel", str(value))

    def define(self, pset: Entity, *things: Entity) -> None:
        """Attach a property or quantity set to occurrences."""
        self.add(
            "IfcRelDefinesByProperties",
            self.guid(f"defines/{pset.GlobalId}"),
            None,
            None,
            None,
            things,
            pset,
        )

    def save(self, path: Path) -> int:
        """Write the gathered relations and the file.

        Returns
        -------
        size : int
            Statements written.
        """
        for (relation, relating), members in self._members.items():
            first = self.guid(f"{relation}/{relating.id()}")
            values = [first, None, None, None]
            if relation == "spaces":
                self.add("IfcRelAggregates", *values, relating, members)
            elif relation == "IfcRelAssignsToGroup":
                self.add(relation, *values, members, None, relating)
            elif relation == "IfcRelServicesBuildings":
                self.add(relation, *values, relating, members)
            else:
                self.add(relation, *values, members, relating)
        self._members.clear()
        header = self.file.header
        header.file_description.description = ("ViewDefinition [ReferenceView_V1.2]",)
        header.file_name.name = path.name
        header.file_name.time_stamp = WRITTEN_AT
        header.file_name.author = ("Fangma",)
        header.file_name.organization = ("",)
        header.file_name.preprocessor_version = "ifcopenshell"
        header.file_name.originating_system = "Fangma sample"
        header.file_name.authorization = "none"
        self.file.write(str(path))
        return int(self.file.get_max_id())
