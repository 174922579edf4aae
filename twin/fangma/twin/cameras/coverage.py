"""What cameras see of a storey and of the grounds, and what no working camera sees."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import shapely

from fangma.asset_registry.store import cameras as stored
from fangma.spatial import visibility
from fangma.spatial.visibility import Gaze
from fangma.twin.cameras.entrances import entrances_of
from fangma.twin.cameras.walls import outer_walls, storey_walls
from fangma.twin.cameras.working import conditions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from fangma.asset_registry.cameras.watching import Watch
    from fangma.asset_registry.store.cameras import CameraRow, RoomRow
    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.sites import Site
    from fangma.twin.cameras.walls import Walls
    from fangma.twin.cameras.working import Condition
    from fangma.twin.pipes.bodies import Bodies

Sight = Literal["seen", "no-view", "in-wall", "nothing"]
#: A lens hangs this far over a ceiling, or under a floor, of the room that it belongs to at most.
_CEILING_M: Final = 0.5
#: Outlines in answers are exact to this.
_EXACT_M: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an answer is about.

    Attributes
    ----------
    known : datetime or None
        None = everything that was observed until now counts.
    """

    conn: Connection
    site: Site
    moment: Moment
    known: datetime | None
    watch: Watch
    bodies: Bodies


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """A camera with what it sees.

    Attributes
    ----------
    region : shapely Geometry
        In plan, the site's CRS; what it would see also when it does not work.
    floor_m : float
        Height of the floor that it sees.
    far_m, far_by : float, str or None
        Its range, and by what: ``told``, ``pixels``, ``default``.
    """

    row: CameraRow
    condition: Condition
    sight: Sight
    region: shapely.Geometry
    floor_m: float
    near_m: float | None = None
    far_m: float | None = None
    far_by: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API."""
        return {
            **camera_dict(self.row, self.condition),
            "sight": self.sight,
            "floor_m": _rounded(self.floor_m),
            "near_m": _rounded(self.near_m),
            "far_m": _rounded(self.far_m),
            "far_by": self.far_by,
            "seen_m2": round(self.region.area, 2),
            "region": outlines(self.region),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A place that is to be watched: a room, or the ground about an entrance."""

    room: str | None
    number: str | None
    name: str | None
    use: str | None
    storey: str | None
    building: str | None
    floor_m: float
    area: shapely.Geometry


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What is seen of a storey, or of the grounds (``storey`` None)."""

    storey: str | None
    walls: str
    cameras: tuple[Looking, ...]
    places: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API."""
        watched = sum(place["watched_m2"] for place in self.places)
        blind = sum(place["area_m2"] for place in self.places)
        return {
            "storey": self.storey,
            "walls": self.walls,
            "watched_m2": round(watched, 2),
            "blind_m2": round(blind, 2),
            "cameras": [camera.as_dict() for camera in self.cameras],
            "places": list(self.places),
        }


def camera_dict(row: CameraRow, condition: Condition) -> dict[str, Any]:
    """Return a camera in the form of the API; coordinates in the site's CRS."""
    placed = row.x is not None and row.y is not None and row.z is not None
    return {
        "code": row.code,
        "kind": row.kind,
        "name": row.name,
        "storey": row.storey,
        "building": row.building,
        **condition.as_dict(),
        "middle": row.middle,
        "view": {
            "place": [row.x, row.y, row.z],
            "heading_deg": row.heading_deg,
            "horizontal_deg": row.horizontal_deg,
            "vertical_deg": row.vertical_deg,
            "tilt_deg": row.tilt_deg,
            "range_m": row.range_m,
            "pixels": row.pixels,
            "origin": row.origin,
            "since": row.since and row.since.isoformat(),
        }
        if placed
        else None,
    }


def storey_coverage(asked: Asked, storey: str) -> Coverage:
    """Tell what is seen of the watched rooms of a storey."""
    rooms = stored.rooms(asked.conn, asked.site.id, asked.moment, storey=storey)
    rows = [
        row
        for row in stored.cameras(asked.conn, asked.site.id, asked.moment)
        if row.storey == storey or (row.storey is None and _room_of(row, rooms) is not None)
    ]
    how = conditions(asked.conn, [row.id for row in rows], asked.moment, asked.known, asked.watch)
    floor = _level(rooms)
    walls: Walls | None = None
    looking = []
    for row in rows:
        if walls is None and rooms:
            walls = storey_walls(
                asked.conn, asked.site.id, rooms, floor + asked.watch.sight_m, asked.bodies,
                asked.moment, doors=asked.watch.doors, glass=asked.watch.glass,
            )  # fmt: skip
        room = _room_of(row, rooms)
        level = floor if room is None else room.floor_z
        looking.append(_look(row, how[row.id], level, walls, asked.watch))
    wanted = [
        Watched(
            room=room.code, number=room.number, name=room.name, use=room.use, storey=room.storey,
            building=room.building, floor_m=room.floor_z, area=shapely.from_wkb(room.footprint),
        )
        for room in rooms
        if room.use in asked.watch.uses
    ]  # fmt: skip
    return Coverage(
        storey=storey,
        walls="none" if walls is None else walls.evidence,
        cameras=tuple(looking),
        places=_places(wanted, looking, walls, asked.watch),
    )


