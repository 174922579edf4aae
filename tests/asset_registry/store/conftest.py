from collections.abc import Iterator

import pytest
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.store.connection import Connection, connect


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    with connect(dsn) as connection:
        yield connection


@pytest.fixture
def compound(conn: Connection) -> Compound:
    return found(conn)
