"""Layers, for peeling a building: what each class of element is part of."""

from __future__ import annotations

from typing import Final

LAYERS: Final = (
    "room", "wall", "opening", "slab", "ceiling", "roof", "structure", "finish", "furniture",
    "services", "site", "other",
)  # fmt: skip
"""From the inside out as a viewer lists them."""

_SERVICES: Final = frozenset({"pipe", "fitting", "valve", "device", "terminal", "sensor"})

# By class without "Ifc"; subclasses that exporters add (StandardCase) are cut off before.
_BY_CLASS: Final[dict[str, str]] = {
    "Wall": "wall", "CurtainWall": "wall", "Plate": "wall", "Railing": "finish",
    "Door": "opening", "Window": "opening",
    "Slab": "slab", "Stair": "slab", "StairFlight": "slab", "Ramp": "slab", "RampFlight": "slab",
    "Roof": "roof", "ShadingDevice": "finish",
    "Covering": "finish",
    "Beam": "structure", "Column": "structure", "Member": "structure", "Footing": "structure",
    "Pile": "structure", "ReinforcingBar": "structure", "ReinforcingMesh": "structure",
    "Tendon": "structure", "TendonAnchor": "structure", "BuildingElementPart": "structure",
    "ElementAssembly": "structure", "MechanicalFastener": "structure",
    "DiscreteAccessory": "structure",
    "Bearing": "structure", "DeepFoundation": "structure",
    "FurnishingElement": "furniture", "Furniture": "furniture",
    "SystemFurnitureElement": "furniture",
    "TransportElement": "services", "EnergyConversionDevice": "services",
    "GeographicElement": "site", "Site": "site", "CivilElement": "site", "Pavement": "site",
    "Kerb": "site", "EarthworksFill": "site", "Course": "site", "Road": "site",
}  # fmt: skip


def layer_of(ifc_class: str | None, predefined_type: str | None, kind: str) -> str:
    """Return the layer of an element, one of :data:`LAYERS`.

    Examples
    --------
    >>> layer_of("IfcWallStandardCase", None, ""), layer_of("IfcCovering", "CEILING", "")
    ('wall', 'ceiling')
    >>> layer_of("IfcFlowSegment", None, "pipe"), layer_of("IfcSlab", "ROOF", "element")
    ('services', 'roof')
    """
    if kind in {"room", "zone"}:
        return "room"
    if kind in _SERVICES:
        return "services"
    name = (ifc_class or "").removeprefix("Ifc")
    for suffix in ("StandardCase", "ElementedCase"):
        name = name.removesuffix(suffix)
    kind_of = (predefined_type or "").upper()
    if name == "Covering" and kind_of == "CEILING":
        return "ceiling"
    if name == "Slab" and kind_of == "ROOF":
        return "roof"
    if name.startswith(("Distribution", "Flow")):
        return "services"
    return _BY_CLASS.get(name, "other")
