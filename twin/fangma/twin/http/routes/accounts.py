"""Accounts: the administrator's, but for clearance, which is the security officer's."""

from typing import Any, Final

from fastapi import APIRouter

from fangma.asset_registry.store import accounts as store, audit_log
from fangma.asset_registry.store.connection import Connection, recording
from fangma.twin.http.access import AccountReader, Administrator, SecurityOfficer
from fangma.twin.http.account_bodies import (
    Account,
    AccountChange,
    Accounts,
    Clearance,
    Grant,
    MadeAccount,
    NewAccount,
    OneTimeCode,
)
from fangma.twin.http.bodies import NameInPath
from fangma.twin.http.dependencies import PoolOf
from fangma.twin.sign_in import accounts
from fangma.twin.sign_in.accounts import Actor
from fangma.twin.sign_in.sessions import Session, locked_names
from fangma.viewer.squares import squares

router: Final = APIRouter(prefix="/api/accounts", tags=["accounts"])


@router.get("", operation_id="listAccounts", response_model=Accounts)
def list_accounts(session: AccountReader, pool: PoolOf) -> dict[str, Any]:
    """List all accounts, also for who clears them; the log keeps that somebody looked."""
    with pool.connection() as connection, recording(connection, session.reader):
        found = store.list_accounts(connection)
        answer = {"items": _told(connection, found)}
        audit_log.append(connection, actor=session.name, action="account-list")
    return answer


@router.post("", operation_id="addAccount", status_code=201, response_model=MadeAccount)
def add_account(body: NewAccount, session: Administrator, pool: PoolOf) -> dict[str, Any]:
    """Make an account; it is cleared for nothing secret."""
    new = accounts.NewAccount(
        name=body.name,
        display_name=body.displayName,
        roles=body.roles,
        grants=_pairs(body.grants),
        every_site=body.everySite,
        password=body.password,
    )
    with pool.connection() as connection:
        account, password = accounts.add_account(connection, _actor(session), new)
        return _told(connection, [account])[0] | {"password": password}


@router.patch("/{name}", operation_id="changeAccount", response_model=Account)
def change_account(
    name: NameInPath, body: AccountChange, session: Administrator, pool: PoolOf
) -> dict[str, Any]:
    """Change roles, grants or password, disable, or unlock; it takes effect at once."""
    change = accounts.AccountChange(
        display_name=body.displayName,
        roles=body.roles,
        grants=None if body.grants is None else _pairs(body.grants),
        every_site=body.everySite,
        disabled=body.disabled,
        password=body.password,
        unlock=body.unlock,
        totp=body.totp,
    )
    with pool.connection() as connection:
        account = accounts.change_account(connection, _actor(session), name, change)
        return _told(connection, [account])[0]


@router.put("/{name}/clearance", operation_id="setClearance", response_model=Account)
def set_clearance(
    name: NameInPath, body: Clearance, session: SecurityOfficer, pool: PoolOf
) -> dict[str, Any]:
    """Clear an account for secret rooms (涉密), or take the clearance away."""
    change = accounts.AccountChange(sees_secret=body.seesSecret, reason=body.reason)
    with pool.connection() as connection:
        account = accounts.change_account(connection, _actor(session), name, change)
        return _told(connection, [account])[0]


@router.post("/{name}/one-time-code", operation_id="setUpOneTimeCode", response_model=OneTimeCode)
def set_up_one_time_code(name: NameInPath, session: Administrator, pool: PoolOf) -> dict[str, Any]:
    """Ask for a one-time code from now on; the answer is scanned with an authenticator."""
    with pool.connection() as connection:
        address = accounts.set_up_one_time_code(connection, _actor(session), name)
    return {"address": address, "squares": squares(address)}


def _actor(session: Session) -> Actor:
    return Actor(reader=session.reader, name=session.name)


def _pairs(grants: list[Grant]) -> list[tuple[str, str | None]]:
    return [(grant.site, grant.building) for grant in grants]


def _told(connection: Connection, found: list[store.Account]) -> list[dict[str, Any]]:
    locked = locked_names(connection, [account.name for account in found])
    return [
        {
            "name": account.name,
            "displayName": account.display_name,
            "roles": account.roles,
            "grants": account.grants,
            "everySite": account.every_site,
            "seesSecret": account.sees_secret,
            "disabled": account.disabled,
            "locked": account.name in locked,
            "totp": account.totp,
            "created": account.created_at,
        }
        for account in found
    ]
