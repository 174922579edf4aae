"""What hides a pipe, run by run: from which side it is reached, and from which room.

The axis is followed in short steps. A step inside a wall, slab or column is hidden by that body;
one over a suspended ceiling by the ceiling; one under a finished floor by the floor; one in a shaft
by the shaft; one below the ground outdoors is buried. Steps of one answer make a run.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

from fangma.spatial.solidity import are_inside, heights_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    Floats = NDArray[np.float64]

Cover = Literal[
    "nothing", "wall", "ceiling", "floor", "slab", "structure", "shaft", "ground", "unknown"
]
BodyKind = Literal["wall", "ceiling", "floor", "slab", "structure"]
Side = Literal[
    "east", "northeast", "north", "northwest", "west", "southwest", "south", "southeast",
    "above", "below", "inside",
]  # fmt: skip

#: Answers are exact to half of this along the pipe.
STEP_M = 0.1
_MOST_STEPS = 600
# Walls between rooms are thinner; a pipe in one has a room on each side within this.
_THICKEST_WALL_M = 0.6
_REACH_M = 1.2
# A void over a ceiling or under a floor is lower.
_TALLEST_VOID_M = 2.5
_SAME_M = 0.02
_INWARD_M = 0.05
# Lower than this over the floor it is a table, not a ceiling.
_LOWEST_CEILING_M = 1.0
_SIDES: tuple[Side, ...] = (
    "east", "northeast", "north", "northwest", "west", "southwest", "south", "southeast",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Something that may hide a pipe: (m, 3, 3) triangles, metres, frame of the axis."""

    kind: BodyKind
    triangles: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSpace:
    """A room: footprint in plan, heights of its floor and of its (finished) ceiling, metres."""

    footprint: Polygon | MultiPolygon
    floor_z: float
    ceiling_z: float
    is_shaft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A way to a hidden run.

    Attributes
    ----------
    room : int or None
        Row of the room from which; None = from outdoors, from the ground.
    side : str
        Where that room lies, seen from the pipe.
    cover_m : float
        What has to be opened: from the face to the pipe's surface; 0 where it lies bare.
    """

    room: int | None
    side: Side
    cover_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stretch of pipe that is hidden in one way.

    Attributes
    ----------
    start, end : (3,) float64
        On the axis.
    cover : str
        What hides it.
    body : int or None
        Row of the body that does, where one is modelled.
    depth_m : float or None
        Buried: from the ground to the top of the pipe.
    reaches : tuple of Reach
        Least cover first.
    evidence : str
        What the answer rests on: ``body``, ``ceiling-body``, ``room-height``, ``between-rooms``,
        ``room``, ``ground``, ``below-lowest-floor``, or why nothing is known: ``no-room``.
    """

    start: Floats
    end: Floats
    cover: Cover
    body: int | None
    depth_m: float | None
    reaches: tuple[Reach, ...]
    evidence: str

    @property
    def length_m(self) -> float:
        """Measure it."""
        return float(np.linalg.norm(self.end - self.start))


@dataclass(frozen=True, slots=True)
class _Step:
    cover: Cover
    body: int | None
    rooms: tuple[tuple[int | None, Side, float], ...]
    depth: float | None
    evidence: str

    @property
    def key(self) -> tuple[object, ...]:
        return self.cover, self.body, tuple((r, s) for r, s, _ in self.rooms), self.evidence


def conceal(
    axis: Floats,
    radius: float,
    bodies: Sequence[Body],
    rooms: Sequence[RoomSpace],
    ground_m: float | None = None,
) -> list[Run]:
    """Tell what hides each run of a pipe.

    Parameters
    ----------
    axis : (k, 3) float64
        Metres; z up.
    radius : float
        Outer radius.
    bodies, rooms
        Whatever lies near, in the same frame; more does no harm.
    ground_m : float, optional
        Height of the ground over a pipe outdoors, where it is known.

    Returns
    -------
    runs : list of Run
        In order along the axis, without gaps.
    """
    axis = np.asarray(axis, dtype=np.float64)
    origin = np.floor(axis.mean(axis=0))
    surrounding = _Surrounding(
        [Body(kind=b.kind, triangles=b.triangles - origin) for b in bodies],
        [
            RoomSpace(
                footprint=shapely.transform(r.footprint, lambda xy: xy - origin[:2]),
                floor_z=r.floor_z - origin[2],
                ceiling_z=r.ceiling_z - origin[2],
                is_shaft=r.is_shaft,
            )
            for r in rooms
        ],
        radius,
        None if ground_m is None else ground_m - float(origin[2]),
    )
    runs: list[Run] = []
    for a, b in itertools.pairwise(axis - origin):
        length = float(np.linalg.norm(b - a))
        if length <= 0.0 and len(axis) > 2:
            continue
        count = min(_MOST_STEPS, max(1, math.ceil(length / STEP_M)))
        share = ((np.arange(count) + 0.5) / count)[:, None]
        steps = surrounding.steps(a + share * (b - a))
        at = 0
        for _, group in itertools.groupby(steps, key=lambda step: step.key):
            same = list(group)
            start, end = (a + (b - a) * (k / count) for k in (at, at + len(same)))
            at += len(same)
            runs.append(_run(same, start + origin, end + origin))
    return runs


