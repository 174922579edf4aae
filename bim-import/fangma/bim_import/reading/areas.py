"""Areas that a file declares for its rooms, under whatever name the exporter chose."""

from __future__ import annotations

import re
from statistics import median
from typing import TYPE_CHECKING

from fangma.bim_import.model import DeclaredArea
from fangma.bim_import.reading import attributes
from fangma.bim_import.refusal import warn

if TYPE_CHECKING:
    from fangma.bim_import.findings import Finding
    from fangma.bim_import.reading.attributes import Instance
    from fangma.bim_import.reading.properties import PropertyReader
    from fangma.bim_import.reading.relations import Relations
    from fangma.bim_import.reading.units import Units

# Names of areas of a room that are not its floor.
_NOT_FLOOR = re.compile(
    r"wall|ceiling|window|door|opening|skirting|facade|surface|roof|glazing|"
    r"wand|fenster|tür|decke|oberfläch|abzug|reduzierung|nische|"
    r"\bper\b|factor|faktor|load|ratio|人均|系数|负荷|密度|коэф|"
    r"墙|顶棚|天花|天棚|窗|门|外表|侧|стен|потол|окон|двер|壁|天井|窓",
    re.IGNORECASE,
)
_NET = re.compile(
    r"net(?!z)|usable|gsa bim area|carpet|使用面积|套内|净|室内面积|nutzfläche|netto|полезн|有効",
    re.IGNORECASE,
)
_GROSS = re.compile(r"gross|brutto|建筑面积|毛|общая|延床", re.IGNORECASE)
_AREA_NAME = re.compile(r"area|面积|面積|fläche|flaeche|площадь|superficie|surface", re.IGNORECASE)
_NUMBER_WITH_UNIT = re.compile(
    r"\s*([0-9][0-9 ,.]*)\s*(m²|m2|㎡|平方米|sq\.?\s?m|sf|sq\.?\s?ft|平方英尺)?\s*", re.IGNORECASE
)
_SQUARE_FOOT = 0.3048**2
SMALLEST_ROOM_M2 = 0.1
LARGEST_ROOM_M2 = 200_000.0


class AreaReader:
    """Reads declared areas of rooms.

    Parameters
    ----------
    relations, properties, units
        Of the same file.
    """

    def __init__(self, relations: Relations, properties: PropertyReader, units: Units) -> None:
        self._relations = relations
        self._properties = properties
        self._units = units

    def declared(self, space: Instance) -> tuple[DeclaredArea, ...]:
        """List the areas that the file states for a room, floor areas only, in m2."""
        out: dict[tuple[str, str], DeclaredArea] = {}
        for definition in self._relations.property_sets.get(space.id(), ()):
            name = attributes.text(definition, "Name") or ""
            for quantity in attributes.links(definition, "Quantities", "IfcQuantityArea"):
                self._add(out, name, quantity, self._properties.quantity(quantity, "AreaValue"))
            for item in attributes.links(definition, "HasProperties", "IfcPropertySingleValue"):
                self._add(out, name, item, self._of_property(item))
        return tuple(out.values())

    def _add(
        self,
        out: dict[tuple[str, str], DeclaredArea],
        set_name: str,
        item: Instance,
        value_m2: float | None,
    ) -> None:
        name = attributes.text(item, "Name") or ""
        if value_m2 is None or value_m2 <= 0 or _NOT_FLOOR.search(name):
            return
        basis = "net" if _NET.search(name) else "gross" if _GROSS.search(name) else "other"
        out.setdefault(
            (set_name, name),
            DeclaredArea(set=set_name, name=name, value_m2=value_m2, basis=basis),
        )

    def _of_property(self, item: Instance) -> float | None:
        measure = attributes.value(item, "NominalValue")
        if not attributes.is_instance(measure):
            return None
        if measure.is_a("IfcAreaMeasure"):
            found = self._properties.plain(measure, attributes.link(item, "Unit"))
            return float(found) if isinstance(found, int | float) else None
        name = attributes.text(item, "Name") or ""
        if not _AREA_NAME.search(name):
            return None
        found = attributes.value(measure, "wrappedValue")
        if isinstance(found, str):
            match = _NUMBER_WITH_UNIT.fullmatch(found)
            if match is None:
                return None
            amount = _amount(match[1])
            unit = (match[2] or "").lower()
            if amount is None or (not unit and not re.search(r"面积|面積", name)):
                return None
            return amount * (_SQUARE_FOOT if "f" in unit or "英" in unit else 1.0)
        amount = attributes.finite(measure)
        if amount is None or measure.is_a() not in {"IfcReal", "IfcInteger", "IfcNumericMeasure"}:
            return None
        return amount * self._units.area_m2


def _amount(digits: str) -> float | None:
    """Read a number with either decimal sign; thousands are told from decimals by position."""
    digits = digits.replace(" ", "").rstrip(".,")
    if "," in digits and "." in digits:
        decimal = max(digits.rfind(","), digits.rfind("."))
        digits = re.sub(r"[.,]", "", digits[:decimal]) + "." + digits[decimal + 1 :]
    elif digits.count(",") == 1 and not re.fullmatch(r"\d{1,3},\d{3}", digits):
        digits = digits.replace(",", ".")
    else:
        digits = digits.replace(",", "")
    try:
        return float(digits)
    except ValueError:
        return None


def decide_scale(
    areas: list[tuple[DeclaredArea, ...]], units: Units
) -> tuple[float, list[Finding]]:
    """Decide whether the declared areas are in the unit that they should be in.

    Files in millimetres often declare no area unit and mean square metres all the same.

    Returns
    -------
    factor : float
        What every declared area must be multiplied with.
    findings : list[Finding]
        Rule ``area-unit`` when the factor is not 1.
    """
    values = [area.value_m2 for declared in areas for area in declared]
    if not values or units.area_m2 == 1.0:
        return 1.0, []
    typical = median(values)
    as_metres = typical / units.area_m2
    if SMALLEST_ROOM_M2 <= typical <= LARGEST_ROOM_M2:
        return 1.0, []
    if not SMALLEST_ROOM_M2 <= as_metres <= LARGEST_ROOM_M2:
        return 1.0, []
    return 1.0 / units.area_m2, [
        warn(
            "area-unit",
            f"In the file's area unit a typical room would have {typical:.2g} m2; "
            f"the declared areas were taken as square metres ({as_metres:.4g} m2).",
            "Compare one room with the drawing; declare the area unit in the exporter's settings.",
        )
    ]
