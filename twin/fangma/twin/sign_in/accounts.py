"""Accounts: make and change them, give out device tokens, set up one-time codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.asset_registry.store import audit_log, sign_in as store
from fangma.twin.sign_in import passwords
from fangma.twin.sign_in.errors import WrongCredentialsError

if TYPE_CHECKING:
    from fangma.asset_registry.store.connection import Pool
    from fangma.twin.sign_in.sessions import Session


def change_own_password(pool: Pool, session: Session, *, old: str, new: str) -> None:
    """Replace the password of whoever is signed in; every other browser of theirs is signed out.

    Raises
    ------
    WrongCredentialsError, WeakPasswordError
    """
    with pool.connection() as connection:
        credentials = store.find_credentials(connection, session.name)
    if credentials is None or not passwords.matches(credentials.password_hash, old):
        raise WrongCredentialsError
    passwords.check_password(new, account=session.name)
    password_hash = passwords.hash_password(new)
    with pool.connection() as connection:
        store.set_password_hash(connection, session.account_id, password_hash)
        store.end_sessions_of(
            connection, session.account_id, kind="browser", but=session.token_hash
        )
        audit_log.append(
            connection, actor=session.name, action="password-change", subject=session.name
        )
