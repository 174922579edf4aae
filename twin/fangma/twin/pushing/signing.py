"""Sign a message, and check the signature of one; as Standard Webhooks has it (docs/push.md). Pure.

The signed text is ``{webhook-id}.{webhook-timestamp}.{body}``, the signature its HMAC-SHA256 under
the shared secret, in base64 after ``v1,``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from fangma.twin.errors import TwinError

if TYPE_CHECKING:
    from collections.abc import Mapping

LATEST_S: Final = 300
"""How old, or how far ahead, a timestamp may be: an old message cannot be played again later."""

_PREFIX: Final = "whsec_"
_SHORTEST: Final = 24


class SecretError(TwinError):
    """A secret that is none: too short, or no base64 after ``whsec_``."""


class SignatureError(TwinError):
    """A message that was not signed by who holds the secret, or not lately."""


def key_of(secret: str) -> bytes:
    """Return the bytes that a secret stands for: base64 after ``whsec_``, else its UTF-8.

    Raises
    ------
    SecretError
        Without the secret in its words.
    """
    if secret.startswith(_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise SecretError(
                "The secret begins with whsec_ and goes on with something that is not base64.",
                "Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
            ) from None
    else:
        key = secret.encode()
    if len(key) < _SHORTEST:
        raise SecretError(
            f"The secret has {len(key)} bytes, expected at least {_SHORTEST}.",
            "Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
    return key


def sign(key: bytes, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of ``webhook-signature``.

    Examples
    --------
    >>> sign(b"k" * 24, message_id="a", timestamp=1, body=b"{}")[:3]
    'v1,'
    """
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def check(key: bytes, headers: Mapping[str, str], body: bytes, *, now_s: float) -> str:
    """Check a message as its receiver does, and return its id.

    Parameters
    ----------
    headers : mapping
        With names in lower case.
    now_s : float
        Seconds since 1970 by the receiver's clock.

    Raises
    ------
    SignatureError
    """
    message_id = headers.get("webhook-id", "")
    stamp = headers.get("webhook-timestamp", "")
    if not message_id or not (stamp.isascii() and stamp.isdigit()):
        raise SignatureError(
            "The message has no webhook-id or webhook-timestamp.", "Refuse it with 400."
        )
    if abs(now_s - int(stamp)) > LATEST_S:
        raise SignatureError(
            f"The message is of {int(stamp)} and it is {now_s:.0f}.",
            "Set both clocks right; refuse it with 400.",
        )
    expected = sign(key, message_id=message_id, timestamp=int(stamp), body=body)
    offered = headers.get("webhook-signature", "").split()
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in offered):
        raise SignatureError("The signature is not of this message.", "Refuse it with 401.")
    return message_id
