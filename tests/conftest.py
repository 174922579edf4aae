"""A real PostGIS for the tests: a throwaway cluster, one migrated template, one clone a test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

# Before anything can read it: the tests must not meet the twin of whoever runs them.
SERVER_OF_THE_TESTER = os.environ.pop("FANGMA_TEST_DSN", None)
for _name in [name for name in os.environ if name.startswith("FANGMA_")]:
    del os.environ[_name]

from fangma.asset_registry.store.schema import migrate  # noqa: E402
from fangma.twin.services.accounts import give_directory, run, service_account  # noqa: E402
from fangma.twin.services.postgresql import choose_installation  # noqa: E402
from fangma.twin.settings import read_settings  # noqa: E402

# The same examples on each run, and no example judged by the clock: whoever changes one thing must
# not meet the counterexample of another, nor a slow machine's. To search for new ones:
# pytest --hypothesis-profile=exploring
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "exploring",
    max_examples=2000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("repeatable")

_serial = count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Connection string of a server where databases may be made and dropped."""
    if SERVER_OF_THE_TESTER is not None:
        yield SERVER_OF_THE_TESTER
        return
    programs = choose_installation(read_settings(), major=None).bin
    account = service_account("postgres")  # PostgreSQL refuses to run as root
    home = Path(tempfile.mkdtemp(prefix="fangma-tests-"))
    give_directory(home, account)
    data = home / "data"

    def as_server(program: str, *arguments: str) -> None:
        answer = run(
            [programs / program, "-D", data, *arguments],
            account=account,
            within=home,
            timeout_s=120,
        )
        if answer.returncode != 0:
            raise RuntimeError(answer.stdout)

    quick = f"-c listen_addresses= -k {home} -c fsync=off -c synchronous_commit=off"
    quick += " -c full_page_writes=off -c jit=off -c timezone=UTC"
    as_server("initdb", "-U", "fangma", "-A", "trust", "--encoding=UTF8", "--locale=C", "--no-sync")
    as_server("pg_ctl", "-w", "-l", str(home / "log"), "-o", quick, "start")
    try:
        yield f"host={home} user=fangma dbname=postgres"
    finally:
        as_server("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def template(cluster: str) -> Iterator[str]:
    """Name of a database with PostGIS and the registry's schema, made once."""
    name = f"fangma_template_{os.getpid()}"
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    migrate(psycopg.conninfo.make_conninfo(cluster, dbname=name))
    yield name
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def dsn(cluster: str, template: str) -> Iterator[str]:
    """Connection string of a migrated database of this test's own."""
    name = f"fangma_test_{os.getpid()}_{next(_serial)}"
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    yield psycopg.conninfo.make_conninfo(cluster, dbname=name)
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
