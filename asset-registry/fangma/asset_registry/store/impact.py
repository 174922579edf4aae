"""What hangs on things, and how they stand; the SQL is ``sql/impact.sql``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row, dict_row

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection

_FILE: Final = "impact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """How many of each hang on a thing now.

    People and units that hold it, streams that watch it, open work orders, leases, pages of the
    ledger, alarms that are not cleared.
    """

    id: UUID
    people: int
    sensors: int
    orders: int
    leases: int
    ledger: int
    alarms: int

    def as_dict(self) -> dict[str, int]:
        """Turn into what JSON carries: only what there is."""
        counts = asdict(self)
        del counts["id"]
        return {what: count for what, count in counts.items() if count}


def impacts(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, Impact]:
    """Count what hangs on things, as far as the reader may see it."""
    if not ids:
        return {}
    with conn.cursor(row_factory=class_row(Impact)) as cursor:
        rows = cursor.execute(load(_FILE)["hanging"], {"ids": list(ids)}).fetchall()
    return {row.id: row for row in rows}


def sides(conn: Connection, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Describe things, in the order of the ids, with outline (GeoJSON) and what hangs on them."""
    counts = impacts(conn, ids)
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load(_FILE)["sides"], {"ids": list(ids)}).fetchall()
    by_id = {row.pop("id"): row for row in rows}
    return [
        {
            **by_id[id_],
            **{
                what: getattr(counts[id_], what)
                for what in ("people", "sensors", "orders", "leases")
            },
        }
        for id_ in ids
        if id_ in by_id
    ]
