"""Each rule of the reading, on a file just large enough for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from fangma.bim_import.opening import open_model
from fangma.bim_import.reading import read_model

if TYPE_CHECKING:
    from tests.bim_import.conftest import StepWriter

    from fangma.bim_import.model import Element, Model


def guid(number: int) -> str:
    return f"0{number:021d}"


def tree(*storeys: tuple[int, str, str], building: str = "'A'") -> str:
    """Write one building with storeys of (# number, name, elevation)."""
    lines = [
        f"#100=IFCBUILDING('{guid(100)}',$,{building},$,$,#101,$,$,.ELEMENT.,$,$,$);",
        "#101=IFCLOCALPLACEMENT($,#6);",
        f"#102=IFCRELAGGREGATES('{guid(102)}',$,$,$,#1,(#100));",
    ]
    for number, name, elevation in storeys:
        z = "0." if elevation == "$" else elevation
        lines += [
            (
                f"#{number}=IFCBUILDINGSTOREY('{guid(number)}',$,{name},$,$,#{number + 1},$,$,"
                f".ELEMENT.,{elevation});"
            ),
            f"#{number + 1}=IFCLOCALPLACEMENT(#101,#{number + 2});",
            f"#{number + 2}=IFCAXIS2PLACEMENT3D(#{number + 3},$,$);",
            f"#{number + 3}=IFCCARTESIANPOINT((0.,0.,{z}));",
        ]
    if storeys:
        members = ",".join(f"#{number}" for number, _, _ in storeys)
        lines.append(f"#103=IFCRELAGGREGATES('{guid(103)}',$,$,$,#100,({members}));")
    return "\n".join(lines) + "\n"


def at(number: int, x: str = "0.", y: str = "0.", z: str = "0.") -> str:
    """Write a placement # number at a point."""
    return (
        f"#{number}=IFCLOCALPLACEMENT($,#{number + 1});#{number + 1}=IFCAXIS2PLACEMENT3D"
        f"(#{number + 2},$,$);#{number + 2}=IFCCARTESIANPOINT(({x},{y},{z}));\n"
    )


def space(number: int, name: str, long_name: str = "$", *, description: str = "$") -> str:
    return (
        f"#{number}=IFCSPACE('{guid(number)}',$,{name},{description},$,$,$,{long_name},"
        ".ELEMENT.,$,$);\n"
    )


def read(step: StepWriter, data: str, **options: str) -> Model:
    return read_model(open_model(step(data, **options)))


def rules(model: Model) -> list[str]:
    return [finding.rule for finding in model.findings]


def element(model: Model, key: int) -> Element:
    return next(item for item in model.elements if item.key == key)


# Units.


@pytest.mark.parametrize(
    ("unit", "metres"),
    [
        ("#3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);", 1.0),
        ("#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);", 0.001),
        ("#3=IFCSIUNIT(*,.LENGTHUNIT.,.CENTI.,.METRE.);", 0.01),
        (
            (
                "#3=IFCCONVERSIONBASEDUNIT(#90,.LENGTHUNIT.,'FOOT',#91);"
                "#90=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);"
                "#91=IFCMEASUREWITHUNIT(IFCRATIOMEASURE(0.3048),#92);"
                "#92=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);"
            ),
            0.3048,
        ),
        (
            # A foot of twelve inches, each of 25.4 mm: a conversion of a conversion.
            (
                "#3=IFCCONVERSIONBASEDUNIT(#90,.LENGTHUNIT.,'FOOT',#91);"
                "#90=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);"
                "#91=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(12.),#92);"
                "#92=IFCCONVERSIONBASEDUNIT(#90,.LENGTHUNIT.,'INCH',#93);"
                "#93=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(25.4),#94);"
                "#94=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);"
            ),
            0.3048,
        ),
        (
            (
                "#3=IFCCONVERSIONBASEDUNIT(#90,.LENGTHUNIT.,'INCH',$);"
                "#90=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);"
            ),
            0.0254,
        ),
    ],
)
def test_length_units_of_every_kind_are_read(step: StepWriter, unit: str, metres: float) -> None:
    project = (
        "#1=IFCPROJECT('0KhR8hr7H8eewFRKm6V1bJ',$,'P',$,$,$,$,(#5),#2);#2=IFCUNITASSIGNMENT((#3));"
        "#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#6,$);"
        "#6=IFCAXIS2PLACEMENT3D(#7,$,$);#7=IFCCARTESIANPOINT((0.,0.,0.));" + unit
    )
    model = read(step, "", project=project)
    assert model.length_unit_m == pytest.approx(metres)
    assert not any(rule.startswith("length-unit") for rule in rules(model))


@pytest.mark.parametrize(
    ("units", "height", "metres", "rule"),
    [
        ("#3", "2100.", 0.001, "length-unit-implausible"),
        ("#4", "2100.", 0.001, "length-unit-missing"),
        ("#4", "2.1", 1.0, "length-unit-missing"),
        ("#3,#95", "2100.", 0.001, "length-unit-conflict"),
        ("#3,#95", "2.1", 1.0, "length-unit-conflict"),
    ],
)
def test_units_in_doubt_are_decided_by_the_height_of_doors_and_told(
    step: StepWriter, units: str, height: str, metres: float, rule: str
) -> None:
    project = (
        "#1=IFCPROJECT('0KhR8hr7H8eewFRKm6V1bJ',$,'P',$,$,$,$,(#5),#2);"
        f"#2=IFCUNITASSIGNMENT(({units}));#3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);"
        "#4=IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.);"
        "#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#6,$);"
        "#6=IFCAXIS2PLACEMENT3D(#7,$,$);#7=IFCCARTESIANPOINT((0.,0.,0.));"
        "#95=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);"
    )
    if units == "#4":
        project = project.replace("#3=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);", "").replace(
            "#95=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);", ""
        )
    doors = "".join(
        f"#{n}=IFCDOOR('{guid(n)}',$,'D',$,$,$,$,$,{height},0.9,$,$,$);" for n in range(20, 25)
    )
    model = read(step, doors, project=project)
    assert model.length_unit_m == metres
    assert rule in rules(model)


# Rooms: numbers, names, areas.


@pytest.mark.parametrize(
    ("name", "long_name", "number", "shown"),
    [
        ("0512", "办公室", "0512", "办公室"),
        ("A102", "Living Room", "A102", "Living Room"),
        ("4", "Schlafzimmer", "4", "Schlafzimmer"),
        ("B1-03", "机房", "B1-03", "机房"),
        ("101室", "办公室", "101室", "办公室"),
        (None, "床の間", None, "床の間"),
        ("Room", None, None, None),
        ("办公室101", None, "101", None),
        ("Office 2.17", None, None, None),
        ("会议室", "512", "512", "512"),
        ("Bathroom 1", None, None, None),
        ("N/A", "N/A", None, None),
        (None, None, None, None),
        ("305", None, "305", None),
    ],
)
def test_door_numbers_are_told_from_names(
    step: StepWriter, name: str | None, long_name: str | None, number: str | None, shown: str | None
) -> None:
    def literal(text: str | None) -> str:
        if text is None:
            return "$"
        return "'" + "".join(
            letter if letter < "\x80" else f"\\X2\\{ord(letter):04X}\\X0\\" for letter in text
        ) + "'"  # fmt: skip

    model = read(step, space(20, literal(name), literal(long_name)))
    room = element(model, 20)
    assert (room.number, room.long_name) == (number, shown)
    assert ("no-room-number" in rules(model)) == (number is None)
    assert model.declared_rooms == 1


def test_a_handover_list_has_the_name_in_the_description(step: StepWriter) -> None:
    room = element(read(step, space(20, "'A101'", description="'Foyer'")), 20)
    assert (room.number, room.long_name) == ("A101", "Foyer")


def test_a_door_number_may_stand_in_a_property(step: StepWriter) -> None:
    data = space(20, "'Office'") + (
        "#30=IFCPROPERTYSINGLEVALUE('\\X2\\623F53F7\\X0\\',$,IFCLABEL('512'),$);"
        f"#31=IFCPROPERTYSET('{guid(31)}',$,'X',$,(#30));"
        f"#32=IFCRELDEFINESBYPROPERTIES('{guid(32)}',$,$,$,(#20),#31);"
    )
    assert element(read(step, data), 20).number == "512"


def test_door_numbers_that_repeat_on_a_storey_are_told(step: StepWriter) -> None:
    model = read(step, space(20, "'101'") + space(21, "'101'") + space(22, "'102'"))
    assert rules(model).count("duplicate-room-number") == 1


@pytest.mark.parametrize(
    ("statement", "value", "basis"),
    [
        ("IFCQUANTITYAREA('NetFloorArea',$,$,12.5,$)", 12.5, "net"),
        ("IFCQUANTITYAREA('GrossFloorArea',$,$,12.5,$)", 12.5, "gross"),
        ("IFCQUANTITYAREA('GSA BIM Area',$,$,12.5,$)", 12.5, "net"),
        ("IFCQUANTITYAREA('NetFloorArea',$,#90,100.,$)", 9.290304, "net"),
        ("IFCQUANTITYAREA('NetWallArea',$,$,12.5,$)", None, ""),
        ("IFCQUANTITYAREA('NetFloorArea',$,$,0.,$)", None, ""),
    ],
)
def test_quantities_of_floors_are_declared_areas(
    step: StepWriter, statement: str, value: float | None, basis: str
) -> None:
    data = space(20, "'101'") + (
        f"#30={statement};#31=IFCELEMENTQUANTITY('{guid(31)}',$,'Set',$,$,(#30));"
        f"#32=IFCRELDEFINESBYPROPERTIES('{guid(32)}',$,$,$,(#20),#31);"
        "#90=IFCCONVERSIONBASEDUNIT(#91,.AREAUNIT.,'SQUARE FOOT',#92);"
        "#91=IFCDIMENSIONALEXPONENTS(2,0,0,0,0,0,0);"
        "#92=IFCMEASUREWITHUNIT(IFCAREAMEASURE(0.09290304),#4);"
    )
    areas = element(read(step, data), 20).declared_areas
    if value is None:
        assert areas == ()
    else:
        (area,) = areas
        assert (area.set, area.basis) == ("Set", basis)
        assert area.value_m2 == pytest.approx(value)


@pytest.mark.parametrize(
    ("name", "measure", "value"),
    [
        ("Area", "IFCAREAMEASURE(20.)", 20.0),
        ("面积", "IFCREAL(20.)", 20.0),
        ("使用面积", "IFCTEXT('1,234.5 m2')", 1234.5),
        ("使用面积", "IFCLABEL('20,5')", 20.5),
        ("Area", "IFCLABEL('100 sq ft')", 9.290304),
        ("Area", "IFCLABEL('large')", None),
        ("Area per person", "IFCREAL(20.)", None),
        ("Height", "IFCREAL(20.)", None),
    ],
)
def test_properties_may_declare_areas(
    step: StepWriter, name: str, measure: str, value: float | None
) -> None:
    escaped = "".join(c if c < "\x80" else f"\\X2\\{ord(c):04X}\\X0\\" for c in name)
    measure = measure.replace("m2", "m\\X2\\00B2\\X0\\")
    data = space(20, "'101'") + (
        f"#30=IFCPROPERTYSINGLEVALUE('{escaped}',$,{measure},$);"
        f"#31=IFCPROPERTYSET('{guid(31)}',$,'X',$,(#30));"
        f"#32=IFCRELDEFINESBYPROPERTIES('{guid(32)}',$,$,$,(#20),#31);"
    )
    areas = element(read(step, data), 20).declared_areas
    assert [area.value_m2 for area in areas] == ([] if value is None else [pytest.approx(value)])


def test_areas_in_a_millimetre_file_without_an_area_unit_are_square_metres(
    step: StepWriter,
) -> None:
    project = (
        "#1=IFCPROJECT('0KhR8hr7H8eewFRKm6V1bJ',$,'P',$,$,$,$,(#5),#2);#2=IFCUNITASSIGNMENT((#3));"
        "#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);"
        "#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#6,$);"
        "#6=IFCAXIS2PLACEMENT3D(#7,$,$);#7=IFCCARTESIANPOINT((0.,0.,0.));"
    )
    data = space(20, "'101'") + (
        "#30=IFCQUANTITYAREA('NetFloorArea',$,$,12.5,$);"
        f"#31=IFCELEMENTQUANTITY('{guid(31)}',$,'Set',$,$,(#30));"
        f"#32=IFCRELDEFINESBYPROPERTIES('{guid(32)}',$,$,$,(#20),#31);"
    )
    model = read(step, data, project=project)
    assert element(model, 20).declared_areas[0].value_m2 == pytest.approx(12.5)
    assert "area-unit" in rules(model)
    # Real square millimetres are left alone.
    model = read(step, data.replace("12.5,", "12500000.,"), project=project)
    assert element(model, 20).declared_areas[0].value_m2 == pytest.approx(12.5)
    assert "area-unit" not in rules(model)


# Places.


def test_things_are_placed_by_container_whole_host_and_height(step: StepWriter) -> None:
    data = tree((200, "'1F'", "0."), (300, "'2F'", "3.6")) + (
        space(20, "'201'")
        + f"#21=IFCRELAGGREGATES('{guid(21)}',$,$,$,#300,(#20));"
        + f"#22=IFCFURNITURE('{guid(22)}',$,'desk',$,$,$,$,$,$);"
        + f"#23=IFCRELCONTAINEDINSPATIALSTRUCTURE('{guid(23)}',$,$,$,(#22),#20);"
        + f"#24=IFCWALL('{guid(24)}',$,'wall',$,$,$,$,$,$);"
        + f"#25=IFCRELCONTAINEDINSPATIALSTRUCTURE('{guid(25)}',$,$,$,(#24),#200);"
        + f"#26=IFCOPENINGELEMENT('{guid(26)}',$,'hole',$,$,$,$,$,$);"
        + f"#27=IFCRELVOIDSELEMENT('{guid(27)}',$,$,$,#24,#26);"
        + f"#28=IFCDOOR('{guid(28)}',$,'door',$,$,$,$,$,2.1,0.9,$,$,$);"
        + f"#29=IFCRELFILLSELEMENT('{guid(29)}',$,$,$,#26,#28);"
        + f"#40=IFCPIPESEGMENT('{guid(40)}',$,'pipe',$,$,#50,$,$,$);"
        + at(50, z="6.4")
    )
    model = read(step, data)
    assert [storey.elevation_m for storey in model.storeys] == [0.0, 3.6]
    places = {item.key: (item.storey, item.storey_inferred) for item in model.elements}
    assert places == {
        20: (300, False),
        22: (300, False),
        24: (200, False),
        28: (200, False),
        40: (300, True),
    }
    assert {item.building for item in model.elements} == {100}
    assert "storey-by-height" in rules(model)


def test_a_model_without_storeys_gets_them_from_the_heights_of_its_rooms(step: StepWriter) -> None:
    rooms = "".join(
        f"#{n}=IFCSPACE('{guid(n)}',$,'{n}',$,$,#{n + 100},$,$,.ELEMENT.,$,$);"
        f"#{n + 300}=IFCRELAGGREGATES('{guid(n + 300)}',$,$,$,#100,(#{n}));" + at(n + 100, z=z)
        for n, z in ((400, "-3.2"), (410, "0."), (420, "0.1"), (430, "3.5"))
    )
    model = read(step, tree() + rooms)
    assert [storey.elevation_m for storey in model.storeys] == [-3.2, 0.0, 3.5]
    assert all(storey.inferred and storey.building == 100 for storey in model.storeys)
    assert [storey.name for storey in model.storeys] == [f"推断楼层 {n}" for n in (1, 2, 3)]
    assert len({storey.key for storey in model.storeys}) == 3
    levels = {storey.key: storey.elevation_m for storey in model.storeys}
    found = {room.key: levels[room.storey or 0] for room in model.elements}
    assert found == {400: -3.2, 410: 0.0, 420: 0.0, 430: 3.5}
    assert all(room.storey_inferred for room in model.elements)
    assert "no-storey" in rules(model)


def test_pipes_without_a_building_lie_outdoors(step: StepWriter) -> None:
    data = f"#20=IFCPIPESEGMENT('{guid(20)}',$,'p',$,$,#30,$,$,$);" + at(30, z="-1.5")
    model = read(step, data)
    (building,) = model.buildings
    assert building.inferred
    assert building.outdoors
    assert "no-building" in rules(model)
    assert element(model, 20).building == building.key


def test_what_stands_in_the_site_beside_a_building_is_on_no_storey(step: StepWriter) -> None:
    data = tree((200, "'1F'", "0.")) + (
        f"#20=IFCSITE('{guid(20)}',$,'S',$,$,$,$,$,.ELEMENT.,$,$,$,$,$);"
        f"#21=IFCGEOGRAPHICELEMENT('{guid(21)}',$,'tree',$,$,$,$,$,$);"
        f"#22=IFCRELCONTAINEDINSPATIALSTRUCTURE('{guid(22)}',$,$,$,(#21),#20);"
    )
    model = read(step, data)
    assert (element(model, 21).building, element(model, 21).storey) == (None, None)


def test_the_placement_of_a_storey_wins_unless_all_are_placed_alike(step: StepWriter) -> None:
    data = tree((200, "'1F'", "0."), (300, "'2F'", "3.6"))
    model = read(
        step, data.replace("#300,(0.,0.,3.6)", "").replace(".ELEMENT.,3.6", ".ELEMENT.,4.")
    )
    assert model.storeys[1].elevation_m == 3.6
    assert "storey-elevation" in rules(model)
    model = read(step, data.replace("(0.,0.,3.6)", "(0.,0.,0.)"))
    assert model.storeys[1].elevation_m == 3.6
    assert "storey-elevation" in rules(model)


def test_a_name_of_many_thousand_characters_is_cut_and_told(step: StepWriter) -> None:
    model = read(step, tree() + space(20, "'101'", f"'{'x' * 100_000}'"))
    name = element(model, 20).long_name
    assert name is not None
    assert (len(name), name[-2:]) == (1000, "x…")
    assert "long-name" in rules(model)


def test_a_facility_that_holds_rooms_is_their_building(step: StepWriter) -> None:
    data = (
        f"#100=IFCFACILITY('{guid(100)}',$,'Hall',$,$,$,$,$,.ELEMENT.);"
        f"#101=IFCFACILITYPARTCOMMON('{guid(101)}',$,'East',$,$,$,$,$,.ELEMENT.,.LATERAL.,$);"
        f"#102=IFCRELAGGREGATES('{guid(102)}',$,$,$,#1,(#100));"
        f"#103=IFCRELAGGREGATES('{guid(103)}',$,$,$,#100,(#101));"
        f"#104=IFCRELAGGREGATES('{guid(104)}',$,$,$,#101,(#20));\n" + space(20, "'101'")
    )
    model = read(step, data, schema="IFC4X3_ADD2")
    assert [building.name for building in model.buildings] == ["Hall"]
    assert element(model, 20).building == 100
    assert "no-building" not in rules(model)


def test_several_buildings_keep_their_own_storeys(step: StepWriter) -> None:
    other = tree((600, "'1F'", "0."), building="'B'")
    for old in ("100", "101", "102", "103"):
        other = other.replace(f"#{old}", f"#5{old}").replace(guid(int(old)), guid(5000 + int(old)))
    model = read(step, tree((200, "'1F'", "0."), building="$") + other)
    assert [(building.key, building.name) for building in model.buildings] == [
        (100, ""),
        (5100, "B"),
    ]
    assert {storey.key: storey.building for storey in model.storeys} == {200: 100, 600: 5100}
    assert "no-name" in rules(model)


def test_circles_of_parts_and_wholes_end(step: StepWriter) -> None:
    data = (
        space(20, "'1'")
        + space(21, "'2'")
        + f"#22=IFCRELAGGREGATES('{guid(22)}',$,$,$,#20,(#21));"
        + f"#23=IFCRELAGGREGATES('{guid(23)}',$,$,$,#21,(#20));"
        + f"#24=IFCGROUP('{guid(24)}',$,'G',$,$);#25=IFCSYSTEM('{guid(25)}',$,'S',$,$);"
        + f"#26=IFCRELASSIGNSTOGROUP('{guid(26)}',$,$,$,(#24,#20),$,#25);"
        + f"#27=IFCRELASSIGNSTOGROUP('{guid(27)}',$,$,$,(#25,#21),$,#24);"
    )
    model = read(step, data)
    assert (element(model, 20).parent, element(model, 21).parent) == (21, 20)
    assert model.groups[0].members == (20, 21)


# Georeference.


def conversion(east: str, north: str, scale: str = "$", unit: str = "$", name: str = "") -> str:
    return (
        f"#20=IFCPROJECTEDCRS('{name or 'EPSG:4549'}',$,$,$,$,$,{unit});"
        f"#21=IFCMAPCONVERSION(#5,#20,{east},{north},5.,0.8,0.6,{scale});"
        "#22=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);"
    )


MILLIMETRES = """\
#1=IFCPROJECT('0KhR8hr7H8eewFRKm6V1bJ',$,'Project',$,$,$,$,(#5),#2);
#2=IFCUNITASSIGNMENT((#3));
#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);
#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#6,$);
#6=IFCAXIS2PLACEMENT3D(#7,$,$);
#7=IFCCARTESIANPOINT((0.,0.,0.));
"""


@pytest.mark.parametrize(
    ("east", "north", "scale", "unit", "height", "told"),
    [
        ("500000000.", "3100000000.", "$", "$", 0.005, set()),
        ("500000.", "3100000.", "0.001", "#22", 5.0, set()),
        ("500000.", "3100000.", "1.", "#22", 5.0, set()),
        ("500000.", "3100000.", "$", "$", 5.0, {"map-unit"}),
        ("500000.", "3100000.", "1000.", "#22", 5.0, {"map-scale"}),
    ],
)
def test_map_coordinates_of_a_millimetre_file_come_out_in_metres(
    step: StepWriter, east: str, north: str, scale: str, unit: str, height: float, told: set[str]
) -> None:
    model = read(step, conversion(east, north, scale, unit), project=MILLIMETRES)
    place = model.georeference
    assert place.epsg == 4549
    assert place.origin == pytest.approx((500000.0, 3100000.0, height))
    assert place.rotation == pytest.approx(math.atan2(0.6, 0.8))
    assert place.scale == pytest.approx(1.0)
    assert {rule for rule in rules(model) if rule.startswith("map")} == told


@pytest.mark.parametrize(
    ("east", "north", "remedy"),
    [
        ("1.", "9000000.", "surveyor"),
        ("3100000.", "500000.", "Exchange eastings and northings"),
        ("40500000.", "3100000.", "number of the zone (40)"),
    ],
)
def test_coordinates_outside_their_projection_are_told_with_the_likely_slip(
    step: StepWriter, east: str, north: str, remedy: str
) -> None:
    model = read(step, conversion(east, north))
    (finding,) = (f for f in model.findings if f.rule == "map-outside")
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    ("name", "epsg"),
    [
        ("EPSG:4549", 4549),
        ("epsg 4549", 4549),
        ("urn:ogc:def:crs:EPSG::4549", 4549),
        ("CGCS2000 / 3-degree Gauss-Kruger CM 120E", 4549),
        ("our own grid", None),
    ],
)
def test_projections_are_known_by_code_and_by_name(
    step: StepWriter, name: str, epsg: int | None
) -> None:
    model = read(step, conversion("500000.", "3100000.", name=name))
    assert model.georeference.epsg == epsg
    assert model.georeference.crs_name == name
    assert ("unknown-crs" in rules(model)) == (epsg is None)


