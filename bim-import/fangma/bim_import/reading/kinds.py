"""Of which kind is an element: pipe, valve, device ...? By class, by type object, then by words."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from ifcopenshell import ifcopenshell_wrapper

from fangma.bim_import.reading import attributes

if TYPE_CHECKING:
    from fangma.bim_import.reading.attributes import Instance

# The nearest ancestor in this table decides.
_KINDS = {
    "IfcSpace": "room",
    "IfcSpatialZone": "zone",
    "IfcFlowSegment": "pipe",
    "IfcFlowFitting": "fitting",
    "IfcDistributionChamberElement": "fitting",
    "IfcValve": "valve",
    "IfcDamper": "valve",
    "IfcSensor": "sensor",
    "IfcFlowTerminal": "terminal",
    "IfcDistributionElement": "device",
    "IfcElectricalElement": "device",
    "IfcEquipmentElement": "device",
    "IfcTransportElement": "device",
    "IfcTransportationDevice": "device",
    "IfcFurnishingElement": "asset",
    "IfcElement": "element",
    "IfcProxy": "element",
}
# Classes that say little: their type object, or words, may say more.
_GENERIC = frozenset(
    {
        "IfcBuildingElementProxy",
        "IfcDistributionElement",
        "IfcDistributionFlowElement",
        "IfcDistributionControlElement",
        "IfcFlowController",
        "IfcFlowFitting",
        "IfcFlowSegment",
        "IfcFlowTerminal",
        "IfcFlowMovingDevice",
        "IfcFlowStorageDevice",
        "IfcFlowTreatmentDevice",
        "IfcEnergyConversionDevice",
        "IfcProxy",
    }
)
_WORDS = (
    (
        "sensor",
        r"sensor|detector|thermostat|传感|探测器|感烟|感温|温感|烟感|温控器|melder|fühler|датчик",
    ),
    ("valve", r"valve|阀(?!门井)|damper|ventil\b|hahn\b|клапан|кран\b|バルブ"),
)
_UNTOLD = {"NOTDEFINED", "USERDEFINED", None}


@cache
def _ancestors(schema: str, name: str) -> tuple[str, ...]:
    """List a class and its supertypes, nearest first; empty when the schema does not have it."""
    try:
        declaration = ifcopenshell_wrapper.schema_by_name(schema).declaration_by_name(name)
    except RuntimeError:
        return ()
    out: list[str] = []
    entity = declaration.as_entity()
    while entity is not None:
        out.append(entity.name())
        entity = entity.supertype()
    return tuple(out)


def told_class(instance: Instance, kind: Instance | None, schema: str) -> str:
    """Name the class that tells most about an element: its own, or that of its type object.

    In IFC2X3 a valve is an IfcFlowController whose IfcRelDefinesByType leads to an IfcValveType.
    """
    own = str(instance.is_a())
    if own not in _GENERIC or kind is None:
        return own
    typed = str(kind.is_a())
    # IfcXType and IfcXStyle are the types of IfcX.
    stem = re.sub(r"(Type|Style)$", "", typed)
    is_distribution = "IfcDistributionElementType" in _ancestors(schema, typed)
    return stem if is_distribution else own


def kind_of(own: str, told: str, schema: str, words: str) -> str:
    """Decide the kind of an element.

    Parameters
    ----------
    own, told : str
        Its class, and what :func:`told_class` made of it.
    schema : str
        As ifcopenshell names it.
    words : str
        Names of the element and its type: they decide where the class says little.
    """
    kind = _kind_of_class(told, schema)
    if own not in _GENERIC:
        return kind
    # Exporters to IFC2X3 put smoke detectors among protective devices, for want of a better place.
    allowed = {
        "device": {"sensor", "valve"},
        "terminal": {"sensor"},
        "element": {"sensor", "valve"},
    }
    for other, pattern in _WORDS:
        if other in allowed.get(kind, ()) and re.search(pattern, words, re.IGNORECASE):
            return other
    return kind


@cache
def _kind_of_class(told: str, schema: str) -> str:
    ancestors = _ancestors(schema, told) or _ancestors(schema, f"{told}Type")
    names = [name.removesuffix("Type") for name in ancestors]
    return next((_KINDS[name] for name in names if name in _KINDS), "element")


def predefined_type(instance: Instance, kind: Instance | None) -> str | None:
    """Read the predefined type of an element or, where it has none, of its type object."""
    for holder in (instance, kind):
        if holder is None:
            continue
        found = attributes.text(holder, "PredefinedType")
        if found not in _UNTOLD:
            return found
        if found == "USERDEFINED":
            named = attributes.text(holder, "ObjectType") or attributes.text(holder, "ElementType")
            if named is not None:
                return named
    return None
