"""Inspection rounds in the registry."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from fangma.asset_registry.inspections.rounds import (
    CHECKS,
    OUTCOMES,
    READINGS,
    Plan,
    RoundError,
    Stop,
    check_plan,
    is_due_day,
)
from fangma.asset_registry.store.connection import moment_of
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.recording import lock, revision
from fangma.asset_registry.store.work_orders import KeyTakenError
from fangma.asset_registry.work_orders.facts import clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

_FILE: Final = "inspections"


class UnknownRoundError(RoundError):
    """There is no such round that the reader may see."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no round {name[:40]} that you may see", "list the rounds")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedStop:
    """A stop with where it is; coordinates in the site's CRS, None where no body is known."""

    plan_id: int
    place: int
    entry_id: UUID
    code: str
    kind: str
    secret: bool
    checks: list[str]
    name: str | None
    door: str | None
    system: str | None
    building: str | None
    storey: str | None
    storey_name: str | None
    elevation_m: float | None
    x: float | None
    y: float | None
    z: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _RoundRow:
    id: UUID
    number: int
    site: str
    site_id: UUID
    plan_id: int
    name: str
    every_days: int
    starts_on: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round as of a moment, with those of its stops that the reader may see."""

    id: UUID
    number: int
    site: str
    site_id: UUID
    plan_id: int
    plan: Plan
    stops: tuple[PlacedStop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What somebody found at a stop.

    Attributes
    ----------
    key : UUID
        Made by whoever visits: sent twice, it is one visit.
    found : mapping
        By check: True is as it should be, False is not, a number is a reading.
    order_id : UUID or None
        The fault that was reported there.
    """

    key: UUID
    round_id: UUID
    due_on: date
    code: str
    outcome: str
    found: Mapping[str, bool | float]
    note: str | None
    at: datetime
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """A visit as it is kept."""

    key: UUID
    round_id: UUID
    due_on: date
    code: str
    outcome: str
    found: dict[str, Any]
    note: str | None
    order_id: UUID | None
    actor: str
    at: datetime
    recorded_at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return the form of ``fangma rounds show``."""
        return {
            "key": str(self.key),
            "due_on": self.due_on.isoformat(),
            "code": self.code,
            "outcome": self.outcome,
            "found": self.found,
            "note": self.note,
            "order": None if self.order_id is None else str(self.order_id),
            "actor": self.actor,
            "at": self.at.isoformat(),
        }


def add_round(conn: Connection, round_id: UUID, site_id: UUID, plan: Plan, *, actor: str) -> Round:
    """Plan a round, inside a recording transaction of the caller's.

    Raises
    ------
    RoundError
        When it cannot be walked, or a stop lies on another site.
    CodeError, UnknownCodeError
        When a stop is nothing that the reader sees.
    """
    check_plan(plan)
    moment = moment_of(conn)
    entries = [find_entry(conn, stop.code, moment)[0] for stop in plan.stops]
    sql = load(_FILE)
    with revision(conn, actor=actor, detail={"round": str(round_id), "name": plan.name}) as stamp:
        conn.execute(
            sql["add_round"], {"id": round_id, "site_id": site_id, "revision": stamp.revision}
        )
        row = conn.execute(
            sql["add_plan"],
            {
                "round_id": round_id, "name": plan.name, "every_days": plan.every_days,
                "starts_on": plan.starts_on, "ended": False, "recorded_at": stamp.recorded_at,
                "revision": stamp.revision,
            },
        ).fetchone()  # fmt: skip
        if row is None:
            raise AssertionError  # RETURNING gives the row that was added
        with conn.cursor() as cursor:
            cursor.executemany(
                sql["add_stop"],
                [
                    {
                        "plan_id": row[0], "place": place, "entry_id": entry,
                        "checks": list(stop.checks),
                    }
                    for place, (entry, stop) in enumerate(zip(entries, plan.stops, strict=True))
                ],
            )  # fmt: skip
    return find_round(conn, round_id, moment_of(conn))


def end_round(conn: Connection, round_: Round, *, actor: str, reason: str) -> None:
    """Record that a round is walked no more; its visits stay."""
    sql = load(_FILE)
    about = {"round": str(round_.id), "ended": True}
    with revision(conn, actor=actor, detail=about, reason=reason) as stamp:
        conn.execute(
            sql["add_plan"],
            {
                "round_id": round_.id, "name": round_.plan.name,
                "every_days": round_.plan.every_days, "starts_on": round_.plan.starts_on,
                "ended": True, "recorded_at": stamp.recorded_at, "revision": stamp.revision,
            },
        )  # fmt: skip


def rounds(conn: Connection, moment: Moment, *, site_id: UUID | None = None) -> list[Round]:
    """Return the rounds of a site, or of all sites that the reader sees."""
    return _rounds(conn, moment, {"site_id": site_id, "id": None, "number": None})


def find_round(conn: Connection, round_id: UUID | int, moment: Moment) -> Round:
    """Return a round by id or number.

    Raises
    ------
    UnknownRoundError
    """
    by_number = isinstance(round_id, int)
    asked = {
        "site_id": None,
        "id": None if by_number else round_id,
        "number": round_id if by_number else None,
    }
    found = _rounds(conn, moment, asked)
    if not found:
        raise UnknownRoundError(str(round_id))
    return found[0]


def visits(
    conn: Connection, round_ids: Sequence[UUID], moment: Moment, *, since: date
) -> list[Visited]:
    """Return what was found on the walks from a day on, the earliest first."""
    asked = {"rounds": list(round_ids), "since": since, "known": moment.known}
    with conn.cursor(row_factory=class_row(Visited)) as cursor:
        return cursor.execute(load(_FILE)["visits"], asked).fetchall()


def add_visit(conn: Connection, visit: Visit, *, actor: str) -> bool:
    """Record a visit, inside a recording transaction of the caller's.

    Returns
    -------
    is_new : bool
        False when the same visit came before.

    Raises
    ------
    UnknownRoundError, RoundError, KeyTakenError
    """
    sql = load(_FILE)
    lock(conn)
    moment = moment_of(conn)
    round_ = find_round(conn, visit.round_id, moment)
    stop = next((each for each in round_.stops if each.code == visit.code), None)
    if stop is None:
        raise RoundError(
            f"{visit.code[:60]} is no stop of round {round_.number}, expected one of its "
            f"{len(round_.stops)}",
            "load the round again",
        )
    before = conn.execute(sql["visit_of_key"], {"key": visit.key}).fetchone()
    if before is not None:
        if before != (visit.round_id, visit.due_on, visit.code):
            raise KeyTakenError(
                f"the key {visit.key} names another visit, expected one of its own for each",
                "make a new key for a new visit",
            )
        return False
    _check_visit(round_, stop, visit)
    about = {"round": str(round_.id), "stop": visit.code}
    with revision(conn, actor=actor, detail=about) as stamp:
        conn.execute(
            sql["add_visit"],
            {
                "key": visit.key, "round_id": visit.round_id, "due_on": visit.due_on,
                "entry_id": stop.entry_id, "outcome": visit.outcome,
                "found": Jsonb(dict(visit.found)),
                "note": clean_text(visit.note) if visit.note else None,
                "order_id": visit.order_id, "actor": actor,
                # The latest visit counts; a clock that is ahead must not make one the latest.
                "at": min(visit.at, stamp.recorded_at),
                "recorded_at": stamp.recorded_at, "revision": stamp.revision,
            },
        )  # fmt: skip
    return True


def _check_visit(round_: Round, stop: PlacedStop, visit: Visit) -> None:
    if not is_due_day(round_.plan, visit.due_on):
        raise RoundError(
            f"round {round_.number} does not fall on {visit.due_on}, expected every "
            f"{round_.plan.every_days} days from {round_.plan.starts_on}",
            "name the day that the round was due",
        )
    if visit.outcome not in OUTCOMES:
        raise RoundError(
            f"found the outcome {visit.outcome[:40]!r}, expected one of {', '.join(OUTCOMES)}",
            "name one of them",
        )
    for check, value in visit.found.items():
        is_reading = not isinstance(value, bool)
        if (
            check not in CHECKS
            or check not in stop.checks
            or (is_reading and check not in READINGS)
        ):
            raise RoundError(
                f"found {value!r} for the check {check[:40]!r}, expected yes or no, or a reading, "
                f"for {', '.join(stop.checks)}",
                "answer what the round asks at this stop",
            )


def _rounds(conn: Connection, moment: Moment, asked: dict[str, Any]) -> list[Round]:
    sql = load(_FILE)
    with conn.cursor(row_factory=class_row(_RoundRow)) as cursor:
        rows = cursor.execute(sql["rounds"], {**asked, "known": moment.known}).fetchall()
    told = {"plans": [row.plan_id for row in rows], "at": moment.at, "known": moment.known}
    by_plan: dict[int, list[PlacedStop]] = defaultdict(list)
    with conn.cursor(row_factory=class_row(PlacedStop)) as cursor:
        for stop in cursor.execute(sql["stops"], told).fetchall():
            by_plan[stop.plan_id].append(stop)
    return [
        Round(
            id=row.id,
            number=row.number,
            site=row.site,
            site_id=row.site_id,
            plan_id=row.plan_id,
            plan=Plan(
                name=row.name,
                every_days=row.every_days,
                starts_on=row.starts_on,
                stops=tuple(
                    Stop(code=stop.code, checks=tuple(stop.checks)) for stop in by_plan[row.plan_id]
                ),
            ),
            stops=tuple(by_plan[row.plan_id]),
        )
        for row in rows
    ]
