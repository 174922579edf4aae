"""Registers of Modbus become numbers. Pure."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Final

from fangma.sensors_bridge.codec.judgement import PayloadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.sensors_bridge.adapters.configuration import ModbusPoint

_FORMS: Final = {"int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "float32": ">f"}


def width(point: ModbusPoint) -> int:
    """Return how many registers, or bits, a point takes."""
    if point.table in ("coil", "discrete"):
        return 1
    return struct.calcsize(_FORMS[point.type]) // 2


def value(point: ModbusPoint, words: Sequence[int]) -> float | bool:
    """Read a point from its registers or its bit.

    Raises
    ------
    PayloadError
        When there are too few, or they hold no finite number.

    Examples
    --------
    >>> from fangma.sensors_bridge.adapters.configuration import ModbusPoint
    >>> value(ModbusPoint(sensor="T", register=0, scale=0.1), [0xFFF6])
    -1.0
    """
    if len(words) < width(point):
        raise PayloadError("shape", f"{len(words)} registers came, expected {width(point)}")
    if point.table in ("coil", "discrete"):
        return bool(words[0])
    taken = list(words[: width(point)])
    if not all(0 <= word <= 0xFFFF for word in taken):
        raise PayloadError("shape", "a register holds more than 16 bits")
    if point.swap:
        taken.reverse()
    (raw,) = struct.unpack(_FORMS[point.type], struct.pack(f">{len(taken)}H", *taken))
    found = raw * point.scale + point.offset
    if not math.isfinite(found):
        raise PayloadError("result", "the registers hold no finite number")
    return float(round(found, 9))