def _run(steps: Sequence[_Step], start: Floats, end: Floats) -> Run:
    first = steps[0]
    covers = [min(step.rooms[k][2] for step in steps) for k in range(len(first.rooms))]
    depths = [step.depth for step in steps if step.depth is not None]
    return Run(
        start=start,
        end=end,
        cover=first.cover,
        body=first.body,
        depth_m=min(depths) if depths else None,
        reaches=tuple(
            sorted(
                (
                    Reach(room=room, side=side, cover_m=max(0.0, cover))
                    for (room, side, _), cover in zip(first.rooms, covers, strict=True)
                ),
                key=lambda reach: reach.cover_m,
            )
        ),
        evidence=first.evidence,
    )


class _Surrounding:
    """Bodies and rooms about a pipe, near the origin."""

    def __init__(
        self,
        bodies: Sequence[Body],
        rooms: Sequence[RoomSpace],
        radius: float,
        ground: float | None,
    ) -> None:
        self.bodies = bodies
        self.rooms = rooms
        self.radius = radius
        self.ground = ground
        self.plans = [room.footprint for room in rooms]
        for plan in self.plans:
            shapely.prepare(plan)

    def steps(self, points: Floats) -> list[_Step]:
        solid: list[int | None] = [None] * len(points)
        for row, body in enumerate(self.bodies):
            if body.kind == "ceiling":
                continue  # a panel: what lies in it is reached like what lies over it
            for k in np.flatnonzero(are_inside(points, body.triangles)).tolist():
                held = solid[k]
                if held is None or self.bodies[held].kind == "floor":
                    solid[k] = row
        return [self._step(point, body) for point, body in zip(points, solid, strict=True)]

    def _step(self, point: Floats, body: int | None) -> _Step:
        place = shapely.Point(point[0], point[1])
        here = [i for i, plan in enumerate(self.plans) if plan.intersects(place)]
        if body is not None:
            return self._in_body(point, place, here, body)
        z = float(point[2])
        inside = [i for i in here if self._holds(i, z)]
        shafts = [i for i in inside if self.rooms[i].is_shaft]
        if shafts:
            return _Step("shaft", None, ((shafts[0], "inside", 0.0),), None, "room")
        if inside:
            return self._in_room(point, inside[0])
        below = self._nearest_below(here, z)
        above = self._nearest_above(here, z)
        if below is not None or above is not None:
            return self._in_void(point, below, above)
        return self._beside(point, place)

    def _holds(self, row: int, z: float) -> bool:
        room = self.rooms[row]
        return room.floor_z - _SAME_M <= z <= room.ceiling_z + _SAME_M

    def _in_room(self, point: Floats, room: int) -> _Step:
        """Tell whether a ceiling hangs between the pipe and the room's floor."""
        over = self._ceiling_below(point, self.rooms[room].floor_z + _LOWEST_CEILING_M)
        if over is not None:
            row, underside = over
            cover = max(0.0, float(point[2]) - self.radius - underside)
            return _Step("ceiling", row, ((room, "below", cover),), None, "ceiling-body")
        return _Step("nothing", None, ((room, "inside", 0.0),), None, "room")

    def _ceiling_below(self, point: Floats, least: float) -> tuple[int, float] | None:
        """Return the suspended ceiling under a point and the height of its underside."""
        for row, body in enumerate(self.bodies):
            if body.kind == "ceiling":
                heights = heights_at(body.triangles, point[:2])
                heights = heights[(heights >= least) & (heights <= point[2] + _SAME_M)]
                if len(heights):
                    return row, float(heights.min())
        return None

    def _nearest_below(self, here: Sequence[int], z: float) -> int | None:
        """Return the room whose ceiling is nearest below."""
        found = [
            (z - self.rooms[i].ceiling_z, i)
            for i in here
            if 0.0 <= z - self.rooms[i].ceiling_z <= _TALLEST_VOID_M
        ]
        return min(found)[1] if found else None

    def _nearest_above(self, here: Sequence[int], z: float) -> int | None:
        """Return the room whose floor is nearest above."""
        found = [
            (self.rooms[i].floor_z - z, i)
            for i in here
            if 0.0 <= self.rooms[i].floor_z - z <= _TALLEST_VOID_M
        ]
        return min(found)[1] if found else None

    def _in_void(self, point: Floats, below: int | None, above: int | None) -> _Step:
        """Part what lies over a ceiling from what lies under a floor, by the slab between."""
        z = float(point[2])
        if below is not None:
            room = self.rooms[below]
            is_over_slab = above is not None and any(
                body.kind == "slab" and self._has_between(body, point, room.ceiling_z)
                for body in self.bodies
            )
            if not is_over_slab:
                over = self._ceiling_below(point, room.floor_z + _LOWEST_CEILING_M)
                row = None if over is None else over[0]
                cover = z - self.radius - (room.ceiling_z if over is None else over[1])
                evidence = "room-height" if over is None else "ceiling-body"
                return _Step("ceiling", row, ((below, "below", cover),), None, evidence)
        if above is None:
            raise AssertionError  # asked only with a room below or above
        up = max(0.0, self.rooms[above].floor_z - z - self.radius)
        reaches: tuple[tuple[int | None, Side, float], ...] = ((above, "above", up),)
        if below is None:
            return _Step("ground", None, reaches, up, "below-lowest-floor")
        return _Step("floor", None, reaches, None, "room-height")

    def _has_between(self, body: Body, point: Floats, low: float) -> bool:
        heights = heights_at(body.triangles, point[:2])
        return bool(((heights >= low - _SAME_M) & (heights <= point[2])).any())

    def _in_body(
        self, point: Floats, place: shapely.Point, here: Sequence[int], body: int
    ) -> _Step:
        kind = self.bodies[body].kind
        z = float(point[2])
        if kind in {"slab", "floor"}:
            reaches: list[tuple[int | None, Side, float]] = []
            above = self._nearest_above(here, z)
            below = self._nearest_below(here, z)
            for i in here:  # a floor that reaches into the room
                if self._holds(i, z):
                    above = i
            if above is not None:
                cover = max(0.0, _box(self.bodies[body])[1][2] - z - self.radius)
                reaches.append((above, "above", cover))
            if below is not None:
                cover = max(0.0, z - self.radius - _box(self.bodies[body])[0][2])
                reaches.append((below, "below", cover))
            return _Step("floor" if kind == "floor" else "slab", body, tuple(reaches), None, "body")
        cover_kind: Cover = "structure" if kind == "structure" else "wall"
        return _Step(cover_kind, body, self._sides(place, z), None, "body")

    def _beside(self, point: Floats, place: shapely.Point) -> _Step:
        """Outside of every room: in a wall that is not modelled, in the ground, or not known."""
        z = float(point[2])
        sides = self._sides(place, z)
        if len(sides) > 1 and sum(cover for _, _, cover in sides[:2]) <= _THICKEST_WALL_M:
            return _Step("wall", None, sides, None, "between-rooms")
        if self.ground is not None:
            depth = self.ground - z - self.radius
            if depth > 0.0:
                return _Step("ground", None, ((None, "above", depth),), depth, "ground")
            if not sides:
                return _Step("nothing", None, ((None, "inside", 0.0),), None, "ground")
        return _Step("unknown", None, (), None, "no-room")

    def _sides(self, place: shapely.Point, z: float) -> tuple[tuple[int | None, Side, float], ...]:
        """Return the nearest room on each side of a wall: of one direction only the nearest."""
        found: dict[Side, tuple[float, int]] = {}
        for i, plan in enumerate(self.plans):
            room = self.rooms[i]
            # Behind the suspended ceiling it is still that room from which one gets there.
            if not room.floor_z - 0.5 <= z <= room.ceiling_z + 1.2:
                continue
            away = float(plan.distance(place))
            if away > _REACH_M:
                continue
            side = _side(place, plan)
            if side not in found or (away, i) < found[side]:
                found[side] = (away, i)
        nearest = sorted((away - self.radius, i, side) for side, (away, i) in found.items())
        # In the order of the rooms: across a wall the nearer side changes, the run does not.
        return tuple(sorted((i, side, max(0.0, away)) for away, i, side in nearest[:2]))


def _side(place: shapely.Point, plan: Polygon | MultiPolygon) -> Side:
    """Tell in which direction a room lies; of one that is touched, where it begins."""
    inner = plan.buffer(-_INWARD_M)
    end = shapely.get_coordinates(shapely.shortest_line(place, plan if inner.is_empty else inner))
    dx, dy = end[-1, 0] - place.x, end[-1, 1] - place.y
    if math.hypot(dx, dy) < _SAME_M:
        return "inside"
    return _SIDES[round(math.degrees(math.atan2(dy, dx)) / 45.0) % 8]


def _box(body: Body) -> tuple[Floats, Floats]:
    corners = body.triangles.reshape(-1, 3)
    return corners.min(axis=0), corners.max(axis=0)
