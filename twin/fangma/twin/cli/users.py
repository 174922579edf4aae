"""``fangma user``: accounts, as the operator of the machine; and ``fangma secret``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fangma.twin.cli.output import Json, answer, rows, say
from fangma.twin.cli.registry import connected

if TYPE_CHECKING:
    from fangma.asset_registry.store.accounts import Account
    from fangma.twin.sign_in.accounts import AccountChange, Actor

Name = Annotated[str, typer.Argument(help="Name of the account.")]
Roles = Annotated[
    list[str],
    typer.Option("--role", help="planner, maintainer, auditor, leader, administrator, security."),
]
Sites = Annotated[list[str] | None, typer.Option("--site", help="Code of a site that it sees.")]
Buildings = Annotated[
    list[str] | None, typer.Option("--building", help="Code of a building that it sees.")
]
EverySite = Annotated[
    bool | None,
    typer.Option("--every-site/--no-every-site", help="Sees every site, those to come too."),
]
Secret = Annotated[
    bool | None, typer.Option("--secret/--no-secret", help="Cleared for secret rooms (涉密).")
]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
Generate = Annotated[bool, typer.Option("--generate", help="Make a password up and print it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    user = typer.Typer(help="Accounts: who may sign in, and what they see.")
    user.command("add")(add)
    user.command("list")(list_)
    user.command("password")(password)
    user.command("grant")(grant)
    user.command("disable")(disable)
    user.command("token")(token)
    app.add_typer(user, name="user")
    app.command()(secret)


def add(
    name: Name,
    role: Roles,
    display_name: Annotated[str, typer.Option(help="The person's own name.")] = "",
    site: Sites = None,
    building: Buildings = None,
    every_site: EverySite = None,
    secret: Secret = None,
    password_stdin: FromStdin = False,
    generate: Generate = False,
    as_json: Json = False,
) -> None:
    """Make an account. Without --site, --building or --every-site it sees nothing yet."""
    from fangma.twin.sign_in.accounts import NewAccount, add_account

    new = NewAccount(
        name=name,
        display_name=display_name,
        roles=role,
        grants=_grants(site, building),
        every_site=bool(every_site),
        sees_secret=bool(secret),
        password=_password(from_stdin=password_stdin, generate=generate),
    )
    with connected() as connection:
        account, generated = add_account(connection, _operator(), new)
    document = _told(account) | {"password": generated}
    answer(
        document,
        as_json=as_json,
        show=lambda console: console.print(
            f"Made {account.name}." + (f" Password: {generated}" if generated else ""),
            markup=False,
        ),
    )


def list_(as_json: Json = False) -> None:
    """List all accounts."""
    from fangma.asset_registry.store.accounts import list_accounts
    from fangma.asset_registry.store.connection import OPERATOR, recording

    with connected() as connection, recording(connection, OPERATOR):
        accounts = [_told(account) for account in list_accounts(connection)]
    answer(
        {"items": accounts},
        as_json=as_json,
        show=lambda console: rows(
            console,
            ("name", "display name", "roles", "sees", "secret", "disabled"),
            [
                (
                    account["name"],
                    account["displayName"],
                    " ".join(account["roles"]),
                    "every site"
                    if account["everySite"]
                    else " ".join(each["building"] or each["site"] for each in account["grants"]),
                    "yes" if account["seesSecret"] else "",
                    "yes" if account["disabled"] else "",
                )
                for account in accounts
            ],
        ),
    )


def password(
    name: Name,
    password_stdin: FromStdin = False,
    generate: Generate = False,
    as_json: Json = False,
) -> None:
    """Replace a password, unlock the account, and end its sessions."""
    from fangma.twin.sign_in.accounts import AccountChange
    from fangma.twin.sign_in.passwords import generate_password

    given = _password(from_stdin=password_stdin, generate=generate)
    generated = generate_password() if given is None else None
    account = _change(name, AccountChange(password=given or generated, unlock=True))
    answer(
        _told(account) | {"password": generated},
        as_json=as_json,
        show=lambda console: console.print(
            f"{account.name} has another password."
            + (f" Password: {generated}" if generated else ""),
            markup=False,
        ),
    )


def grant(
    name: Name,
    role: Annotated[
        list[str] | None, typer.Option("--role", help="Its roles from now on, all of them.")
    ] = None,
    site: Sites = None,
    building: Buildings = None,
    every_site: EverySite = None,
    secret: Secret = None,
    as_json: Json = False,
) -> None:
    """Say anew which roles an account has and what it sees; what is not named stays."""
    from fangma.twin.sign_in.accounts import AccountChange

    change = AccountChange(
        roles=role,
        grants=None if site is None and building is None else _grants(site, building),
        every_site=every_site,
        sees_secret=secret,
    )
    account = _change(name, change)
    answer(
        _told(account),
        as_json=as_json,
        show=lambda console: console.print(
            f"{account.name}: {', '.join(account.roles)}.", markup=False
        ),
    )


def disable(
    name: Name,
    on: Annotated[bool, typer.Option("--on/--off", help="--off lets it sign in again.")] = True,
    as_json: Json = False,
) -> None:
    """Keep an account from signing in, and end its sessions."""
    from fangma.twin.sign_in.accounts import AccountChange

    account = _change(name, AccountChange(disabled=on))
    answer(
        _told(account),
        as_json=as_json,
        show=lambda console: console.print(
            f"{account.name} is {'disabled' if account.disabled else 'enabled'}.", markup=False
        ),
    )


def token(
    name: Name,
    label: Annotated[str, typer.Option(help="Which wall or program it is for.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it holds.")] = 366,
    revoke: Annotated[bool, typer.Option("--revoke", help="End it instead.")] = False,
    as_json: Json = False,
) -> None:
    """Give a display wall a token that reads with the account's rights, or revoke it."""
    from fangma.twin.sign_in.devices import add_device, revoke_device

    with connected() as connection:
        if revoke:
            revoke_device(connection, _operator(), name, label=label)
            document: dict[str, Any] = {"label": label, "revoked": True}
            text = f"{label} is revoked."
        else:
            made, expires = add_device(connection, _operator(), name, label=label, days=days)
            document = {"label": label, "token": made, "expires": expires.isoformat()}
            text = made
    answer(document, as_json=as_json, show=lambda console: console.print(text, markup=False))


