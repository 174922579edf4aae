"""Connections that take the role fangma_app, a reader's name, and a moment to read as of."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import class_row
from psycopg.sql import SQL
from psycopg_pool import ConnectionPool

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATOR: Final = "operator"
"""The reader that sees everything: the command line on the machine itself."""

BEFORE_ALL: Final = datetime(1, 1, 1, tzinfo=UTC)
"""What is known, and true, where nothing has been recorded yet."""

Connection = psycopg.Connection[tuple[Any, ...]]
Pool = ConnectionPool[Connection]


class ReaderError(RegistryError):
    """The name of a reader that is neither an account's id nor ``operator``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What an answer is an answer about: the world at ``at``, as it was known at ``known``.

    Asked again for the same moment, the registry gives the same answer, for good.
    """

    at: datetime
    known: datetime
    revision: int = 0  # the newest that counts; 0 = none


@dataclass(frozen=True, slots=True, kw_only=True)
class _Revision:
    id: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    now: datetime
    id: int | None
    recorded_at: datetime | None

    @property
    def newest(self) -> _Revision | None:
        """The newest revision, None where nothing has been recorded yet."""
        if self.id is None or self.recorded_at is None:
            return None
        return _Revision(id=self.id, recorded_at=self.recorded_at)


def open_pool(url: str, *, size: int = 8, statement_timeout_s: float = 30) -> Pool:
    """Open a pool whose connections have taken the application's role; the caller closes it."""

    def configure(conn: Connection) -> None:
        _prepare(conn, statement_timeout_s)

    return ConnectionPool(
        url, min_size=1, max_size=size, configure=configure, open=True, name="registry"
    )


def connect(url: str, *, statement_timeout_s: float = 0) -> Connection:
    """Open one connection in the application's role, for the command line; 0 = no timeout."""
    conn = psycopg.connect(url)
    _prepare(conn, statement_timeout_s)
    return conn


@contextmanager
def reading(
    conn: Connection,
    reader: str | UUID,
    at: datetime | None = None,
    known: datetime | None = None,
) -> Iterator[Moment]:
    """Read as somebody, as of a moment, in one snapshot; nothing can be written inside.

    Parameters
    ----------
    conn : Connection
        Outside a transaction.
    reader : str or UUID
        An account's id or :data:`OPERATOR`.
    at : datetime or None
        Valid time; None = now.
    known : datetime or None
        Recorded time; None, or a time to come, = the newest committed revision. A time after that
        revision waits for a recording that is under way, which may yet belong to it.

    Yields
    ------
    moment : Moment
        The pair that is really used; give it to the reader with the answer.
    """
    if conn.info.transaction_status != TransactionStatus.IDLE:
        msg = "reading() starts a transaction of its own: finish the one that is open"
        raise RuntimeError(msg)
    sql = load("connection")
    if known is not None:
        with conn.transaction():
            _set_reader(conn, reader)
            newest = _newest(conn)
            if newest is None or known > newest.recorded_at:
                conn.execute(sql["await_recording"])
    # Told to the connection, this goes out with BEGIN: every question costs one way to the server
    # and back less. All queries of a reading see one snapshot.
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    conn.read_only = True
    try:
        with conn.transaction():
            _set_reader(conn, reader)
            yield moment_of(conn, at, known)
    finally:
        if conn.info.transaction_status == TransactionStatus.IDLE:  # not when it was lost
            conn.isolation_level = conn.read_only = None


@contextmanager
def reading_beside(conn: Connection) -> Iterator[Connection]:
    """Open a second connection that reads what the first one reads: same reader, same snapshot.

    For a large answer: the server then works on two queries at once. Where it has no connection
    left the first one is given again, which answers the same, later.

    Parameters
    ----------
    conn : Connection
        Inside :func:`reading`.
    """
    try:
        second = psycopg.connect(conn.info.dsn, password=conn.info.password or None)
    except psycopg.OperationalError:
        yield conn
        return
    sql = load("connection")
    row = conn.execute(sql["sight_to_share"]).fetchone()
    if row is None:
        raise AssertionError  # one row always
    snapshot, reader, timeout = row
    with second as other:
        _prepare(other, 0)
        other.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        other.read_only = True
        with other.transaction():
            other.execute(SQL(sql["share_snapshot"]).format(snapshot))
            _set_reader(other, reader)
            other.execute(sql["limit_statements"], {"milliseconds": timeout})
            yield other


@contextmanager
def statements_alone(conn: Connection) -> Iterator[None]:
    """Run each statement as a transaction of its own, without a BEGIN before and COMMIT after it.

    For what every request asks: two ways to the server and back less.
    """
    conn.autocommit = True
    try:
        yield
    finally:
        if conn.info.transaction_status == TransactionStatus.IDLE:  # not when it was lost
            conn.autocommit = False


@contextmanager
def recording(conn: Connection, reader: str | UUID) -> Iterator[None]:
    """Write as somebody: one transaction, without a statement timeout, committed at the end."""
    with conn.transaction():
        _set_reader(conn, reader)
        conn.execute(load("connection")["unlimit_statements"])
        yield


def moment_of(
    conn: Connection, at: datetime | None = None, known: datetime | None = None
) -> Moment:
    """Resolve a moment inside a transaction that has a reader; see :func:`reading`."""
    sql = load("connection")
    with conn.cursor(row_factory=class_row(_Clock)) as cursor:
        clock = cursor.execute(sql["clock"]).fetchone()
    if clock is None:
        raise AssertionError  # one row, whatever was recorded
    now = clock.now
    newest = clock.newest
    if newest is None:
        return Moment(at=at or now, known=BEFORE_ALL)
    if known is None or known >= now:
        return Moment(at=at or now, known=newest.recorded_at, revision=newest.id)
    with conn.cursor(row_factory=class_row(_Revision)) as cursor:
        then = cursor.execute(sql["revision_known"], {"known": known}).fetchone()
    return Moment(at=at or now, known=known, revision=then.id if then else 0)


def _prepare(conn: Connection, statement_timeout_s: float) -> None:
    sql = load("connection")
    conn.execute(sql["take_role"])
    conn.execute(sql["limit_statements"], {"milliseconds": str(round(statement_timeout_s * 1000))})
    conn.commit()


def _set_reader(conn: Connection, reader: str | UUID) -> None:
    if reader != OPERATOR:
        try:
            reader = UUID(str(reader))
        except ValueError:
            raise ReaderError(
                f"found reader {reader!r}, expected an account's id or {OPERATOR!r}",
                "sign in again",
            ) from None
    conn.execute(load("connection")["set_reader"], {"reader": str(reader)})


def _newest(conn: Connection) -> _Revision | None:
    with conn.cursor(row_factory=class_row(_Revision)) as cursor:
        return cursor.execute(load("connection")["newest_revision"]).fetchone()
