"""What the registry is to hold of an element of a file: names and place, body and areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from fangma.asset_registry.changes import Shape, State
from fangma.asset_registry.room_uses import room_use

if TYPE_CHECKING:
    from uuid import UUID

    from fangma.bim_import.bodies import Body
    from fangma.bim_import.measures import Measured
    from fangma.bim_import.model import Element
    from fangma.bim_import.plan import Places

_SECRET_WORDS = ("机要", "保密", "涉密")


def state_of(element: Element, entry_id: UUID, places: Places) -> State:
    """Say what the registry should hold of an element's names and place."""
    use = None
    if element.kind == "room":
        use = room_use(element.name, element.long_name, element.properties)[0]
    building = places.default_building
    if element.building is not None:
        building = places.buildings.get(element.building, building)
    return State(
        entry_id=entry_id,
        name=element.long_name or element.name if element.kind == "room" else element.name,
        number=element.number,
        building_id=building,
        storey_id=None if element.storey is None else places.storeys.get(element.storey),
        use=use,
        system=element.system,
        ifc_class=element.ifc_class,
        predefined_type=element.predefined_type,
        inferred=element.storey_inferred,
    )


def shape_of(element: Element, entry_id: UUID, body: Body | None) -> Shape | None:
    """Say what the registry should hold of a body and of declared areas; None without either."""
    declared = tuple(
        {"set": a.set, "name": a.name, "value_m2": a.value_m2} for a in element.declared_areas
    )
    if body is None:
        return Shape(entry_id=entry_id, declared=declared) if declared else None
    x0, y0, z0, x1, y1, z1 = body.box
    return Shape(
        entry_id=entry_id,
        footprint=None if body.footprint is None else shapely.to_wkb(body.footprint),
        axis=None if body.axis is None else shapely.to_wkb(body.axis, output_dimension=3),
        extent=((x0, y0, z0), (x1, y1, z1)),
        floor_z=body.floor_z,
        ceiling_z=body.ceiling_z,
        area_m2=body.area_m2,
        volume_m3=body.volume_m3,
        method=body.method,
        declared=declared,
        inner_diameter_m=body.inner_diameter_m,
        outer_diameter_m=body.outer_diameter_m,
        kernel=body.kernel,
        mesh_hash=body.mesh_hash,
    )


def measured_as(element: Element) -> Measured:
    """Name what the measures of an element's body follow from, its place on the site apart."""
    return element.shape_fingerprint, element.ifc_class, element.kind


def is_secret(element: Element) -> bool:
    """Tell whether a room's name says 涉密: masked until somebody entitled says otherwise."""
    words = f"{element.name or ''} {element.long_name or ''}"
    return element.kind == "room" and any(word in words for word in _SECRET_WORDS)
