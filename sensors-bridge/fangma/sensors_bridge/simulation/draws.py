"""Numbers that belong to a key: noise that is the same whenever it is asked for. Pure."""

from __future__ import annotations

import zlib


def share(*key: object) -> float:
    """Draw a number from 0 to 1 that belongs to a key.

    Examples
    --------
    >>> share("A01-512", 3) == share("A01-512", 3)
    True
    """
    return zlib.crc32("/".join(map(str, key)).encode()) / 2**32
