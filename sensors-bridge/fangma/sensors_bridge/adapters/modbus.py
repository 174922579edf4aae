"""Modbus TCP: points that lie close together are read in one request, every so often."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.observation import Observation
from fangma.sensors_bridge.adapters.errors import AwayError, MissingLibraryError
from fangma.sensors_bridge.adapters.registers import value, width
from fangma.sensors_bridge.codec.judgement import PayloadError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pymodbus.client import AsyncModbusTcpClient

    from fangma.sensors_bridge.adapters.configuration import ModbusAdapter, ModbusPoint

_MOST_REGISTERS: Final = 120  # 125 is the most of a request (Modbus 1.1b3, 6.3)
_GAP: Final = 16
_ANSWER_S: Final = 3.0


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
            raise AwayError(f"no connection to {adapter.address}")
        while True:
            began = asyncio.get_running_loop().time()
            for group in grouped(adapter.points):
                say(await _asked(client, adapter.unit, group))
            used = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(0.0, adapter.every_s - used))
    except (ModbusException, OSError, ValueError) as error:
        raise AwayError(f"{adapter.address}: {error}") from error
    finally:
        client.close()


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
        raise AwayError(f"{group[0].table} {first}: {answer}")
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
