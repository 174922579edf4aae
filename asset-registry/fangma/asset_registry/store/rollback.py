"""Take an import back, as one more recorded decision; the SQL is ``sql/rollback.sql``.

What the import said stays on record and can be asked for with ``known``; from now on the registry
holds what it held before: codes, shapes, lineage, people, sensors, sources and tiles. What was
decided later and rests on the import is never torn out: then the rollback is refused, and told why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from psycopg.rows import class_row, dict_row

from fangma.asset_registry.store import resting
from fangma.asset_registry.store.audit_log import append
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.resting import RestedOnError
from fangma.asset_registry.store.staging import as_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from fangma.asset_registry.store.connection import Connection

_FILE: Final = "rollback"


class RollbackError(RestedOnError):
    """An import that is not there, or that later decisions rest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolledBack:
    """What a rollback did.

    Attributes
    ----------
    revision : int
        The rollback itself.
    undone : int
        The import that was taken back.
    now : str or None
        File whose content holds again; None = the model is no longer known.
    """

    revision: int
    undone: int
    recorded_at: datetime
    file: str
    now: str | None
    site: str

    def as_dict(self) -> dict[str, Any]:
        """Turn into what JSON carries."""
        return {
            "revision": self.revision, "undone": self.undone,
            "recorded_at": self.recorded_at.isoformat(), "file": self.file, "now": self.now,
            "site": self.site,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Import:
    id: UUID
    model_id: UUID
    revision_id: int
    file: str
    sha256: str
    current: bool
    model_before: dict[str, Any] | None
    site_id: UUID
    kind: str
    action: str
    recorded_at: datetime
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Revision:
    """One revision of a model; ``undone`` is what it took back, of a rollback."""

    id: UUID
    revision_id: int
    file: str
    current: bool
    undone: int | None


def roll_back(
    conn: Connection,
    which: int | str,
    *,
    actor: str,
    reason: str | None = None,
    document: str | None = None,
    site_id: UUID | None = None,
    has_tile: Callable[[str], bool] = lambda _: True,
) -> RolledBack:
    """Take an import back.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.recording`.
    which : int or str
        Revision of the import, or the name of its file: then its newest import is meant.
    has_tile : callable
        Tells whether the tile file of a hash is still there.

    Raises
    ------
    RollbackError
        When there is no such import, it is not the newest of its model, or something rests on it.
    """
    sql = load(_FILE)
    conn.execute(load("applying")["lock_recording"])
    found = _find(conn, which, site_id)
    span = _span(conn, found, which)
    if found.revision_id != span[-1].revision_id:  # a file name finds the rollback that repeats it
        found = _find(conn, span[-1].revision_id, site_id)
    asked = {
        "undone": found.revision_id, "model_id": found.model_id,
        "span": [row.revision_id for row in span], "ids": [row.id for row in span],
    }  # fmt: skip
    asked["span"] = _expect_free(conn, found, asked)
    with conn.cursor(row_factory=dict_row) as cursor:
        before = cursor.execute(sql["before"], asked).fetchone()
        tiles = cursor.execute(sql["tiles_of_before"], asked).fetchall()
    lost = [t for t in tiles if not (has_tile(t["hash"]) and has_tile(t["plain_hash"]))]
    if lost:
        raise RollbackError(
            f"{len(lost)} of {len(tiles)} tile files of the state before are no longer there",
            f"import {before['file'] if before else 'the file before'} again instead",
        )
    stamp = conn.execute(load("applying")["stamp"]).fetchone()
    if stamp is None:
        raise AssertionError  # a SELECT without FROM gives one row
    revision, recorded_at = stamp
    doing = {**asked, "revision": revision, "recorded_at": recorded_at}
    conn.execute(sql["retire_model_revision"], doing)
    new = uuid4()
    if before is not None:
        conn.execute(sql["repeat_model_revision"], {**doing, "new": new, "before": before["id"]})
    # A model of which nothing is left has no newer revision that its sources could end with.
    conn.execute(sql["close_sources"], {**doing, "until": new if before is not None else found.id})
    if before is not None:
        conn.execute(sql["reopen_sources"], {**doing, "new": new})
    for (table,) in conn.execute(sql["tables"]).fetchall():
        conn.execute(sql["undo_facts"], {**doing, "table": table})
    for step in ("undo_lineage", "withdraw_reviews", "retire_tiles", "restore_tiles",
                 "restore_scopes", "point_streams"):  # fmt: skip
        conn.execute(sql[step], doing)
    if found.model_before is not None and before is not None:
        conn.execute(sql["restore_model"], {**doing, "before": as_json(found.model_before)})
    conn.execute(
        load("applying")["add_revision"],
        {
            "id": revision, "recorded_at": recorded_at, "actor": actor, "action": "rollback",
            "reason": reason, "document": document,
            "detail": as_json({"undone": found.revision_id, "file": found.file}),
        },
    )  # fmt: skip
    conn.execute(load("applying")["check_now"])
    append(
        conn, actor=actor, action="rollback", subject=found.site,
        detail={"undone": found.revision_id, "file": found.file, "reason": reason},
    )  # fmt: skip
    return RolledBack(
        revision=revision, undone=found.revision_id, recorded_at=recorded_at, file=found.file,
        now=None if before is None else before["file"], site=found.site,
    )  # fmt: skip


def _find(conn: Connection, which: int | str, site_id: UUID | None) -> _Import:
    asked = {
        "revision": which if isinstance(which, int) else None,
        "file": which if isinstance(which, str) else None, "site_id": site_id,
    }  # fmt: skip
    with conn.cursor(row_factory=class_row(_Import)) as cursor:
        found = cursor.execute(load(_FILE)["find_import"], asked).fetchone()
    if found is None:
        raise RollbackError(
            f"there is no import {which}", "fangma imports lists them with their revisions"
        )
    return found


def _span(conn: Connection, found: _Import, which: int | str) -> list[_Revision]:
    """Return the import with what followed and was taken back, newest first.

    A rollback repeats what held before; the import that holds now is the one at the end of that
    chain, and all of its model's revisions since cancelled each other out.

    Raises
    ------
    RollbackError
        When another import of the model holds, or none.
    """
    with conn.cursor(row_factory=class_row(_Revision)) as cursor:
        rows = cursor.execute(
            load(_FILE)["revisions_of_model"], {"model_id": found.model_id}
        ).fetchall()
    at = next((n for n, row in enumerate(rows) if row.current), None)
    while at is not None and (undone := rows[at].undone) is not None:
        at = next(n for n, row in enumerate(rows) if row.revision_id < undone)
    holds = None if at is None else rows[at]
    further = (
        "fangma imports lists what holds"
        if holds is None
        else f"roll back revision {holds.revision_id} ({holds.file}), which holds now"
    )
    if found.action == "rollback" and isinstance(which, int):
        raise RollbackError(
            f"revision {found.revision_id} is a rollback itself, expected an import",
            f"import the file again to undo a rollback; to go back further, {further}",
        )
    if at is not None and holds is not None and found.revision_id in (
        holds.revision_id, rows[0].revision_id
    ):  # fmt: skip
        return rows[: at + 1]
    taken_back = any(row.undone == found.revision_id for row in rows)
    raise RollbackError(
        f"revision {found.revision_id} was taken back already"
        if taken_back or holds is None
        else f"revision {found.revision_id} is not the newest import of its model; "
        f"revision {holds.revision_id} is",
        further,
    )


def _expect_free(conn: Connection, found: _Import, asked: dict[str, Any]) -> list[int]:
    """Find what was decided later and rests on the import; answer what goes back with it.

    Raises
    ------
    RollbackError
    """
    sql = load(_FILE)

    def rests(span: list[int]) -> dict[int, str]:
        why = resting.later_facts(conn, span)
        asking = {**asked, "span": span}
        for (later,) in conn.execute(sql["later_lineage"], asking):
            why[later] = "divided, joined or replaced things of this import"
        for (later,) in conn.execute(sql["later_orders"], asking):
            why[later] = "work orders or rounds stand on things of this import"
        for (later,) in conn.execute(sql["later_tiles"], asking):
            why.setdefault(later, "wrote its tiles anew")
        for file, later in conn.execute(sql["others_of_revision"], asking):
            why[later] = f"{file} names things that this import brought in"
        return why

    span, why = resting.span_of(conn, asked["span"], rests)
    reviews = conn.execute(sql["decided_reviews"], asked).fetchall()
    if not why and not reviews:
        return span
    dependents = resting.dependents(conn, why)
    words = resting.in_words(dependents)
    words += [f"review {id_} was decided by {by}: {what}" for id_, what, by in reviews]
    raise RollbackError(
        f"later decisions rest on the import of {found.file}: {'; '.join(words)}",
        "take those back first (fangma lineage undo), or import a corrected file instead",
        dependents,
    )
