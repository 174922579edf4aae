"""The people side in the database: what is held, and how a change set changes it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from psycopg.rows import class_row, dict_row

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.occupation.facts import Dated, PersonalDetail, Post, UnitState
from fangma.asset_registry.occupation.timelines import Held
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.staging import as_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.occupation.facts import OccupationChanges
    from fangma.asset_registry.store.connection import Connection

_FILE: Final = "occupation"
_BATCH: Final = 20_000
F = TypeVar("F", bound=Dated)


class OccupationError(RegistryError):
    """A change of the people side that does not fit what the registry holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRow:
    """A room as a table may name it; ``current`` is False for one that is no longer."""

    id: UUID
    code: str
    number: str | None
    building_id: UUID | None
    name: str | None
    storey: str | None
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingRow:
    """A building as a table may name it, with the files that speak of it."""

    id: UUID
    code: str
    name: str
    files: list[str]


def rooms(conn: Connection, site_id: UUID) -> list[RoomRow]:
    """Return the rooms of a site, those that are no longer too."""
    with conn.cursor(row_factory=class_row(RoomRow)) as cursor:
        return cursor.execute(load(_FILE)["rooms"], {"site_id": site_id}).fetchall()


def buildings(conn: Connection, site_id: UUID) -> list[BuildingRow]:
    """Return the buildings of a site that are there now."""
    with conn.cursor(row_factory=class_row(BuildingRow)) as cursor:
        return cursor.execute(load(_FILE)["buildings"], {"site_id": site_id}).fetchall()


def unit_ids(conn: Connection, site_id: UUID) -> dict[str, UUID]:
    """Return the ids of units by their codes."""
    return {code: id_ for id_, code in conn.execute(load(_FILE)["units"], {"site_id": site_id})}


def person_ids(conn: Connection, site_id: UUID) -> dict[str, UUID]:
    """Return the ids of people by their pseudonyms."""
    return {code: id_ for id_, code in conn.execute(load(_FILE)["people"], {"site_id": site_id})}


def details(conn: Connection, site_id: UUID) -> dict[UUID, PersonalDetail]:
    """Return what can be erased of each person; nothing for readers who may not read names."""
    with conn.cursor(row_factory=class_row(PersonalDetail)) as cursor:
        rows = cursor.execute(load(_FILE)["details"], {"site_id": site_id}).fetchall()
    return {row.person_id: row for row in rows}


def held(conn: Connection, kind: type[F], site_id: UUID) -> list[Held[F]]:
    """Return what is held now of one kind of fact, for all of the past and the future."""
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load(_FILE)[f"held_{kind.table}"], {"site_id": site_id}).fetchall()
    facts: list[Held[F]] = []
    for row in rows:
        id_ = row.pop("id")
        if kind is Post:
            row["second"] = tuple(row["second"])
        elif kind is UnitState:
            row["posts"] = tuple((rank, count) for rank, count in row["posts"])
        facts.append(Held(id=id_, fact=kind(**row)))
    return facts


def table_model(conn: Connection, site_id: UUID, kind: str, file: str) -> UUID | None:
    """Return the series of revisions that a table of this file name belongs to."""
    row = conn.execute(
        load(_FILE)["table_model"], {"site_id": site_id, "kind": kind, "file": file}
    ).fetchone()
    return None if row is None else row[0]


def erase_details(conn: Connection, site_id: UUID, person: str) -> bool:
    """Erase the name and other details of a person for good; tell whether there were any.

    Inside :func:`fangma.asset_registry.store.connection.recording`. Facts keep the pseudonym.
    """
    done = conn.execute(load(_FILE)["erase_details"], {"site_id": site_id, "code": person})
    return done.rowcount > 0


def names(conn: Connection, site_id: UUID) -> dict[str, str]:
    """Return names by pseudonym, as far as the reader may read names; the caller logs it."""
    return dict(conn.execute(load(_FILE)["names"], {"site_id": site_id}).fetchall())


def write(
    conn: Connection,
    changes: OccupationChanges,
    *,
    site_id: UUID,
    revision: int,
    recorded_at: datetime,
) -> None:
    """Close and add facts in the caller's transaction, under the recording lock.

    Raises
    ------
    OccupationError
        When a row that was to be closed is not held any more, or a room is not there.
    """
    sql = load(_FILE)
    stamp = {"revision": revision, "recorded_at": recorded_at, "site_id": site_id}
    for query, named in (("add_units", changes.units), ("add_people", changes.people)):
        for batch in _batches([asdict(each) for each in named]):
            conn.execute(sql[query], {**stamp, "rows": batch})
    for batch in _batches([asdict(each) for each in changes.details]):
        conn.execute(sql["set_details"], {"rows": batch})
    for table, ids in changes.closed.items():
        done = conn.execute(sql[f"close_{table}"], {**stamp, "ids": list(ids)}).rowcount
        _expect_all(table, done, len(ids))
    by_table: dict[str, list[dict[str, Any]]] = {}
    for fact in changes.added:
        by_table.setdefault(fact.table, []).append(asdict(fact))
    for table, rows in by_table.items():
        # One statement, so that the proof that nothing overlaps sees all of them.
        done = conn.execute(sql[f"add_{table}"], {**stamp, "rows": as_json(rows)}).rowcount
        _expect_all(table, done, len(rows))


def _batches(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    for start in range(0, len(rows), _BATCH):
        yield as_json(rows[start : start + _BATCH])


def _expect_all(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise OccupationError(
            f"only {found} of {expected} rows of {what} could be changed: the registry holds "
            "something else than when the table was read, or the reader may not see it",
            "import the table again",
        )
