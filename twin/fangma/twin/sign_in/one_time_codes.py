"""Time-based one-time codes (RFC 6238) of six digits and 30 seconds, from SHA-1.

SHA-1 because it is what authenticator applications implement; RFC 6238, 1.2 allows it, and HMAC
does not depend on SHA-1's resistance to collisions.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from datetime import datetime

PERIOD_S: Final = 30
DIGITS: Final = 6
_SECRET_BYTES: Final = 20  # RFC 4226, 4 R6: 160 bits recommended
_DRIFT: Final = 1  # steps that a telephone's clock may be off, to either side


def new_secret() -> str:
    """Make a shared secret, in the base32 that authenticators take."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def step_at(at: datetime) -> int:
    """Return the number of the time step (RFC 6238, 4.2: T)."""
    return int(at.timestamp()) // PERIOD_S


def code_of(secret: str, step: int, *, digits: int = DIGITS) -> str:
    """Compute the code of a time step (RFC 4226, 5.3).

    Parameters
    ----------
    secret : str
        Base32; blanks and case are forgiven, padding may be missing.
    """
    text = "".join(secret.split()).upper()
    key = base64.b32decode(text + "=" * (-len(text) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}d}"


def matching_step(secret: str, code: str, *, at: datetime, used: int | None = None) -> int | None:
    """Return the time step that a code belongs to, or None when it is wrong.

    Parameters
    ----------
    used : int or None
        The step of the last accepted code: it and older ones are refused, so that a code that was
        looked at over a shoulder is of no use (RFC 6238, 5.2).
    """
    now = step_at(at)
    found = None
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        try:
            equal = hmac.compare_digest(code_of(secret, step).encode(), code.strip().encode())
        except (binascii.Error, ValueError):
            return None
        if equal and (used is None or step > used):
            found = step
    return found


def address_for(secret: str, *, account: str) -> str:
    """Return the ``otpauth:`` address whose QR code an authenticator scans."""
    query = urlencode({"secret": secret, "issuer": "Fangma", "digits": DIGITS, "period": PERIOD_S})
    return f"otpauth://totp/{quote('Fangma:' + account)}?{query}"
