"""The answers of ``near``, ``drill``, ``trace`` and ``isolate``, as CONTRACTS has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.asset_registry.store import networks as stored
from fangma.asset_registry.store.networks import NetworkError
from fangma.spatial.drilling import Drill, drill as judge
from fangma.spatial.networks.isolating import ValveSegments
from fangma.spatial.networks.tracing import orient, trace as follow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.spatial.networks.graph import Network
    from fangma.spatial.networks.isolating import Choice
    from fangma.spatial.networks.tracing import Direction
    from fangma.twin.pipes.book import PipeBook

_WHY: Final = {
    "stuck": "it is stuck",
    "unknown": "its position is not known, so that it cannot be relied on",
}
_STEPS_ALONG_DRILL: Final = 5


def near(
    book: PipeBook, point: NDArray[np.float64], *, count: int, within_m: float | None
) -> dict[str, Any]:
    """Answer what is nearest to a point."""
    plan, depth = book.accuracy.plan_m, book.accuracy.depth_m
    items = []
    for found in book.proximity.near(point, count=count, within_m=within_m):
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


def drill(book: PipeBook, hole: Drill) -> dict[str, Any]:
    """Answer whether a hole may be drilled.

    ``instead`` holds the nearest parallel hole that is green, ``systems`` what the data know of.
    """
    share = np.linspace(0.0, 1.0, _STEPS_ALONG_DRILL)[:, None]
    covering = book.covering(hole.start + share * (hole.end - hole.start))
    found = judge(book.proximity, book.accuracy, hole, data_missing=covering is None)
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
    resting = [item.owner for item in found.items]
    rows = [row for each in covering or () for row in each.rows.tolist()]
    days = [day for row in resting or rows if (day := book.day_of(row)) is not None]
    systems = {system for row in rows if (system := book.parts[row].system) is not None}
    instead = None
    if found.instead is not None:
        start, end = found.instead
        instead = {"from": np.round(start, 3).tolist(), "to": np.round(end, 3).tolist()}
    return {
        "verdict": found.verdict,
        "items": items,
        "data_age_days": None if not days else max(0, (book.at.date() - min(days)).days),
        "instead": instead,
        "systems": sorted(systems),
    }


def trace(
    conn: Connection, book: PipeBook, code: str, direction: Direction, moment: Moment
) -> dict[str, Any]:
    """Answer what feeds a part and what it feeds; closed valves are reached, not passed."""
    start = _row(conn, book, code)
    guessed = replace(book.network, is_source=book.network.is_source | _main_ends(book))
    network = replace(book.network, flow=orient(guessed))
    found = follow(network, start, direction, _standing(book, "closed"))
    reached = found.reached.tolist()
    sources = follow(guessed, start, direction, _standing(book, "closed")).sources.tolist()
    upstream = {*follow(network, start, "up", _standing(book, "closed")).reached.tolist(), start}
    return {
        "codes": sorted(_codes(book, reached)),
        "sources": _codes(book, [row for row in sources if row in upstream]),
        "terminals": _codes(book, (row for row in reached if book.parts[row].kind == "terminal")),
        "rooms": _rooms_served(conn, book, reached, moment),
        "dead_ends": _codes(book, found.dead_ends.tolist()),
    }


def isolate(
    conn: Connection, book: PipeBook, codes: Sequence[str], moment: Moment
) -> dict[str, Any]:
    """Answer what must be closed to shut some parts, or all parts of rooms, off."""
    targets: list[int] = []
    for code in codes:
        entry = stored.find(conn, code)
        if entry.kind == "room":
            inside = stored.contents_of_room(conn, entry.id, moment)
            rows = [book.row_of[each] for each in inside if each in book.row_of]
            targets += [row for row in rows if not book.network.is_drain[row]]
        else:
            targets.append(_row(conn, book, code))
    closed = _standing(book, "closed")
    unreliable = _standing(book, "stuck") | _standing(book, "unknown")
    working = book.network.is_valve & ~closed & ~unreliable
    segments = ValveSegments(book.network, working=working, closed=closed)
    found = segments.isolate(np.array(targets, dtype=np.int64))
    isolated = found.best.isolated.tolist()
    return {
        "valves": _codes(book, found.best.valves.tolist()),
        "isolated": sorted(_codes(book, isolated)),
        "rooms": _rooms_served(conn, book, isolated, moment),
        "skipped": [
            {"valve": book.parts[row].code, "why": _WHY[book.parts[row].position or "unknown"]}
            for row in found.skipped.tolist()
        ],
        "possible": found.possible,
        "alternatives": [] if found.fewest is None else [_choice(book, found.fewest)],
    }


def _choice(book: PipeBook, choice: Choice) -> dict[str, Any]:
    return {
        "valves": _codes(book, choice.valves.tolist()),
        "isolated": sorted(_codes(book, choice.isolated.tolist())),
    }


def _row(conn: Connection, book: PipeBook, code: str) -> int:
    entry = stored.find(conn, code)
    row = book.row_of.get(entry.id)
    if row is None:
        raise NetworkError(
            f"{code} is a {entry.kind} that is part of no network then, expected a pipe, fitting, "
            "valve, terminal or device",
            "list them with fangma list pipe",
        )
    return row


def _codes(book: PipeBook, rows: Iterable[int]) -> list[str]:
    return [code for row in rows if (code := book.parts[row].code) is not None]


def _standing(book: PipeBook, position: str) -> NDArray[np.bool_]:
    return np.array([part.position == position for part in book.parts], dtype=bool)


def _rooms_served(
    conn: Connection, book: PipeBook, rows: Iterable[int], moment: Moment
) -> list[str]:
    """Return the rooms in which something is used: taps, radiators, machines."""
    ids: list[UUID] = [
        book.parts[row].id for row in rows if book.parts[row].kind in {"terminal", "device"}
    ]
    return stored.rooms_of(conn, ids, moment) if ids else []


def _main_ends(book: PipeBook) -> NDArray[np.bool_]:
    """Guess where a piece of network without known source begins, to tell up from down.

    The open end of the thickest pipe; of a drain the lowest open end, where it runs out. Only a
    guess, so no valve is left open because of it.
    """
    network: Network = book.network
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
