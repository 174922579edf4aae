"""Accounts and what each may see, in the tables that row-level security asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import class_row

from fangma.asset_registry.codes import parse
from fangma.asset_registry.errors import RegistryError, UnknownCodeError
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection


class NameTakenError(RegistryError):
    """An account of this name exists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account without its secrets.

    Attributes
    ----------
    grants : list of dict
        ``{"site": code, "building": code or None}``: those whose site the asker sees too.
    every_site : bool
        Sees every site, those to come too; ``grants`` then do not matter.
    """

    id: UUID
    name: str
    display_name: str
    roles: list[str]
    every_site: bool
    sees_secret: bool
    disabled: bool
    totp: bool
    has_password: bool
    created_at: datetime
    grants: list[dict[str, Any]]


def add(
    conn: Connection,
    *,
    name: str,
    display_name: str,
    password_hash: str | None,
    roles: Sequence[str],
    every_site: bool = False,
    sees_secret: bool = False,
) -> UUID:
    """Add an account.

    Raises
    ------
    NameTakenError
    """
    try:
        with conn.transaction():
            row = conn.execute(
                load("accounts")["add"],
                {
                    "name": name,
                    "display_name": display_name,
                    "password_hash": password_hash,
                    "roles": list(roles),
                    "every_site": every_site,
                    "sees_secret": sees_secret,
                },
            ).fetchone()
    except psycopg.errors.UniqueViolation:
        raise NameTakenError(
            f"found an account {name!r} already, expected none", "choose another name"
        ) from None
    if row is None:
        msg = "INSERT ... RETURNING returned no row"
        raise RuntimeError(msg)
    account_id: UUID = row[0]
    return account_id


def list_accounts(conn: Connection) -> list[Account]:
    """Return all accounts, by name."""
    with conn.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(load("accounts")["list"], {"name": None}).fetchall()


def find(conn: Connection, name: str) -> Account | None:
    """Return the account of a name."""
    with conn.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(load("accounts")["list"], {"name": name}).fetchone()


def update(
    conn: Connection,
    account_id: UUID,
    *,
    display_name: str | None = None,
    roles: Sequence[str] | None = None,
    every_site: bool | None = None,
    disabled: bool | None = None,
    sees_secret: bool | None = None,
) -> None:
    """Change what is not None."""
    conn.execute(
        load("accounts")["update"],
        {
            "account_id": account_id,
            "display_name": display_name,
            "roles": None if roles is None else list(roles),
            "every_site": every_site,
            "disabled": disabled,
            "sees_secret": sees_secret,
        },
    )


def set_grants(
    conn: Connection, account_id: UUID, grants: Sequence[tuple[str, str | None]]
) -> None:
    """Replace what an account may see by pairs of site and building code (None = the whole site).

    Raises
    ------
    CodeError, UnknownCodeError
        When a code is none, or names nothing that the giver sees; nothing is changed then.
    """
    wanted = dict.fromkeys(
        (str(parse(site)), None if building is None else str(parse(building)))
        for site, building in grants
    )
    with conn.transaction():
        conn.execute(load("accounts")["clear_grants"], {"account_id": account_id})
        for site, building in wanted:
            added = conn.execute(
                load("accounts")["add_grant"],
                {"account_id": account_id, "site": site, "building": building},
            ).fetchone()
            if added is None:
                raise UnknownCodeError(
                    building or site, "name a site, or a building of it, that you may see yourself"
                )


def count_holders(conn: Connection, role: str) -> int:
    """Return how many accounts that can sign in hold a role."""
    row = conn.execute(load("accounts")["count_holders"], {"role": role}).fetchone()
    return int(row[0]) if row else 0
