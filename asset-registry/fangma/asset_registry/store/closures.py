"""Planned closures in the registry: planned, carried out, read as of a moment."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from fangma.asset_registry.closures.lifecycle import (
    ClosureError,
    after,
    check_reason,
    check_window,
)
from fangma.asset_registry.closures.notices import Affected
from fangma.asset_registry.store import networks
from fangma.asset_registry.store.connection import moment_of
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.recording import lock, revision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.closures.lifecycle import State
    from fangma.asset_registry.store.connection import Connection, Moment

_FILE: Final = "closures"
_LONGEST_NOTE: Final = 2000


class UnknownClosureError(ClosureError):
    """There is no such closure, or the reader may not see its place; the two are not told apart."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no closure {name[:40]} that you may see", "list them")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shutting:
    """Which valves a closure closes, in order, and what goes dry: codes."""

    valves: tuple[str, ...]
    rooms: tuple[str, ...]
    hydrants: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A closure as somebody plans it; the id is made by them: sent twice, it is one."""

    id: UUID
    targets: tuple[str, ...]
    reason: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """A closure as of a moment; ``shut`` are the valves that stand closed by it."""

    id: UUID
    number: int
    reason: str
    starts_at: datetime
    ends_at: datetime
    planner: str
    recorded_at: datetime
    site_id: UUID
    state: State
    since: datetime
    hydrants: int
    targets: list[str]
    valves: list[str]
    shut: list[str]
    rooms: list[str]
    target_ids: list[UUID]
    valve_ids: list[UUID]
    shut_ids: list[UUID]
    room_ids: list[UUID]

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``fangma closures list``."""
        return {
            "id": str(self.id),
            "number": self.number,
            "state": self.state,
            "reason": self.reason,
            "from": self.starts_at.isoformat(),
            "until": self.ends_at.isoformat(),
            "targets": self.targets,
            "valves": self.valves,
            "shut": self.shut,
            "rooms": self.rooms,
            "planner": self.planner,
            "recorded_at": self.recorded_at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken:
    """A step of a closure as it was taken."""

    key: UUID
    deed: str
    state: str
    valve: str | None
    actor: str
    note: str | None
    at: datetime
    recorded_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``fangma closures show``."""
        return {
            "key": str(self.key),
            "deed": self.deed,
            "state": self.state,
            "valve": self.valve,
            "actor": self.actor,
            "note": self.note,
            "at": self.at.isoformat(),
            "recorded_at": self.recorded_at.isoformat(),
        }


def plan(conn: Connection, told: Planned, shutting: Shutting, *, actor: str) -> bool:
    """Record a planned closure, inside a recording transaction of the caller's.

    Returns
    -------
    is_new : bool
        False when the same plan came before; nothing is written then.

    Raises
    ------
    ClosureError
        When reason or time is not as it should be, or the id names another plan.
    """
    check_window(told.start, told.end)
    reason = check_reason(told.reason)
    sql = load(_FILE)
    targets = _ids(conn, told.targets)
    lock(conn)
    before = conn.execute(sql["head"], {"id": told.id}).fetchone()
    if before is not None:
        if before[1:] != (reason, targets, told.start, told.end):
            raise ClosureError(
                f"the id {told.id} names another closure, expected one of its own for each",
                "make a new id for a new closure",
            )
        return False
    with revision(conn, actor=actor, detail={"closure": str(told.id), "deed": "plan"}) as stamp:
        row = {
            "id": told.id, "entry_id": targets[0], "targets": targets, "reason": reason,
            "start": told.start, "end": told.end, "planner": actor,
            "recorded_at": stamp.recorded_at, "revision": stamp.revision,
        }  # fmt: skip
        step = {
            "key": told.id, "closure_id": told.id, "deed": "plan", "state": "planned",
            "valve_id": None, "shut": [], **_columns(conn, shutting), "actor": actor, "note": None,
            "at": stamp.recorded_at, "recorded_at": stamp.recorded_at, "revision": stamp.revision,
        }  # fmt: skip
        with _own_key(told.id):
            conn.execute(sql["add"], row)
            conn.execute(sql["add_step"], step)
    return True


def take_step(
    conn: Connection,
    ref: UUID | int,
    deed: str,
    *,
    key: UUID,
    actor: str,
    at: datetime,
    valve: str | None = None,
    note: str | None = None,
    shutting: Shutting | None = None,
) -> bool:
    """Move a closure on, inside a recording transaction of the caller's.

    What is found at a valve is recorded as its position, in the same transaction.

    Parameters
    ----------
    shutting : Shutting or None
        What was planned anew, for deeds that do so.

    Returns
    -------
    is_new : bool
        False when the same step came before.

    Raises
    ------
    UnknownClosureError, ClosureError
    """
    sql = load(_FILE)
    text = _note(note)
    lock(conn)  # nobody moves the closure between looking and stepping
    found = find(conn, ref, moment_of(conn))
    before = conn.execute(sql["step_of_key"], {"key": key}).fetchone()
    if before is not None:
        if before != (found.id, deed):
            raise ClosureError(
                f"the key {key} names another step, expected one of its own for each",
                "make a new key for a new step",
            )
        return False
    does, state = after(
        deed, found.state, valve=valve, planned=frozenset([*found.valves, *found.shut]), note=text
    )
    if deed == "end" and found.shut_ids:
        raise ClosureError(
            f"{', '.join(found.shut) or 'a valve'} stand closed by it still, expected all open",
            "open them in the order of reopening, then end it",
        )
    valve_id = None if valve is None else _ids(conn, [valve])[0]
    shut = [each for each in found.shut_ids if each != valve_id]
    if does.position == "closed" and valve_id is not None:
        shut.append(valve_id)
    if does.position is not None and valve is not None:
        networks.set_valve(
            conn, valve, does.position, actor=actor, valid_from=at,
            reason=f"closure {found.number}",
        )  # fmt: skip
    columns = {"valves": found.valve_ids, "rooms": found.room_ids, "hydrants": found.hydrants}
    if does.replans and shutting is not None:
        columns = _columns(conn, shutting)
    about = {"closure": str(found.id), "deed": deed}
    with revision(conn, actor=actor, detail=about) as stamp, _own_key(key):
        conn.execute(
            sql["add_step"],
            {
                "key": key, "closure_id": found.id, "deed": deed, "state": state,
                "valve_id": valve_id, "shut": shut, **columns, "actor": actor, "note": text,
                "at": at, "recorded_at": stamp.recorded_at, "revision": stamp.revision,
            },
        )  # fmt: skip
    return True


def find(conn: Connection, ref: UUID | int, moment: Moment) -> Closure:
    """Return a closure by id or number.

    Raises
    ------
    UnknownClosureError
    """
    asked = {"number": ref} if isinstance(ref, int) else {"id": ref}
    found = _closures(conn, moment, asked)
    if not found:
        raise UnknownClosureError(str(ref))
    return found[0]


def list_closures(
    conn: Connection,
    moment: Moment,
    *,
    site_id: UUID | None = None,
    states: Sequence[str] | None = None,
    during: tuple[datetime, datetime] | None = None,
) -> list[Closure]:
    """Return the closures that the reader may see, the newest first; None = not asked for."""
    start, end = during or (None, None)
    asked = {
        "site_id": site_id, "states": None if states is None else list(states),
        "start": start, "end": end,
    }  # fmt: skip
    return _closures(conn, moment, asked)


def steps(conn: Connection, closure_id: UUID, moment: Moment) -> list[StepTaken]:
    """Return what was done with a closure, in order."""
    with conn.cursor(row_factory=class_row(StepTaken)) as cursor:
        return cursor.execute(
            load(_FILE)["steps"], {"id": closure_id, "known": moment.known}
        ).fetchall()


def affected(conn: Connection, rooms: Sequence[str], moment: Moment) -> list[Affected]:
    """Return what rooms are called, by building."""
    found: dict[str, list[str]] = {}
    asked = {"codes": list(rooms), "at": moment.at, "known": moment.known}
    for _, room, building in conn.execute(load(_FILE)["places"], asked):
        found.setdefault(building, []).append(room)
    return [Affected(building=name, rooms=tuple(own)) for name, own in found.items()]


def units_in(conn: Connection, rooms: Sequence[str], moment: Moment) -> list[str]:
    """Return the codes of the units that hold some rooms."""
    asked = {"codes": list(rooms), "at": moment.at, "known": moment.known}
    return [row[0] for row in conn.execute(load(_FILE)["units"], asked)]


def _closures(conn: Connection, moment: Moment, asked: dict[str, Any]) -> list[Closure]:
    nothing = dict.fromkeys(("id", "number", "site_id", "states", "start", "end"))
    with conn.cursor(row_factory=class_row(Closure)) as cursor:
        return cursor.execute(
            load(_FILE)["closures"], {**nothing, **asked, "known": moment.known}
        ).fetchall()


def _columns(conn: Connection, shutting: Shutting) -> dict[str, Any]:
    return {
        "valves": _ids(conn, shutting.valves),
        "rooms": _ids(conn, shutting.rooms),
        "hydrants": shutting.hydrants,
    }


def _ids(conn: Connection, codes: Sequence[str]) -> list[UUID]:
    rows = conn.execute(load(_FILE)["ids_of_codes"], {"codes": list(codes)}).fetchall()
    if len(rows) != len(codes):
        raise ClosureError(
            f"only {len(rows)} of {len(codes)} codes name something that you may see",
            "look them up with fangma list",
        )
    return [row[1] for row in rows]


@contextmanager
def _own_key(key: UUID) -> Iterator[None]:
    """Say in words that a key is taken by something that the reader does not see."""
    try:
        yield
    except UniqueViolation:
        raise ClosureError(
            f"the id {key} is taken, expected one of its own for each", "make a new one"
        ) from None


def _note(note: str | None) -> str | None:
    text = (note or "").strip()
    if len(text) > _LONGEST_NOTE or "\0" in text:
        raise ClosureError(
            f"found a note of {len(text)} characters, expected at most {_LONGEST_NOTE} and no NUL",
            "shorten it",
        )
    return text or None
