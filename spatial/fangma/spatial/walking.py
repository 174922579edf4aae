"""How far it is on foot: through doors, along rooms, by stairs and lifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: A metre up the stairs costs as much as so many along a corridor.
CLIMB: Final = 4.0
#: Where no way through doors is known, straight in plan times this.
DETOUR: Final = 1.4
# A door stands in the wall, this far from the faces of the rooms on its two sides at most.
_WALL_M: Final = 0.6
_LEVEL_M: Final = 0.9
_OVERLAP: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A room that one walks through.

    Attributes
    ----------
    outline : shapely Geometry
        In plan, metres.
    floor_z, top_z : float
    climbs : bool
        Stairs or a lift: joined with the one above and the one below.
    """

    outline: shapely.Geometry
    floor_z: float
    top_z: float
    climbs: bool = False


def walking_distances(
    places: NDArray[np.float64], floors: Sequence[Floor], doors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Measure the way between places.

    Within a room one walks straight, from room to room through a door that lies at both, from
    storey to storey where stairs or lifts stand above each other.

    Parameters
    ----------
    places : (n, 3) float64
        Metres.
    floors : sequence of Floor
    doors : (m, 3) float64
        Middle of the threshold of each.

    Returns
    -------
    distances : (n, n) float64
        Metres of level way; where no way is known :data:`DETOUR` times the plan distance and
        :data:`CLIMB` times the height, so that none is infinite.
    """
    n = len(places)
    rough = DETOUR * np.hypot(
        *(places[:, None, axis] - places[None, :, axis] for axis in (0, 1))
    ) + CLIMB * np.abs(places[:, None, 2] - places[None, :, 2])
    if not floors or not n:
        return rough
    cores = np.array(
        [[*_middle(floor.outline), floor.floor_z] for floor in floors if floor.climbs]
    ).reshape(-1, 3)
    nodes = np.concatenate([places, doors.reshape(-1, 3), cores])
    inside = _rooms_of_places(places, floors)
    inside += _rooms_of_doors(doors, floors)
    inside += [[i] for i, floor in enumerate(floors) if floor.climbs]
    rows, columns, costs = _within(nodes, inside, len(floors))
    up = _between(floors, n + len(doors))
    rows, columns = [*rows, *up[0]], [*columns, *up[1]]
    costs = [*costs, *up[2]]
    # Zero would be no edge to scipy.
    graph = coo_matrix(
        (np.maximum(np.array(costs, dtype=float), 1e-6), (rows, columns)),
        shape=(len(nodes), len(nodes)),
    ).tocsr()
    found = dijkstra(graph, directed=False, indices=np.arange(n))[:, :n]
    ways: NDArray[np.float64] = np.where(np.isfinite(found), found, rough)
    return (ways + ways.T) / 2


def _middle(outline: shapely.Geometry) -> tuple[float, float]:
    point = shapely.point_on_surface(outline)
    return float(shapely.get_x(point)), float(shapely.get_y(point))


def _rooms_of_places(places: NDArray[np.float64], floors: Sequence[Floor]) -> list[list[int]]:
    """Put each place into the room that holds it, else into the nearest on its storey."""
    outlines = np.array([floor.outline for floor in floors])
    low = np.array([floor.floor_z for floor in floors])
    top = np.array([floor.top_z for floor in floors])
    found: list[list[int]] = []
    for x, y, z in places.tolist():
        on_storey = np.flatnonzero((low - _LEVEL_M <= z) & (z <= top + _LEVEL_M))
        if not len(on_storey):
            found.append([])
            continue
        away = shapely.distance(outlines[on_storey], shapely.Point(x, y))
        # Of rooms one above the other, that whose floor is nearest below.
        below = np.abs(z - low[on_storey])
        best = np.lexsort((below, np.round(away, 2)))[0]
        found.append([int(on_storey[best])] if away[best] <= 2 * _WALL_M else [])
    return found


def _rooms_of_doors(doors: NDArray[np.float64], floors: Sequence[Floor]) -> list[list[int]]:
    tree = shapely.STRtree([floor.outline for floor in floors])
    found = []
    for x, y, z in doors.tolist():
        near = tree.query(shapely.Point(x, y), predicate="dwithin", distance=_WALL_M)
        found.append([int(i) for i in near if abs(floors[i].floor_z - z) <= _LEVEL_M])
    return found


def _within(
    nodes: NDArray[np.float64], inside: list[list[int]], count: int
) -> tuple[list[int], list[int], list[float]]:
    members: list[list[int]] = [[] for _ in range(count)]
    for node, rooms in enumerate(inside):
        for room in rooms:
            members[room].append(node)
    rows, columns, costs = [], [], []
    for here in members:
        for i, a in enumerate(here):
            for b in here[i + 1 :]:
                rows.append(a)
                columns.append(b)
                costs.append(float(np.hypot(*(nodes[a, :2] - nodes[b, :2]))))
    return rows, columns, costs


def _between(floors: Sequence[Floor], first: int) -> tuple[list[int], list[int], list[float]]:
    """Join each flight of stairs or lift with the next above that stands over it."""
    climbing = [i for i, floor in enumerate(floors) if floor.climbs]
    rows, columns, costs = [], [], []
    for a, i in enumerate(climbing):
        low = floors[i]
        above = [
            (floors[j].floor_z - low.floor_z, b)
            for b, j in enumerate(climbing)
            if floors[j].floor_z > low.floor_z + 1.0
            and low.outline.intersection(floors[j].outline).area
            >= _OVERLAP * min(low.outline.area, floors[j].outline.area)
        ]
        if above:
            rise, b = min(above)
            rows.append(first + a)
            columns.append(first + b)
            costs.append(CLIMB * rise)
    return rows, columns, costs
