"""What MANIFEST.md says of the real models is what is read from them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fangma.bim_import.opening import RefusedFile, open_model
from fangma.bim_import.reading import read_model
from fangma.bim_import.shaping.selection import with_bodies

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.bim_import.model import Model

pytestmark = pytest.mark.slow

FOOT, INCH, MM = 0.3048, 0.0254, 0.001
# file: schema, metres per unit, declared storeys, rooms, ports, discipline
FACTS = {
    "duplex-A-20110505.ifc": ("IFC2X3", 1.0, 4, 18, 0, "architecture"),
    "duplex-A-20110907.ifc": ("IFC2X3", 1.0, 4, 21, 0, "architecture"),
    "duplex-A-20110907-georeferenced.ifc": ("IFC2X3", 1.0, 4, 21, 0, "architecture"),
    "duplex-electrical-20121207.ifc": ("IFC2X3", FOOT, 3, 1, 0, "services"),
    # Declares millimetres, but its storeys and doors are metres: read as metres, and told.
    "duplex-cobie-handover-20120323.ifc": ("IFC2X3", 1.0, 4, 22, 0, "architecture"),
    "duplex-rev-baseline.ifc": ("IFC2X3", 1.0, 4, 21, 0, "architecture"),
    "office-A-20110811.ifc": ("IFC2X3", 1.0, 3, 99, 0, "architecture"),
    "janesville-restaurant-revit2012.ifc": ("IFC2X3", FOOT, 4, 20, 0, "architecture"),
    "AC20-FZK-Haus.ifc": ("IFC4", 1.0, 2, 7, 0, "architecture"),
    "domestic-hot-water.ifc": ("IFC4", 1.0, 1, 0, 35, "services"),
    "pcert-infra-plumbing-ifc4x3.ifc": ("IFC4X3", MM, 0, 0, 0, "services"),
    "air-terminal-constructivity.ifc": ("IFC4", INCH, 0, 0, 3, "services"),
    "magicad-duct-fittings.ifc": ("IFC2X3", MM, 2, 0, 0, "services"),
    "revit2019-zh-testmodel-ifc4.ifc": ("IFC4", MM, 2, 2, 0, "architecture"),
    "15#梁柱.0001.ifc": ("IFC2X3", MM, 15, 0, 0, "structure"),
    "homeskz-伏図次郎-2階.ifc": ("IFC2X3", MM, 4, 26, 0, "architecture"),
    "renga-house.ifc": ("IFC2X3", MM, 3, 13, 0, "architecture"),
    "bimwhale-large-building.ifc": ("IFC2X3", MM, 2, 8, 0, "architecture"),
    "acad2010-objects.ifc": ("IFC2X3", MM, 0, 4, 0, "architecture"),
    "broken/doubleguids.ifc": ("IFC2X3", MM, 3, 2, 0, "architecture"),
    "broken/vectorworks-sjis.ifc": ("IFC2X3", MM, 3, 0, 0, "architecture"),
}


def read(folder: Path, name: str) -> Model:
    return read_model(open_model(folder / name))


def rules(model: Model) -> set[str]:
    return {finding.rule for finding in model.findings}


@pytest.mark.parametrize("name", FACTS)
def test_a_real_model_is_read_as_its_manifest_says(real_models: Path, name: str) -> None:
    schema, unit, storeys, rooms, ports, discipline = FACTS[name]
    opened = open_model(real_models / name)
    model = read_model(opened)
    assert model.source.schema == schema
    assert model.length_unit_m == pytest.approx(unit)
    assert sum(not storey.inferred for storey in model.storeys) == storeys
    assert model.declared_rooms == rooms
    assert sum(element.kind == "room" for element in model.elements) == rooms
    assert len(model.ports) == ports
    assert model.discipline == discipline
    # Everything has a place, and every key means one thing.
    keys = [element.key for element in model.elements]
    assert len(set(keys)) == len(keys)
    known = {storey.key for storey in model.storeys}
    assert all(element.storey in known for element in model.elements)
    assert all(len(element.fingerprint) == 32 for element in model.elements)
    bodied = with_bodies(opened.file)
    assert all(element.shape_fingerprint for element in model.elements if element.key in bodied)
    # What the registry stores must be plain JSON.
    json.dumps([element.properties for element in model.elements], allow_nan=False)


@pytest.mark.parametrize(
    ("name", "set_name", "count"),
    [
        ("duplex-A-20110907.ifc", "GSA Space Areas", 21),
        ("office-A-20110811.ifc", "GSA Space Areas", 99),
        ("janesville-restaurant-revit2012.ifc", "GSA Space Areas", 20),
        ("duplex-cobie-handover-20120323.ifc", "BaseQuantities", 21),
        ("AC20-FZK-Haus.ifc", "BaseQuantities", 7),
        ("revit2019-zh-testmodel-ifc4.ifc", "Qto_SpaceBaseQuantities", 2),
        ("renga-house.ifc", "", 13),
    ],
)
def test_declared_areas_are_found_under_every_set_name(
    real_models: Path, name: str, set_name: str, count: int
) -> None:
    rooms = [item for item in read(real_models, name).elements if item.kind == "room"]
    found = [area for room in rooms for area in room.declared_areas[:] if area.set == set_name]
    assert len({id(area) for area in found}) >= count
    assert sum(any(a.set == set_name for a in room.declared_areas) for room in rooms) == count
    assert all(1.0 < area.value_m2 < 1500.0 for area in found)


def test_areas_in_square_feet_come_out_in_square_metres(real_models: Path) -> None:
    model = read(real_models, "duplex-electrical-20121207.ifc")
    (room,) = (item for item in model.elements if item.kind == "room")
    assert room.declared_areas[0].value_m2 == pytest.approx(145.72, abs=0.01)


def test_the_sewer_lies_in_its_projection_in_metres(real_models: Path) -> None:
    model = read(real_models, "pcert-infra-plumbing-ifc4x3.ifc")
    place = model.georeference
    assert (place.epsg, place.origin_of_facts) == (32760, "IfcMapConversion")
    assert place.origin == pytest.approx((729011.226, 9063960.608, 0.0), abs=0.01)
    assert place.scale == pytest.approx(1.0)
    assert model.buildings[0].outdoors
    assert {item.system for item in model.elements if item.kind == "pipe"} == {"WS"}


def test_the_property_sets_of_ifc2x3_georeference(real_models: Path) -> None:
    place = read(real_models, "duplex-A-20110907-georeferenced.ifc").georeference
    assert (place.epsg, place.origin_of_facts) == (9897, "ePSet_MapConversion")
    assert place.origin is not None
    assert place.origin[:2] == pytest.approx((76670.0, 77179.0))


def test_storeys_of_two_disciplines_agree_in_metres(real_models: Path) -> None:
    architecture = read(real_models, "duplex-A-20110907.ifc")
    electrical = read(real_models, "duplex-electrical-20121207.ifc")
    levels = {storey.name: storey.elevation_m for storey in architecture.storeys}
    for storey in electrical.storeys:
        assert storey.elevation_m == pytest.approx(levels[storey.name], abs=0.01)


def test_shared_ports_of_the_pipe_network_are_told(real_models: Path) -> None:
    model = read(real_models, "domestic-hot-water.ifc")
    (finding,) = (item for item in model.findings if item.rule == "shared-port")
    assert finding.message.startswith("12 ports")
    assert sum(item.kind == "valve" for item in model.elements) == 2
    assert "type-port" in rules(read(real_models, "air-terminal-constructivity.ifc"))


def test_mojibake_is_undone(real_models: Path) -> None:
    model = read(real_models, "broken/vectorworks-sjis.ifc")
    assert [storey.name for storey in model.storeys] == [
        "1階 - Story",
        "2階 - Story",
        "屋根 - Story",
    ]
    # Told by the open stage, which mends text before anything is read.
    opened = open_model(real_models / "broken/vectorworks-sjis.ifc")
    assert "text-encoding" in {finding.rule for finding in opened.findings}


def test_rooms_have_the_numbers_that_files_give_them(real_models: Path) -> None:
    def numbers(name: str) -> set[str | None]:
        return {item.number for item in read(real_models, name).elements if item.kind == "room"}

    assert numbers("homeskz-伏図次郎-2階.ifc") == {None}
    assert numbers("acad2010-objects.ifc") == {None}
    assert numbers("bimwhale-large-building.ifc") == {str(n) for n in range(1, 9)}
    assert {"A101", "B204", "R301"} <= numbers("duplex-A-20110907.ifc")


def test_duplicate_global_ids_are_told_one_by_one(real_models: Path) -> None:
    findings = read(real_models, "broken/doubleguids.ifc").findings
    assert sum(finding.rule == "duplicate-guid" for finding in findings) == 3


def test_the_file_that_parsers_swallow_is_refused(real_models: Path) -> None:
    with pytest.raises(RefusedFile) as caught:
        open_model(real_models / "broken" / "errorfile.ifc")
    assert caught.value.findings[0].rule == "bad-statement"
    assert "line 15" in caught.value.findings[0].message


def test_one_stray_backslash_is_mended_and_told(real_models: Path) -> None:
    model = read(real_models, "broken/duplex-design-syntax-error.ifc")
    opened = open_model(real_models / "broken/duplex-design-syntax-error.ifc")
    assert "bad-escape" in {finding.rule for finding in opened.findings}
    assert model.declared_rooms == 22
