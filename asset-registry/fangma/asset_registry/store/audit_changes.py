"""Find what the facts of an audit became from one revision to a later one, where that is little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fangma.asset_registry.store.audit_facts import changed_facts
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.auditing.engine import Audit
    from fangma.asset_registry.auditing.facts import FactChanges
    from fangma.asset_registry.store.connection import Connection, Moment

# From there on reading everything costs no more.
_MOST: Final = 2_000
_OF_ROOMS: Final = frozenset(
    ("room", fact) for fact in ("state", "shape", "ledger", "lease", "assignment", "binding")
)


def audit_changes(
    conn: Connection, site_id: UUID, moment: Moment, *, since: int, audit: Audit
) -> tuple[FactChanges, datetime | None] | None:
    """Return what changed of the facts of an audit.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.reading`, for whoever the audit is of.
    moment : Moment
        On the day of the audit, and not before it.
    since : int
        The revision that the audit was made of.

    Returns
    -------
    changes : (FactChanges, datetime or None) or None
        And when the next of the changed facts begins or ends. None when the whole is to be read
        again: a room or a building came, went or moved, units or titles changed, an import was
        taken back, or there is much of it.
    """
    sql = load("audit_changes")
    asked = {
        "site_id": site_id,
        "since": since,
        "revision": moment.revision,
        "at": moment.at,
        "known": moment.known,
        "most": _MOST + 1,
    }
    back = conn.execute(sql["is_taken_back"], asked).fetchone()
    rows = conn.execute(sql["changes"], asked).fetchall()
    if back is None or back[0] or len(rows) > _MOST:
        return None
    if any(fact != "post" and (kind, fact) not in _OF_ROOMS for fact, kind, _, _ in rows):
        return None
    rooms = {code for fact, _, code, _ in rows if fact != "post"}
    people = {code for fact, _, code, _ in rows if fact == "post"}
    changes = changed_facts(conn, site_id, moment, rooms=rooms, people=people)
    if changes is None or _moves_a_storey(
        audit, changes, {code for fact, _, code, _ in rows if fact == "shape"}
    ):
        return None
    return changes, rows[0][3] if rows else None


def rooms_seen(conn: Connection, site_id: UUID) -> str:
    """Return one text for which rooms the reader sees and where they belong."""
    row = conn.execute(load("audit_changes")["rooms_seen"], {"site_id": site_id}).fetchone()
    return "" if row is None else str(row[0])


def _moves_a_storey(audit: Audit, changes: FactChanges, shaped: set[str]) -> bool:
    """Tell whether the height of a building, where its model shows it, may be another one now."""
    measured = {row.code for row in audit.buildings if row.height_basis != "record"}
    for fact in changes.rooms:
        before = audit.estate.rooms.get(fact.code)
        if before is None:
            return True
        is_moved = (before.building, before.storey) != (fact.building, fact.storey)
        if (is_moved or fact.code in shaped) and measured & {before.building, fact.building}:
            return True
    return False
