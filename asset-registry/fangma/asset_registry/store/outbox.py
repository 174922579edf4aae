"""Messages that wait to be pushed to an address outside: durable, sent at least once.

Whoever tells something writes the message with :func:`put` in the transaction of what it tells of.
``fangma.twin.pushing`` sends what waits, signed. A destination is a name; its address is a setting
of the machine, so that nobody who may write here chooses where a request goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from fangma.asset_registry.store.connection import Connection

_FILE: Final = "outbox"
WAITING: Final = "waiting"
DELIVERED: Final = "delivered"
GIVEN_UP: Final = "given-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message and how its last attempt went; ``state`` is waiting, delivered or given-up."""

    id: int
    destination: str
    key: str
    kind: str
    subject: str | None
    queued_by: str
    queued_at: datetime
    state: str
    attempts: int
    next_at: datetime
    tried_at: datetime | None
    status: int | None
    error: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the message as JSON holds it, without its body."""
        return {
            "key": self.key,
            "destination": self.destination,
            "kind": self.kind,
            "subject": self.subject,
            "queuedBy": self.queued_by,
            "queuedAt": self.queued_at.isoformat(),
            "state": self.state,
            "attempts": self.attempts,
            "nextAt": self.next_at.isoformat() if self.state == WAITING else None,
            "triedAt": self.tried_at.isoformat() if self.tried_at else None,
            "status": self.status,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that one sender has taken, for the length of its lease."""

    id: int
    destination: str
    key: str
    kind: str
    subject: str | None
    body: bytes
    queued_at: datetime
    attempts: int


def put(
    conn: Connection,
    *,
    destination: str,
    key: str,
    kind: str,
    body: bytes,
    actor: str,
    subject: str | None = None,
) -> bool:
    """Queue a message; it is sent once this transaction has been committed.

    Parameters
    ----------
    conn : Connection
        Inside ``recording(conn, OPERATOR)``: row-level security lets nobody else write here.
    destination : str
        A name of ``fangma.twin.pushing.destinations``, such as ``audit``. One that has no address
        yet keeps its messages until it has.
    key : str
        Names the message for good, printable ASCII: receivers drop what they had under it.
    kind : str
        What it tells of, such as ``audit.report`` or ``alarm.raised``.
    body : bytes
        JSON in UTF-8; sent, and signed, exactly so.
    actor : str
        Who asked for it: an account's name or ``operator``.

    Returns
    -------
    is_new : bool
        False when the destination has a message of that key already; nothing is changed then.
    """
    row = conn.execute(
        load(_FILE)["put"],
        {
            "destination": destination,
            "key": key,
            "kind": kind,
            "subject": subject,
            "body": body,
            "queued_by": actor,
        },
    ).fetchone()
    return row is not None


def find(conn: Connection, destination: str, key: str) -> Message | None:
    """Return a message by its key."""
    with conn.cursor(row_factory=class_row(Message)) as cursor:
        return cursor.execute(
            load(_FILE)["find"], {"destination": destination, "key": key}
        ).fetchone()


def listed(conn: Connection, *, destination: str | None = None, limit: int = 100) -> list[Message]:
    """Return messages, the newest first."""
    with conn.cursor(row_factory=class_row(Message)) as cursor:
        return cursor.execute(
            load(_FILE)["listed"], {"destination": destination, "limit": limit}
        ).fetchall()


def claim(
    conn: Connection, destination: str, *, lease: timedelta, key: str | None = None
) -> Claimed | None:
    """Take the message that is due the longest, or the one of a key; None when none is due.

    Commit before sending. Until the lease ends no other sender takes it; a sender that dies loses
    nothing.
    """
    with conn.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(
            load(_FILE)["claim"], {"destination": destination, "lease": lease, "key": key}
        ).fetchone()


def settle(
    conn: Connection,
    message: Claimed,
    *,
    state: str,
    pause: timedelta,
    status: int | None,
    error: str | None,
    seconds: float,
) -> bool:
    """Record how an attempt went.

    Parameters
    ----------
    state : str
        :data:`DELIVERED`, :data:`GIVEN_UP`, or :data:`WAITING` for another try after ``pause``.

    Returns
    -------
    was_ours : bool
        False when another sender had settled it meanwhile.
    """
    sql = load(_FILE)
    conn.execute(
        sql["add_delivery"],
        {
            "id": message.id,
            "attempt": message.attempts,
            "status": status,
            "error": error,
            "seconds": seconds,
        },
    )
    done = conn.execute(sql["settle"], {"id": message.id, "state": state, "pause": pause})
    return done.rowcount == 1


def waiting(conn: Connection, destination: str) -> int:
    """Count the messages of a destination that have not been delivered."""
    row = conn.execute(load(_FILE)["waiting"], {"destination": destination}).fetchone()
    return row[0] if row else 0
