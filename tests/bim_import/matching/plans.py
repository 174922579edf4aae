"""Small storeys to match: a row of rooms, doors between them, pipes above."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapely.geometry import box

from fangma.bim_import.matching import Feature

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.bim_import.matching import Matching


def room(x0: float, x1: float, number: str | None = None, **changes) -> Feature:
    """A room 3 m deep and high, from x0 to x1 on storey 1."""
    z = changes.pop("z", 0.0)
    y = changes.pop("y", 0.0)
    facts = {
        "kind": "room", "ifc_class": "IfcSpace", "guid": None, "fingerprint": "", "storey": 1,
        "number": number, "name": "办公室", "system": None,
        "box": (x0, y, z, x1, y + 3.0, z + 3.0), "footprint": box(x0, y, x1, y + 3.0),
    }  # fmt: skip
    return Feature(**(facts | changes))


def thing(x: float, **changes) -> Feature:
    """A cube of 1 m that stands at x."""
    facts = {
        "kind": "device", "ifc_class": "IfcFlowTerminal", "guid": None, "fingerprint": "",
        "storey": 1, "number": None, "name": None, "system": None,
        "box": (x, 0.0, 0.0, x + 1.0, 1.0, 1.0),
    }  # fmt: skip
    return Feature(**(facts | changes))


def pipe(x0: float, x1: float, **changes) -> Feature:
    """A pipe of 0.1 m along x."""
    facts = {"kind": "pipe", "ifc_class": "IfcPipeSegment", "system": "JS",
             "box": (x0, 0.0, 2.5, x1, 0.1, 2.6)}  # fmt: skip
    return thing(0.0, **(facts | changes))


def row(numbers: Iterable[int], width: float = 4.0) -> list[Feature]:
    """Rooms side by side."""
    return [room(i * width, (i + 1) * width, str(n)) for i, n in enumerate(numbers)]


def renamed(feature: Feature, **changes) -> Feature:
    """The same thing under other names."""
    return replace(feature, **changes)


def couples(matching: Matching) -> set[tuple[int, int]]:
    """The pairs as (old, new)."""
    return {(p.old, p.new) for p in matching.pairs}
