"""The append-only, hash-chained audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.store.connection import Connection


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