def secret(
    code: Annotated[str, typer.Argument(help="Code of the room.")],
    on: Annotated[bool, typer.Option("--on/--off", help="Mark it secret, or clear it.")],
    reason: Annotated[str, typer.Option(help="Why; the audit log keeps it.")],
    as_json: Json = False,
) -> None:
    """Mark a room secret (涉密), or clear it: at once and on every channel."""
    from fangma.asset_registry.codes import parse
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.asset_registry.store.secrecy import set_secret
    from fangma.bim_import.retiling import retile
    from fangma.bim_import.tile_store import TileStore
    from fangma.twin.services.home import open_home
    from fangma.twin.settings import read_settings

    if not reason.strip():
        raise typer.BadParameter("The reason is empty; say why.")
    with connected() as connection:
        changed = set_secret(
            connection, OPERATOR, code, secret=on, actor=OPERATOR, reason=reason.strip()
        )
        if changed:
            tiles = TileStore(root=open_home(read_settings()).tiles)
            retile(connection, tiles, code, actor=OPERATOR)
    canonical = str(parse(code))
    answer(
        {"code": canonical, "secret": on, "changed": changed},
        as_json=as_json,
        show=lambda console: console.print(
            f"{canonical} is {'secret' if on else 'open'}" + ("." if changed else " already."),
            markup=False,
        ),
    )


def _change(name: str, change: AccountChange) -> Account:
    from fangma.twin.sign_in.accounts import change_account

    with connected() as connection:
        return change_account(connection, _operator(), name, change)


def _operator() -> Actor:
    from fangma.asset_registry.store.connection import OPERATOR
    from fangma.twin.sign_in.accounts import Actor

    return Actor(reader=OPERATOR, name=OPERATOR)


def _grants(sites: list[str] | None, buildings: list[str] | None) -> list[tuple[str, str | None]]:
    """Pair each building with the site of its code: a building never leaves its site."""
    from fangma.asset_registry.codes import parse, site_code

    whole: list[tuple[str, str | None]] = [(site, None) for site in sites or ()]
    single = [(parse(building), building) for building in buildings or ()]
    return whole + [
        (str(site_code(code.division, code.site)), building) for code, building in single
    ]


def _password(*, from_stdin: bool, generate: bool) -> str | None:
    """Read a password from standard input, or ask twice on a terminal; None = make one up."""
    if from_stdin and generate:
        raise typer.BadParameter("--password-stdin contradicts --generate.")
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if generate or not sys.stdin.isatty():
        return None
    say("The password is not shown while it is typed; leave it empty to have one made up.")
    return (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True, default="", err=True)
        or None
    )


def _told(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "displayName": account.display_name,
        "roles": account.roles,
        "grants": account.grants,
        "everySite": account.every_site,
        "seesSecret": account.sees_secret,
        "disabled": account.disabled,
    }
