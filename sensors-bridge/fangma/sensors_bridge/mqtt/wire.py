"""Packets of MQTT 3.1.1 and 5 as bytes, and back; no sockets (sans-io).

Only what a subscriber at quality 1 needs. A library that calls back once a message, after five
reads from its socket, takes 80 us of it; cutting a megabyte into packets takes 2 us each. Clauses
are those of OASIS MQTT 3.1.1 and have the same numbers in MQTT 5.0, whose packets carry properties
besides.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from fangma.sensors_bridge.mqtt import properties
from fangma.sensors_bridge.mqtt.errors import WireError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Version = Literal[4, 5]
"""Protocol Level (3.1.2.2): 4 is MQTT 3.1.1."""

VERSIONS: Final[dict[str, Version]] = {"3.1.1": 4, "5": 5}
"""Levels by the names that people call them by."""

MOST_IN_FLIGHT: Final = 2000
"""Receive Maximum (5.0, 3.1.2.11.3): as many as the private broker sends to one of 3.1.1."""

LARGEST: Final = 16 * 2**20
"""A packet that is longer is no observation; the limit of the standard is 256 MiB (2.2.3)."""

PING: Final = b"\xc0\x00"
DISCONNECT: Final = b"\xe0\x00"

_CONNACK, _PUBLISH, _PUBACK, _SUBACK, _PINGRESP, _DISCONNECT = 2, 3, 4, 9, 13, 14
_SHORT: Final = struct.Struct(">H")


@dataclass(frozen=True, slots=True)
class Published:
    """A message that arrived (3.3); ``number`` is 0 at quality 0, else what acknowledges it."""

    topic: bytes
    payload: bytes
    number: int
    is_again: bool
    is_retained: bool


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker's answer to CONNECT (3.2); code 0 is yes.

    Attributes
    ----------
    keep_alive_s : int or None
        What the broker wants instead of what was asked for; MQTT 5.
    words : str
        Why, if it says so; MQTT 5.
    """

    code: int
    keep_alive_s: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker's answer to SUBSCRIBE (3.9); 0x80 and above is no."""

    codes: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """The broker is there (3.13), or took a message of ours (3.4)."""


@dataclass(frozen=True, slots=True)
class Dismissed:
    """The broker ends the connection and says why (5.0, 3.14)."""

    code: int
    words: str


Packet = Published | Connected | Subscribed | Pong | Dismissed


class Incoming:
    """Cuts what comes from a broker into packets."""

    def __init__(self, version: Version = 4) -> None:
        self._rest = b""
        self._version = version

    def feed(self, data: bytes) -> list[Packet]:
        """Take bytes; return the packets that they complete.

        Raises
        ------
        WireError
        """
        buffer = self._rest + data if self._rest else data
        found: list[Packet] = []
        position, end = 0, len(buffer)
        while end - position >= 2:
            # Remaining length (2.2.3): seven bits a byte, at most four bytes.
            length, shift, at = 0, 0, position + 1
            while True:
                if at >= end:
                    length = -1
                    break
                byte = buffer[at]
                at += 1
                length |= (byte & 0x7F) << shift
                if byte < 0x80:
                    break
                shift += 7
                if shift > 21:
                    raise WireError("a length of more than four bytes")
            if length > LARGEST:
                raise WireError(f"a packet of {length} bytes, expected at most {LARGEST}")
            if length < 0 or at + length > end:
                break
            found.append(_packet(buffer[position], buffer[at : at + length], self._version))
            position = at + length
        self._rest = buffer[position:]
        return found


def connect(
    client: str,
    *,
    keep_alive_s: int,
    user: str | None = None,
    password: str | None = None,
    version: Version = 4,
) -> bytes:
    """Write CONNECT (3.1) for a session that lasts, unless the client has no name."""
    flags = (
        (0x02 if not client else 0)
        | (0x80 if user is not None else 0)
        | (0x40 if password is not None else 0)
    )
    body = b"\x00\x04MQTT" + bytes([version, flags]) + _SHORT.pack(keep_alive_s)
    if version == 5:
        asked = b"\x21" + _SHORT.pack(MOST_IN_FLIGHT) + b"\x27" + LARGEST.to_bytes(4)
        asked += properties.LASTING if client else b""
        body += bytes([len(asked)]) + asked
    body += _text(client)
    for each in (user, password):
        if each is not None:
            body += _text(each)
    return _packed(0x10, body)


