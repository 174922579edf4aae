"""Elements of a file and entries of the registry in the form in which they are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

from fangma.asset_registry.kinds import code_letters
from fangma.bim_import.matching import Feature

if TYPE_CHECKING:
    from fangma.bim_import.bodies import Body
    from fangma.bim_import.model import Element
    from fangma.bim_import.plan import Known, Places


def code_part(element: Element) -> str | None:
    """Say what an element brings for the last part of its code: number or letters of a kind."""
    if element.kind == "room":
        return element.number
    return code_letters(element.kind, element.system)


def feature_of(element: Element, body: Body | None, places: Places) -> Feature:
    """Prepare an element of a file for matching."""
    return Feature(
        kind=element.kind,
        ifc_class=element.ifc_class,
        guid=element.guid,
        fingerprint=element.fingerprint,
        storey=None if element.storey is None else places.storeys.get(element.storey),
        number=element.number,
        name=element.long_name or element.name,
        system=element.system,
        box=None if body is None else body.box,
        footprint=None if body is None else body.footprint,
        diameter_m=None if body is None else body.outer_diameter_m,
        axis=None if body is None else body.axis,
        predefined_type=element.predefined_type,
        is_coded=code_part(element) is not None or element.kind == "room",
    )


def known_feature(known: Known) -> Feature:
    """Prepare an entry of the registry for matching."""
    shape = known.shape
    return Feature(
        kind=known.kind,
        ifc_class=known.state.ifc_class or "",
        guid=known.guid,
        fingerprint=known.fingerprint,
        storey=known.state.storey_id,
        number=known.state.number,
        name=known.state.name,
        system=known.state.system,
        box=None if shape.extent is None else (*shape.extent[0], *shape.extent[1]),
        footprint=None if shape.footprint is None else shapely.from_wkb(shape.footprint),
        diameter_m=shape.outer_diameter_m,
        axis=None if shape.axis is None else shapely.from_wkb(shape.axis),
        predefined_type=known.state.predefined_type,
        is_coded=known.code is not None,
    )
