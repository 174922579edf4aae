"""Who is away for long leaves the connection to others."""

import psycopg
import pytest

from fangma.asset_registry.store.connection import OPERATOR, open_pool, reading
from fangma.twin.lending import Lent

pytestmark = pytest.mark.db


def test_a_pool_of_one_serves_others_while_its_borrower_is_away(dsn: str) -> None:
    with open_pool(dsn, size=1) as pool, Lent(pool) as lent:
        with reading(lent.conn, OPERATOR):
            pass
        with lent.away():
            with pool.connection(timeout=5) as other, reading(other, OPERATOR):
                pass
            with pytest.raises(RuntimeError, match="given back"):
                _ = lent.conn
        with reading(lent.conn, OPERATOR):
            pass


def test_who_fails_while_away_leaves_the_pool_whole(dsn: str) -> None:
    with open_pool(dsn, size=1) as pool:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError), Lent(pool) as lent, lent.away():
                raise ZeroDivisionError
        with pytest.raises(psycopg.Error), Lent(pool) as lent:
            lent.conn.execute("SELECT 1 / 0")  # a transaction that nobody ends
        with pool.connection(timeout=5) as other, reading(other, OPERATOR):
            pass
