"""The wire format of Protocol Buffers, as far as Sparkplug needs it: fields out of bytes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST: Final = 10  # bytes of a varint of 64 bits


class ProtobufError(ValueError):
    """Bytes that are not a message."""


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field, in order; fixed widths as their bytes.

    Raises
    ------
    ProtobufError
    """
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise ProtobufError("a field without a number")
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = _varint(data, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ProtobufError(f"a field of wire type {kind}")
        if at + size > len(data):
            raise ProtobufError("a field that is cut off")
        yield number, data[at : at + size]
        at += size


def field(number: int, value: int | bytes) -> bytes:
    """Write a field: a number as a varint, bytes behind their length."""
    if isinstance(value, int):
        return _written(number << 3 | _VARINT) + _written(value)
    return _written(number << 3 | _BYTES) + _written(len(value)) + value


def double(number: int, value: float) -> bytes:
    """Write a field of 64 bits."""
    return _written(number << 3 | _FIXED64) + struct.pack("<d", value)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for i in range(_LONGEST):
        if at + i >= len(data):
            raise ProtobufError("a number that is cut off")
        byte = data[at + i]
        value |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + i + 1
    raise ProtobufError("a number of more than 64 bits")


def _written(value: int) -> bytes:
    found = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        found.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(found)
