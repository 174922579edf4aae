"""Modbus TCP: points that lie close together are read in one request, every so often."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.observation import Observation
from fangma.sensors_bridge.adapters.errors import (
    ANEW_S,
    AwayError,
    MissingLibraryError,
    RefusedError,
    told,
)
from fangma.sensors_bridge.adapters.registers import value, width
from fangma.sensors_bridge.codec.judgement import PayloadError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pymodbus.client import AsyncModbusTcpClient

    from fangma.sensors_bridge.adapters.configuration import ModbusAdapter, ModbusPoint

_MOST_REGISTERS: Final = 120  # 125 is the most of a request (Modbus 1.1b3, 6.3)
_GAP: Final = 16
_ANSWER_S: Final = 3.0
# The device has no such function, register or value (Modbus 1.1b3, 7): asking again helps nothing.
_REFUSALS: Final = frozenset({1, 2, 3})
_LOG: Final = logging.getLogger("fangma.adapter")


async def observe(adapter: ModbusAdapter, say: Callable[[Sequence[Observation]], None]) -> None:
    """Ask for good.

    Raises
    ------
    AwayError
        When the device does not answer as it should.
    MissingLibraryError
    """
    try:
        from pymodbus.client import AsyncModbusTcpClient
        from pymodbus.exceptions import ModbusException
    except ImportError:
        raise MissingLibraryError("Modbus", "modbus") from None
    host, _, port = adapter.address.rpartition(":")
    client = AsyncModbusTcpClient(
        host or adapter.address,
        port=int(port) if host else 502,
        timeout=_ANSWER_S,
        retries=1,
        reconnect_delay=0,
    )
    try:
        if not await client.connect():
            raise AwayError(f"no connection to {told(adapter.address)}")
        groups, anew = grouped(adapter.points), asyncio.get_running_loop().time() + ANEW_S
        while groups:
            began = asyncio.get_running_loop().time()
            if began > anew:
                groups, anew = grouped(adapter.points), began + ANEW_S
            read: list[list[ModbusPoint]] = []
            for group in groups:
                read += await _said(client, adapter.unit, group, say)
            groups = read
            used = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(0.0, adapter.every_s - used))
        raise AwayError(f"{told(adapter.address)} has none of the points")
    except (ModbusException, OSError, ValueError) as error:
        raise AwayError(f"{told(adapter.address)}: {error}") from error
    finally:
        client.close()


async def _said(
    client: AsyncModbusTcpClient,
    unit: int,
    group: list[ModbusPoint],
    say: Callable[[Sequence[Observation]], None],
) -> list[list[ModbusPoint]]:
    """Ask for a group and say it; return how it is to be asked for from now on.

    Many devices refuse a request that touches a register which they do not have, and between points
    there may be such: what was refused together is asked for one by one, and only what is refused
    alone is left out.
    """
    try:
        say(await _asked(client, unit, group))
    except RefusedError as error:
        if len(group) == 1:
            _LOG.warning("%s is left out, the device refuses it: %s", group[0].sensor, error)
            return []
        return [part for point in group for part in await _said(client, unit, [point], say)]
    return [group]


def grouped(points: Sequence[ModbusPoint]) -> list[list[ModbusPoint]]:
    """Put points together that one request can read."""
    groups: list[list[ModbusPoint]] = []
    for point in sorted(points, key=lambda each: (each.table, each.register)):
        last = groups[-1] if groups else None
        if (
            last is not None
            and last[0].table == point.table
            and point.register - last[-1].register <= _GAP
            and point.register + width(point) - last[0].register <= _MOST_REGISTERS
        ):
            last.append(point)
        else:
            groups.append([point])
    return groups


async def _asked(
    client: AsyncModbusTcpClient, unit: int, group: list[ModbusPoint]
) -> list[Observation]:
    first = group[0].register
    count = max(point.register + width(point) for point in group) - first
    read = {
        "holding": client.read_holding_registers,
        "input": client.read_input_registers,
        "coil": client.read_coils,
        "discrete": client.read_discrete_inputs,
    }[group[0].table]
    answer = await read(first, count=count, device_id=unit)
    if answer.isError():
        refuses = getattr(answer, "exception_code", None) in _REFUSALS
        raise (RefusedError if refuses else AwayError)(f"{group[0].table} {first}: {answer}")
    words: Sequence[int] = (
        answer.bits if group[0].table in ("coil", "discrete") else answer.registers
    )
    now = datetime.now(UTC)
    found = []
    for point in group:
        try:
            result = value(point, words[point.register - first :])
        except PayloadError:
            continue  # a device that has no reading says so with NaN
        found.append(Observation(point.sensor, now, result))
    return found
