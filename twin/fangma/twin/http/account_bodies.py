# ruff: noqa: N815 - displayName, everySite and seesSecret are the names on the wire
"""Bodies of signing in, accounts and devices."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator

from fangma.twin.http.bodies import PLAIN, Answer, Body, Code, Label, Reason
from fangma.twin.sign_in.roles import Role


class SignIn(Body):
    """Who signs in."""

    user: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    code: str | None = Field(default=None, max_length=16, description="One-time code, if set up.")


class User(Answer):
    """Whoever is signed in."""

    name: str
    displayName: str
    roles: list[Role]
    seesSecret: bool = False


class SignedIn(Answer):
    """A new session; the token is told this once."""

    token: str
    expires: datetime
    user: User


class Grant(Body):
    """A site, or one building of it, that an account may see."""

    site: Code
    building: Code | None = None


class Account(Answer):
    """An account, without anything secret."""

    name: str
    displayName: str
    roles: list[Role]
    grants: list[Grant]
    everySite: bool
    seesSecret: bool
    disabled: bool
    locked: bool
    totp: bool
    created: datetime


class Accounts(Answer):
    """All accounts."""

    items: list[Account]


class NewAccount(Body):
    """An account to make; without a password one is made up and told once."""

    name: str = Field(max_length=100)
    displayName: str = Field(default="", max_length=100, pattern=PLAIN)
    roles: list[Role] = Field(min_length=1, max_length=len(Role))
    grants: list[Grant] = Field(default_factory=list, max_length=1000)
    everySite: bool = False
    password: str | None = Field(default=None, max_length=1000)


class AccountChange(Body):
    """What to change of an account; what is left out, or null, stays."""

    displayName: str | None = Field(default=None, max_length=100, pattern=PLAIN)
    roles: list[Role] | None = Field(default=None, min_length=1, max_length=len(Role))
    grants: list[Grant] | None = Field(default=None, max_length=1000)
    everySite: bool | None = None
    password: str | None = Field(default=None, max_length=1000)
    disabled: bool | None = None
    unlock: bool = False
    totp: Literal[False] | None = Field(default=None, description="false removes the code.")


class Clearance(Body):
    """Whether an account may see secret rooms, with the reason that the log keeps."""

    seesSecret: bool
    reason: Reason


class MadeAccount(Account):
    """A new account; ``password`` is there when it was made up here."""

    password: str | None


Squares = Annotated[
    list[str],
    Field(description="The address as a QR code: rows from the top, 1 for a dark square."),
]


class OneTimeCode(Answer):
    """The address that an authenticator scans; told this once."""

    address: str
    squares: Squares


class NewDevice(Body):
    """A token for a display wall."""

    label: Label
    days: int = Field(default=366, ge=1, le=366)

    @field_validator("label")
    @classmethod
    def _can_stand_in_an_address(cls, label: str) -> str:
        """Refuse what browsers take out of an address: such a device could not be revoked."""
        if label in (".", ".."):
            raise ValueError("found nothing but dots, expected a name")
        return label


class Device(Answer):
    """A device token, without the token."""

    label: str
    created: datetime
    seen: datetime
    expires: datetime


class Devices(Answer):
    """The device tokens of an account."""

    items: list[Device]


class MadeDevice(Answer):
    """A new device token; told this once."""

    label: str
    token: str
    expires: datetime
    address: str = Field(description="What the display opens once.")
    squares: Squares


class PasswordChange(Body):
    """One's own new password."""

    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)
