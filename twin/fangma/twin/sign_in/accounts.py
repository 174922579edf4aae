"""Make and change accounts; every change is in the audit log, in the same transaction.

Three duties are kept apart (三员分立): the administrator makes accounts, the security officer
clears them for secret rooms, the auditor reads the log. So an administrator changes neither their
own rights nor the password of anybody who is cleared or holds security's or the auditor's role; on
the machine itself, the command line can.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.store import accounts as store, audit_log, sign_in as tries
from fangma.asset_registry.store.connection import OPERATOR, recording
from fangma.twin.sign_in import one_time_codes, passwords
from fangma.twin.sign_in.errors import AccountError, UnknownAccountError, WrongCredentialsError
from fangma.twin.sign_in.names import check_name, fold, hash_of_name
from fangma.twin.sign_in.roles import Role, check_roles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.asset_registry.store.accounts import Account
    from fangma.asset_registry.store.connection import Connection, Pool
    from fangma.twin.sign_in.sessions import Session

_OUT_OF_REACH: Final = frozenset({Role.SECURITY, Role.AUDITOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changes an account: a session over HTTP, or the operator of the machine.

    Attributes
    ----------
    reader : str
        Whose row-level security the grants are resolved under.
    name : str
        For the audit log.
    """

    reader: str
    name: str

    @property
    def is_operator(self) -> bool:
        """True for the command line on the machine itself, which may do everything."""
        return self.reader == OPERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What an account starts with; ``grants`` are pairs of site and building code."""

    name: str
    display_name: str = ""
    roles: Sequence[str]
    grants: Sequence[tuple[str, str | None]] = ()
    every_site: bool = False
    sees_secret: bool = False
    password: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """What becomes different; None stays."""

    display_name: str | None = None
    roles: Sequence[str] | None = None
    grants: Sequence[tuple[str, str | None]] | None = None
    every_site: bool | None = None
    sees_secret: bool | None = None
    disabled: bool | None = None
    password: str | None = None
    unlock: bool = False
    totp: bool | None = None
    reason: str | None = field(default=None)


def add_account(conn: Connection, actor: Actor, new: NewAccount) -> tuple[Account, str | None]:
    """Make an account.

    Parameters
    ----------
    conn : Connection
        Outside a transaction.

    Returns
    -------
    account : Account
    password : str or None
        The one that was made up, where none was given; it is told this once.

    Raises
    ------
    AccountError, WeakPasswordError, NameTakenError, UnknownCodeError
    """
    name = check_name(new.name)
    roles = check_roles(new.roles)
    if new.sees_secret and not actor.is_operator:
        raise AccountError(
            "A new account is not cleared for secret rooms.",
            "Let the security officer clear it afterwards.",
        )
    generated = passwords.generate_password() if new.password is None else None
    password = generated if new.password is None else new.password
    passwords.check_password(password or "", account=name)
    password_hash = passwords.hash_password(password or "")
    with recording(conn, actor.reader):
        _check_reach(conn, actor, every_site=new.every_site)
        account_id = store.add(
            conn,
            name=name,
            display_name=new.display_name,
            password_hash=password_hash,
            roles=roles,
            every_site=new.every_site,
            sees_secret=new.sees_secret,
        )
        store.set_grants(conn, account_id, new.grants)
        audit_log.append(
            conn,
            actor=actor.name,
            action="account-add",
            subject=name,
            detail={
                "roles": roles,
                "grants": [list(grant) for grant in new.grants],
                "every_site": new.every_site,
                "sees_secret": new.sees_secret,
            },
        )
        return _existing(conn, name), generated


def change_account(conn: Connection, actor: Actor, name: str, change: AccountChange) -> Account:
    """Change an account; what takes rights away takes effect with its next request.

    Raises
    ------
    UnknownAccountError, AccountError, WeakPasswordError, UnknownCodeError
    """
    name = fold(name)
    password_hash = None
    if change.password is not None:
        passwords.check_password(change.password, account=name)
        password_hash = passwords.hash_password(change.password)
    roles = None if change.roles is None else check_roles(change.roles)
    with recording(conn, actor.reader):
        account = _existing(conn, name)
        if not actor.is_operator:
            _check_duties(actor, account, change)
        _check_reach(conn, actor, every_site=change.every_site)
        _check_administrator_left(conn, account, roles, disabled=change.disabled)
        store.update(
            conn,
            account.id,
            display_name=change.display_name,
            roles=roles,
            every_site=change.every_site,
            disabled=change.disabled,
            sees_secret=change.sees_secret,
        )
        if change.grants is not None:
            store.set_grants(conn, account.id, change.grants)
        if password_hash is not None:
            tries.set_password_hash(conn, account.id, password_hash)
        if password_hash is not None or change.disabled:
            tries.end_sessions_of(conn, account.id)
        if change.totp is False:
            tries.set_totp(conn, account.id, None, None)
        if change.unlock or password_hash is not None:
            tries.forget_attempts(conn, hash_of_name(name))
        audit_log.append(
            conn,
            actor=actor.name,
            action="account-change",
            subject=name,
            detail=_told(change),
        )
        return _existing(conn, name)


def change_own_password(pool: Pool, session: Session, *, old: str, new: str) -> None:
    """Replace the password of whoever is signed in; every other browser of theirs is signed out.

    Raises
    ------
    WrongCredentialsError, WeakPasswordError
    """
    with pool.connection() as conn:
        credentials = tries.find_credentials(conn, session.name)
    if credentials is None or not passwords.matches(credentials.password_hash, old):
        raise WrongCredentialsError
    passwords.check_password(new, account=session.name)
    password_hash = passwords.hash_password(new)
    with pool.connection() as conn:
        tries.set_password_hash(conn, session.account_id, password_hash)
        tries.end_sessions_of(conn, session.account_id, kind="browser", but=session.token_hash)
        audit_log.append(conn, actor=session.name, action="password-change", subject=session.name)


def set_up_one_time_code(conn: Connection, actor: Actor, name: str) -> str:
    """Give an account a new shared secret and return its ``otpauth:`` address, told this once.

    Raises
    ------
    UnknownAccountError
    """
    name = fold(name)
    secret = one_time_codes.new_secret()
    with recording(conn, actor.reader):
        account = _existing(conn, name)
        tries.set_totp(conn, account.id, secret, None)
        audit_log.append(conn, actor=actor.name, action="one-time-code-set-up", subject=name)
    return one_time_codes.address_for(secret, account=name)


def _existing(conn: Connection, name: str) -> Account:
    account = store.find(conn, name)
    if account is None:
        raise UnknownAccountError(name)
    return account


def _check_duties(actor: Actor, account: Account, change: AccountChange) -> None:
    rights = (change.roles, change.grants, change.every_site, change.sees_secret, change.disabled)
    if account.name == actor.name and any(right is not None for right in rights):
        raise AccountError(
            "Nobody changes their own rights.", "Ask another administrator, or the operator."
        )
    cleared = account.sees_secret or _OUT_OF_REACH & set(account.roles)
    if cleared and (change.password is not None or change.totp is False):
        raise AccountError(
            f"The password of {account.name} opens more than an administrator may see.",
            "Its owner changes it at PUT /api/session/password; a lost one is replaced on the "
            "machine itself with fangma user password.",
        )


def _check_reach(conn: Connection, actor: Actor, *, every_site: bool | None) -> None:
    """Nobody gives away more than they have."""
    if every_site and not actor.is_operator:
        own = store.find(conn, actor.name)
        if own is None or not own.every_site:
            raise AccountError(
                "Every site was asked for, and you do not see every site yourself.",
                "Grant single sites, or ask an administrator of them all.",
            )


def _check_administrator_left(
    conn: Connection, account: Account, roles: Sequence[Role] | None, *, disabled: bool | None
) -> None:
    if Role.ADMINISTRATOR not in account.roles or account.disabled:
        return
    stays = not disabled and (roles is None or Role.ADMINISTRATOR in roles)
    if not stays and store.count_holders(conn, Role.ADMINISTRATOR) == 1:
        raise AccountError(
            f"{account.name} is the only administrator.", "Make another administrator first."
        )


def _told(change: AccountChange) -> Mapping[str, object]:
    """Write a change for the log: never the password, only that there is another."""
    told = {
        "display_name": change.display_name,
        "roles": None if change.roles is None else list(change.roles),
        "grants": None if change.grants is None else [list(grant) for grant in change.grants],
        "every_site": change.every_site,
        "sees_secret": change.sees_secret,
        "disabled": change.disabled,
        "password": None if change.password is None else "changed",
        "unlock": change.unlock or None,
        "totp": change.totp,
        "reason": change.reason,
    }
    return {key: value for key, value in told.items() if value is not None}
