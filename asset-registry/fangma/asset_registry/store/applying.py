"""Carry out a change set: whole, or not at all.

Everything is staged before the recording lock is taken; under it, time is stamped, codes are given,
superseded facts are closed and new ones added. The caller's transaction commits.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.types.range import TimestamptzRange

from fangma.asset_registry.changes import Applied
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store import cameras, networks
from fangma.asset_registry.store.allocation import give_codes
from fangma.asset_registry.store.following import hand_on
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.staging import as_json, stage, stage_codes
from fangma.asset_registry.store.tiles import switch_tiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.changes import ChangeSet, ModelRevision, TileSwitch
    from fangma.asset_registry.store.connection import Connection

_MANY: Final = 5_000
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
    begin: Callable[[Mapping[UUID, str]], None] | None = None,
    publish: Callable[[Mapping[UUID, str]], TileSwitch] | None = None,
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
    begin : callable, optional
        Takes the codes that were given as soon as the entries stand: slow work of other processes
        can begin while the facts are written.
    publish : callable, optional
        Takes the codes that were given, writes tile files, and answers what the tileset points at
        from now on; called when everything else stands, so that tiles can carry codes.

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
        conn.execute(sql["plan_checks_once"])
        stamp = conn.execute(sql["stamp"]).fetchone()
        if stamp is None:
            raise AssertionError  # a SELECT without FROM gives one row
        revision: int = stamp[0]
        recorded_at: datetime = stamp[1]
        codes = give_codes(conn, changes.new, {state.entry_id: state for state in changes.states})
        stage_codes(conn, codes)
        _add_entries(conn, changes, revision)
        if begin is not None:
            begin(codes)
        _change_facts(conn, changes, revision, recorded_at)
        if changes.model is not None:
            _add_model(conn, changes, changes.model, revision)
            for question in changes.questions:
                conn.execute(
                    load("reviews")["add"],
                    {
                        "site_id": changes.site_id,
                        "model_revision_id": changes.model.id,
                        "old_ids": list(question.old),
                        "new_ids": list(question.new),
                        "why": question.why,
                        "revision": revision,
                    },
                )
        if changes.occupation is not None:
            # Tables bring people, models never: they need not pay for loading it.
            from fangma.asset_registry.store import occupation

            occupation.write(
                conn,
                changes.occupation,
                site_id=changes.site_id,
                revision=revision,
                recorded_at=recorded_at,
            )
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
        followed = hand_on(
            conn,
            changes.lineage,
            at=changes.valid_from or recorded_at,
            revision=revision,
            recorded_at=recorded_at,
        )
        if publish is not None:
            if changes.model is None:
                raise ApplyError(
                    "the change set brings tiles but no model, expected the file that they show",
                    "give the change set its model revision",
                )
            switch_tiles(
                conn,
                publish(codes),
                site_id=changes.site_id,
                model_id=changes.model.model_id,
                revision_id=revision,
            )
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
        if len(changes.new) > _MANY:
            conn.execute(sql["refresh_statistics"])
        network = changes.network
        if network is not None and max(len(network.joins), len(network.accuracies)) > _MANY:
            conn.execute(sql["refresh_network_statistics"])
        if changes.occupation is not None and len(changes.occupation.added) > _MANY:
            conn.execute(sql["refresh_occupation_statistics"])
    return Applied(revision_id=revision, recorded_at=recorded_at, codes=codes, followed=followed)


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
    if changes.model is None and (changes.sources or changes.superseded or changes.questions):
        raise ApplyError(
            "the change set names sources or questions but no model, expected the file that they "
            "stand in",
            "give the change set its model revision",
        )


def _expect_once(what: str, ids: Sequence[UUID]) -> None:
    if len(set(ids)) == len(ids):
        return
    twice, _ = Counter(ids).most_common(1)[0]
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
    if changes.network is not None:
        networks.write(conn, changes.network, times)
    if changes.cameras or changes.blinded:
        cameras.write(conn, changes.cameras, changes.blinded, times)
    elif changes.marked_secret:
        cameras.follow_rooms(conn)


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
        "project_name": model.project_name,
        "placement": list(model.placement) or None,
        "georeferenced": model.georeferenced,
        "outlines": as_json(model.outlines),
    }
    row["model_before"] = None
    if model.new_model:
        conn.execute(sql["add_model"], row)
    else:
        before = conn.execute(sql["model_now"], row).fetchone()
        row["model_before"] = None if before is None else as_json(before[0])
        extended = conn.execute(sql["extend_model"], row).rowcount
        _expect_all("models", extended, 1)
        conn.execute(sql["retire_model_revision"], row)
    conn.execute(sql["add_model_revision"], row)
    conn.execute(sql["close_sources"], row)
    added = conn.execute(sql["add_sources"], row).rowcount
    _expect_all("sources", added, len(changes.sources))


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
