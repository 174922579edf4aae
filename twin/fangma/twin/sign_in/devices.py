"""Device tokens: how a display wall, or a program that only reads, is known. Named, revocable."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.store import accounts, audit_log, sign_in as store
from fangma.asset_registry.store.connection import recording
from fangma.twin.sign_in.errors import AccountError, UnknownAccountError
from fangma.twin.sign_in.names import fold
from fangma.twin.sign_in.tokens import new_token, token_hash

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.sign_in import Device
    from fangma.twin.sign_in.accounts import Actor

LONGEST_DAYS: Final = 366


def add_device(
    conn: Connection, actor: Actor, name: str, *, label: str, days: int
) -> tuple[str, datetime]:
    """Give an account a token that reads with its rights until it ends or is revoked.

    Returns
    -------
    token : str
        Told this once.
    expires : datetime

    Raises
    ------
    UnknownAccountError, AccountError
    """
    if not 0 < days <= LONGEST_DAYS:
        raise AccountError(
            f"A device token for {days} days was asked for.", f"Take 1 to {LONGEST_DAYS} days."
        )
    token = new_token()
    with recording(conn, actor.reader):
        account_id = _account_id(conn, name)
        if any(device.label == label for device in store.list_devices(conn, account_id)):
            raise AccountError(
                f"{fold(name)} has a device {label!r} already.", "Revoke it, or take another label."
            )
        store.end_device(conn, account_id, label)  # one that has expired
        expires = store.open_session(
            conn,
            token_hash=token_hash(token),
            account_id=account_id,
            kind="device",
            label=label,
            lifetime=timedelta(days=days),
        )
        audit_log.append(
            conn,
            actor=actor.name,
            action="device-add",
            subject=fold(name),
            detail={"label": label, "expires": expires.isoformat()},
        )
    return token, expires


def list_devices(conn: Connection, actor: Actor, name: str) -> list[Device]:
    """Return an account's device tokens, by label.

    Raises
    ------
    UnknownAccountError
    """
    with recording(conn, actor.reader):
        return store.list_devices(conn, _account_id(conn, name))


def revoke_device(conn: Connection, actor: Actor, name: str, *, label: str) -> None:
    """End a device token at once.

    Raises
    ------
    UnknownAccountError, AccountError
    """
    with recording(conn, actor.reader):
        if not store.end_device(conn, _account_id(conn, name), label):
            raise AccountError(
                f"{fold(name)} has no device {label[:60]!r}.", "List its devices for the labels."
            )
        audit_log.append(
            conn,
            actor=actor.name,
            action="device-revoke",
            subject=fold(name),
            detail={"label": label},
        )


def _account_id(conn: Connection, name: str) -> UUID:
    account = accounts.find(conn, fold(name))
    if account is None:
        raise UnknownAccountError(fold(name))
    return account.id