def test_map_coordinates_that_stand_twice_count_once(step: StepWriter) -> None:
    data = conversion("500000.", "3100000.") + (
        f"#30=IFCSITE('{guid(30)}',$,'S',$,$,#31,$,$,.ELEMENT.,$,$,$,$,$);"
        + at(31, "500000.", "3100000.")
    )
    model = read(step, data)
    assert model.georeference.origin == (0.0, 0.0, 5.0)
    assert "double-georeference" in rules(model)


def test_a_model_far_from_its_origin_without_a_projection_is_told(step: StepWriter) -> None:
    data = f"#30=IFCSITE('{guid(30)}',$,'S',$,$,#31,$,$,.ELEMENT.,$,$,$,$,$);" + at(
        31, "500000.", "3100000."
    )
    assert "far-from-origin" in rules(read(step, data))


@pytest.mark.parametrize(
    ("latitude", "longitude", "found"),
    [
        ("(30,15,30,500000)", "(120,9,0)", (30.2584722, 120.15)),
        ("(-33,-51,-30)", "(151,12,0,0)", (-33.8583333, 151.2)),
        ("(0,-30,0)", "(1,0,0)", (-0.5, 1.0)),
        ("(0,0,0,0)", "(0,0,0,0)", (None, None)),
        ("(95,0,0)", "(1,0,0)", (None, None)),
        ("$", "$", (None, None)),
    ],
)
def test_the_position_of_the_site_is_read_in_degrees(
    step: StepWriter, latitude: str, longitude: str, found: tuple[float | None, float | None]
) -> None:
    data = f"#30=IFCSITE('{guid(30)}',$,'S',$,$,$,$,$,.ELEMENT.,{latitude},{longitude},$,$,$);"
    place = read(step, data).georeference
    for got, expected in zip((place.latitude, place.longitude), found, strict=True):
        assert got == (None if expected is None else pytest.approx(expected))
    assert place.origin_of_facts == ("none" if found[0] is None else "IfcSite")


