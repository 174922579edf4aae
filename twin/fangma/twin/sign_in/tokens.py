"""Session tokens: 256 random bits for the client, their SHA-256 for the database."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

_BYTES: Final = 32
LONGEST: Final = 128  # nothing longer is hashed or looked up


def new_token() -> str:
    """Make a token of 256 random bits, in the letters of URLs."""
    return secrets.token_urlsafe(_BYTES)


def token_hash(token: str) -> bytes:
    """Return what is kept of a token. It is random, so no salt and no slow hash are needed."""
    return hashlib.sha256(token.encode()).digest()
