"""What can go wrong when somebody signs in or an account is changed.

::

    SignInError
    ├── WrongCredentialsError   the name, the password or the one-time code is wrong
    ├── LockedError             too many wrong passwords; carries how long it stays so
    ├── WeakPasswordError       a new password breaks the rules
    ├── NotSignedInError        no session, or one that has ended
    ├── UnknownAccountError     there is no account of that name
    └── AccountError            an account cannot be made or changed so
"""

from __future__ import annotations

from fangma.twin.errors import TwinError


class SignInError(TwinError):
    """Base of this folder's errors."""


class WrongCredentialsError(SignInError):
    """Name, password or one-time code is wrong; which of them is never told."""

    def __init__(self) -> None:
        super().__init__(
            "The name, the password or the one-time code is wrong.",
            "Type them again; after five wrong tries in a row, signing in pauses for ten minutes. "
            "A one-time code is needed where one was set up.",
        )


class LockedError(SignInError):
    """Too many wrong passwords for a name, whether or not the name exists.

    Attributes
    ----------
    seconds : int
        Until the next try is looked at.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Five wrong passwords in a row were given for this name.",
            f"Wait {-(-seconds // 60)} minutes, or let an administrator unlock the account.",
        )
        self.seconds = seconds


class WeakPasswordError(SignInError):
    """A new password breaks a rule."""


class NotSignedInError(SignInError):
    """There is no session, or it has ended."""


class UnknownAccountError(SignInError):
    """There is no account of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no account {name[:70]!r}.",
            "fangma user list, or GET /api/accounts, shows all.",
        )


class AccountError(SignInError):
    """An account cannot be made or changed in this way."""
