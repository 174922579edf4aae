"""Bring a database to the schema of this program, by append-only migrations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

import psycopg

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store.queries import literal, load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import LiteralString


class SchemaError(RegistryError):
    """The database cannot be brought to the schema of this program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file of ``sql/migrations``."""

    name: str
    text: LiteralString

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Return the migrations of this program in the order in which they apply."""
    folder = files("fangma.asset_registry").joinpath("sql", "migrations")
    return [
        Migration(
            name=file.name.removesuffix(".sql"),
            text=literal(file.read_text("utf-8")),
        )
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    ]


def migrate(url: str, *, upto: Sequence[Migration] | None = None) -> list[str]:
    """Apply the migrations that a database has not seen yet, each in a transaction of its own.

    Safe to call by several programs at once: they take turns.

    Parameters
    ----------
    url : str
        Of a role that may create extensions and roles, as the embedded cluster's does.
    upto : sequence of Migration or None
        Other migrations than this program's; for tests.

    Returns
    -------
    names : list of str
        Migrations applied by this call, in order; empty when there was nothing to do.

    Raises
    ------
    SchemaError
        When the database is newer than this program, when an applied migration has been edited
        since, or when the server refuses one; the database is then as it was before that one.
    """
    known = migrations() if upto is None else list(upto)
    sql = load("schema_log")
    applied: list[str] = []
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(sql["lock_migrations"])
        for migration in _missing(known, _recorded(conn)):
            try:
                with conn.transaction():
                    conn.execute(migration.text)
                    conn.execute(
                        sql["record_migration"],
                        {"name": migration.name, "checksum": migration.checksum},
                    )
            except psycopg.Error as error:
                raise SchemaError(
                    f"migration {migration.name} failed: {error}",
                    _remedy(error),
                ) from error
            applied.append(migration.name)
        conn.execute(sql["mark_leakproof"])
    return applied


def _recorded(conn: psycopg.Connection) -> dict[str, str]:
    sql = load("schema_log")
    there = conn.execute(sql["has_migrations"]).fetchone()
    if there is None or not there[0]:
        return {}
    return dict(conn.execute(sql["list_migrations"]).fetchall())


def _missing(known: list[Migration], recorded: dict[str, str]) -> list[Migration]:
    checksums = {migration.name: migration.checksum for migration in known}
    newer = sorted(recorded.keys() - checksums.keys())
    if newer:
        raise SchemaError(
            f"the database has migrations that this program does not know: {', '.join(newer)}",
            "it was made by a newer fangma: update this program, or open another database",
        )
    for name, checksum in recorded.items():
        if checksums[name] != checksum:
            raise SchemaError(
                f"migration {name} was applied with checksum {checksum[:12]}, "
                f"but this program holds {checksums[name][:12]}",
                "an applied migration must never be edited: restore its text, add a new one",
            )
    missing = [migration for migration in known if migration.name not in recorded]
    if missing and recorded and missing[0].name < max(recorded):
        raise SchemaError(
            f"migration {missing[0].name} is missing, but {max(recorded)} has been applied",
            "migrations are only ever added at the end: give it the next number",
        )
    return missing


def _remedy(error: psycopg.Error) -> str:
    match error:
        case psycopg.errors.InsufficientPrivilege():
            return "connect as a role that may CREATE EXTENSION and CREATE ROLE, then migrate again"
        case psycopg.errors.UndefinedFile() | psycopg.errors.FeatureNotSupported():
            return "install PostGIS 3 for this server (Debian: postgresql-15-postgis-3)"
        case _:
            return "the database is unchanged; mend the cause and migrate again"
