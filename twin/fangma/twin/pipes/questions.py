"""The answers of ``near``, ``drill`` and ``trace``, as CONTRACTS has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fangma.asset_registry.store import networks as stored
from fangma.asset_registry.store.networks import NetworkError
from fangma.spatial.drilling import Dig, Drill, drill as judge
from fangma.spatial.networks.graph import shortest_path
from fangma.spatial.networks.tracing import cut_off, trace as follow
from fangma.twin.pipes.needs import Joined, about

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.asset_registry.store.networks import EntryRow
    from fangma.spatial.drilling import Drilling
    from fangma.spatial.networks.tracing import Direction
    from fangma.spatial.prisms import Prism
    from fangma.twin.pipes.book import Covered, PipeBook
    from fangma.twin.pipes.needs import Need, ReadBook

_STEPS_ALONG_DRILL: Final = 5
# What lies farther from a hole or pit has no bearing on it; of large networks, how far off the
# nearest are sought before all are read.
_REACH_M: Final = 50.0
_REACHES_M: Final = (_REACH_M, 500.0)
_STEPS_IN_PIT: Final = 6
# Nobody knows where the ground is: then a pit is as deep and as high as anything.
_ANYWHERE_M: Final = 1000.0


def near(
    book: PipeBook,
    place: NDArray[np.float64] | Sequence[Prism],
    *,
    count: int,
    within_m: float | None,
) -> dict[str, Any]:
    """Answer what is nearest to a point, or to the surface of a room or an element."""
    plan, depth = book.accuracy.plan_m, book.accuracy.depth_m
    index = book.proximity
    if isinstance(place, np.ndarray):
        hits = index.near(place, count=count, within_m=within_m)
    else:
        hits = index.near_body(place, count=count, within_m=within_m)
    items = []
    for found in hits:
        part, sigma = book.parts[found.owner], max(plan[found.owner], depth[found.owner])
        items.append(
            {
                "code": part.code,
                "kind": part.kind,
                "system": part.system,
                "distance_m": round(max(0.0, found.distance_m), 6),
                "uncertainty_m": None if np.isnan(sigma) else float(sigma),
            }
        )
    return {"items": items}


def nearest(
    read: ReadBook,
    place: NDArray[np.float64] | Sequence[Prism],
    *,
    count: int,
    within_m: float | None,
) -> tuple[PipeBook, dict[str, Any]]:
    """Answer as :func:`near` from no more of the networks than it takes; and give that book."""
    for reach_m in _REACHES_M:
        book = read(about(_corners(place), reach_m))
        found = near(book, place, count=count, within_m=within_m)
        items = found["items"]
        is_far = within_m is None or within_m > reach_m
        if book.is_whole or not is_far:
            return book, found
        if len(items) == count and items[-1]["distance_m"] <= reach_m:
            return book, found
    book = read(None)
    return book, near(book, place, count=count, within_m=within_m)


def near_hole(hole: Drill) -> Need:
    """Say what :func:`drill` needs."""
    return about(np.array([hole.start, hole.end]), _REACH_M)


def near_box(box: Sequence[float]) -> Need:
    """Say what reaches into a box in plan: least x and y, then greatest, metres."""
    x0, y0, x1, y1 = box
    return about(np.array([[x0, y0, -_ANYWHERE_M], [x1, y1, _ANYWHERE_M]]), 0.0)


def near_pit(outline: Polygon | MultiPolygon) -> Need:
    """Say what :func:`dig` needs."""
    return near_box(outline.buffer(_REACH_M).bounds)


def _corners(place: NDArray[np.float64] | Sequence[Prism]) -> NDArray[np.float64]:
    if isinstance(place, np.ndarray):
        return place[None]
    return np.concatenate(
        [
            np.column_stack([prism.corners, np.full(len(prism.corners), z)])
            for prism in place
            for z in (prism.low, prism.high)
        ]
    )


def drill(book: PipeBook, hole: Drill) -> dict[str, Any]:
    """Answer whether a hole may be drilled.

    ``instead`` holds the nearest parallel hole that is green, ``systems`` what the data know of.
    """
    share = np.linspace(0.0, 1.0, _STEPS_ALONG_DRILL)[:, None]
    covering = book.covering(hole.start + share * (hole.end - hole.start))
    found = judge(book.proximity, book.accuracy, hole, data_missing=covering is None)
    instead = None
    if found.instead is not None:
        other = hole.moved(found.instead)
        if book.covering(other.start + share * (other.end - other.start)) is not None:
            instead = {
                "from": np.round(other.start, 3).tolist(),
                "to": np.round(other.end, 3).tolist(),
            }
    return {**_judged(book, found, covering), "instead": instead}


def dig(
    book: PipeBook,
    outline: Polygon | MultiPolygon,
    depth_m: float,
    ground_m: float | None = None,
) -> dict[str, Any]:
    """Answer whether a pit may be dug.

    Parameters
    ----------
    outline : Polygon or MultiPolygon
        In plan, the site's CRS.
    ground_m : float, optional
        Height of the ground. Without it that of the surveyed points about; where there are none
        the answer is never green.

    Returns
    -------
    answer : dict
        As :func:`drill`; ``instead`` is the same outline elsewhere, as WKT.
    """
    ground = ground_m if ground_m is not None else book.ground_about(outline)
    if ground is None:
        pit = Dig(outline=outline, low=-_ANYWHERE_M, high=_ANYWHERE_M)
        covering = None
    else:
        pit = Dig(outline=outline, low=ground - depth_m, high=ground)
        covering = book.covering(_stops(pit))
    found = judge(book.proximity, book.accuracy, pit, data_missing=covering is None)
    instead = None
    if found.instead is not None:
        other = pit.moved(found.instead)
        if book.covering(_stops(other)) is not None:
            instead = {
                "outline": shapely.to_wkt(other.outline, rounding_precision=3),
                "shift_m": np.round(found.instead[:2], 3).tolist(),
            }
    return {
        **_judged(book, found, covering),
        "instead": instead,
        "ground_m": None if ground is None else round(ground, 3),
        "depth_m": depth_m,
    }


def _stops(pit: Dig) -> NDArray[np.float64]:
    """Spread points over a pit: its corners and a grid inside, at the top and at the bottom."""
    x0, y0, x1, y1 = pit.outline.bounds
    xs, ys = np.linspace(x0, x1, _STEPS_IN_PIT), np.linspace(y0, y1, _STEPS_IN_PIT)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    inside = grid[shapely.contains_xy(pit.outline, grid[:, 0], grid[:, 1])]
    flat = np.concatenate([shapely.get_coordinates(pit.outline), inside])
    return np.concatenate(
        [np.column_stack([flat, np.full(len(flat), z)]) for z in (pit.low, pit.high)]
    )


def _judged(book: PipeBook, found: Drilling, covering: list[Covered] | None) -> dict[str, Any]:
    items = [
        {
            "code": book.parts[item.owner].code,
            "kind": book.parts[item.owner].kind,
            "system": book.parts[item.owner].system,
            "clearance_m": round(item.clearance_m, 6),
            "uncertainty_m": round(item.uncertainty_m, 6),
            "hit_probability": round(item.hit_probability, 6),
        }
        for item in found.items
    ]
    resting = [book.day_of(item.owner) for item in found.items]
    known = [each.oldest for each in covering or ()]
    days = [day for day in (resting or known) if day is not None]
    systems = {system for each in covering or () for system in each.systems}
    return {
        "verdict": found.verdict,
        "items": items,
        "data_age_days": None if not days else max(0, (book.at.date() - min(days)).days),
        "systems": sorted(systems),
    }


def trace(
    conn: Connection,
    read: ReadBook,
    code: str,
    direction: Direction,
    moment: Moment,
    to: str | None = None,
) -> dict[str, Any]:
    """Answer what feeds a part and what it feeds; closed valves are reached, not passed.

    Beside that: ``dead_ends``, ``looped`` (reached parts that a break elsewhere would not cut off,
    since they lie on a loop), ``cut_off`` (parts of the same network that no source reaches as
    valves stand), and with ``to`` the shortest ``path`` to another part.
    """
    entry = stored.find(conn, code)
    other = None if to is None else stored.find(conn, to)
    book = read(Joined(frozenset(each.id for each in (entry, other) if each is not None)))
    start = row_of(book, entry)
    closed = book.closed
    network = book.oriented
    found = follow(network, start, direction, closed)
    reached = found.reached.tolist()
    sources = follow(book.guessed, start, direction, closed).sources.tolist()
    upstream = {*follow(network, start, "up", closed).reached.tolist(), start}
    here = network.component == network.component[start]
    dry = [row for row in cut_off(book.guessed, closed).tolist() if here[row]]
    answer: dict[str, Any] = {
        "codes": sorted(codes_of(book, reached)),
        "sources": codes_of(book, [row for row in sources if row in upstream]),
        "terminals": codes_of(book, (row for row in reached if book.parts[row].kind == "terminal")),
        "rooms": rooms_served(conn, book, reached, moment),
        "dead_ends": codes_of(book, found.dead_ends.tolist()),
        "looped": sorted(codes_of(book, (row for row in reached if book.looped[row]))),
        "cut_off": sorted(codes_of(book, dry)),
    }
    if other is not None:
        way = shortest_path(network, start, row_of(book, other), closed)
        answer["path"] = None if way is None else codes_of(book, way.tolist())
    return answer


def row_of(book: PipeBook, entry: EntryRow) -> int:
    """Return the row of a part.

    Raises
    ------
    NetworkError
        When it is part of no network then.
    """
    row = book.row_of.get(entry.id)
    if row is None:
        raise NetworkError(
            f"{entry.code} is a {entry.kind} that is part of no network then, expected a pipe, "
            "fitting, valve, terminal or device",
            "list them with fangma list pipe",
        )
    return row


def codes_of(book: PipeBook, rows: Iterable[int]) -> list[str]:
    """Return the codes of rows, in their order."""
    return [code for row in rows if (code := book.parts[row].code) is not None]


def rooms_served(
    conn: Connection, book: PipeBook, rows: Iterable[int], moment: Moment
) -> list[str]:
    """Return the rooms in which something is used: taps, radiators, machines."""
    ids: list[UUID] = [
        book.parts[row].id for row in rows if book.parts[row].kind in {"terminal", "device"}
    ]
    return stored.rooms_of(conn, ids, moment) if ids else []


def main_ends(book: PipeBook) -> NDArray[np.bool_]:
    """Guess where a piece of network without known source begins, to tell up from down.

    The open end of the thickest pipe; of a drain the lowest open end, where it runs out. Only a
    guess, so no valve is left open because of it.
    """
    network = book.network
    guess = np.zeros(network.count, dtype=bool)
    degree = np.diff(network.joined.indptr)
    has = np.zeros(int(network.component.max(initial=-1)) + 1, dtype=bool)
    has[network.component[network.sources]] = True
    best: dict[int, tuple[tuple[float, float], int]] = {}
    for row in np.flatnonzero((degree == 1) & ~has[network.component]).tolist():
        axis = book.axes[row]
        if book.parts[row].kind != "pipe" or axis is None:
            continue
        low, wide = float(axis[:, 2].min()), -(book.parts[row].outer_diameter_m or 0.0)
        rank = (low, wide) if network.is_drain[row] else (wide, low)
        piece = int(network.component[row])
        if piece not in best or (rank, row) < best[piece]:
            best[piece] = (rank, row)
    guess[[row for _, row in best.values()]] = True
    return guess
