"""Property and quantity sets as plain values in SI units, the type's beneath the occurrence's."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

from fangma.bim_import.reading import attributes
from fangma.bim_import.reading.units import factor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.bim_import.model import Value
    from fangma.bim_import.reading.attributes import Instance
    from fangma.bim_import.reading.relations import Relations
    from fangma.bim_import.reading.units import Units

PropertySet = dict[str, "Value"]
_DEEPEST = 4
_QUANTITIES = {
    "IfcQuantityLength": "LengthValue",
    "IfcQuantityArea": "AreaValue",
    "IfcQuantityVolume": "VolumeValue",
    "IfcQuantityCount": "CountValue",
    "IfcQuantityWeight": "WeightValue",
    "IfcQuantityTime": "TimeValue",
    "IfcQuantityNumber": "NumberValue",
}


class PropertyReader:
    """Reads property sets of one file; each set is read once and shared by those who have it.

    Parameters
    ----------
    digests : mapping of int to bytes, optional
        Fingerprint by ``#`` number: exporters write the same set anew for every element, and what
        has the same fingerprint says the same.
    """

    def __init__(
        self,
        relations: Relations,
        units: Units,
        digests: Mapping[int, bytes] = MappingProxyType({}),
    ) -> None:
        self._relations = relations
        self._units = units
        self._digests = digests
        self._sets: dict[int | bytes, tuple[str, PropertySet]] = {}
        self._items: dict[int | bytes, PropertySet] = {}
        self._types: dict[int, dict[str, PropertySet]] = {}

    def properties(self, instance: Instance) -> dict[str, PropertySet]:
        """Read the sets of an occurrence; what it does not state itself comes from its type."""
        kind = self._relations.types.get(instance.id())
        out = dict(self._of_type(kind)) if kind is not None else {}
        merged: set[str] = set()
        for definition in self._relations.property_sets.get(instance.id(), ()):
            name, values = self._read(definition)
            if not values:
                continue
            if name in out:
                values = {**out[name], **values}
                merged.add(name)
            out[name] = values
        return out

    def _of_type(self, kind: Instance) -> dict[str, PropertySet]:
        found = self._types.get(kind.id())
        if found is None:
            found = {}
            for definition in attributes.links(kind, "HasPropertySets"):
                name, values = self._read(definition)
                if values:
                    found[name] = {**found.get(name, {}), **values}
            self._types[kind.id()] = found
        return found

    def _read(self, definition: Instance) -> tuple[str, PropertySet]:
        number = definition.id()
        key = self._digests.get(number, number)
        found = self._sets.get(key)
        if found is None:
            name = attributes.text(definition, "Name") or ""
            values: PropertySet = {}
            for place in ("HasProperties", "Quantities"):
                for item in attributes.links(definition, place):
                    values |= self._item(item)
            found = self._sets[key] = (name, values)
        return found

    def _item(self, item: Instance) -> PropertySet:
        """Read a property or quantity: a name and a value, or several where it is complex."""
        number = item.id()
        key = self._digests.get(number, number)
        found = self._items.get(key)
        if found is None:
            found = self._items[key] = {}
            self._add(found, "", item, 0)
        return found

    def _add(self, values: PropertySet, prefix: str, item: Instance, level: int) -> None:
        name = attributes.text(item, "Name")
        if name is None or level > _DEEPEST:
            return
        name = prefix + name
        kind = item.is_a()
        if kind == "IfcPropertySingleValue":
            unit = attributes.link(item, "Unit")
            values[name] = self.plain(attributes.value(item, "NominalValue"), unit)
        elif (attribute := _QUANTITIES.get(kind)) is not None:
            values[name] = self.quantity(item, attribute)
        elif kind == "IfcPropertyEnumeratedValue":
            values[name] = self._joined(attributes.value(item, "EnumerationValues"))
        elif kind == "IfcPropertyListValue":
            values[name] = self._joined(attributes.value(item, "ListValues"))
        elif kind == "IfcPropertyBoundedValue":
            point = self.plain(attributes.value(item, "SetPointValue"), None)
            low = self.plain(attributes.value(item, "LowerBoundValue"), None)
            high = self.plain(attributes.value(item, "UpperBoundValue"), None)
            shown = ("" if end is None else str(end) for end in (low, high))
            values[name] = point if point is not None else " .. ".join(shown).strip() or None
        elif kind in {"IfcComplexProperty", "IfcPhysicalComplexQuantity"}:
            for inner in attributes.links(item, "HasProperties") + attributes.links(
                item, "HasQuantities"
            ):
                self._add(values, f"{name}.", inner, level + 1)

    def _joined(self, found: object) -> Value:
        if not isinstance(found, tuple | list):
            return None
        parts = [self.plain(item, None) for item in found]
        return ", ".join(str(part) for part in parts if part is not None) or None

    def quantity(self, item: Instance, attribute: str) -> float | None:
        """Read a quantity in SI units."""
        amount = attributes.number(item, attribute)
        if amount is None:
            return None
        own = factor(attributes.link(item, "Unit"))
        if attribute == "AreaValue":
            return amount * (own or self._units.area_m2)
        if attribute == "LengthValue":
            return amount * (own or self._units.length_m)
        if attribute == "VolumeValue":
            return amount * (own or self._units.volume_m3)
        return amount

    def plain(self, found: object, unit: Instance | None) -> Value:
        """Turn a measure into text, number or truth; lengths, areas, volumes, angles into SI."""
        measure = ""
        if attributes.is_instance(found):
            measure = found.is_a()
            found = attributes.value(found, "wrappedValue")
        if isinstance(found, bool) or found is None:
            return found
        if isinstance(found, str):
            if measure in {"IfcBoolean", "IfcLogical"}:
                return {"T": True, "TRUE": True, "F": False, "FALSE": False}.get(found)
            return found.strip()
        if isinstance(found, int | float):
            if not math.isfinite(found):
                return None
            size = self._size(measure, unit)
            return found if size == 1.0 else found * size
        if isinstance(found, tuple | list):
            return self._joined(found)
        return None

    def _size(self, measure: str, unit: Instance | None) -> float:
        if "LengthMeasure" in measure:
            return factor(unit) or self._units.length_m
        if measure == "IfcAreaMeasure":
            return factor(unit) or self._units.area_m2
        if measure == "IfcVolumeMeasure":
            return factor(unit) or self._units.volume_m3
        if "PlaneAngleMeasure" in measure:
            return factor(unit) or self._units.angle_rad
        return 1.0
