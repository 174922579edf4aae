"""The plan of an import: what a moved building is told of, and what the registry takes over."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from shapely import affinity
from shapely.geometry import MultiPolygon, box

from fangma.bim_import.bodies import Body
from fangma.bim_import.model import Element
from fangma.bim_import.plan import Known, Places
from fangma.bim_import.planning import plan_elements

_PLACES = Places(buildings={1: UUID(int=1)}, storeys={1: UUID(int=2)},
                 default_building=None, site_id=UUID(int=3))  # fmt: skip


def room(key: int) -> Element:
    return Element(
        key=key, guid=f"G{key}", ifc_class="IfcSpace", predefined_type=None, kind="room",
        name=None, long_name="办公室", number=str(key), storey=1, building=1, parent=None,
        system=None, declared_areas=(), properties={}, fingerprint=f"F{key}",
    )  # fmt: skip


def body(x: float, y: float = 0.0, width: float = 4.0) -> Body:
    plan = MultiPolygon([box(x, y, x + width, y + 5.0)])
    return Body(box=(x, y, 0.0, x + width, y + 5.0, 3.0), kernel="k", mesh_hash=f"{x} {y} {width}",
                footprint=plan, area_m2=plan.area)  # fmt: skip


def moved(one: Body, x: float, y: float) -> Body:
    x0, y0, z0, x1, y1, z1 = one.box
    return replace(
        one, box=(x0 + x, y0 + y, z0, x1 + x, y1 + y, z1), mesh_hash=f"{one.mesh_hash} moved",
        footprint=affinity.translate(one.footprint, x, y),
    )  # fmt: skip


def test_a_building_that_moved_as_a_whole_changes_no_room_and_its_place_is_taken_over():
    elements = [room(key) for key in range(1, 9)]
    bodies = {e.key: body(4.2 * e.key) for e in elements}
    model: Any = SimpleNamespace(elements=elements)
    first = plan_elements(model, bodies, (), _PLACES)
    known = [
        Known(entry_id=new.id, code=f"C{e.key}", guid=None, fingerprint="", kind="room",
              state=state, shape=shape, of_series=True)
        for e, new, state, shape in zip(elements, first.new, first.states, first.shapes,
                                        strict=True)
    ]  # fmt: skip
    wider = bodies | {3: body(4.2 * 3, width=4.1)}
    elsewhere = {key: moved(one, 600_000.0, -42.0) for key, one in wider.items()}
    second = plan_elements(model, elsewhere, known, _PLACES, laid=wider)
    assert (second.kept, second.changed, second.added) == (7, 1, 0)
    assert "area" in {d.what for d in second.differences[second.entry_of[3]]}
    assert len(second.shapes) == 8
    assert second.shapes[0].extent == ((600_004.2, -42.0, 0.0), (600_008.2, -37.0, 3.0))
