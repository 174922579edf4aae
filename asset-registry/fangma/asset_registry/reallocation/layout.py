"""Where rooms lie to one another: which are beside which, and how far it is to walk.

Ways go from door to door where doors are known (rooms are the nodes, corridors among them), up and
down where stairs or lifts stand over one another; else straight over the plan, with so many metres
for each storey. They are reckoned between zones, squares of a storey, not between single rooms.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fangma.asset_registry.reallocation.assumptions import Assumptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a room lies.

    Attributes
    ----------
    x_m, y_m : float or None
        Middle of its floor, east and north in the site's CRS.
    level : int
        Storeys above the ground floor.
    is_shaft : bool
        Stairs or a lift: one may go up and down here.
    """

    building: str
    storey: str
    level: int
    x_m: float | None = None
    y_m: float | None = None
    is_shaft: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Rooms in place.

    Attributes
    ----------
    spots : mapping of room to Spot
        Corridors and stairs too.
    beside : mapping of room to set of rooms
        Through one wall, both ways.
    doors : tuple of (room, room)
    """

    spots: Mapping[str, Spot]
    beside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    doors: tuple[tuple[str, str], ...] = ()


def zones_of(layout: Layout, side_m: float) -> dict[str, str]:
    """Return the zone of each room: its storey, cut into squares of ``side_m``."""
    corner: dict[str, tuple[float, float]] = {}
    for spot in layout.spots.values():
        if spot.x_m is not None and spot.y_m is not None:
            x, y = corner.get(spot.building, (math.inf, math.inf))
            corner[spot.building] = (min(x, spot.x_m), min(y, spot.y_m))
    found = {}
    for code, spot in layout.spots.items():
        zone = f"{spot.building} {spot.storey}"
        if side_m > 0 and spot.x_m is not None and spot.y_m is not None:
            x, y = corner[spot.building]
            zone += f" {int((spot.x_m - x) // side_m)}:{int((spot.y_m - y) // side_m)}"
        found[code] = zone
    return found


def ways_between(
    layout: Layout, zones: Mapping[str, str], wanted: Iterable[str], given: Assumptions
) -> dict[tuple[str, str], int]:
    """Return the metres from each zone to each other that is wanted, both ways alike.

    Parameters
    ----------
    zones : mapping of room to zone
        As :func:`zones_of` returned it.
    wanted : iterable of str
        Zones.
    """
    codes = sorted(layout.spots)
    number = {code: n for n, code in enumerate(codes)}
    names = sorted(set(wanted))
    heart = _hearts(layout, zones, set(names))
    walked = _walked(layout, codes, number, [number[heart[name]] for name in names], given)
    found = {}
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            metres = walked[i, number[heart[b]]]
            if not math.isfinite(metres):
                metres = _straight(layout.spots[heart[a]], layout.spots[heart[b]], given)
            found[a, b] = found[b, a] = round(metres)
    return found


def _hearts(layout: Layout, zones: Mapping[str, str], wanted: set[str]) -> dict[str, str]:
    """Return the room nearest to the middle of each zone."""
    members: dict[str, list[str]] = defaultdict(list)
    for code, zone in zones.items():
        if zone in wanted:
            members[zone].append(code)
    found = {}
    for zone, codes in members.items():
        placed = [
            (code, spot.x_m, spot.y_m)
            for code in sorted(codes)
            if (spot := layout.spots[code]).x_m is not None and spot.y_m is not None
        ]
        if not placed:
            found[zone] = min(codes)
            continue
        x = sum(each[1] or 0.0 for each in placed) / len(placed)
        y = sum(each[2] or 0.0 for each in placed) / len(placed)
        found[zone] = min(
            placed, key=lambda each: (math.hypot((each[1] or 0) - x, (each[2] or 0) - y), each[0])
        )[0]
    return found


def _walked(
    layout: Layout,
    codes: list[str],
    number: Mapping[str, int],
    sources: list[int],
    given: Assumptions,
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the shortest ways through doors, stairs and lifts; infinite where there is none."""
    edges: dict[tuple[int, int], float] = {}
    for a, b in layout.doors:
        if a in number and b in number:
            step = _straight(layout.spots[a], layout.spots[b], given)
            edges[number[a], number[b]] = max(step, 0.1)
    for a, b in _shafts(layout):
        rise = abs(layout.spots[a].level - layout.spots[b].level)
        edges[number[a], number[b]] = given["storey_change_m"].value * max(rise, 1)
    if not edges or not sources:
        return np.full((len(sources), len(codes)), np.inf)
    rows, columns = np.array(list(edges)).T
    graph = coo_matrix((list(edges.values()), (rows, columns)), shape=(len(codes), len(codes)))
    return np.asarray(dijkstra(graph.tocsr(), directed=False, indices=sources), dtype=np.float64)


def _shafts(layout: Layout) -> list[tuple[str, str]]:
    """Return stairs and lifts that stand over one another on neighbouring storeys."""
    by_level: dict[tuple[str, int], list[str]] = defaultdict(list)
    for code, spot in sorted(layout.spots.items()):
        if spot.is_shaft and spot.x_m is not None:
            by_level[spot.building, spot.level].append(code)
    found = []
    for (building, level), codes in by_level.items():
        for a in codes:
            for b in by_level.get((building, level + 1), ()):
                one, other = layout.spots[a], layout.spots[b]
                if (
                    math.hypot((one.x_m or 0) - (other.x_m or 0), (one.y_m or 0) - (other.y_m or 0))
                    <= _OVER_M
                ):
                    found.append((a, b))
    return found


_OVER_M = 3.0


def _straight(a: Spot, b: Spot, given: Assumptions) -> float:
    """Return the way over the plan and up or down, with nothing known of doors."""
    plan = 0.0
    if a.x_m is not None and a.y_m is not None and b.x_m is not None and b.y_m is not None:
        plan = math.hypot(a.x_m - b.x_m, a.y_m - b.y_m)
    elif a.building != b.building:
        plan = given["building_change_m"].value
    rise = abs(a.level - b.level) if a.building == b.building else abs(a.level) + abs(b.level)
    return plan + rise * given["storey_change_m"].value
