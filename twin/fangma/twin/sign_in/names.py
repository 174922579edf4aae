"""Names of accounts: how they are written, and what they are folded to."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

from fangma.twin.sign_in.errors import AccountError

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@\-]{0,62}")
# The audit log and row-level security use these words for themselves.
_TAKEN: Final = frozenset({"operator", "unknown"})


def fold(name: str) -> str:
    """Return a name as accounts are kept and looked up: case and width make no difference."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def check_name(name: str) -> str:
    """Return a new account's name as it will be kept.

    Raises
    ------
    AccountError
        When it has other characters, or means something else here.
    """
    folded = fold(name)
    if not _NAME.fullmatch(folded):
        raise AccountError(
            f"The name {name[:70]!r} is not 1 to 63 of a-z, 0-9, dot, hyphen, underscore and @, "
            "beginning with a letter or digit.",
            "Take such a name, for example zhang.wei; the person's own name is the display name.",
        )
    if folded in _TAKEN:
        raise AccountError(f"The name {folded} means something else here.", "Take another.")
    return folded


def hash_of_name(folded: str) -> bytes:
    """Return what tries are counted under: a password typed in the wrong field is not kept."""
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).digest()
