"""Cameras of the compound: where they hang, how they look, and the one that is missing. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fangma.bim_import.sample.site import ROTATION
from fangma.bim_import.sample.uses import USES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fangma.bim_import.sample.plan import Building, Room, Storey

# Rooms with a dome in the middle of the ceiling, which sees all of a room of four walls.
DOMES = ("stair", "lobby", "hall", "garage")
_PIXELS = 1920
_LENS_DEG, _TALL_DEG, _TILT_DEG = 80.0, 48.0, 12.0
_FROM_WALL_MM = 250
_BELOW_CEILING_MM = 100
_CANOPY_MM = 2800


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera; place in millimetres of the building's frame, heading counter-clockwise from x."""

    id: str
    name: str
    building: str
    number: str
    at: tuple[float, float, float]
    looks_deg: float | None = None  # None = all around
    lens_deg: float = 360.0

    def row(self, building: Building) -> dict[str, str]:
        """Return its row of the table of sensors."""
        turn = math.radians(ROTATION)
        x, y = self.at[0] / 1000, self.at[1] / 1000
        east = building.east + x * math.cos(turn) - y * math.sin(turn)
        north = building.north + x * math.sin(turn) + y * math.cos(turn)
        row = {
            "传感器编号": self.id,
            "名称": self.name,
            "楼栋": self.building,
            "房号": self.number,
            "观测属性": "online",
            "单位": "1",
            "协议": "mqtt",
            "地址": f"fangma/observations/{self.id}",
            "东坐标": f"{east:.3f}",
            "北坐标": f"{north:.3f}",
            "镜头高程": f"{building.height + self.at[2] / 1000:.3f}",
            "水平视角": f"{self.lens_deg:.0f}",
            "水平像素": str(_PIXELS if self.looks_deg is not None else 2 * _PIXELS),
        }
        if self.looks_deg is not None:
            row |= {
                "朝向": f"{(90.0 - ROTATION - self.looks_deg) % 360:.1f}",
                "俯角": f"{_TILT_DEG:.0f}",
                "垂直视角": f"{_TALL_DEG:.0f}",
            }
        return row


def cameras(buildings: Iterable[Building]) -> list[tuple[Building, Camera]]:
    """List the cameras; one stair of the first building has none."""
    made: list[tuple[Building, Camera]] = []
    missing = None
    for building in buildings:
        if missing is None:
            missing = unwatched(building)
        serial = 0
        for storey in building.storeys:
            for name, number, at, looks in _of_storey(building, storey, missing):
                serial += 1
                camera = Camera(
                    id=f"{building.code}-CAM-{serial:03d}",
                    name=f"{building.name} {name}摄像机",
                    building=building.name,
                    number=number,
                    at=at,
                    looks_deg=looks,
                    lens_deg=360.0 if looks is None else _LENS_DEG,
                )
                made.append((building, camera))
    return made


def unwatched(building: Building) -> Room | None:
    """Return the stair that nobody watches: the first above the ground floor, else the first."""
    stairs = [room for room in building.rooms if room.use == "stair"]
    above = [room for room in stairs if room.storey != building.storeys[0].name]
    return next(iter([*above, *stairs]), None)


def blind_case(building: Building, space_guid: Callable[[Room], str]) -> list[dict[str, Any]]:
    """Tell the truth about the missing camera; empty for a building without stairs."""
    room = unwatched(building)
    if room is None:
        return []
    return [
        {
            "id": "blind-spot-1",
            "kind": "blind-spot",
            "rule": None,
            "building": building.name,
            "number": room.number,
            "room_guid": space_guid(room),
            "area_m2": round(room.area_m2, 4),
            "share": 1.0,
            "expected": "no camera: the whole floor is a blind spot, behind a fire door",
        }
    ]


def _of_storey(
    building: Building, storey: Storey, missing: Room | None
) -> Iterator[tuple[str, str, tuple[float, float, float], float | None]]:
    """Yield name, room, place and direction of the cameras of a storey."""
    for room in storey.rooms:
        if room.use in DOMES and not (
            missing is not None
            and (room.building, room.number) == (missing.building, missing.number)
        ):
            spot = room.polygon.representative_point()
            height = storey.elevation + (USES[room.use].ceiling or room.height) - _BELOW_CEILING_MM
            yield room.name, room.number, (float(spot.x), float(spot.y), float(height)), None
    corridor = next((room for room in storey.rooms if room.use == "corridor"), None)
    if corridor is not None:
        height = (
            storey.elevation + (USES["corridor"].ceiling or corridor.height) - _BELOW_CEILING_MM
        )
        for at, looks in _ends(storey):
            yield corridor.name, corridor.number, (*at, float(height)), looks
    if storey is building.storeys[0] or storey.elevation == 0:
        yield from _before_doors(storey)


def _ends(storey: Storey) -> Iterator[tuple[tuple[float, float], float]]:
    """Yield where a corridor ends, and the direction along it."""
    for leg, (west, south, east, north) in enumerate(storey.corridor):
        if leg == 0:
            middle = (south + north) / 2
            yield (west + _FROM_WALL_MM, middle), 0.0
            yield (east - _FROM_WALL_MM, middle), 180.0
        else:
            yield ((west + east) / 2, south + _FROM_WALL_MM), 90.0


def _before_doors(
    storey: Storey,
) -> Iterator[tuple[str, str, tuple[float, float, float], float | None]]:
    """Yield a dome under the canopy of each entrance."""
    walls = {wall.key: wall for wall in storey.walls}
    for opening in storey.openings:
        if opening.type == "LM3024":
            wall = walls[opening.wall]
            outward = -1 if wall.low is None else 1
            face = wall.at + outward * (wall.thickness // 2 + 1500)
            spot = (opening.centre, face) if wall.axis == "x" else (face, opening.centre)
            height = storey.elevation + _CANOPY_MM
            yield "门前", "", (float(spot[0]), float(spot[1]), float(height)), None
