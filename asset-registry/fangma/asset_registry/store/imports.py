"""Files as they were imported, with what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row, dict_row

from fangma.asset_registry.presence import SMALLEST
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


def read_import(conn: Connection, revision: int) -> dict[str, Any] | None:
    """Return one import whole, as far as the reader may see it; None where there is none.

    Returns
    -------
    told : dict or None
        ``{"revision", "at", "file", "discipline", "health", "differences", "findings",
        "summary"}``.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        told = cursor.execute(load("imports")["one"], {"revision": revision}).fetchone()
    for difference in () if told is None else told["differences"]:
        impact = difference["impact"]
        if 0 < (impact.get("people") or 0) < SMALLEST:  # of a report that still counted them
            impact["people"] = None
    return told


def names_in_model(conn: Connection, revision: int) -> list[dict[str, Any]]:
    """List what the things of an import's model are called in it, and where they are.

    Returns
    -------
    rows : list of dict
        ``{"guid", "code", "kind", "name", "number", "use", "system", "centre", "placement"}``;
        centre in the site's CRS, placement the 4 x 4 matrix there from the model, row by row.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(load("imports")["names"], {"revision": revision}).fetchall()


def revision_of_bytes(conn: Connection, sha256: str) -> int | None:
    """Find the import that holds now of a file with these bytes."""
    row = conn.execute(load("imports")["revision_of_bytes"], {"sha256": sha256}).fetchone()
    return None if row is None else int(row[0])
