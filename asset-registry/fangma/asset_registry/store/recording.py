"""One revision for a small recording: the lock, the stamp, and the row that is written last."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The revision that is being written."""

    revision: int
    recorded_at: datetime


def lock(conn: Connection) -> None:
    """Keep other recordings out until the caller's transaction ends: look, then write."""
    conn.execute(load("applying")["lock_recording"])


@contextmanager
def revision(
    conn: Connection,
    *,
    actor: str,
    detail: Mapping[str, Any],
    reason: str | None = None,
) -> Iterator[Stamp]:
    """Write rows of one revision, inside :func:`..connection.recording`; commit soon after.

    Parameters
    ----------
    detail : mapping
        What the revision is about; kept with it.

    Yields
    ------
    stamp : Stamp
        What every row of it carries.
    """
    sql = load("applying")
    lock(conn)
    conn.execute(sql["check_later"])
    row = conn.execute(sql["stamp"]).fetchone()
    if row is None:
        raise AssertionError  # a SELECT without FROM gives one row
    stamp = Stamp(revision=row[0], recorded_at=row[1])
    yield stamp
    conn.execute(
        sql["add_revision"],
        {
            "id": stamp.revision,
            "recorded_at": stamp.recorded_at,
            "actor": actor,
            "action": "edit",
            "reason": reason,
            "document": None,
            "detail": Jsonb(dict(detail)),
        },
    )
    conn.execute(sql["check_now"])