def outdoor_coverage(asked: Asked) -> Coverage:
    """Tell what is seen of the ground about gates and entrances."""
    rooms = stored.rooms(asked.conn, asked.site.id, asked.moment)
    entrances = entrances_of(asked.conn, asked.site.id, rooms, asked.moment, asked.watch)
    rows = [
        row
        for row in stored.cameras(asked.conn, asked.site.id, asked.moment)
        if (row.x is not None or row.storey is None) and _room_of(row, rooms) is None
    ]
    how = conditions(asked.conn, [row.id for row in rows], asked.moment, asked.known, asked.watch)
    # Grounds are not level: each place outdoors has the height of its door or gate.
    at: dict[float, Walls] = {}
    looking = []
    for row in rows:
        level = _ground(row, entrances, rooms)
        if level not in at:
            at[level] = outer_walls(rooms, level + asked.watch.sight_m)
        looking.append(_look(row, how[row.id], level, at[level], asked.watch))
    wanted = []
    for entrance in entrances:
        level = entrance.floor_z
        if level not in at:
            at[level] = outer_walls(rooms, level + asked.watch.sight_m)
        around = shapely.Point(entrance.x, entrance.y).buffer(asked.watch.entrance_m, quad_segs=32)
        wanted.append(
            Watched(
                room=entrance.room, number=entrance.number, name=entrance.name, use=None,
                storey=None, building=entrance.building, floor_m=level,
                area=around.difference(at[level].shape),
            )
        )  # fmt: skip
    return Coverage(
        storey=None,
        walls="outlines",
        cameras=tuple(looking),
        places=_places(wanted, looking, None, asked.watch),
    )


def blind_spots(asked: Asked, *, building: str | None = None) -> list[dict[str, Any]]:
    """List what no working camera sees, of a site or a building, the largest first.

    A place without outlines in the list is seen whole, and left out.
    """
    rooms = stored.rooms(asked.conn, asked.site.id, asked.moment)
    storeys = sorted(
        {
            room.storey
            for room in rooms
            if room.storey is not None
            and room.use in asked.watch.uses
            and building in {None, room.building}
        }
    )
    found = [place for storey in storeys for place in storey_coverage(asked, storey).places]
    outdoors = outdoor_coverage(asked)
    found += [place for place in outdoors.places if building in {None, place["building"]}]
    return sorted(
        (place for place in found if place["area_m2"] > 0.0),
        key=lambda place: (-place["area_m2"], place["room"] or "", place["name"] or ""),
    )


def outlines(shape: shapely.Geometry) -> list[list[list[list[float]]]]:
    """Return polygons as lists of rings of points, as a GeoJSON MultiPolygon has them."""
    simple = shapely.simplify(shape, _EXACT_M)
    return [
        [
            [[round(x, 3), round(y, 3)] for x, y in shapely.get_coordinates(ring).tolist()]
            for ring in (part.exterior, *part.interiors)
        ]
        for part in shapely.get_parts(simple)
        if part.geom_type == "Polygon" and not part.is_empty
    ]


def _look(
    row: CameraRow, condition: Condition, level: float, walls: Walls | None, watch: Watch
) -> Looking:
    """Tell what a camera sees of a level."""
    nothing = Looking(
        row=row, condition=condition, sight="no-view", region=shapely.Polygon(), floor_m=level
    )
    if row.x is None or row.y is None or row.z is None or row.heading_deg is None:
        return nothing
    if row.horizontal_deg is None:
        return nothing
    far, far_by = _range(row, watch)
    vertical = row.vertical_deg or _vertical(row.horizontal_deg, watch)
    near = 0.0
    if row.tilt_deg is not None and vertical is not None:
        spans = visibility.reach(row.z - level - watch.target_m, row.tilt_deg, vertical, far)
        if spans is None:
            return replace(nothing, sight="nothing", far_m=far, far_by=far_by)
        near, far = spans
    gaze: Gaze | None = Gaze(
        x=row.x, y=row.y, heading_deg=row.heading_deg, angle_deg=row.horizontal_deg, near_m=near,
        far_m=far,
    )  # fmt: skip
    obstacles = shapely.Polygon() if walls is None else walls.shape
    if gaze is not None:
        gaze = visibility.place_out_of_wall(gaze, obstacles)
    if gaze is None:
        return replace(nothing, sight="in-wall", near_m=near, far_m=far, far_by=far_by)
    region = visibility.visible_region(gaze, obstacles)
    return Looking(
        row=row, condition=condition, sight="nothing" if region.is_empty else "seen", region=region,
        floor_m=level, near_m=near, far_m=far, far_by=far_by,
    )  # fmt: skip


