"""An adapter as a process of its own: ``python -m fangma.sensors_bridge.adapters NAME``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import sys
from typing import TYPE_CHECKING, Final

from fangma.sensors_bridge.adapters import bacnet, modbus, opcua
from fangma.sensors_bridge.adapters.configuration import (
    Adapter,
    BacnetAdapter,
    ModbusAdapter,
    adapters_of,
)
from fangma.sensors_bridge.adapters.errors import AdapterError, AwayError
from fangma.sensors_bridge.adapters.outlet import Outlet
from fangma.sensors_bridge.bridge import place_of
from fangma.sensors_bridge.errors import BridgeError
from fangma.sensors_bridge.telling import tell_as

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from fangma.asset_registry.observation import Observation

_LOG: Final = logging.getLogger("fangma.adapter")
_LONGEST_PAUSE_S: Final = 60.0
_TELL_S: Final = 2.0


async def run(adapter: Adapter, outlet: Outlet) -> None:
    """Observe for good; a device that is away is tried again, more and more seldom."""
    pause = 1.0
    error: str | None = None
    heard = asyncio.Event()

    def say(observations: Sequence[Observation]) -> None:
        if observations:
            heard.set()
            outlet.put(observations)

    async def tell() -> None:
        while True:
            outlet.tell(is_connected=heard.is_set(), error=error)
            await asyncio.sleep(_TELL_S)

    telling = asyncio.create_task(tell())
    try:
        while True:
            heard.clear()
            try:
                await _observing(adapter, say)
            except AwayError as away:
                error = str(away)[:300]
                pause = 1.0 if heard.is_set() else pause
                _LOG.warning("away, tried again in %.0f s: %s", pause, error)
            heard.clear()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads them
            pause = min(_LONGEST_PAUSE_S, 2 * pause)
    finally:
        telling.cancel()
        outlet.tell(is_connected=False, error=error)


def _observing(
    adapter: Adapter, say: Callable[[Sequence[Observation]], None]
) -> Coroutine[None, None, None]:
    match adapter:
        case ModbusAdapter():
            return modbus.observe(adapter, say)
        case BacnetAdapter():
            return bacnet.observe(adapter, say)
        case _:
            return opcua.observe(adapter, say)


async def _until_told(adapter: Adapter, outlet: Outlet) -> None:
    working = asyncio.create_task(run(adapter, outlet))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await working


def main(arguments: Sequence[str]) -> int:
    """Run the adapter of a name."""
    tell_as(f"adapter {arguments[0]}")
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    try:
        place = place_of(os.environ)  # noqa: TID251 - twin.settings wrote it for this process
        found = [each for each in adapters_of(place.folder) if each.name == arguments[0]]
        if not found:
            raise AdapterError(f"there is no adapter {arguments[0]!r}", "see adapters.yaml")
        folder = place.folder / "adapters" / found[0].name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        outlet = Outlet(place.mqtt_url, folder)
        outlet.start()
        try:
            asyncio.run(_until_told(found[0], outlet))
        finally:
            outlet.stop()
    except BridgeError as error:
        _LOG.error("%s: %s", error.message, error.remedy)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
