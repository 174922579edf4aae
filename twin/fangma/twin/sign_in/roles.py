"""The roles, and what each is for.

Who administers accounts may not also hold the keys of security, and neither audits itself
(三员分立; GB/T 22239-2019, 8.1.4.2 d): separation of duties). The database checks the first.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fangma.twin.sign_in.errors import AccountError

if TYPE_CHECKING:
    from collections.abc import Iterable


class Role(StrEnum):
    """What an account may do."""

    PLANNER = "planner"
    MAINTAINER = "maintainer"
    AUDITOR = "auditor"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
    SECURITY = "security"


EVERY_ROLE: Final = frozenset(Role)
_APART: Final = frozenset({Role.ADMINISTRATOR, Role.SECURITY})


def check_roles(names: Iterable[str]) -> list[Role]:
    """Read roles by name, sorted and without repeats.

    Raises
    ------
    AccountError
        When a role is unknown, there is none, or administrator and security meet.
    """
    try:
        roles = sorted({Role(name) for name in names})
    except ValueError as error:
        raise AccountError(
            f"{error}.", f"The roles are {', '.join(Role)}; take some of these."
        ) from None
    if not roles:
        raise AccountError("An account without a role can do nothing.", "Give it at least one.")
    if set(roles) >= _APART:
        raise AccountError(
            "Administrator and security officer are never one account.",
            "Make two accounts, for two people.",
        )
    return roles
