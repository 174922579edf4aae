"""The height of a building as its model shows it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOF_M: Final = 1.0
"""What lies above the highest ceiling: slab, insulation, screed. No building has more of it."""

# Stair heads, lift machines and tanks on the roof do not count in the height where they cover at
# most a quarter of it (GB 50352, from memory).
_ON_THE_ROOF: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreyRooms:
    """The rooms of one storey.

    Attributes
    ----------
    part : str
        F05, B01, M02 or RF1, as its code was given.
    floor_z, ceiling_z : float
        Lowest floor and highest ceiling, metres.
    area_m2 : float
        Sum of its rooms.
    """

    part: str
    floor_z: float
    ceiling_z: float
    area_m2: float


def measured_height(storeys: Iterable[StoreyRooms]) -> float | None:
    """Measure from the lowest floor above ground to the highest ceiling, metres.

    The roof above that ceiling is not in it (:data:`ROOF_M`). Without a room above ground: None.

    Examples
    --------
    >>> keys = ("part", "floor_z", "ceiling_z", "area_m2")
    >>> rows = [("F01", 0.0, 3.3, 500.0), ("F02", 3.6, 6.9, 500.0), ("RF1", 7.2, 9.6, 40.0)]
    >>> measured_height(StoreyRooms(**dict(zip(keys, row, strict=True))) for row in rows)
    6.9
    """
    above = [storey for storey in storeys if not storey.part.startswith("B")]
    if not above:
        return None
    largest = max(storey.area_m2 for storey in above)
    whole = [storey for storey in above if storey.area_m2 > _ON_THE_ROOF * largest]
    if not whole:
        return None
    height = max(s.ceiling_z for s in whole) - min(s.floor_z for s in whole)
    return round(height, 3) if height > 0 else None
