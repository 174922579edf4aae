"""Why a broker says no, in words: the codes of MQTT 3.1.1 (3.2.2.3) and of MQTT 5.0 (2.4)."""

from __future__ import annotations

from typing import Final

UNKNOWN_VERSION: Final = (0x01, 0x84)
"""The codes that say so, of 3.1.1 and of 5."""

_UNKNOWN_VERSION: Final = "does not speak this version of MQTT: set FANGMA_MQTT_VERSION"

_WORDS: Final = {
    0x00: "closed the connection",
    0x01: _UNKNOWN_VERSION,
    0x02: "refuses the client's name",
    0x03: "is not available",
    0x04: "refuses user or password",
    0x05: "does not let this client in",
    0x81: "says that a packet of ours is malformed",
    0x82: "says that a packet of ours breaks the protocol",
    0x84: _UNKNOWN_VERSION,
    0x85: "refuses the client's name",
    0x86: "refuses user or password",
    0x87: "does not let this client do so",
    0x88: "is not available",
    0x89: "is busy",
    0x8A: "has banned this client",
    0x8B: "is shutting down",
    0x8D: "has heard nothing of us for too long",
    0x8E: "was connected to by another client of our name",
    0x8F: "says that a topic filter is none",
    0x93: "says that we took too many messages at once",
    0x95: "says that a packet was too large",
    0x97: "says that a quota is exceeded",
    0x9E: "has no shared subscriptions",
    0xA2: "has no subscriptions with wildcards",
}


def words_of(code: int, words: str = "") -> str:
    """Return what a code says, as what follows ``the broker``; behind it the broker's own words.

    Examples
    --------
    >>> words_of(0x87, "not on the list")
    'does not let this client do so (not on the list)'
    """
    found = _WORDS.get(code, f"says {code:#04x}")
    return f"{found} ({words})" if words else found
