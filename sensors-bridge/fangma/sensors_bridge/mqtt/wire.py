"""Packets of MQTT 3.1.1 as bytes, and back; no sockets (sans-io).

Only what a subscriber at quality 1 needs. A library that calls back once a message, after five
reads from its socket, takes 80 us of it; cutting a megabyte into packets takes 2 us each. Clauses
are those of OASIS MQTT 3.1.1.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fangma.sensors_bridge.errors import BridgeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LARGEST: Final = 16 * 2**20
"""A packet that is longer is no observation; the limit of the standard is 256 MiB (2.2.3)."""

PING: Final = b"\xc0\x00"
DISCONNECT: Final = b"\xe0\x00"

_CONNACK, _PUBLISH, _PUBACK, _SUBACK, _PINGRESP = 2, 3, 4, 9, 13
_SHORT: Final = struct.Struct(">H")


class WireError(BridgeError):
    """Bytes that are not MQTT 3.1.1; whoever sent them is no broker that one can go on with."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the broker sent {what}", "is it an MQTT 3.1.1 broker?")


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
    """The broker's answer to CONNECT (3.2); code 0 is yes."""

    code: int


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker's answer to SUBSCRIBE (3.9); 0x80 is no."""

    codes: bytes


@dataclass(frozen=True, slots=True)
class Pong:
    """The broker is there (3.13), or took a message of ours (3.4)."""


Packet = Published | Connected | Subscribed | Pong


class Incoming:
    """Cuts what comes from a broker into packets."""

    def __init__(self) -> None:
        self._rest = b""

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
            found.append(_packet(buffer[position], buffer[at : at + length]))
            position = at + length
        self._rest = buffer[position:]
        return found


def connect(
    client: str, *, keep_alive_s: int, user: str | None = None, password: str | None = None
) -> bytes:
    """Write CONNECT (3.1) for a session that lasts, unless the client has no name."""
    flags = (
        (0x02 if not client else 0)
        | (0x80 if user is not None else 0)
        | (0x40 if password is not None else 0)
    )
    body = b"\x00\x04MQTT\x04" + bytes([flags]) + _SHORT.pack(keep_alive_s) + _text(client)
    for each in (user, password):
        if each is not None:
            body += _text(each)
    return _packed(0x10, body)


def subscribe(number: int, filters: Iterable[str]) -> bytes:
    """Write SUBSCRIBE (3.8) at quality 1."""
    return _packed(0x82, _SHORT.pack(number) + b"".join(_text(each) + b"\x01" for each in filters))


def publish(topic: str, payload: bytes, *, number: int, is_retained: bool) -> bytes:
    """Write PUBLISH (3.3) at quality 1."""
    return _packed(0x33 if is_retained else 0x32, _text(topic) + _SHORT.pack(number) + payload)


def acknowledge(numbers: Sequence[int]) -> bytes:
    """Write PUBACK (3.4) for each of some messages."""
    return b"".join([b"\x40\x02" + _SHORT.pack(number) for number in numbers])


def _packet(first: int, body: bytes) -> Packet:
    kind = first >> 4
    try:
        if kind == _PUBLISH:
            return _published(first, body)
        if kind == _CONNACK:
            return Connected(body[1])
        if kind == _SUBACK:
            return Subscribed(body[2:])
    except (struct.error, IndexError):
        raise WireError("a packet that is cut off") from None
    if kind in (_PINGRESP, _PUBACK):
        return Pong()
    raise WireError(f"a packet of kind {kind}, which nobody asked for")


def _published(first: int, body: bytes) -> Published:
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
