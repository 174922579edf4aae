"""What to close: the answer of ``isolate``, who goes dry, and what else is closed that day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.asset_registry.closures.lifecycle import OPEN
from fangma.asset_registry.store import closures, networks as stored
from fangma.spatial.networks.isolating import ValveSegments
from fangma.twin.pipes.needs import Joined
from fangma.twin.pipes.questions import codes_of, rooms_served, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.spatial.networks.isolating import Choice
    from fangma.twin.pipes.book import PipeBook
    from fangma.twin.pipes.needs import ReadBook

# Codes for who says it in another language, and the English words.
_WHY: Final = {
    "stuck": "it is stuck",
    "unknown": "its position is not known, so that it cannot be relied on",
    "unbroken": "the pipe runs through it in one piece in the model, so that it is not known to "
    "part it; split the pipe there",
}
#: Fewer people than this are not counted: a count of one is a person.
LEAST_PEOPLE: Final = 3
_CHINA: Final = timezone(timedelta(hours=8))
_HYDRANTS: Final = ("IfcFireSuppressionTerminal",)
_HYDRANT_WORDS: Final = ("消火栓", "消防栓", "hydrant")
# A chance of a hit from which one asks what to shut first.
_AT_RISK: Final = 0.01


def isolate(
    conn: Connection, read: ReadBook, codes: Sequence[str], moment: Moment
) -> dict[str, Any]:
    """Answer what must be closed to shut some parts, or all parts of rooms, off.

    Beside the contract: ``reopening`` (valves in the order in which they are opened again),
    ``people`` (who holds the rooms; None below three), ``devices`` and ``hydrants`` left dry, and
    ``conflicts``: valves that others close the same day, and what goes dry only by both.
    """
    entries = [stored.find(conn, code) for code in codes]
    parts = [entry for entry in entries if entry.kind != "room"]
    inside = [
        each
        for entry in entries
        if entry.kind == "room"
        for each in stored.contents_of_room(conn, entry.id, moment)
    ]
    book = read(Joined(frozenset({*inside, *(entry.id for entry in parts)})))
    targets = [row_of(book, entry) for entry in parts]
    rows = [book.row_of[each] for each in inside if each in book.row_of]
    targets += [row for row in rows if not book.network.is_drain[row]]
    # Who wants such a valve shut off wants the pipe shut off on which it stands.
    where = np.array([book.unbroken.get(row, row) for row in targets], dtype=np.int64)
    found = book.segments.isolate(where)
    isolated = found.best.isolated.tolist()
    rooms = rooms_served(conn, book, isolated, moment)
    valves = codes_of(book, found.best.valves.tolist())
    people = stored.people_in(conn, rooms, moment)
    return {
        "valves": valves,
        "isolated": sorted(codes_of(book, isolated)),
        "rooms": rooms,
        "skipped": [
            *(_skipped(book, row) for row in found.skipped.tolist()),
            *(_skipped(book, row, "unbroken") for row in _on_pipes_of(book, where)),
        ],
        "possible": found.possible,
        "alternatives": [] if found.fewest is None else [_choice(book, found.fewest)],
        "reopening": valves[::-1],
        "people": people if people == 0 or people >= LEAST_PEOPLE else None,
        "devices": sorted(codes_of(book, _of_kind(book, isolated, "device"))),
        "hydrants": sorted(codes_of(book, [row for row in isolated if _is_hydrant(book, row)])),
        "conflicts": _conflicts(conn, book, where, found.best, moment) if found.possible else [],
    }


def shutting(
    conn: Connection, book: PipeBook, read: ReadBook, answer: dict[str, Any], moment: Moment
) -> list[dict[str, Any]]:
    """Tell for what a hole or pit endangers what to shut first and who is cut off, by system.

    Parameters
    ----------
    book : PipeBook
        That gave the answer.
    read : callable
        Gives the book of all that is joined to what is in danger.
    answer : dict
        Of ``drill`` or ``dig``.
    """
    if answer["verdict"] not in {"red", "amber"}:
        return []
    by_system: dict[str | None, list[int]] = defaultdict(list)
    endangered = [
        (item["system"], book.parts[book.row_of_code[item["code"]]].id)
        for item in answer["items"]
        if item["code"] is not None
        and (item["clearance_m"] <= 0.0 or item["hit_probability"] >= _AT_RISK)
    ]
    book = read(Joined(frozenset(id_ for _, id_ in endangered))) if endangered else book
    for system, id_ in endangered:
        row = book.row_of[id_]
        if not book.network.is_drain[row]:
            by_system[system].append(row)
    found = []
    for system, rows in by_system.items():
        isolation = book.segments.isolate(np.array(rows, dtype=np.int64), alternatives=False)
        dry = isolation.best.isolated.tolist()
        found.append(
            {
                "system": system,
                "codes": codes_of(book, rows),
                "possible": isolation.possible,
                "valves": codes_of(book, isolation.best.valves.tolist()),
                "cut_off": len(dry),
                "rooms": rooms_served(conn, book, dry, moment),
                "hydrants": sorted(codes_of(book, [r for r in dry if _is_hydrant(book, r)])),
            }
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shut:
    """Valves (rows) that stand, or are to stand, closed together some time; ``None`` = no bound."""

    rows: tuple[int, ...]
    since: datetime | None
    until: datetime | None
    closure: int | None


def _conflicts(
    conn: Connection, book: PipeBook, targets: NDArray[np.int64], ours: Choice, moment: Moment
) -> list[dict[str, Any]]:
    """Find valves of this network that are closed some time that day, though not now.

    Those that were recorded, and those that planned closures are going to close.
    """
    pieces = set(book.network.component[targets].tolist())
    conflicts = []
    for shut in _shut_that_day(conn, book, moment):
        rows = [row for row in shut.rows if int(book.network.component[row]) in pieces]
        if not rows:
            continue
        closed, working = book.closed.copy(), book.working.copy()
        closed[rows], working[rows] = True, False
        theirs = ValveSegments(book.network, working=working, closed=closed)
        both = theirs.isolate(targets, alternatives=False)
        workable = [row for row in rows if book.segments.working[row]]
        alone = set(book.segments.dry_without(np.array(workable, dtype=np.int64)).tolist())
        more = set(both.best.isolated.tolist()) | set(theirs.dry_without(both.best.valves).tolist())
        more -= set(ours.isolated.tolist()) | alone | set(rows)
        conflicts += [
            {
                "valve": book.parts[row].code,
                "from": None if shut.since is None else shut.since.isoformat(),
                "until": None if shut.until is None else shut.until.isoformat(),
                "closure": shut.closure,
                "dry_by_both": sorted(codes_of(book, sorted(more))),
            }
            for row in rows
        ]
    return conflicts


def _shut_that_day(conn: Connection, book: PipeBook, moment: Moment) -> list[_Shut]:
    """List what is closed on the day (of China) that is asked about, but not at the very time."""
    start = datetime.combine(book.at.astimezone(_CHINA).date(), time.min, _CHINA)
    end = start + timedelta(days=1)

    def open_rows(ids: Iterable[UUID]) -> tuple[int, ...]:
        rows = (book.row_of[each] for each in ids if each in book.row_of)
        return tuple(row for row in rows if book.parts[row].position != "closed")

    recorded = [
        _Shut(rows=open_rows([each.entry_id]), since=each.since, until=each.until, closure=None)
        for each in stored.closures(conn, start, end, moment)
    ]
    planned = [
        _Shut(
            rows=open_rows(each.valve_ids),
            since=each.starts_at,
            until=each.ends_at,
            closure=each.number,
        )
        for each in closures.list_closures(conn, moment, states=OPEN, during=(start, end))
    ]
    return [shut for shut in (*recorded, *planned) if shut.rows]


def _on_pipes_of(book: PipeBook, targets: NDArray[np.int64]) -> list[int]:
    """List valves through which a pipe of the targets' segments runs unbroken."""
    segment = book.segments.segment
    own = set(segment[targets].tolist())
    return [valve for valve, pipe in book.unbroken.items() if int(segment[pipe]) in own]


def _skipped(book: PipeBook, row: int, reason: str | None = None) -> dict[str, Any]:
    part = book.parts[row]
    if reason is None:
        reason = part.position if part.position in _WHY else "unknown"
    return {
        "valve": part.code,
        "why": _WHY[reason],
        "reason": reason,
        "since": None if part.position_since is None else part.position_since.isoformat(),
    }


def _choice(book: PipeBook, choice: Choice) -> dict[str, Any]:
    return {
        "valves": codes_of(book, choice.valves.tolist()),
        "isolated": sorted(codes_of(book, choice.isolated.tolist())),
    }


def _of_kind(book: PipeBook, rows: Sequence[int], kind: str) -> list[int]:
    return [row for row in rows if book.parts[row].kind == kind]


def _is_hydrant(book: PipeBook, row: int) -> bool:
    part = book.parts[row]
    name = (part.name or "").lower()
    return part.kind == "terminal" and (
        part.ifc_class in _HYDRANTS or any(word in name for word in _HYDRANT_WORDS)
    )