def test_the_default_place_of_an_authoring_program_is_told(step: StepWriter) -> None:
    data = (
        f"#30=IFCSITE('{guid(30)}',$,'Default',$,$,$,$,$,.ELEMENT.,"
        "(42,21,30,344238),(-71,-3,-35,-194702),$,$,$);"
    )
    assert "default-location" in rules(read(step, data))


def test_true_north_turns_a_model_that_names_no_projection(step: StepWriter) -> None:
    project_north = "#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#6,#8);"
    project = MILLIMETRES.replace(
        "#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#6,$);", project_north
    )
    model = read(step, "#8=IFCDIRECTION((1.,0.));", project=project)
    # North lies along the model's x axis: turned a quarter to the left it points up the grid.
    assert model.georeference.rotation == pytest.approx(math.pi / 2)


# Identity.


def test_global_ids_that_repeat_or_are_none_are_told(step: StepWriter) -> None:
    data = "".join(
        f"#{n}=IFCWALL('{g}',$,'w',$,$,$,$,$,$);"
        for n, g in ((20, guid(1)), (21, guid(1)), (22, "short"))
    )
    model = read(step, data)
    assert [item.key for item in model.elements] == [20, 21, 22]
    assert {"duplicate-guid", "bad-guid"} <= set(rules(model))
