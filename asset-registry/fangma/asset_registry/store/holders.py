"""Who holds a room, what the books say of it, and lists of units and people."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import dict_row

from fangma.asset_registry.auditing.facts import CHINA
from fangma.asset_registry.store.history import Change, Held, changes_of
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

LISTED: Final = ("unit", "person")
"""Kinds of ``fangma list`` that are no entries and have no code of ours."""

_ROW: Final = frozenset({"valid", "recorded", "revision_id", "closed_by", "subject"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """What the people side says of one room, in the forms of ``fangma show``.

    Attributes
    ----------
    occupants : list of dict
        ``person`` (pseudonym) or None, ``unit``, ``use``, ``since`` and ``until`` (the last day).
    ledger : dict or None
        ``area_m2``, ``use``, ``unit``, ``certificate``, ``certificate_m2``.
    leases : list of dict
        Of all times.
    titles : list of dict
        Certificates that name the room or building itself.
    building_record : dict or None
        ``height_m``, ``gross_m2``, ``net_m2`` of a building.
    """

    occupants: list[dict[str, Any]]
    ledger: dict[str, Any] | None
    leases: list[dict[str, Any]]
    titles: list[dict[str, Any]]
    building_record: dict[str, Any] | None


def holders_of(conn: Connection, entry_id: UUID, moment: Moment) -> Holders:
    """Return who holds a room at a moment, as far as the reader may see it."""
    asked = {"id": entry_id, "at": moment.at, "known": moment.known}
    ledger = [_plainly(row) for row in _all(conn, "ledger_of", asked)]
    record = _all(conn, "building_record_of", asked)
    return Holders(
        occupants=[_with_days(row) for row in _all(conn, "occupants", asked)],
        ledger=ledger[0] if ledger else None,
        leases=[_with_days(row) for row in _all(conn, "leases_of", asked)],
        titles=[_plainly(row) for row in _all(conn, "titles_of", asked)],
        building_record=record[0] if record else None,
    )


def holding_changes(
    conn: Connection, entry_id: UUID, moment: Moment
) -> Iterator[tuple[str, Change]]:
    """Yield what revisions said about who holds a room and about its books, by kind of fact."""
    asked = {"id": entry_id, "known": moment.known}
    for fact in ("assignment", "lease", "ledger", "title", "building_record"):
        subjects: dict[object, list[Held]] = defaultdict(list)
        for row in _all(conn, f"{fact}_history", asked):
            subjects[row["subject"]].append(_held(row, moment.revision))
        for rows in subjects.values():
            for change in changes_of(rows):
                yield fact, change


def list_holders(
    conn: Connection, kind: str, moment: Moment, *, all_: bool = False
) -> list[dict[str, Any]]:
    """List units or people, in the form of CONTRACTS; people by pseudonym, without names.

    Parameters
    ----------
    kind : str
        One of :data:`LISTED`.
    all_ : bool
        With units that are no longer, and people who have left.
    """
    query = "list_units" if kind == "unit" else "list_people"
    asked = {"at": moment.at, "known": moment.known, "revision": moment.revision}
    return [
        {
            "code": row.pop("code"),
            "kind": kind,
            "name": row.pop("name", None),
            "number": None,
            "building": None,
            "storey": None,
            "use": None,
            "system": None,
            "area_m2": None,
            "sources": [],
            "status": "current" if row.pop("current") else "retired",
            **{key: _plain(value) for key, value in row.items()},
        }
        for row in _all(conn, query, asked)
        if all_ or row["current"]
    ]


def _held(row: Mapping[str, Any], newest: int) -> Held:
    closed_by: int | None = row["closed_by"]
    return Held(
        valid=row["valid"],
        opened_by=row["revision_id"],
        closed_by=closed_by if closed_by is not None and closed_by <= newest else None,
        values={key: _plain(value) for key, value in row.items() if key not in _ROW},
    )


def _with_days(row: dict[str, Any]) -> dict[str, Any]:
    """Tell a half-open range as its first and its last day in China."""
    start: datetime | None = row.pop("valid_from")
    end: datetime | None = row.pop("valid_to")
    last = None if end is None else end.astimezone(CHINA) - timedelta(microseconds=1)
    return {
        **row,
        "since": None if start is None else start.astimezone(CHINA).date().isoformat(),
        "until": None if last is None else last.date().isoformat(),
    }


def _plainly(row: dict[str, Any]) -> dict[str, Any]:
    return {key: _plain(value) for key, value in row.items()}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _all(conn: Connection, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load("occupation")[name], parameters).fetchall()
