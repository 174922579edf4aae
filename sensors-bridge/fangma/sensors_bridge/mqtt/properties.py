"""Properties of MQTT 5: what its packets carry besides those of 3.1.1 (OASIS MQTT 5.0, 2.2.2).

Read far enough to know where they end; those that change what a subscriber does are kept.
"""

from __future__ import annotations

import struct
from typing import Final

from fangma.sensors_bridge.mqtt.errors import WireError

KEEP_ALIVE: Final = 0x13
"""Seconds; the broker sets them over the client's head (3.2.2.3.14)."""

REASON: Final = 0x1F
"""Words for a person (3.2.2.3.9)."""

_BYTES: Final = frozenset({0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2A})
_SHORTS: Final = frozenset({0x13, 0x21, 0x22, 0x23})
_LONGS: Final = frozenset({0x02, 0x11, 0x18, 0x27})
_TEXTS: Final = frozenset({0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1A, 0x1C, 0x1F})
_SUBSCRIPTION, _USER = 0x0B, 0x26
_SHORT: Final = struct.Struct(">H")

LASTING: Final = b"\x11\xff\xff\xff\xff"
"""Session Expiry Interval (3.1.2.11.2): never, which is what a session of 3.1.1 is."""

JSON: Final = b"\x01\x01\x03\x00\x10application/json"
"""Payload Format Indicator and Content Type (3.3.2.3): UTF-8, and JSON."""


def skip(body: bytes, at: int) -> int:
    """Return where the properties that begin at a place end.

    Raises
    ------
    WireError
    """
    length, at = number(body, at)
    if at + length > len(body):
        raise WireError("properties that are cut off")
    return at + length


def read(body: bytes, at: int) -> dict[int, int | bytes]:
    """Return the properties that begin at a place, by identifier; of several the last.

    Raises
    ------
    WireError
        When one is not of the standard, or is cut off.
    """
    end = skip(body, at)
    _, at = number(body, at)
    found: dict[int, int | bytes] = {}
    while at < end:
        kind, at = number(body, at)
        if kind in _BYTES:
            value, at = int.from_bytes(body[at : at + 1]), at + 1
        elif kind in _SHORTS:
            value, at = int.from_bytes(body[at : at + 2]), at + 2
        elif kind in _LONGS:
            value, at = int.from_bytes(body[at : at + 4]), at + 4
        elif kind == _SUBSCRIPTION:
            value, at = number(body, at)
        elif kind in _TEXTS or kind == _USER:
            text, at = _text(body, at)
            found[kind] = text
            if kind == _USER:
                _, at = _text(body, at)
            continue
        else:
            raise WireError(f"the property {kind:#x}, which the standard does not have")
        found[kind] = value
    if at != end:
        raise WireError("properties that are cut off")
    return found


def number(body: bytes, at: int) -> tuple[int, int]:
    """Read a Variable Byte Integer (1.5.5); return it and where it ends.

    Raises
    ------
    WireError
    """
    value = shift = 0
    for byte in body[at : at + 4]:
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise WireError("a length that is cut off, or of more than four bytes")


def _text(body: bytes, at: int) -> tuple[bytes, int]:
    if at + 2 > len(body):
        raise WireError("properties that are cut off")
    (length,) = _SHORT.unpack_from(body, at)
    return body[at + 2 : at + 2 + length], at + 2 + length
