"""Links by which a passer-by reports a fault without an account: signed, of one place, short-lived.

The token is ``CODE.EXPIRY.SEAL``: the code without its hyphens, the hour of expiry since 1970 in
base 36, and the first 128 bits of HMAC-SHA-256 over both, in the letters of URLs. It opens one
thing, the form for that place; the form tells that this is a room (or a pipe), and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.codes import CodeError, parse
from fangma.twin.field.errors import ExpiredLinkError, LinkError

if TYPE_CHECKING:
    from pathlib import Path

USUAL_DAYS: Final = 30
MOST_DAYS: Final = 92
_SEAL_BYTES: Final = 16
_KEY_BYTES: Final = 32
_LONGEST: Final = 80
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_HOUR: Final = 3600
_PURPOSE: Final = b"fangma report link 1\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLink:
    """What a good token says."""

    code: str
    expires: datetime
    token: str


def load_key(file: Path) -> bytes:
    """Read the key of this home, making one the first time; deleting it ends every link.

    Raises
    ------
    LinkError
        When the file holds something else.
    """
    try:
        key = file.read_bytes()
    except FileNotFoundError:
        key = _made(file)
    if len(key) != _KEY_BYTES:
        raise LinkError(
            f"{file.name} holds {len(key)} bytes, expected a key of {_KEY_BYTES}.",
            "Delete it: a new key is made, and links that were given out end.",
        )
    return key


def make_link(key: bytes, code: str, *, now: datetime, days: int = USUAL_DAYS) -> ReportLink:
    """Sign a link for a place.

    Raises
    ------
    LinkError
        When it should hold longer than :data:`MOST_DAYS`.
    """
    if not 1 <= days <= MOST_DAYS:
        raise LinkError(
            f"The link should hold {days} days, expected 1 to {MOST_DAYS}.",
            "Print new labels in time; a link that is stolen ends by itself.",
        )
    hour = -(-int((now + timedelta(days=days)).timestamp()) // _HOUR)
    plain = str(parse(code)).replace("-", "")
    payload = f"{plain}.{_base36(hour)}"
    return ReportLink(
        code=str(parse(code)),
        expires=datetime.fromtimestamp(hour * _HOUR, UTC),
        token=f"{payload}.{_seal(key, payload)}",
    )


def read_link(key: bytes, token: str, *, now: datetime) -> ReportLink:
    """Check a token.

    Raises
    ------
    ExpiredLinkError
        When it was good; told only for a right seal.
    LinkError
        When it was not made with this key, in the same words whatever is wrong.
    """
    wrong = LinkError(
        "The link is not one that was given out here.", "Scan the code on the label again."
    )
    pieces = token.split(".")
    if len(token) > _LONGEST or not token.isascii() or len(pieces) != 3:
        raise wrong
    payload = f"{pieces[0]}.{pieces[1]}"
    if not hmac.compare_digest(_seal(key, payload), pieces[2]):
        raise wrong
    try:
        code = str(parse(pieces[0]))
        expires = datetime.fromtimestamp(int(pieces[1], 36) * _HOUR, UTC)
    except (CodeError, ValueError, OverflowError, OSError):
        raise wrong from None
    if now >= expires:
        raise ExpiredLinkError(
            "The link has run out.", "Ask for a new label, or report by telephone."
        )
    return ReportLink(code=code, expires=expires, token=token)


def _seal(key: bytes, payload: str) -> str:
    digest = hmac.new(key, _PURPOSE + payload.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:_SEAL_BYTES]).decode().rstrip("=")


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _made(file: Path) -> bytes:
    """Make a key; of two programs that start together, one makes it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    key = secrets.token_bytes(_KEY_BYTES)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(key)
        os.link(draft, file)
    except FileExistsError:
        return file.read_bytes()
    finally:
        draft.unlink(missing_ok=True)
    return key
