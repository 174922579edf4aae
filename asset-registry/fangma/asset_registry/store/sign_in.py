"""Tries, sessions and device tokens: the tables behind signing in.

These run before there is a reader, on a connection that has taken the application's role.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg.rows import class_row

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection

_FILE: Final = "sign_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A counted try: how many there were, and whether this one may be looked at."""

    tries: int
    locked: bool
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a password and a one-time code are compared with."""

    id: UUID
    name: str
    display_name: str
    password_hash: str | None
    roles: list[str]
    sees_secret: bool
    disabled: bool
    totp_secret: str | None
    totp_step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSession:
    """An open session with its account; ``stale`` when its use should be noted again."""

    account_id: UUID
    name: str
    display_name: str
    roles: list[str]
    sees_secret: bool
    kind: str
    label: str
    token_hash: bytes
    expires_at: datetime
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A display wall's token, without the token."""

    label: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def count_attempt(conn: Connection, name_hash: bytes, *, allowed: int, pause: timedelta) -> Attempt:
    """Count a try for a name, real or not.

    Returns
    -------
    attempt : Attempt
        ``locked`` from the try after ``allowed`` on, until ``pause`` after the last allowed one;
        ``seconds`` until then.
    """
    with conn.cursor(row_factory=class_row(Attempt)) as cursor:
        cursor.execute(
            load(_FILE)["count_attempt"],
            {"name_hash": name_hash, "allowed": allowed, "pause": pause},
        )
        counted = cursor.fetchone()
    if counted is None:
        msg = "INSERT ... RETURNING returned no row"
        raise RuntimeError(msg)
    return counted


def forget_attempts(conn: Connection, name_hash: bytes) -> None:
    """Start counting anew."""
    conn.execute(load(_FILE)["forget_attempts"], {"name_hash": name_hash})


def purge(conn: Connection, *, pause: timedelta, idle: timedelta) -> None:
    """Drop counts that no longer matter and sessions that have ended."""
    conn.execute(load(_FILE)["purge_attempts"], {"pause": pause})
    conn.execute(load(_FILE)["purge_sessions"], {"idle": idle})


def find_locked(
    conn: Connection, name_hashes: Sequence[bytes], *, allowed: int, pause: timedelta
) -> set[bytes]:
    """Return which of these names have used up their tries."""
    rows = conn.execute(
        load(_FILE)["find_locked"],
        {"name_hashes": list(name_hashes), "allowed": allowed, "pause": pause},
    )
    return {bytes(row[0]) for row in rows}


def find_credentials(conn: Connection, name: str) -> Credentials | None:
    """Return what an account is checked against, or None where there is no such account."""
    with conn.cursor(row_factory=class_row(Credentials)) as cursor:
        return cursor.execute(load(_FILE)["find_credentials"], {"name": name}).fetchone()


def set_password_hash(conn: Connection, account_id: UUID, password_hash: str) -> None:
    """Keep another hash."""
    conn.execute(
        load(_FILE)["set_password_hash"],
        {"account_id": account_id, "password_hash": password_hash},
    )


def set_totp(conn: Connection, account_id: UUID, secret: str | None, step: int | None) -> None:
    """Set up the one-time code, or remove it with None; ``step`` is the one already used."""
    conn.execute(
        load(_FILE)["set_totp"], {"account_id": account_id, "secret": secret, "step": step}
    )


def use_totp_step(conn: Connection, account_id: UUID, step: int) -> bool:
    """Use up a one-time code's step; False when it, or a later one, was used before."""
    row = conn.execute(
        load(_FILE)["use_totp_step"], {"account_id": account_id, "step": step}
    ).fetchone()
    return row is not None


def open_session(
    conn: Connection,
    *,
    token_hash: bytes,
    account_id: UUID,
    kind: str,
    label: str,
    lifetime: timedelta,
) -> datetime:
    """Open a session (``browser`` or ``device``) and return when it ends at the latest."""
    row = conn.execute(
        load(_FILE)["open_session"],
        {
            "token_hash": token_hash,
            "account_id": account_id,
            "kind": kind,
            "label": label,
            "lifetime": lifetime,
        },
    ).fetchone()
    if row is None:
        msg = "INSERT ... RETURNING returned no row"
        raise RuntimeError(msg)
    ends: datetime = row[0]
    return ends


def find_session(
    conn: Connection, token_hash: bytes, *, idle: timedelta, touch: timedelta
) -> FoundSession | None:
    """Return the open session of a token.

    Parameters
    ----------
    idle : timedelta
        How long a browser's session may rest.
    touch : timedelta
        A session seen longer ago than this is ``stale``.
    """
    with conn.cursor(row_factory=class_row(FoundSession)) as cursor:
        return cursor.execute(
            load(_FILE)["find_session"], {"token_hash": token_hash, "idle": idle, "touch": touch}
        ).fetchone()


def touch_session(conn: Connection, token_hash: bytes) -> None:
    """Note that a session is in use."""
    conn.execute(load(_FILE)["touch_session"], {"token_hash": token_hash})


def end_session(conn: Connection, token_hash: bytes) -> None:
    """End one session."""
    conn.execute(load(_FILE)["end_session"], {"token_hash": token_hash})


def end_sessions_of(
    conn: Connection, account_id: UUID, *, kind: str | None = None, but: bytes | None = None
) -> None:
    """End an account's sessions, all or of one kind, except the one with the hash ``but``."""
    conn.execute(
        load(_FILE)["end_sessions_of"], {"account_id": account_id, "kind": kind, "but": but}
    )


def list_devices(conn: Connection, account_id: UUID) -> list[Device]:
    """Return the device tokens of an account, by label."""
    with conn.cursor(row_factory=class_row(Device)) as cursor:
        return cursor.execute(load(_FILE)["list_devices"], {"account_id": account_id}).fetchall()


def end_device(conn: Connection, account_id: UUID, label: str) -> bool:
    """Revoke a device token; False when there is none of this label."""
    row = conn.execute(
        load(_FILE)["end_device"], {"account_id": account_id, "label": label}
    ).fetchone()
    return row is not None
