"""Where one comes in from outside: doors of watched rooms on the outline of a house, and gates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import shapely

from fangma.asset_registry.store import cameras as stored
from fangma.asset_registry.store.room_layout import level_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.asset_registry.cameras.watching import Watch
    from fangma.asset_registry.store.cameras import RoomRow
    from fangma.asset_registry.store.connection import Connection, Moment

_DOORS: Final = ("IfcDoor", "IfcDoorStandardCase")
#: A door stands in a wall, this far from the room behind it.
_WALL_M: Final = 0.5
_THICKEST_WALL_M: Final = 0.6
_LEVEL_M: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """A door to the open, or a gate; metres, the site's CRS."""

    x: float
    y: float
    floor_z: float
    room: str | None
    number: str | None
    name: str | None
    building: str | None


def entrances_of(
    conn: Connection, site_id: UUID, rooms: Sequence[RoomRow], moment: Moment, watch: Watch
) -> list[Entrance]:
    """Return the entrances of all buildings at ground level, and the gates of the grounds."""
    found = [
        Entrance(
            x=gate.x, y=gate.y, floor_z=gate.z, room=None, number=None, name=gate.name,
            building=gate.building,
        )
        for gate in stored.gates(conn, site_id, moment)
    ]  # fmt: skip
    ground = [room for room in rooms if room.storey is not None and level_of(room.storey) == 0]
    if not ground:
        return found
    outlines = shapely.from_wkb([room.footprint for room in ground])
    tree = shapely.STRtree(outlines)
    open_air = shapely.boundary(_outline(outlines))
    west, south, east, north = open_air.bounds
    low = min(room.floor_z for room in ground) - _LEVEL_M
    high = max(room.floor_z for room in ground) + _LEVEL_M
    for door in stored.bodies(
        conn, site_id, (west, south, low), (east, north, high), _DOORS, moment
    ):
        x0, y0, z0, x1, y1, _ = door.extent
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        near = tree.query(shapely.box(x0, y0, x1, y1), predicate="dwithin", distance=_WALL_M)
        behind = [ground[i] for i in near.tolist() if abs(ground[i].floor_z - z0) <= _LEVEL_M]
        if len(behind) != 1 or behind[0].use not in watch.uses:
            continue
        if open_air.distance(shapely.Point(x, y)) > _THICKEST_WALL_M:
            continue
        found.append(
            Entrance(
                x=x, y=y, floor_z=behind[0].floor_z, room=behind[0].code, number=behind[0].number,
                name=behind[0].name, building=behind[0].building,
            )
        )  # fmt: skip
    return found


def _outline(rooms: Sequence[shapely.Geometry]) -> shapely.Geometry:
    """Return the outer outlines of houses, without their courts and shafts."""
    whole = shapely.union_all(rooms).buffer(_THICKEST_WALL_M, join_style="mitre")
    whole = whole.buffer(-_THICKEST_WALL_M / 2, join_style="mitre")
    return shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(whole)])
