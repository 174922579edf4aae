"""Where services may run: lines along the corridor, branches into rooms, free wall. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import shapely

from fangma.bim_import.sample.plan import INTERIOR, Building, Room, Storey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fangma.bim_import.sample.network import Spot

# Lines in the corridor's ceiling: offset from its middle (north or east positive) and height of
# the centre above the floor. No two systems share a height, so that branches cross freely.
LANES: dict[str, tuple[int, int]] = {
    "FG": (-350, 3290),
    "DL": (-850, 3130),
    "TX": (-850, 3050),
    "XF": (100, 2920),
    "KTS": (600, 2800),
    "KTR": (400, 2690),
    "JS": (850, 2550),
}
BASEMENT_LANES: dict[str, tuple[int, int]] = {
    "DL": (-850, 3560),
    "TX": (-850, 3480),
    "XF": (100, 3300),
    "KTS": (600, 3120),
    "KTR": (400, 2980),
    "JS": (850, 2850),
    "JS2": (850, 2700),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bay:
    """The part of a room beside a straight leg of the corridor.

    Attributes
    ----------
    leg : int
        Number of the leg; the first runs along x, a second along y.
    side : int
        +1 north or east of the corridor, -1 south or west.
    lo, hi : int
        Extent along the leg.
    near, far : int
        Across the leg: the face at the corridor and the face away from it.
    """

    room: Room
    leg: int
    side: int
    lo: int
    hi: int
    near: int
    far: int

    @property
    def middle(self) -> int:
        """The middle along the leg."""
        return (self.lo + self.hi) // 2

    def spot(self, along: int, depth: int, z: int) -> Spot:
        """Return a point at a depth behind the corridor wall."""
        across = self.near + self.side * depth
        return (along, across, z) if self.leg == 0 else (across, along, z)


class Ways:
    """The lines that services follow in a building."""

    def __init__(self, building: Building) -> None:
        self.building = building
        self.legs = building.storeys[0].corridor
        _west, south, east, north = self.legs[0]
        self.middle_y = (south + north) // 2
        self.north_face = north + INTERIOR // 2
        self.end = east
        self.has_bend = len(self.legs) > 1
        self.middle_x = (self.legs[1][0] + self.legs[1][2]) // 2 if self.has_bend else 0
        self.south_end = self.legs[1][1] if self.has_bend else 0

    def lane(self, system: str, storey: Storey) -> tuple[int, int]:
        """Return the offset and the absolute height of a system's line in a storey."""
        offset, z = (BASEMENT_LANES if storey.is_basement else LANES)[system]
        return offset, z + storey.elevation

    def on(self, system: str, storey: Storey, leg: int, along: int) -> Spot:
        """Return the point of a system's line at a coordinate along a leg."""
        offset, z = self.lane(system, storey)
        if leg == 0:
            return along, self.middle_y + offset, z
        return self.middle_x + offset, along, z

    def lines(self, system: str, storey: Storey, start: int) -> list[list[Spot]]:
        """Return the line of a system from ``start`` (x) westwards and onwards to the end."""
        offset, z = self.lane(system, storey)
        y = self.middle_y + offset
        at = (start, y, z)
        west = [at, (500, y, z)]
        if self.has_bend:
            bend = (self.middle_x + offset, y, z)
            return [west, [at, bend, (bend[0], self.south_end + 500, z)]]
        return [west, [at, (self.end - 500, y, z)]]

    def bays(self, storey: Storey) -> Iterator[Bay]:
        """Yield the rectangular parts of rooms beside the corridor, each room once."""
        for room in storey.rooms:
            for leg, (west, south, east, north) in enumerate(self.legs):
                for side in (1, -1):
                    if leg == 0:
                        low = north if side > 0 else south - 6000
                        strip = shapely.box(west, low, east, low + 6000)
                    else:
                        low = east if side > 0 else west - 6000
                        strip = shapely.box(low, south, low + 6000, north)
                    part = room.polygon.intersection(strip)
                    if part.area < 4e6 or part.geom_type != "Polygon":
                        continue
                    box = [int(value) for value in part.bounds]
                    face = {
                        (0, 1): box[1] - north,
                        (0, -1): south - box[3],
                        (1, 1): box[0] - east,
                        (1, -1): west - box[2],
                    }[leg, side]
                    if face != INTERIOR // 2 or room.use in {"corridor", "hall"}:
                        continue
                    lo, hi = (box[0], box[2]) if leg == 0 else (box[1], box[3])
                    across = (box[1], box[3]) if leg == 0 else (box[0], box[2])
                    near, far = across if side > 0 else across[::-1]
                    yield Bay(room=room, leg=leg, side=side, lo=lo, hi=hi, near=near, far=far)
                    break
                else:
                    continue
                break

    def core(self, storey: Storey, use: str) -> Room:
        """Return the room of the core with a use."""
        return next(room for room in storey.rooms if room.use == use)

    def free_spots(self, storey: Storey, width: int, count: int) -> list[int]:
        """Find places on the north wall of the first leg without door, window or column.

        Returns
        -------
        along : list of int
            Up to ``count`` x coordinates, spread over the leg.
        """
        at = self.legs[0][3]
        blocked = [
            (o.centre - o.width // 2, o.centre + o.width // 2)
            for o in storey.openings
            for wall in storey.walls
            if wall.key == o.wall and wall.axis == "x" and wall.at == at
        ]
        blocked += [(c.box[0], c.box[2]) for c in storey.columns if abs(c.box[3] - at) < 400]
        covered = [
            (wall.lo, wall.hi)
            for wall in storey.walls
            if wall.axis == "x" and wall.at == at and wall.low == "corridor"
        ]
        spots = []
        for i in range(count):
            target = round(self.end * (2 * i + 1) / (2 * count) / 50) * 50
            for shift in range(0, 6000, 50):
                for along in (target + shift, target - shift):
                    lo, hi = along - width // 2 - 80, along + width // 2 + 80
                    if any(a < hi and lo < b for a, b in blocked):
                        continue
                    if any(a <= lo and hi <= b for a, b in covered):
                        spots.append(along)
                        break
                else:
                    continue
                break
        return sorted(set(spots))
