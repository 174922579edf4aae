"""Rooms, doors, stairs and lifts of buildings, for ways on foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from fangma.asset_registry.store.queries import load
from fangma.spatial.walking import Floor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection, Moment

# Words of asset_registry.room_uses, and of names where the use is not known.
_CLIMBING: Final = ("楼梯", "电梯", "stair", "lift", "elevator")
_NOT_CLIMBING: Final = ("电梯厅", "电梯机房", "lobby")
_USUAL_HEIGHT_M: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WayNetwork:
    """What ways lead through.

    Attributes
    ----------
    floors : list of Floor
    doors : (m, 3) float64
        Middle of each threshold, the site's CRS.
    """

    floors: list[Floor]
    doors: NDArray[np.float64]


def network(conn: Connection, buildings: Sequence[str], moment: Moment) -> WayNetwork:
    """Read what the reader may see of some buildings."""
    asked = {"buildings": list(buildings), "at": moment.at, "known": moment.known}
    sql = load("ways")
    floors = [
        Floor(
            outline=shapely.from_wkb(outline),
            floor_z=floor_z,
            top_z=floor_z + _USUAL_HEIGHT_M if ceiling_z is None else ceiling_z,
            climbs=is_climbing(use, name),
        )
        for outline, floor_z, ceiling_z, use, name in conn.execute(sql["floors"], asked)
    ]
    doors = np.array(conn.execute(sql["doors"], asked).fetchall(), dtype=float).reshape(-1, 3)
    return WayNetwork(floors=floors, doors=doors)


def is_climbing(use: str | None, name: str | None) -> bool:
    """Tell whether a room leads to other storeys.

    >>> is_climbing("电梯厅", None), is_climbing(None, "Stair 1"), is_climbing("楼梯", "2#")
    (False, True, True)
    """
    words = (use or name or "").lower()
    return any(word in words for word in _CLIMBING) and not any(
        word in words for word in _NOT_CLIMBING
    )