def subscribe(number: int, filters: Iterable[str], *, version: Version = 4) -> bytes:
    """Write SUBSCRIBE (3.8) at quality 1."""
    head = _SHORT.pack(number) + (b"\x00" if version == 5 else b"")
    return _packed(0x82, head + b"".join(_text(each) + b"\x01" for each in filters))


def publish(
    topic: str, payload: bytes, *, number: int, is_retained: bool, version: Version = 4
) -> bytes:
    """Write PUBLISH (3.3) of JSON at quality 1; MQTT 5 says that it is JSON."""
    head = _text(topic) + _SHORT.pack(number)
    if version == 5:
        head += bytes([len(properties.JSON)]) + properties.JSON
    return _packed(0x33 if is_retained else 0x32, head + payload)


def acknowledge(numbers: Sequence[int]) -> bytes:
    """Write PUBACK (3.4) for each of some messages."""
    return b"".join([b"\x40\x02" + _SHORT.pack(number) for number in numbers])


def _packet(first: int, body: bytes, version: Version) -> Packet:
    kind = first >> 4
    try:
        if kind == _PUBLISH:
            return _published(first, body, version)
        if kind == _CONNACK:
            return _connected(body, version)
        if kind == _SUBACK:
            return Subscribed(body[properties.skip(body, 2) if version == 5 else 2 :])
        if kind == _DISCONNECT and version == 5:
            return _dismissed(body)
    except (struct.error, IndexError):
        raise WireError("a packet that is cut off") from None
    if kind in (_PINGRESP, _PUBACK):
        return Pong()
    raise WireError(f"a packet of kind {kind}, which nobody asked for")


def _connected(body: bytes, version: Version) -> Connected:
    code = body[1]
    # A broker that does not know version 5 may answer as those of 3.1.1 do (5.0, 3.1.2.2).
    if version == 4 or len(body) == 2:
        if version == 5 and code == 0:
            raise WireError("an answer of MQTT 3.1.1 to MQTT 5")
        return Connected(code)
    told = properties.read(body, 2)
    keep_alive = told.get(properties.KEEP_ALIVE)
    return Connected(code, keep_alive if isinstance(keep_alive, int) else None, _words(told))


def _dismissed(body: bytes) -> Dismissed:
    """Read DISCONNECT: without a code it is 0, without properties there are none (3.14.2)."""
    if not body:
        return Dismissed(0, "")
    return Dismissed(body[0], _words(properties.read(body, 1)) if len(body) > 1 else "")


def _words(told: dict[int, int | bytes]) -> str:
    words = told.get(properties.REASON, b"")
    return words.decode(errors="replace")[:200] if isinstance(words, bytes) else ""


def _published(first: int, body: bytes, version: Version) -> Published:
    quality = (first >> 1) & 3
    if quality == 2:
        raise WireError("a message at quality 2, which was not subscribed to")
    (length,) = _SHORT.unpack_from(body)
    at = 2 + length
    if at > len(body):
        raise WireError("a topic that is cut off")
    topic = body[2:at]
    number = 0
    if quality:
        (number,) = _SHORT.unpack_from(body, at)
        at += 2
    if version == 5:
        # What they say changes nothing here: the payload is judged for what it is.
        at = properties.skip(body, at)
    return Published(topic, body[at:], number, bool(first & 8), bool(first & 1))


def _packed(first: int, body: bytes) -> bytes:
    length = len(body)
    head = bytearray([first])
    while True:
        byte = length & 0x7F
        length >>= 7
        head.append(byte | (0x80 if length else 0))
        if not length:
            return bytes(head) + body


def _text(text: str) -> bytes:
    written = text.encode()
    return _SHORT.pack(len(written)) + written
