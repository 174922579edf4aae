"""Tell whose model it is: the architect's, the structural or the services engineer's."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.bim_import.model import Element

_SERVICES = {"pipe", "fitting", "valve", "device", "terminal", "sensor"}
_BEARING = (
    "IfcBeam", "IfcColumn", "IfcFooting", "IfcPile", "IfcMember", "IfcReinforcing", "IfcTendon",
    "IfcMechanicalFastener", "IfcFastener", "IfcDiscreteAccessory", "IfcElementAssembly",
)  # fmt: skip
_FITTING_OUT = (
    "IfcDoor", "IfcWindow", "IfcCovering", "IfcFurni", "IfcCurtainWall", "IfcRailing", "IfcStair",
)  # fmt: skip


def discipline_of(elements: Iterable[Element]) -> str:
    """Decide the discipline of a model from what it consists of.

    Returns
    -------
    discipline : str
        ``services`` when half of it is services and rooms are few; ``structure`` when a quarter
        bears and next to nothing fits out; else ``architecture``.
    """
    counts: Counter[str] = Counter()
    for element in elements:
        if element.kind == "room":
            counts["rooms"] += 1
        elif element.kind in _SERVICES:
            counts["services"] += 1
        elif element.ifc_class.startswith(_BEARING):
            counts["bearing"] += 1
        elif element.ifc_class.startswith(_FITTING_OUT) or element.kind == "asset":
            counts["fitting out"] += 1
        else:
            counts["other"] += 1
    built = sum(counts.values()) - counts["rooms"]
    if counts["services"] * 2 >= built and counts["services"] > counts["rooms"] * 10:
        return "services"
    if counts["rooms"]:
        return "architecture"
    if counts["bearing"] * 4 >= built and counts["fitting out"] * 20 <= built and built:
        return "structure"
    return "architecture"
