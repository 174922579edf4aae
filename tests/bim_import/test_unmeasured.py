"""Rooms that cannot be measured are told, and whether they declare an area instead."""

from fangma.bim_import.bodies import Body
from fangma.bim_import.model import DeclaredArea, Element
from fangma.bim_import.unmeasured import tell_unmeasured


def room(key: int, *areas: DeclaredArea) -> Element:
    return Element(
        key=key, guid=f"G{key}", ifc_class="IfcSpace", predefined_type=None, kind="room",
        name=None, long_name="办公室", number=str(key), storey=1, building=1, parent=None,
        system=None, declared_areas=areas, properties={}, fingerprint="",
    )  # fmt: skip


def body(area_m2: float | None) -> Body:
    return Body(box=(0, 0, 0, 1, 1, 1), kernel="k", mesh_hash="", area_m2=area_m2)


def test_each_room_is_told_by_what_it_lacks() -> None:
    declared = DeclaredArea(set="Qto", name="NetFloorArea", value_m2=9.0, basis="net")
    rooms = [room(1), room(2, declared), room(3, declared), room(4)]
    absent, flawed = tell_unmeasured(rooms, {1: body(9.0), 4: body(None)})
    assert (absent.rule, absent.element) == ("room-without-body", "G2")
    assert "2 of 4 rooms" in absent.message
    assert "2 of them declare one" in absent.message
    assert (flawed.rule, flawed.element) == ("room-unmeasurable", "G4")
    assert "none of them declares one" in flawed.message


def test_measured_rooms_are_no_finding() -> None:
    assert tell_unmeasured([room(1)], {1: body(9.0)}) == []
