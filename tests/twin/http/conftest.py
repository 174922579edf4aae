"""The real application on a real PostGIS, and accounts of every role."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from fangma.twin.http.app import create_app
from fangma.twin.settings import Settings
from fangma.twin.sign_in.passwords import hash_password

PASSWORD = "Grey-heron-41"  # noqa: S105 - of the tests' own accounts
FOREIGN = {"X-Fangma-Request": "1"}


@pytest.fixture(scope="session")
def password_hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def app(dsn: str, home: Path) -> FastAPI:
    return create_app(Settings(home=home, database_url=dsn))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser that nobody has signed in with."""
    with TestClient(app, raise_server_exceptions=True) as client:
        yield client


@pytest.fixture
def admin(dsn: str) -> Iterator[psycopg.Connection]:
    """The owner of the database: for looking behind the application, and for moving time."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def account(admin: psycopg.Connection, password_hash: str) -> Callable[..., str]:
    """Make an account straight in the database: name, roles, and what it sees."""

    def make(name: str, *roles: str, every_site: bool = True, sees_secret: bool = False) -> str:
        admin.execute(
            "INSERT INTO fangma.account"
            " (name, display_name, password_hash, roles, every_site, sees_secret)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (name, name.title(), password_hash, list(roles), every_site, sees_secret),
        )
        return name

    return make


@pytest.fixture
def sign_in(client: TestClient, account: Callable[..., str]) -> Callable[..., dict[str, str]]:
    """Make an account, sign it in, and return the header that carries its token."""

    def signed_in(name: str, *roles: str, **sees: bool) -> dict[str, str]:
        account(name, *roles, **sees)
        answer = client.post("/api/session", json={"user": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.cookies.clear()
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    return signed_in
