"""The database as a command asks for it: a URL that answers, its schema up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from fangma.asset_registry.store import schema
from fangma.twin.errors import MissingServiceError, SettingsError
from fangma.twin.services.cluster import Cluster
from fangma.twin.services.home import Home, locked, open_home

if TYPE_CHECKING:
    from fangma.twin.settings import Settings

_CONNECT_S = 10


def ensure(settings: Settings) -> str:
    """Return the URL of a database that answers and has the newest schema.

    With ``FANGMA_DATABASE_URL`` that server is asked. Without, the private cluster of the home is
    started when it does not run, and left running until ``fangma down``.

    Raises
    ------
    MissingServiceError
        When there is none and none can be started; the message says why.
    """
    url = settings.database_url or _start_private(settings)
    migrate(url)
    return url


def stop(settings: Settings) -> bool:
    """Stop the private cluster; tell whether it was running. A server of the user's is left."""
    home = Home(directory=settings.home)  # of whatever format: it is not read
    if not home.run.exists():
        return False
    with locked(home.services_lock, within_s=120):
        return Cluster(settings=settings, home=home).stop()


def has_died(settings: Settings) -> bool:
    """Tell whether the private cluster, which should run, does not; a cheap question."""
    if settings.database_url is not None:
        return False
    return Cluster(settings=settings, home=Home(directory=settings.home)).process() is None


def state(settings: Settings) -> tuple[str, str]:
    """Return the URL without its password, and "running", "stopped" or "unreachable".

    Nothing is started and nothing is made.
    """
    url = settings.database_url
    if url is None:
        cluster = Cluster(settings=settings, home=Home(directory=settings.home))
        url = cluster.url
        if cluster.process() is None:
            return url, "stopped"
    try:
        _check(url)
    except MissingServiceError:
        return without_password(url), "unreachable"
    return without_password(url), "running"


def migrate(url: str) -> list[str]:
    """Bring the schema of the database at ``url`` up to date; return the names of the steps."""
    try:
        return schema.migrate(url)
    except psycopg.OperationalError as error:
        raise _unreachable(url, error) from error


def without_password(url: str) -> str:
    """Return a connection string, of either form that PostgreSQL takes, as it may be shown."""
    if "://" not in url:
        named = conninfo_to_dict(url)
        named.pop("password", None)
        return make_conninfo("", **named)
    parts = urlsplit(url)
    if parts.password is None:
        return url
    account, _, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{account.split(':', 1)[0]}@{place}"))


def _start_private(settings: Settings) -> str:
    """Start the private cluster unless it runs, and return its URL."""
    home = open_home(settings)
    cluster = Cluster(settings=settings, home=home)
    with locked(home.services_lock, within_s=200):
        cluster.start()
        try:
            _check(cluster.url)
        except _NoDatabaseError:
            cluster.create_database()
            _check(cluster.url)
    return cluster.url


class _NoDatabaseError(MissingServiceError):
    """The server answers; the database is not there."""


def _check(url: str) -> None:
    """Connect once."""
    try:
        psycopg.connect(url, connect_timeout=_CONNECT_S).close()
    except psycopg.OperationalError as error:
        if " does not exist" in str(error) and 'database "' in str(error):
            raise _NoDatabaseError(
                f"{without_password(url)} answers, and has no such database.",
                "Create it there: createdb NAME, as docs/operations.md says.",
            ) from error
        raise _unreachable(url, error) from error
    except psycopg.ProgrammingError as error:
        raise SettingsError(
            f"FANGMA_DATABASE_URL is not a connection string: {error}.",
            "Write it as postgresql://user:password@host:5432/database.",
        ) from error


def _unreachable(url: str, error: psycopg.Error) -> MissingServiceError:
    why = " ".join(str(error).split())
    return MissingServiceError(
        f"The database {without_password(url)} does not answer: {why}",
        "Start that server, or correct FANGMA_DATABASE_URL; unset, Fangma starts its own.",
    )
