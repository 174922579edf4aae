"""The append-only, hash-chained audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """Who did what to what, and whether it was done, refused or failed."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    outcome: str
    detail: dict[str, Any]


def append(
    conn: Connection,
    *,
    actor: str,
    action: str,
    subject: str | None = None,
    outcome: str = "done",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append an entry in the caller's transaction, last: the log's lock is held until commit."""
    conn.execute(
        load("audit_log")["append"],
        {
            "actor": actor,
            "action": action,
            "subject": subject,
            "outcome": outcome,
            "detail": Jsonb(dict(detail or {})),
        },
    )


def page(
    conn: Connection,
    *,
    limit: int,
    before: int | None = None,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[LogEntry]:
    """Return entries that the reader may see, newest first.

    Parameters
    ----------
    before : int or None
        Id of the last entry of the page before.
    subject : str or None
        A part of what was read or changed, in small letters or large.
    since, until : datetime or None
        From, and up to but without.
    """
    with conn.cursor(row_factory=class_row(LogEntry)) as cursor:
        return cursor.execute(
            load("audit_log")["page"],
            {
                "limit": limit,
                "before": before,
                "actor": actor,
                "action": action,
                "subject": subject,
                "since": since,
                "until": until,
            },
        ).fetchall()


def pack_written(conn: Connection, digest: str) -> tuple[datetime, str] | None:
    """Return when and by whom a hand-over pack of a digest was written; None = not here."""
    row = conn.execute(load("audit_log")["pack"], {"digest": digest}).fetchone()
    return None if row is None else (row[0], row[1])
