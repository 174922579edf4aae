"""Carry out a change set: whole, or not at all.

Everything is staged before the recording lock is taken; under it, time is stamped, codes are given,
superseded facts are closed and new ones added. The caller's transaction commits.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.types.range import TimestamptzRange

from fangma.asset_registry.changes import Applied
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store.allocation import give_codes
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.staging import as_json, stage, stage_codes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from fangma.asset_registry.changes import ChangeSet, ModelRevision, Tile
    from fangma.asset_registry.store.connection import Connection

_NEVER: Final = TimestamptzRange(empty=True)


class ApplyError(RegistryError):
    """A change set that contradicts itself or the registry; nothing of it has been written."""


def apply(
    conn: Connection,
    changes: ChangeSet,
    *,
    actor: str,
    action: str,
    reason: str | None = None,
    document: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Applied:
    """Write a change set into the registry, in the caller's transaction.

    A state or shape holds from ``valid_from`` to ``valid_to``: what was held of the same entry for
    that time is closed, what was held for the time before and after stays. The recording lock is
    held until the caller commits, so commit soon; append to the audit log after this, never before.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.recording`.
    actor : str
        Who did it: an account's name.
    action : str
        One of the actions of ``fangma.revision``.

    Returns
    -------
    applied : Applied
        The revision and the codes that were given.

    Raises
    ------
    ApplyError
        When the change set names an entry twice or one that the reader cannot see, holds a shape
        that is none, or breaks a rule of the schema. The caller's transaction is then of no use.
    """
    _examine(changes)
    sql = load("applying")
    with _in_words():
        stage(conn, changes)
        conn.execute(sql["lock_recording"])
        stamp = conn.execute(sql["stamp"]).fetchone()
        if stamp is None:
            raise AssertionError  # a SELECT without FROM gives one row
        revision: int = stamp[0]
        recorded_at: datetime = stamp[1]
        codes = give_codes(conn, changes.new, {state.entry_id: state for state in changes.states})
        stage_codes(conn, codes)
        _add_entries(conn, changes, revision)
        _change_facts(conn, changes, revision, recorded_at)
        if changes.model is not None:
            _add_model(conn, changes, changes.model, revision)
        for step in changes.lineage:
            conn.execute(
                sql["add_lineage"],
                {
                    "predecessor_id": step.predecessor_id,
                    "successor_id": step.successor_id,
                    "kind": step.kind,
                    "at": changes.valid_from or recorded_at,
                    "area_share": step.area_share,
                    "reason": step.reason or reason,
                    "document": step.document or document,
                    "revision": revision,
                },
            )
        _switch_tiles(conn, changes, revision)
        conn.execute(
            sql["add_revision"],
            {
                "id": revision,
                "recorded_at": recorded_at,
                "actor": actor,
                "action": action,
                "reason": reason,
                "document": document,
                "detail": as_json(dict(detail or {})),
            },
        )
        conn.execute(sql["check_now"])
    return Applied(revision_id=revision, recorded_at=recorded_at, codes=codes)


def _examine(changes: ChangeSet) -> None:
    """Find contradictions that need no database."""
    start, end = changes.valid_from, changes.valid_to
    if start is not None and end is not None and start >= end:
        raise ApplyError(
            f"the change set is valid from {start.isoformat()} to {end.isoformat()}, expected the "
            "end after the start",
            "correct the dates",
        )
    states = [state.entry_id for state in changes.states]
    for what, ids in (
        ("new entries", [entry.id for entry in changes.new]),
        ("states", states),
        ("shapes", [shape.entry_id for shape in changes.shapes]),
        ("retirements", changes.retired),
    ):
        _expect_once(what, ids)
    both = set(states) & set(changes.retired)
    if both:
        raise ApplyError(
            f"entry {min(both)} is given a state and retired in one change set, expected one",
            "retire it, or say what it is",
        )
    if changes.model is None and (changes.sources or changes.superseded):
        raise ApplyError(
            "the change set names sources but no model, expected the file that they stand in",
            "give the change set its model revision",
        )


def _expect_once(what: str, ids: Sequence[UUID]) -> None:
    if len(set(ids)) == len(ids):
        return
    seen: set[UUID] = set()
    twice = next(id_ for id_ in ids if id_ in seen or seen.add(id_))
    raise ApplyError(
        f"entry {twice} occurs twice among the {what}, expected once",
        "make one of the two",
    )


def _add_entries(conn: Connection, changes: ChangeSet, revision: int) -> None:
    sql = load("applying")
    if changes.new or changes.moved or changes.marked_secret:
        conn.execute(sql["add_scopes"])
    added = conn.execute(sql["add_entries"], {"revision": revision}).rowcount
    _expect_all("new entries", added, len(changes.new))
    moved = conn.execute(sql["move_entries"]).rowcount
    wanted = {entry for entry, _ in changes.moved} | {entry for entry, _ in changes.marked_secret}
    _expect_all("moved entries", moved, len(wanted))


def _change_facts(
    conn: Connection, changes: ChangeSet, revision: int, recorded_at: datetime
) -> None:
    sql = load("applying")
    start, end = changes.valid_from, changes.valid_to
    times = {
        "valid": TimestamptzRange(start, end),
        "before": _NEVER if start is None else TimestamptzRange(None, start),
        "after": _NEVER if end is None else TimestamptzRange(end, None),
        "recorded_at": recorded_at,
        "revision": revision,
    }
    adding = {key: times[key] for key in ("valid", "recorded_at", "revision")}
    conn.execute(sql["close_states"], times)
    added = conn.execute(sql["add_states"], adding).rowcount
    _expect_all("states", added, len(changes.states))
    conn.execute(sql["close_shapes"], times)
    added = conn.execute(sql["add_shapes"], adding).rowcount
    _expect_all("shapes", added, len(changes.shapes))


def _add_model(conn: Connection, changes: ChangeSet, model: ModelRevision, revision: int) -> None:
    sql = load("applying")
    row = {
        "id": model.id,
        "model_id": model.model_id,
        "site_id": model.site_id,
        "building_ids": list(model.building_ids),
        "kind": model.kind,
        "discipline": model.discipline,
        "project_guid": model.project_guid,
        "building_guids": list(model.building_guids),
        "name": model.name,
        "revision": revision,
        "file": model.file,
        "sha256": model.sha256,
        "size": model.size,
        "schema": model.schema,
        "application": model.application,
        "written_at": model.written_at,
        "report": as_json(model.report),
    }
    if model.new_model:
        conn.execute(sql["add_model"], row)
    else:
        extended = conn.execute(sql["extend_model"], row).rowcount
        _expect_all("models", extended, 1)
        conn.execute(sql["retire_model_revision"], row)
    conn.execute(sql["add_model_revision"], row)
    conn.execute(sql["close_sources"], row)
    added = conn.execute(sql["add_sources"], row).rowcount
    _expect_all("sources", added, len(changes.sources))


def _switch_tiles(conn: Connection, changes: ChangeSet, revision: int) -> None:
    sql = load("applying")
    if changes.retired_tiles:
        conn.execute(
            sql["retire_tiles"], {"ids": list(changes.retired_tiles), "revision": revision}
        )
    model_id = None if changes.model is None else changes.model.model_id
    for tile in changes.tiles:
        row = _tile(tile) | {"model_id": model_id, "revision": revision}
        tile_id = _add_tile(conn, row)
        if tile.secret and tile.masked_hash is not None:
            mask = {
                "secret": False,
                "mask_of": tile_id,
                "hash": tile.masked_hash,
                "plain_hash": tile.masked_hash,
                "elements": 0,
                "bytes": 0,
            }
            _add_tile(conn, row | mask)


def _tile(tile: Tile) -> dict[str, Any]:
    return {
        "site_id": tile.site_id,
        "building_id": tile.building_id,
        "part": "grounds" if tile.building_id is None else "building",
        "secret": tile.secret,
        "storey_id": tile.storey_id,
        "role": tile.role,
        "discipline": tile.discipline,
        "mask_of": None,
        "hash": tile.hash,
        "plain_hash": tile.plain_hash,
        "box": list(tile.box),
        "geometric_error": tile.geometric_error,
        "elements": tile.elements,
        "bytes": tile.bytes,
    }


def _add_tile(conn: Connection, row: dict[str, Any]) -> int:
    sql = load("applying")
    conn.execute(sql["add_tile_scope"], row)
    added = conn.execute(sql["add_tile"], row).fetchone()
    _expect_all("tiles", int(added is not None), 1)
    return int(added[0]) if added else 0


def _expect_all(what: str, found: int, expected: int) -> None:
    if found != expected:
        raise ApplyError(
            f"only {found} of {expected} {what} could be written: the others name entries that "
            "the registry does not have or the reader may not see",
            "plan the change again from what the registry holds now",
        )


@contextmanager
def _in_words() -> Iterator[None]:
    """Tell what the database refuses as an error of the change set."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise ApplyError(
            f"the reader may not write this: {error.diag.message_primary}",
            "sign in with an account that has a grant of this site and may see the room",
        ) from error
    except (psycopg.IntegrityError, psycopg.DataError, psycopg.InternalError) as error:
        raise ApplyError(
            f"the change set does not fit the registry: {error.diag.message_primary or error}"
            f"{' (' + error.diag.message_detail + ')' if error.diag.message_detail else ''}",
            "nothing was written; mend the source that it was planned from and import again",
        ) from error
