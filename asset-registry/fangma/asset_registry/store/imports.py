"""Files as they were imported, with what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One file; ``report`` is its entry of ``fangma import --json``."""

    revision: int
    at: datetime
    actor: str
    file: str
    model: str
    discipline: str
    current: bool
    report: dict[str, Any]


def list_imports(
    conn: Connection,
    moment: Moment,
    *,
    limit: int,
    site_id: UUID | None = None,
    before: int | None = None,
) -> list[Import]:
    """Return imports of models that the reader sees, newest first.

    Parameters
    ----------
    before : int or None
        Revision of the last row of the page before.
    """
    with conn.cursor(row_factory=class_row(Import)) as cursor:
        return cursor.execute(
            load("imports")["page"],
            {
                "newest": moment.revision,
                "site_id": site_id,
                "before": before,
                "limit": limit,
            },
        ).fetchall()
