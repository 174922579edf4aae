"""The coded things of a building as a phone keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment


def things(conn: Connection, building_id: UUID, moment: Moment) -> list[dict[str, Any]]:
    """Return what has a code in a building, each with the room in which it lies."""
    return _rows(conn, "things", building_id, moment)


def storeys(conn: Connection, building_id: UUID, moment: Moment) -> list[dict[str, Any]]:
    """Return the storeys of a building, the lowest first."""
    return _rows(conn, "storeys", building_id, moment)


def _rows(conn: Connection, name: str, building_id: UUID, moment: Moment) -> list[dict[str, Any]]:
    asked = {"building_id": building_id, "at": moment.at, "known": moment.known}
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load("packs")[name], asked).fetchall()
