"""The IFC files, read with ifcopenshell as anybody would."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import ifcopenshell.geom
import ifcopenshell.util.element
import ifcopenshell.util.unit
import ifcopenshell.validate
import numpy as np
import pytest
import trimesh

if TYPE_CHECKING:
    from tests.bim_import.sample.conftest import Compound


def settings() -> Any:
    made = ifcopenshell.geom.settings()
    made.set("disable-opening-subtractions", True)
    return made


def bodies(model: Any, ifc_class: str) -> Any:
    iterator = ifcopenshell.geom.iterator(settings(), model, 1, include=[ifc_class])
    assert iterator.initialize()
    while True:
        shape = iterator.get()
        mesh = trimesh.Trimesh(
            np.array(shape.geometry.verts).reshape(-1, 3),
            np.array(shape.geometry.faces).reshape(-1, 3),
        )
        yield model.by_guid(shape.guid), mesh
        if not iterator.next():
            return


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # ifcopenshell leaves its rules file open
def test_the_schema_and_its_rules_find_nothing(compound: Compound) -> None:
    for name, model in compound.models.items():
        if not name.startswith("A03"):
            continue
        logger = ifcopenshell.validate.json_logger()
        ifcopenshell.validate.validate(model, logger, express_rules=True)
        assert logger.statements == [], name


@pytest.mark.slow
def test_every_file_obeys_the_schema(compound: Compound) -> None:
    for name, model in compound.models.items():
        logger = ifcopenshell.validate.json_logger()
        ifcopenshell.validate.validate(model, logger)
        assert logger.statements == [], name


def test_there_are_two_files_for_each_building(compound: Compound) -> None:
    assert list(compound.models) == [
        f"{code}-{name}-{part}.ifc"
        for code, name in (("A01", "办公主楼"), ("A02", "综合楼"), ("A03", "后勤服务楼"))
        for part in ("建筑", "机电")
    ]
    assert {model.schema for model in compound.models.values()} == {"IFC4"}


def test_no_global_id_is_used_twice_in_the_compound(compound: Compound) -> None:
    ids = Counter(
        root.GlobalId for model in compound.models.values() for root in model.by_type("IfcRoot")
    )
    assert [guid for guid, count in ids.items() if count > 1] == []


def test_disciplines_agree_on_storeys_and_place_whatever_their_units(compound: Compound) -> None:
    scales = set()
    for name, architecture in compound.of("建筑").items():
        services = compound.models[name.replace("建筑", "机电")]
        told = []
        for model in (architecture, services):
            scale = ifcopenshell.util.unit.calculate_unit_scale(model)
            scales.add((model is services, scale))
            conversion = model.by_type("IfcMapConversion")[0]
            told.append(
                (
                    [
                        (s.Name, round(s.Elevation * scale, 6))
                        for s in model.by_type("IfcBuildingStorey")
                    ],
                    model.by_type("IfcBuilding")[0].Name,
                    (conversion.Eastings, conversion.Northings, conversion.OrthogonalHeight),
                    (conversion.XAxisAbscissa, conversion.XAxisOrdinate),
                )
            )
            assert conversion.Scale == pytest.approx(scale)  # file unit to metres of the CRS
            assert conversion.TargetCRS.Name == "EPSG:4549"
        assert told[0] == told[1]
    assert scales == {(False, 0.001), (True, 0.001), (True, 1.0)}


def test_buildings_lie_in_wenzhou(compound: Compound) -> None:
    for model in compound.models.values():
        site = model.by_type("IfcSite")[0]
        degrees = [
            sum(part / 60**i for i, part in enumerate(angle[:3])) + angle[3] / 3.6e9
            for angle in (site.RefLatitude, site.RefLongitude)
        ]
        assert degrees == [pytest.approx(28.0, abs=0.1), pytest.approx(120.63, abs=0.1)]
        axis = model.by_type("IfcMapConversion")[0]
        assert math.hypot(axis.XAxisAbscissa, axis.XAxisOrdinate) == pytest.approx(1.0)


def test_the_solid_of_a_room_has_the_area_that_its_quantities_state(compound: Compound) -> None:
    count = 0
    for model in compound.of("建筑").values():
        for space, mesh in bodies(model, "IfcSpace"):
            stated = ifcopenshell.util.element.get_psets(space)["Qto_SpaceBaseQuantities"]
            assert mesh.is_watertight
            high = mesh.extents[2]
            assert high == pytest.approx(stated["Height"] / 1000, abs=1e-4)
            assert mesh.volume / high == pytest.approx(stated["NetFloorArea"], abs=0.01)
            assert stated["GrossFloorArea"] >= stated["NetFloorArea"]
            count += 1
    assert count == compound.summary.rooms
    assert abs(count - 250) <= 20


@pytest.mark.slow
def test_every_body_is_closed_and_has_a_volume(compound: Compound) -> None:
    for name in ("A02-综合楼-建筑.ifc", "A02-综合楼-机电.ifc"):
        for element, mesh in bodies(compound.models[name], "IfcElement"):
            for part in mesh.split(only_watertight=False):
                assert part.is_watertight, (element.is_a(), element.Name, element.GlobalId)
                assert part.volume > 0, (element.is_a(), element.Name, element.GlobalId)


def test_rooms_say_what_they_are_for_and_where(compound: Compound) -> None:
    names: Counter[str] = Counter()
    for model in compound.of("建筑").values():
        for space in model.by_type("IfcSpace"):
            psets = ifcopenshell.util.element.get_psets(space)
            assert psets["Pset_SpaceCommon"]["Reference"] == space.Name
            whole = ifcopenshell.util.element.get_aggregate(space)
            assert whole is not None
            assert whole.is_a("IfcBuildingStorey")
            names[space.LongName] += 1
    wanted = {"走廊", "楼梯间", "电梯厅", "门厅", "男卫生间", "配电室", "水泵房", "会议室", "闲置"}
    wanted |= {"局长办公室", "副局长办公室", "综合科办公室", "市长办公室", "副市长办公室"}
    assert wanted <= set(names)


def test_some_rooms_are_not_rectangles(compound: Compound) -> None:
    corners = [
        len(space.Representation.Representations[0].Items[0].SweptArea.OuterCurve.Points) - 1
        for model in compound.of("建筑").values()
        for space in model.by_type("IfcSpace")
    ]
    assert sum(count > 4 for count in corners) >= 10


def test_openings_are_filled_and_shapes_are_shared(compound: Compound) -> None:
    for model in compound.of("建筑").values():
        fillings = model.by_type("IfcDoor") + model.by_type("IfcWindow")
        assert all(filling.FillsVoids for filling in fillings)
        assert len(model.by_type("IfcRelVoidsElement")) == len(fillings)
        assert len(model.by_type("IfcRepresentationMap")) < len(fillings) / 4


def test_departments_are_zones(compound: Compound) -> None:
    zones = [zone for model in compound.of("建筑").values() for zone in model.by_type("IfcZone")]
    assert len(zones) >= 6
    assert all(zone.IsGroupedBy[0].RelatedObjects for zone in zones)
