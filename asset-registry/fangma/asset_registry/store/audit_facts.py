"""Gather what the audit is told: the rows of one site that were true at a moment, as then known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from fangma.asset_registry.auditing.facts import (
    CHINA,
    AssignmentFact,
    AuditFacts,
    BuildingFact,
    LeaseFact,
    PersonFact,
    RoomFact,
    SecondPost,
    UnitFact,
)
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

# "000000" is a site of which nobody said where it lies.
_NO_DIVISION = "000000"


def audit_facts(conn: Connection, site_id: UUID, moment: Moment) -> AuditFacts:
    """Return the facts of a site, as far as the reader sees them.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.reading`.
    """
    asked = {"site_id": site_id, "at": moment.at, "known": moment.known}

    def rows(query: str) -> list[dict[str, Any]]:
        with conn.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(load("audit_facts")[query], asked).fetchall()

    assignments = tuple(
        AssignmentFact(**_without_times(row), since=_first(row), until=_last(row))
        for row in rows("assignments")
        if row["person"] is not None or row["unit"] is not None
    )
    empty_since = _empty_since(assignments, moment.at.astimezone(CHINA).date())
    division = rows("division")
    return AuditFacts(
        at=moment.at,
        known=moment.known,
        division=next(
            (row["division"] for row in division if row["division"] != _NO_DIVISION), None
        ),
        rooms=tuple(_room(row, empty_since.get(row["code"])) for row in rows("rooms")),
        buildings=tuple(BuildingFact(**row) for row in rows("buildings")),
        units=tuple(UnitFact(**row) for row in rows("units")),
        people=tuple(_person(row) for row in rows("people")),
        assignments=assignments,
        leases=tuple(
            LeaseFact(
                **{**_without_times(row), "tenant": row["tenant"] or None},
                since=_first(row),
                until=_last(row),
            )
            for row in rows("leases")
        ),
    )


def _room(row: dict[str, Any], empty_since: date | None) -> RoomFact:
    # A bounding box that stands for a body is no measurement.
    is_guess = row.pop("is_guess")
    if is_guess:
        row["measured_m2"] = row["method"] = row["height_m"] = None
    row["declared"] = tuple(
        (str(each["set"]), str(each["name"]), float(each["value_m2"]))
        for each in row["declared"] or ()
        if each.get("value_m2") is not None
    )
    return RoomFact(**row, empty_since=empty_since)


def _person(row: dict[str, Any]) -> PersonFact:
    second = row.pop("second")
    return PersonFact(
        **row,
        second_posts=tuple(
            SecondPost(unit=each["unit"], approved=each.get("approved")) for each in second
        ),
    )


def _empty_since(assignments: Iterable[AssignmentFact], day: date) -> dict[str, date]:
    """Return, for rooms that nobody holds on a day, the day after the last assignment ended."""
    ends: dict[str, date] = {}
    held: set[str] = set()
    for row in assignments:
        if row.since is not None and row.since > day:
            continue
        if row.until is None or row.until >= day:
            held.add(row.room)
        else:
            ends[row.room] = max(ends.get(row.room, row.until), row.until)
    return {room: end + timedelta(days=1) for room, end in ends.items() if room not in held}


def _without_times(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in {"valid_from", "valid_to"}}


def _first(row: dict[str, Any]) -> date | None:
    start: datetime | None = row["valid_from"]
    return None if start is None else start.astimezone(CHINA).date()


def _last(row: dict[str, Any]) -> date | None:
    """Return the last day of a half-open range."""
    end: datetime | None = row["valid_to"]
    if end is None:
        return None
    return (end.astimezone(CHINA) - timedelta(microseconds=1)).date()
