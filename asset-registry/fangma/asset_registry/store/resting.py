"""What was recorded later and rests on a revision: it must go first, before the revision can.

A later decision that was itself taken back stands in nobody's way: it and its undoing cancel each
other out, so the three are seen as one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import dict_row

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from fangma.asset_registry.store.connection import Connection

_MOST_TOLD: Final = 20


class RestedOnError(RegistryError):
    """What was asked to go is not there, or later recordings rest on it.

    Attributes
    ----------
    dependents : tuple of dict
        ``{"revision", "recorded_at", "actor", "action", "reason", "why"}``, oldest first.
    """

    def __init__(
        self, message: str, remedy: str, dependents: tuple[dict[str, Any], ...] = ()
    ) -> None:
        super().__init__(message, remedy)
        self.dependents = dependents


def span_of(
    conn: Connection, span: Sequence[int], find: Callable[[list[int]], Mapping[int, str]]
) -> tuple[list[int], dict[int, str]]:
    """Widen a span of revisions by the later ones that cancel each other out.

    Parameters
    ----------
    find : callable
        Takes a span, and tells which later revisions rest on it, and why.

    Returns
    -------
    span : list of int
        The one given, and pairs of a decision and its undoing that rested on it.
    why : dict of int to str
        What still rests on all of them.
    """
    whole = list(span)
    while True:
        why = dict(find(whole))
        more = _pairs(conn, why, min(span)) - set(whole)
        if not more:
            return whole, why
        whole.extend(sorted(more))


def _pairs(conn: Connection, revisions: Iterable[int], first: int) -> set[int]:
    rows = conn.execute(
        load("undoing")["pairs"], {"revisions": list(revisions), "first": first}
    ).fetchall()
    return {revision for pair in rows for revision in pair}


def later_facts(
    conn: Connection, span: Sequence[int], things: str = "of this import"
) -> dict[int, str]:
    """Find later revisions that told facts of what the span told, or of what it brought in."""
    sql = load("rollback")
    why: dict[int, str] = {}
    for (table,) in conn.execute(sql["tables"]).fetchall():
        for _, later in conn.execute(sql["facts_after"], {"span": list(span), "table": table}):
            why.setdefault(later, f"changed {table.replace('_', ' ')}s of things {things}")
    return why


def dependents(conn: Connection, why: Mapping[int, str]) -> tuple[dict[str, Any], ...]:
    """Tell revisions that rest on another one, oldest first, as a refusal carries them."""
    with conn.cursor(row_factory=dict_row) as cursor:
        told = cursor.execute(load("rollback")["told_revisions"], {"ids": list(why)}).fetchall()
    return tuple(
        {
            "revision": row["id"], "recorded_at": row["recorded_at"].isoformat(),
            "actor": row["actor"], "action": row["action"], "reason": row["reason"],
            "why": why[row["id"]],
        }
        for row in told
    )  # fmt: skip


def in_words(told: Sequence[Mapping[str, Any]]) -> list[str]:
    """Tell dependents in a sentence each, and how many were left out."""
    words = [
        f"revision {d['revision']} ({d['action']} by {d['actor']}, {d['recorded_at'][:19]}): "
        f"{d['why']}"
        for d in told[:_MOST_TOLD]
    ]
    more = len(told) - _MOST_TOLD
    return [*words, f"and {more} more"] if more > 0 else words
