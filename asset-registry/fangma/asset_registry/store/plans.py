"""Plans in the database; the SQL is ``sql/plans.sql``. Who did what is kept for good."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from fangma.asset_registry.reallocation.errors import ReallocationError
from fangma.asset_registry.reallocation.life import Deed
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

_FILE: Final = "plans"


class UnknownPlanError(ReallocationError):
    """A plan that is not there, or that names a room which the reader may not see."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"found no plan {number} that you may see",
            "fangma plan list names those that there are; a plan that names a secret room is seen "
            "by those entitled only",
        )


class UnknownPersonError(ReallocationError):
    """Somebody whom the scope of a plan does not hold."""

    def __init__(self, person: str) -> None:
        super().__init__(
            f"found nobody {person} in the scope of the plan",
            "name somebody who holds a room there, or whom a demand brings",
        )


class StalePlanError(ReallocationError):
    """Somebody else has changed the plan meanwhile."""

    def __init__(self, number: int, found: int, expected: int) -> None:
        super().__init__(
            f"plan {number} is at version {found}, the change was made for version {expected}",
            "read the plan again, look at what changed, and make your change anew",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan as it stands.

    Attributes
    ----------
    planned_on : date
        Day from which it holds, in China.
    approvals : int or None
        How many it needs; None before it is submitted.
    places : dict of person to room
        Whom it places; None = gives the room back. Who is not named stays.
    origins : dict of person to room
        Where those were when the plan was last written.
    """

    number: int
    site_id: UUID
    site: str
    title: str
    author: str
    status: str
    version: int
    planned_on: date
    approvals: int | None
    request: dict[str, Any]
    answer: dict[str, Any]
    places: dict[str, str | None]
    origins: dict[str, str | None]
    room_ids: list[UUID]
    parents: list[int]
    created_at: datetime
    changed_at: datetime
    applied_by: int | None = None
    reverted_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlan:
    """A plan to be kept."""

    site_id: UUID
    title: str
    author: str
    planned_on: date
    request: dict[str, Any]
    answer: dict[str, Any]
    places: dict[str, str | None]
    origins: dict[str, str | None]
    rooms: frozenset[str]
    parents: tuple[int, ...] = field(default=())


def add_plan(conn: Connection, plan: NewPlan) -> int:
    """Keep a new draft and return its number; inside ``recording``."""
    row = conn.execute(
        load(_FILE)["add"],
        {
            "site_id": plan.site_id,
            "title": plan.title,
            "author": plan.author,
            "planned_on": plan.planned_on,
            "request": Jsonb(plan.request),
            "answer": Jsonb(plan.answer),
            "places": Jsonb(plan.places),
            "origins": Jsonb(plan.origins),
            "room_ids": list(room_ids(conn, plan.rooms).values()),
            "parents": list(plan.parents),
        },
    ).fetchone()
    if row is None:
        raise AssertionError  # RETURNING gives the row that was inserted
    number: int = row[0]
    return number


def find_plan(conn: Connection, number: int) -> Plan:
    """Return a plan.

    Raises
    ------
    UnknownPlanError
        When there is none that the reader may see.
    """
    with conn.cursor(row_factory=class_row(Plan)) as cursor:
        found = cursor.execute(load(_FILE)["find"], {"number": number}).fetchone()
    if found is None:
        raise UnknownPlanError(number)
    return found


def lock_plan(conn: Connection, number: int, version: int | None) -> Plan:
    """Return a plan that nobody else changes until the transaction ends.

    Parameters
    ----------
    version : int or None
        The version that the change was made for; None = whichever it is.

    Raises
    ------
    UnknownPlanError, StalePlanError
    """
    row = conn.execute(load(_FILE)["lock"], {"number": number}).fetchone()
    if row is None:
        raise UnknownPlanError(number)
    if version is not None and row[0] != version:
        raise StalePlanError(number, row[0], version)
    return find_plan(conn, number)


def list_plans(
    conn: Connection,
    *,
    site_id: UUID | None = None,
    status: str | None = None,
    before: int | None = None,
    limit: int = 1000,
) -> list[dict[str, Any]]:
    """List plans, newest first, without what they say."""
    asked = {"site_id": site_id, "status": status, "before": before, "limit": limit}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load(_FILE)["list"], asked).fetchall()


def write_plan(conn: Connection, plan: Plan, rooms: Iterable[str]) -> int:
    """Write what a plan says now and return its new version; after :func:`lock_plan`."""
    ids = {*plan.room_ids, *room_ids(conn, rooms).values()}
    row = conn.execute(
        load(_FILE)["write"],
        {
            "number": plan.number,
            "version": plan.version,
            "title": plan.title,
            "status": plan.status,
            "planned_on": plan.planned_on,
            "approvals": plan.approvals,
            "request": Jsonb(plan.request),
            "answer": Jsonb(plan.answer),
            "places": Jsonb(plan.places),
            "origins": Jsonb(plan.origins),
            "room_ids": sorted(ids),
            "applied_by": plan.applied_by,
            "reverted_by": plan.reverted_by,
        },
    ).fetchone()
    if row is None:
        raise UnknownPlanError(plan.number)
    version: int = row[0]
    return version


def add_event(
    conn: Connection,
    number: int,
    *,
    actor: str,
    action: str,
    version: int,
    comment: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Keep that somebody did something to a plan."""
    conn.execute(
        load(_FILE)["add_event"],
        {
            "plan": number,
            "actor": actor,
            "action": action,
            "version": version,
            "comment": comment,
            "detail": Jsonb(dict(detail or {})),
        },
    )


def events_of(conn: Connection, number: int) -> list[dict[str, Any]]:
    """Return what was done to a plan, oldest first."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load(_FILE)["events"], {"plan": number}).fetchall()


def deeds_of(conn: Connection, number: int) -> tuple[Deed, ...]:
    """Return who did what, for the rules of approval."""
    return tuple(Deed(actor=row["actor"], action=row["action"]) for row in events_of(conn, number))


def room_ids(conn: Connection, codes: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of rooms by code, as far as the reader sees them."""
    rows = conn.execute(load(_FILE)["room_ids"], {"codes": sorted(set(codes))}).fetchall()
    return {code: id_ for id_, code in rows}


def add_note(
    conn: Connection,
    entry_id: UUID,
    *,
    author: str,
    text: str,
    sketch: Mapping[str, Any] | None = None,
    plan: int | None = None,
) -> dict[str, Any]:
    """Keep a comment or sketch in a room's file."""
    row = conn.execute(
        load(_FILE)["add_note"],
        {
            "entry_id": entry_id,
            "plan": plan,
            "author": author,
            "text": text,
            "sketch": None if sketch is None else Jsonb(dict(sketch)),
        },
    ).fetchone()
    if row is None:
        raise AssertionError  # the caller has found the entry as the same reader
    return {
        "id": row[0], "plan": plan, "author": author, "written_at": row[1], "text": text,
        "sketch": None if sketch is None else dict(sketch),
    }  # fmt: skip


def notes_of(conn: Connection, entry_id: UUID, moment: Moment) -> list[dict[str, Any]]:
    """Return the notes in a room's file that had been written by then, oldest first."""
    asked = {"entry_id": entry_id, "revision": moment.revision}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load(_FILE)["notes_of"], asked).fetchall()


def notes_of_plan(conn: Connection, number: int) -> list[dict[str, Any]]:
    """Return the notes that were written on rooms for a plan, oldest first."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load(_FILE)["notes_of_plan"], {"plan": number}).fetchall()
