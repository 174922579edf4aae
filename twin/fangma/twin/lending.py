"""A connection of a pool that is given back while its borrower does something else for long."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from fangma.asset_registry.store.connection import Connection, Pool


class Lent:
    """A connection for the length of a ``with``, but for the while that its borrower is away.

    Raises
    ------
    psycopg_pool.PoolTimeout
        On entering, and on coming back, when the pool has none to give.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._conn: Connection | None = None

    def __enter__(self) -> Self:
        """Borrow."""
        self._conn = self._pool.getconn()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give back; the pool rolls back what was left open."""
        self._give_back()

    @property
    def conn(self) -> Connection:
        """The connection, outside a transaction; not the same after an absence."""
        if self._conn is None:
            msg = "the connection was given back: stay inside the with, and not away"
            raise RuntimeError(msg)
        return self._conn

    @contextmanager
    def away(self) -> Iterator[None]:
        """Give it back, and borrow again afterwards."""
        self._give_back()
        yield
        self._conn = self._pool.getconn()

    def _give_back(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            self._pool.putconn(conn)
