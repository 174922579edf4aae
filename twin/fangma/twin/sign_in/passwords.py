"""Passwords: how they are kept (argon2id), what they must be, and how one is made up.

GB/T 22239-2019, 8.1.4.1 a) asks for complexity without a number; the numbers here are this
product's: at least 10 characters of at least three classes, or at least 16 of any.
"""

from __future__ import annotations

import secrets
import string
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fangma.twin.sign_in.errors import WeakPasswordError

LEAST: Final = 10
LONG: Final = 16  # a phrase this long needs no mixture
MOST: Final = 256  # argon2 has to read all of it: an attacker's megabyte is refused before
_CLASSES_NEEDED: Final = 3
_DIFFERENT_NEEDED: Final = 5
_GENERATED: Final = 16
_TELLING: Final = 3  # a name of two letters is in many good passwords by chance
# Read aloud and copied from paper, so none of 0 O 1 l I.
_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz"
_CAPITALS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS: Final = "23456789"
_KNOWN_PARTS: Final = ("password", "passw0rd", "qwerty", "12345", "fangma", "admin", "abc123")

# RFC 9106, 4: the second recommended choice (64 MiB, 3 passes), with one lane less to pay for.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=2)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its parameters and salt in it."""
    return _HASHER.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Say whether a password is the one that was hashed.

    Takes the same time when there is no hash (no such account, or one that signs in elsewhere),
    so that time does not tell which names exist.
    """
    known = password_hash is not None
    try:
        _HASHER.verify(password_hash if password_hash is not None else _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return known


def is_outdated(password_hash: str) -> bool:
    """Say whether the hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def check_password(password: str, *, account: str) -> None:
    """Accept or refuse a new password.

    Raises
    ------
    WeakPasswordError
        Names the rule that is broken.
    """
    if len(password) > MOST:
        raise WeakPasswordError(
            f"The password has {len(password)} characters, at most {MOST} are read.",
            "Choose a shorter one.",
        )
    folded = password.casefold()
    classes = sum(
        (
            any(c in string.ascii_lowercase for c in password),
            any(c in string.ascii_uppercase for c in password),
            any(c in string.digits for c in password),
            any(c not in string.ascii_letters + string.digits for c in password),
        )
    )
    if len(password) < LEAST or (len(password) < LONG and classes < _CLASSES_NEEDED):
        raise WeakPasswordError(
            f"The password has {len(password)} characters of {classes} of the four classes "
            "(small letters, capitals, digits, others).",
            f"Take at least {LEAST} characters of three classes, or {LONG} of any.",
        )
    if len(set(folded)) < _DIFFERENT_NEEDED:
        raise WeakPasswordError(
            "The password repeats the same few characters.",
            f"Take at least {_DIFFERENT_NEEDED} different ones.",
        )
    named = len(account) >= _TELLING and account.casefold() in folded
    if named or any(part in folded for part in _KNOWN_PARTS):
        raise WeakPasswordError(
            "The password holds the account's name or a word that everybody tries first.",
            "Take other words.",
        )


def generate_password() -> str:
    """Make up a password that passes the rules, without characters that look alike."""
    every = _LETTERS + _CAPITALS + _DIGITS
    while True:
        password = "".join(secrets.choice(every) for _ in range(_GENERATED))
        if all(set(password) & set(kind) for kind in (_LETTERS, _CAPITALS, _DIGITS)):
            return "-".join(password[i : i + 4] for i in range(0, _GENERATED, 4))


@lru_cache(maxsize=1)
def _decoy() -> str:
    """Return a hash of today's parameters that no password was chosen for."""
    return _HASHER.hash(secrets.token_urlsafe(32))
