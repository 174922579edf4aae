"""Rooms, doors and storeys that do not fit each other. Pure over measured bodies; metres."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from shapely.geometry import box
from shapely.strtree import STRtree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fangma.bim_import.bodies import Body
    from fangma.bim_import.model import Element, Storey

#: A complaint: rule, element or None, and what was found; of two elements both, for who may see one
#: of them alone must not read what the other is called.
Found = tuple[str, "Element | tuple[Element, Element] | None", str]

_OVERLAP_M2: Final = 0.1
_OVERLAP_SHARE: Final = 0.01
_OVERLAP_HEIGHT_M: Final = 0.1
_WALL_M: Final = 0.4  # rooms nearer than this have a wall between them, no gap
_GAP_M2: Final = 1.5
_AT_DOOR_M: Final = 0.5
_LOW_M: Final = 2.1
_HIGH_M: Final = 9.0
_DISAGREES: Final = 0.05
_NUMBER: Final = re.compile(r"-?\d+")


def overlapping_rooms(rooms: Sequence[Element], bodies: Mapping[int, Body]) -> Iterator[Found]:
    """Find rooms that take each other's space, on one storey or through the floor between two."""
    known = [(e, b) for e in rooms if (b := bodies.get(e.key)) is not None and b.footprint]
    if len(known) < 2:
        return
    plans = [b.footprint for _, b in known]
    tree = STRtree(plans)
    left, right = tree.query(plans, predicate="intersects")
    keep = left < right
    left, right = left[keep], right[keep]
    one, other = np.array(plans, dtype=object)[left], np.array(plans, dtype=object)[right]
    shared = shapely.area(shapely.intersection(one, other))
    least = np.minimum(shapely.area(one), shapely.area(other))
    for i, j, common, smaller in zip(
        left.tolist(), right.tolist(), shared.tolist(), least.tolist(), strict=True
    ):
        (a, body_a), (b, body_b) = known[i], known[j]
        up = min(body_a.box[5], body_b.box[5]) - max(body_a.box[2], body_b.box[2])
        if common < max(_OVERLAP_M2, _OVERLAP_SHARE * smaller) or up < _OVERLAP_HEIGHT_M:
            continue
        rule = "rooms-overlap" if a.storey == b.storey else "room-above-room"
        yield rule, (a, b), f"{called(a)} / {called(b)}: {common:.2f} m², {up:.2f} m"


def gaps(rooms: Sequence[Element], bodies: Mapping[int, Body]) -> Iterator[Found]:
    """Find areas that rooms of one storey enclose and that belong to none."""
    by_storey: dict[int | None, list[Element]] = defaultdict(list)
    for room in rooms:
        by_storey[room.storey].append(room)
    for here in by_storey.values():
        plans = [b.footprint for e in here if (b := bodies.get(e.key)) is not None and b.footprint]
        if len(plans) < 3:
            continue
        half = _WALL_M / 2
        whole = shapely.union_all(shapely.buffer(plans, half, join_style="mitre"))
        for part in getattr(whole, "geoms", [whole]):
            for ring in part.interiors:
                hole = shapely.Polygon(ring).buffer(half, join_style="mitre")
                if hole.area > _GAP_M2:
                    x, y = hole.representative_point().coords[0]
                    near = min(here, key=lambda e: _away(e, bodies, x, y))
                    yield "gap-between-rooms", near, f"{hole.area:.1f} m² @ {x:.1f}, {y:.1f}"


def _away(room: Element, bodies: Mapping[int, Body], x: float, y: float) -> float:
    body = bodies.get(room.key)
    if body is None or body.footprint is None:
        return float("inf")
    return float(body.footprint.distance(shapely.Point(x, y)))


def stray_doors(
    elements: Sequence[Element], rooms: Sequence[Element], bodies: Mapping[int, Body]
) -> Iterator[Found]:
    """Find doors with no room on either side; only where there are rooms at all."""
    known = [b for e in rooms if (b := bodies.get(e.key)) is not None]
    if not known:
        return
    tree = STRtree([b.footprint or box(*_plan(b)) for b in known])
    for door in elements:
        body = bodies.get(door.key)
        if body is None or not door.ifc_class.startswith("IfcDoor"):
            continue
        x0, y0, x1, y1 = _plan(body)
        reach = box(x0 - _AT_DOOR_M, y0 - _AT_DOOR_M, x1 + _AT_DOOR_M, y1 + _AT_DOOR_M)
        beside = [known[k] for k in tree.query(reach, predicate="intersects").tolist()]
        if not any(r.box[2] < body.box[5] and body.box[2] < r.box[5] for r in beside):
            yield "door-to-nowhere", door, called(door)


def _plan(body: Body) -> tuple[float, float, float, float]:
    return body.box[0], body.box[1], body.box[3], body.box[4]


def odd_storeys(storeys: Sequence[Storey]) -> Iterator[Found]:
    """Find storeys whose numbers do not rise with their heights, and unlikely storey heights."""
    by_building: dict[int, list[Storey]] = defaultdict(list)
    for storey in storeys:
        if not storey.inferred:
            by_building[storey.building].append(storey)
    for of_building in by_building.values():
        ordered = sorted(of_building, key=lambda s: s.elevation_m)
        for low, high in pairwise(ordered):
            rise = high.elevation_m - low.elevation_m
            told = f"{low.name} {low.elevation_m:+.2f} m, {high.name} {high.elevation_m:+.2f} m"
            if not _LOW_M <= rise <= _HIGH_M:
                yield "storey-height", None, told
            a, b = _level(low.name), _level(high.name)
            if a is not None and b is not None and b < a:
                yield "storeys-out-of-order", None, told


def _level(name: str) -> int | None:
    """Read which storey a name says: B1 is -1, the roof none."""
    found = _NUMBER.findall(name)
    if len(found) != 1:
        return None
    number = int(found[0])
    below = re.match(r"(?i)\s*(b|地下|负|basement|ug|kg)", name) is not None
    return -abs(number) if below else number


def odd_areas(rooms: Sequence[Element], bodies: Mapping[int, Body]) -> Iterator[Found]:
    """Find rooms without declared area, without body, or where both disagree by over 5 %."""
    for room in rooms:
        body = bodies.get(room.key)
        if body is None:
            yield "room-without-body", room, called(room)
        if not room.declared_areas:
            yield "no-area-quantity", room, called(room)
            continue
        measured = None if body is None else body.area_m2
        if measured is None:
            continue
        nearest = min(room.declared_areas, key=lambda a: abs(a.value_m2 - measured))
        if abs(nearest.value_m2 - measured) > max(0.5, _DISAGREES * measured):
            told = f"{measured:.2f} m², {nearest.set}.{nearest.name} {nearest.value_m2:.2f} m²"
            yield "area-disagrees", room, f"{called(room)}: {told}"


def called(element: Element) -> str:
    """Say what a thing is called, in as many words as there are."""
    words = filter(None, (element.number, element.long_name or element.name))
    return " ".join(dict.fromkeys(words)) or element.guid or f"#{element.key}"
