"""Carry out what follows a split, a merge or a replacement, in the transaction that records it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row, dict_row

from fangma.asset_registry.following import RULES, Held, follow, heirs_of
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.staging import as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.changes import Lineage
    from fangma.asset_registry.following import Heir
    from fangma.asset_registry.store.connection import Connection

_FILE: Final = "lineage"


def hand_on(
    conn: Connection,
    lineage: Iterable[Lineage],
    *,
    at: datetime,
    revision: int,
    recorded_at: datetime,
) -> dict[str, int]:
    """Let everything that hangs on the ancestors follow to their heirs; the rules are pure.

    Returns
    -------
    moved : dict of str to int
        Facts that went to an heir, by table; only those with any.
    """
    heirs = heirs_of(lineage)
    if not heirs:
        return {}
    sql = load(_FILE)
    everyone = [*heirs, *{heir.id for parts in heirs.values() for heir in parts}]
    stamp = {"recorded_at": recorded_at, "revision": revision}
    moved: dict[str, int] = {}
    for table in RULES:
        with conn.cursor(row_factory=class_row(Held)) as cursor:
            held = cursor.execute(
                sql["facts_held"], {"table": table, "about": everyone, "since": at}
            ).fetchall()
        done = follow(table, held, heirs, at)
        if not done.moved:
            continue
        moved[table] = done.moved
        conn.execute(sql["close_facts"], {**stamp, "table": table, "places": list(done.closed)})
        facts = as_json([_row(row) for row in done.added])
        conn.execute(sql["add_facts"], {**stamp, "table": table, "facts": facts})
        if table == "binding":
            conn.execute(sql["point_streams"], {"about": list(heirs), "now": recorded_at})
    moved |= _repoint_annexes(conn, heirs, at=at, stamp=stamp)
    return moved


def _repoint_annexes(
    conn: Connection,
    heirs: Mapping[UUID, Sequence[Heir]],
    *,
    at: datetime,
    stamp: Mapping[str, Any],
) -> dict[str, int]:
    """Let annexes name the principal heir of the office that they belong to."""
    sql = load(_FILE)
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(sql["annexes"], {"about": list(heirs), "since": at}).fetchall()
    if not rows:
        return {}
    about = list({row["entry_id"] for row in rows})
    with conn.cursor(row_factory=class_row(Held)) as cursor:
        held = cursor.execute(
            sql["facts_held"], {"table": "ledger", "about": about, "since": at}
        ).fetchall()
    principal = {str(id_): str(parts[0].id) for id_, parts in heirs.items()}
    naming = [row for row in held if row.fact.get("annex_of") in principal]
    facts = []
    for row in naming:
        if row.valid_from is None or row.valid_from < at:
            facts.append(_row(row) | {"valid": _range(row.valid_from, at)})
        start = at if row.valid_from is None or row.valid_from < at else row.valid_from
        facts.append(
            _row(row)
            | {"annex_of": principal[row.fact["annex_of"]], "valid": _range(start, row.valid_to)}
        )
    conn.execute(
        sql["close_facts"], {**stamp, "table": "ledger", "places": [row.place for row in naming]}
    )
    conn.execute(sql["add_facts"], {**stamp, "table": "ledger", "facts": as_json(facts)})
    return {"annex": len(naming)}


def _row(held: Held) -> dict[str, Any]:
    return {**held.fact, "valid": _range(held.valid_from, held.valid_to)}


def _range(start: datetime | None, end: datetime | None) -> str:
    """Write a range as PostgreSQL reads it."""
    return f"[{start.isoformat() if start else ''},{end.isoformat() if end else ''})"
