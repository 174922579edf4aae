"""Pages: ``limit`` at most so many, ``next`` an opaque key of what comes after."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Final

from fangma.twin.http.errors import BadParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST: Final = 1000
USUAL: Final = 100


def encode_next(*key: str | int) -> str:
    """Write the sort key of a page's last row so that a client hands it back unread."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode_next(text: str | None, *kinds: type[str] | type[int]) -> tuple[str | int, ...] | None:
    """Read a key that :func:`encode_next` wrote.

    Parameters
    ----------
    kinds : type
        What each part of the key must be.

    Raises
    ------
    BadParameterError
        When it is not one.
    """
    if text is None:
        return None
    wrong = BadParameterError(
        "The parameter next is not one that this list gave out.",
        "Use the value of next from the page before, unchanged; leave it out for the first page.",
    )
    try:
        key: Sequence[object] = json.loads(
            base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
        )
    except (binascii.Error, ValueError, RecursionError):
        raise wrong from None
    if not isinstance(key, list) or len(key) != len(kinds):
        raise wrong
    parts: list[str | int] = []
    for part, kind in zip(key, kinds, strict=True):
        # A bool is an int to Python, and 64 bits are all that the database takes.
        if not isinstance(part, kind) or isinstance(part, bool):
            raise wrong
        if isinstance(part, int) and abs(part) >= 2**63:
            raise wrong
        if isinstance(part, str) and not _is_storable(part):
            raise wrong
        parts.append(part)
    return tuple(parts)


def _is_storable(text: str) -> bool:
    """Tell whether the database takes a text: JSON can write NUL and half a pair of surrogates."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
