"""What a phone did without a network, taken in afterwards: nothing is lost, nothing doubled.

Every thing has a key that the phone made; a key that came before is answered and not written again.
What was done is recorded with the time at which it was done. When the world has moved on meanwhile:

- a visit is kept beside the other ones at that stop; the latest counts;
- a step that no longer fits its order (somebody closed it, or gave it to another) is kept as a note
  on the order, in words that say so, and the order stays where it is;
- what names something that the reader does not see, or is wrong in itself, is refused and told, and
  stays on the phone until somebody looks at it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID, uuid5

from fangma.asset_registry.codes import canonical
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store import work_orders
from fangma.asset_registry.store.connection import reading
from fangma.asset_registry.store.inspections import Visit
from fangma.asset_registry.work_orders.facts import LONGEST_TEXT, Deed
from fangma.asset_registry.work_orders.lifecycle import WorkOrderError
from fangma.twin.field import orders, rounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.work_orders.facts import Report

_AS_NOTE: Final = UUID("6e6f7465-6f66-4f66-8c69-6e6573746570")  # namespace of keys of such notes
_WALKERS: Final = frozenset({"maintainer", "administrator"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtReport:
    """A fault that was reported."""

    key: UUID
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtStep:
    """A step that was taken with an order."""

    key: UUID
    order: UUID
    deed: Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtVisit:
    """A stop of a round that was visited."""

    key: UUID
    round_id: UUID
    due_on: date
    code: str
    outcome: str
    found: Mapping[str, bool | float]
    note: str | None
    at: datetime
    order: UUID | None


Brought = BroughtReport | BroughtStep | BroughtVisit


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one thing.

    Attributes
    ----------
    number : int or None
        Of the work order, for a report and a step.
    """

    key: UUID
    outcome: Literal["recorded", "already", "kept_as_note", "refused"]
    message: str | None = None
    remedy: str | None = None
    number: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the form that goes over the wire."""
        return {
            "key": self.key,
            "outcome": self.outcome,
            "message": self.message,
            "remedy": self.remedy,
            "number": self.number,
        }


def take(
    conn: Connection,
    reader: str | UUID,
    brought: Brought,
    *,
    actor: str,
    roles: Iterable[str],
) -> Outcome:
    """Record one thing in a transaction of its own.

    Parameters
    ----------
    conn : Connection
        Outside a transaction.
    """
    held = frozenset(roles)
    try:
        match brought:
            case BroughtReport():
                order, is_new = orders.report(conn, reader, brought.report)
                return _done(brought.key, is_new=is_new, number=order.number)
            case BroughtStep():
                return _step(conn, reader, brought, actor=actor, roles=held)
            case BroughtVisit():
                return _visit(conn, reader, brought, actor=actor, roles=held)
    except RegistryError as error:
        return Outcome(
            key=brought.key, outcome="refused", message=error.message, remedy=error.remedy
        )


def _step(
    conn: Connection,
    reader: str | UUID,
    brought: BroughtStep,
    *,
    actor: str,
    roles: frozenset[str],
) -> Outcome:
    note_key = uuid5(_AS_NOTE, str(brought.key))
    with reading(conn, reader) as moment:
        before = work_orders.find_order(conn, brought.order, moment)
    if any(step.key == note_key for step in before.history):
        return Outcome(key=brought.key, outcome="kept_as_note", number=before.number)
    try:
        order, is_new = orders.advance(
            conn, reader, brought.order, brought.deed, actor=actor, roles=roles
        )
        return _done(brought.key, is_new=is_new, number=order.number)
    except (work_orders.UnknownOrderError, work_orders.KeyTakenError):
        raise
    except WorkOrderError as error:
        deed = brought.deed
        if deed.name == "note":
            raise
        words = f"[离线 {deed.name}，未生效：{error.message}]\n{deed.note or ''}"
        kept = replace(
            deed, key=note_key, name="note", note=words[:LONGEST_TEXT], person=None, due=None
        )
        order, _ = orders.advance(conn, reader, brought.order, kept, actor=actor, roles=roles)
        return Outcome(
            key=brought.key,
            outcome="kept_as_note",
            message=error.message,
            remedy=error.remedy,
            number=order.number,
        )


def _visit(
    conn: Connection,
    reader: str | UUID,
    brought: BroughtVisit,
    *,
    actor: str,
    roles: frozenset[str],
) -> Outcome:
    if not roles & _WALKERS:
        return Outcome(
            key=brought.key,
            outcome="refused",
            message=f"Rounds are walked by {' and '.join(sorted(_WALKERS))}s.",
            remedy="Ask an administrator for the role.",
        )
    order = None
    if brought.order is not None:
        with reading(conn, reader) as moment:
            order = work_orders.find_order(conn, brought.order, moment).id
    made = Visit(
        key=brought.key,
        round_id=brought.round_id,
        due_on=brought.due_on,
        code=canonical(brought.code),
        outcome=brought.outcome,
        found=brought.found,
        note=brought.note,
        at=brought.at,
        order_id=order,
    )
    return _done(brought.key, is_new=rounds.visit(conn, reader, made, actor=actor), number=None)


def _done(key: UUID, *, is_new: bool, number: int | None) -> Outcome:
    return Outcome(key=key, outcome="recorded" if is_new else "already", number=number)
