"""Edits of single facts by people: rename a room, change its use, correct the past, retire."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from psycopg.rows import class_row
from psycopg.types.range import TimestamptzRange

from fangma.asset_registry.changes import Applied, ChangeSet, State
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection

EDITABLE: Final = frozenset({"name", "number", "use", "system"})
"""What a person may change; place and shape come from models and surveys."""


class EditError(RegistryError):
    """An edit of something that is not there then, or may not be edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _HeldRow:
    valid: TimestamptzRange
    name: str | None
    number: str | None
    building_id: UUID | None
    storey_id: UUID | None
    use: str | None
    system: str | None
    ifc_class: str | None
    predefined_type: str | None
    elevation_m: float | None
    inferred: bool
    site_id: UUID

    def state(self, entry_id: UUID) -> State:
        return State(
            entry_id=entry_id,
            name=self.name,
            number=self.number,
            building_id=self.building_id,
            storey_id=self.storey_id,
            use=self.use,
            system=self.system,
            ifc_class=self.ifc_class,
            predefined_type=self.predefined_type,
            elevation_m=self.elevation_m,
            inferred=self.inferred,
        )


def record_edit(
    conn: Connection,
    entry_id: UUID,
    changes: Mapping[str, str | None],
    *,
    actor: str,
    valid_from: datetime | None = None,
    reason: str | None = None,
    document: str | None = None,
) -> list[Applied]:
    """Record that something about a thing is different from a time on (now, unless said).

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.recording`.
    changes : mapping of str to str or None
        New values by field, of :data:`EDITABLE`; None empties it.

    Returns
    -------
    applied : list of Applied
        One revision for each stretch of time that differed otherwise; usually one.

    Raises
    ------
    EditError
        When a field may not be edited, or the thing does not exist then.
    """
    start = valid_from or datetime.now(UTC)
    return _amend(
        conn,
        entry_id,
        changes,
        TimestamptzRange(start, None),
        actor=actor,
        action="edit",
        reason=reason,
        document=document,
    )


def correct(
    conn: Connection,
    entry_id: UUID,
    changes: Mapping[str, str | None],
    *,
    valid_from: datetime | None,
    valid_to: datetime | None,
    actor: str,
    reason: str,
    document: str | None = None,
) -> list[Applied]:
    """Correct what was held of a time gone by; everything else about that time stays.

    What was believed before the correction can still be asked for, with ``known``.

    Parameters
    ----------
    valid_from, valid_to : datetime or None
        The time that was held wrongly; None = since ever, until told otherwise.
    reason : str
        Required: a correction changes answers that somebody may have printed.

    Raises
    ------
    EditError
        As :func:`record_edit`.
    """
    return _amend(
        conn,
        entry_id,
        changes,
        TimestamptzRange(valid_from, valid_to),
        actor=actor,
        action="correction",
        reason=reason,
        document=document,
    )


def retire(
    conn: Connection,
    entry_id: UUID,
    *,
    actor: str,
    at: datetime | None = None,
    reason: str | None = None,
    document: str | None = None,
) -> Applied:
    """Record that a thing is no longer, from a time on (now, unless said); its code stays its own.

    Raises
    ------
    EditError
        When it does not exist then.
    """
    start = at or datetime.now(UTC)
    held = _held(conn, entry_id, TimestamptzRange(start, None))
    return apply(
        conn,
        ChangeSet(site_id=held[0].site_id, valid_from=start, retired=(entry_id,)),
        actor=actor,
        action="edit",
        reason=reason,
        document=document,
    )


def _amend(
    conn: Connection,
    entry_id: UUID,
    changes: Mapping[str, str | None],
    valid: TimestamptzRange,
    *,
    actor: str,
    action: str,
    reason: str | None,
    document: str | None,
) -> list[Applied]:
    strange = sorted(changes.keys() - EDITABLE)
    if strange or not changes:
        raise EditError(
            f"found {', '.join(strange) or 'nothing'} to edit, expected some of "
            f"{', '.join(sorted(EDITABLE))}",
            "place and shape change by importing a model; leave them out here",
        )
    return [
        apply(
            conn,
            ChangeSet(
                site_id=piece.site_id,
                valid_from=piece.valid.lower,
                valid_to=piece.valid.upper,
                states=(_edited(piece.state(entry_id), changes),),
            ),
            actor=actor,
            action=action,
            reason=reason,
            document=document,
        )
        for piece in _held(conn, entry_id, valid)
    ]


def _edited(state: State, changes: Mapping[str, str | None]) -> State:
    return replace(
        state,
        name=changes.get("name", state.name),
        number=changes.get("number", state.number),
        use=changes.get("use", state.use),
        system=changes.get("system", state.system),
    )


def _held(conn: Connection, entry_id: UUID, valid: TimestamptzRange) -> list[_HeldRow]:
    """Lock out other recordings, then read what would be changed."""
    conn.execute(load("applying")["lock_recording"])
    with conn.cursor(row_factory=class_row(_HeldRow)) as cursor:
        rows = cursor.execute(load("editing")["held"], {"id": entry_id, "valid": valid}).fetchall()
    if not rows:
        raise EditError(
            f"entry {entry_id} does not exist then, or the reader may not see it",
            "ask for its file, and choose a time within its life",
        )
    return rows