def _range(row: CameraRow, watch: Watch) -> tuple[float, str]:
    """Tell how far a camera sees for the purpose, and by what; the shorter of what is told."""
    found = [] if row.range_m is None else [(row.range_m, "told")]
    if row.pixels is not None and row.horizontal_deg is not None:
        density = watch.densities[watch.purpose]
        by_pixels = visibility.range_at_density(row.pixels, row.horizontal_deg, density)
        found.append((by_pixels, "pixels"))
    return min(found, default=(watch.range_m, "default"))


def _vertical(horizontal_deg: float, watch: Watch) -> float | None:
    """Guess the vertical angle of view of a flat picture."""
    if horizontal_deg > 120.0:
        return None
    half = math.tan(math.radians(horizontal_deg / 2)) / watch.aspect
    return 2 * math.degrees(math.atan(half))


def _places(
    wanted: Iterable[Watched], looking: Sequence[Looking], walls: Walls | None, watch: Watch
) -> tuple[dict[str, Any], ...]:
    """Tell of each watched place what is not seen, seen by one camera only, and why."""
    working = [camera for camera in looking if camera.condition.works]
    down = [camera for camera in looking if not camera.condition.works]
    seen, twice = visibility.seen_by(camera.region for camera in working)
    least = {"least_m2": watch.least_m2, "least_width_m": watch.least_width_m}
    found = []
    for place in wanted:
        area = place.area if walls is None else place.area.difference(walls.shape)
        blind = shapely.union_all(visibility.gaps(area, seen, **least))
        single = shapely.union_all(visibility.gaps(area.intersection(seen), twice, **least))
        missed = [c.row.code for c in down if c.region.intersection(blind).area >= watch.least_m2]
        found.append(
            {
                "room": place.room,
                "number": place.number,
                "name": place.name,
                "use": place.use,
                "storey": place.storey,
                "building": place.building,
                "is_outdoors": place.storey is None,
                "floor_m": _rounded(place.floor_m),
                "watched_m2": round(area.area, 2),
                "area_m2": round(blind.area, 2),
                "share": round(min(1.0, blind.area / area.area), 4) if area.area > 0.0 else 0.0,
                "single_m2": round(single.area, 2),
                "out_of_service": missed,
                "cameras": [
                    c.row.code for c in working if c.region.intersection(area).area > watch.least_m2
                ],
                "blind": outlines(blind),
                "single": outlines(single),
            }
        )
    return tuple(sorted(found, key=lambda p: (-p["area_m2"], p["room"] or "", p["name"] or "")))


def _room_of(row: CameraRow, rooms: Sequence[RoomRow]) -> RoomRow | None:
    """Return the room that a camera hangs in."""
    if row.x is None or row.y is None or row.z is None:
        return None
    return next(
        (
            room
            for room in rooms
            if room.floor_z - 0.1
            <= row.z
            <= max(room.ceiling_z or 0.0, room.floor_z + 2.0) + _CEILING_M
            and shapely.intersects_xy(shapely.from_wkb(room.footprint), row.x, row.y)
        ),
        None,
    )


def _rounded(metres: float | None) -> float | None:
    return None if metres is None else round(metres, 3)


def _level(rooms: Sequence[RoomRow]) -> float:
    """Return the height of most of a storey's floors."""
    heights = sorted(room.floor_z for room in rooms)
    return heights[len(heights) // 2] if heights else 0.0


def _ground(row: CameraRow, entrances: Sequence[Any], rooms: Sequence[RoomRow]) -> float:
    """Return the height of the ground below a camera: that of the nearest entrance."""
    if entrances and row.x is not None and row.y is not None:
        x, y = row.x, row.y
        return float(min(entrances, key=lambda e: math.hypot(e.x - x, e.y - y)).floor_z)
    return min((room.floor_z for room in rooms), default=0.0)
