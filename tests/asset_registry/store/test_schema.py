"""Migrations: in order, once, by one program at a time, and the same as sql/schema/."""

from __future__ import annotations

import os
import subprocess
import threading
from importlib.resources import files
from itertools import count
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from tests.asset_registry.store.compound import found

from fangma.asset_registry.store import audit_log, schema
from fangma.asset_registry.store.connection import OPERATOR, connect, reading, recording
from fangma.asset_registry.store.items import list_items
from fangma.asset_registry.store.schema import Migration, SchemaError, migrate, migrations
from fangma.asset_registry.store.verification import verify
from fangma.twin.services.postgresql import choose_installation
from fangma.twin.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.db
_serial = count(1)


@pytest.fixture
def empty(cluster: str) -> Iterator[Callable[[], str]]:
    made: list[str] = []

    def make() -> str:
        made.append(name := f"fangma_empty_{os.getpid()}_{next(_serial)}")
        with psycopg.connect(cluster, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return psycopg.conninfo.make_conninfo(cluster, dbname=name)

    yield make
    with psycopg.connect(cluster, autocommit=True) as admin:
        for name in made:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def dump(url: str) -> str:
    programs = choose_installation(read_settings(), major=None).bin
    # The data is that of the migrations' own table only, and is left out.
    done = subprocess.run(
        [programs / "pg_dump", "--schema-only", "--schema=fangma", url],
        check=True,
        capture_output=True,
        text=True,
    )
    # Newer versions of pg_dump print a random word around the dump; migrate() itself, and no
    # migration, sets the mark LEAKPROOF.
    text = done.stdout.replace(" LEAKPROOF", "")
    return "\n".join(line for line in text.splitlines() if "restrict" not in line)


def test_the_migrations_make_exactly_what_the_schema_says(empty: Callable[[], str]) -> None:
    migrated, written = empty(), empty()
    migrate(migrated)
    parts = files("fangma.asset_registry").joinpath("sql", "schema").iterdir()
    with psycopg.connect(written) as conn:
        for part in sorted(parts, key=lambda part: part.name):
            conn.execute(part.read_bytes())
    assert dump(migrated) == dump(written)


def test_a_second_migration_does_nothing(empty: Callable[[], str]) -> None:
    url = empty()
    assert migrate(url) == [migration.name for migration in migrations()]
    assert migrate(url) == []


def test_programs_that_start_together_migrate_once(empty: Callable[[], str]) -> None:
    url = empty()
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(len, applied)) == [0, 0, 0, len(migrations())]


def test_databases_of_one_cluster_may_be_made_at_the_same_moment(
    empty: Callable[[], str], cluster: str
) -> None:
    urls = [empty() for _ in range(4)]
    failures: list[Exception] = []

    def work(url: str) -> None:
        try:
            migrate(url)
        except Exception as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []


def test_a_database_that_is_newer_than_the_program_is_refused(empty: Callable[[], str]) -> None:
    url = empty()
    migrate(url)
    with pytest.raises(SchemaError, match=r"does not know: \d{4}_") as caught:
        migrate(url, upto=migrations()[:-1])
    assert "update this program" in caught.value.remedy


def test_an_edited_migration_is_refused(empty: Callable[[], str]) -> None:
    url = empty()
    migrate(url)
    first, *rest = migrations()
    edited = Migration(name=first.name, text=first.text + "\n-- harmless")
    with pytest.raises(SchemaError, match="checksum"):
        migrate(url, upto=[edited, *rest])


def test_a_migration_that_fails_leaves_the_database_as_before_it(empty: Callable[[], str]) -> None:
    url = empty()
    good = Migration(name="0001_good", text="""
        CREATE SCHEMA fangma;
        CREATE TABLE fangma.migration (
          name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz DEFAULT now());
    """)  # fmt: skip
    bad = Migration(name="0002_bad", text="CREATE TABLE fangma.a (); SELECT 1 / 0;")
    with pytest.raises(SchemaError, match="0002_bad failed: division by zero"):
        migrate(url, upto=[good, bad])
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT to_regclass('fangma.a')").fetchone() == (None,)
        names = conn.execute("SELECT name FROM fangma.migration").fetchall()
    assert names == [("0001_good",)]


def test_a_migration_squeezed_in_before_applied_ones_is_refused(empty: Callable[[], str]) -> None:
    url = empty()
    migrate(url)
    late = Migration(name="0000_late", text="SELECT 1")
    with pytest.raises(SchemaError, match="0000_late is missing"):
        migrate(url, upto=[late, *migrations()])


def test_an_owner_who_is_no_superuser_migrates_and_is_held_to_the_policies_too(
    empty: Callable[[], str], cluster: str
) -> None:
    url = empty()
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    role = sql.Identifier(f"owner_of_{name}")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("CREATE EXTENSION postgis")  # what a managed server's operator does
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(role))
        admin.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(str(name)), role)
        )
    try:
        mine = psycopg.conninfo.make_conninfo(url, user=f"owner_of_{name}")
        migrate(mine)
        with connect(mine) as conn:
            compound = found(conn)
            room = compound.new_room()
            compound.add_rooms(room)
            compound.record(states=(compound.room_state(room.id, name="新"),))
            with recording(conn, OPERATOR):
                audit_log.append(conn, actor="wang", action="import")
            with reading(conn, OPERATOR) as moment:
                assert [item.name for item in list_items(conn, "room", moment=moment)] == ["新"]
                assert all(check.ok for check in verify(conn, lambda _hash: None))
        with psycopg.connect(mine) as owner:
            assert owner.execute("SELECT count(*) FROM fangma.state").fetchone() == (0,)
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(sql.Identifier(str(name)))
            )
            admin.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(role))
            admin.execute(sql.SQL("DROP ROLE {}").format(role))


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [int(migration.name[:4]) for migration in schema.migrations()]
    assert numbers == list(range(1, len(numbers) + 1))
