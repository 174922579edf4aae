"""BACnet/IP: present values are asked for, or told by the device when they change."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from fangma.sensors_bridge.adapters.errors import (
    ANEW_S,
    AdapterError,
    AwayError,
    MissingLibraryError,
    RefusedError,
    told,
)
from fangma.sensors_bridge.codec.judgement import PayloadError, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fangma.asset_registry.observation import Observation
    from fangma.sensors_bridge.adapters.configuration import BacnetAdapter, BacnetPoint

_ANSWER_S: Final = 10.0
_LIFETIME_S: Final = 300
_LOG: Final = logging.getLogger("fangma.adapter")


async def observe(adapter: BacnetAdapter, say: Callable[[Sequence[Observation]], None]) -> None:
    """Ask, and listen to what changes, for good.

    Raises
    ------
    AwayError
        When the device does not answer.
    MissingLibraryError
    """
    try:
        from bacpypes3.apdu import AbortPDU, ErrorRejectAbortNack
        from bacpypes3.errors import DecodingError
        from bacpypes3.ipv4.app import NormalApplication
        from bacpypes3.local.device import DeviceObject
        from bacpypes3.pdu import Address, IPv4Address
        from bacpypes3.primitivedata import ObjectIdentifier
    except ImportError:
        raise MissingLibraryError("BACnet", "bacnet") from None
    ourselves = DeviceObject(
        objectIdentifier=("device", 4_194_302),
        objectName="fangma",
        vendorIdentifier=999,
        maxApduLengthAccepted=1476,
        segmentationSupported="segmentedBoth",
    )
    try:
        ours, place = IPv4Address(adapter.local), Address(adapter.address)
        names = {point: ObjectIdentifier(point.object) for point in adapter.points}
    except (ValueError, TypeError, RuntimeError) as error:  # the last: no such host
        raise AdapterError(
            f"the adapter {adapter.name}: found an address or object that BACnet cannot read: "
            f"{error}",
            "write local as 10.0.0.2/24, address as 10.0.0.6, object as analog-input,1",
        ) from None
    app = NormalApplication(ourselves, ours)

    async def ask(point: BacnetPoint) -> None:
        reading = app.read_property(place, names[point], "present-value")
        try:
            found = await asyncio.wait_for(reading, _ANSWER_S)
        except ErrorRejectAbortNack as error:  # the library raises what is no answer, or returns it
            found = error
        if isinstance(found, AbortPDU):  # also our own: no answer came
            raise AwayError(f"{told(adapter.address)}: {found}")
        if found is None or isinstance(found, ErrorRejectAbortNack):
            raise RefusedError(str(found))
        _say(say, point, found)

    async def listen(point: BacnetPoint) -> None:
        subscription = app.change_of_value(
            place,
            names[point],
            issue_confirmed_notifications=True,
            lifetime=_LIFETIME_S,
        )
        async with subscription as changes:
            while True:
                name, found = await changes.get_value()
                if str(name) == "present-value":
                    _say(say, point, found)

    listening = {asyncio.create_task(listen(point)): point for point in adapter.points if point.cov}
    points, anew = list(adapter.points), asyncio.get_running_loop().time() + ANEW_S
    try:
        while points:
            if asyncio.get_running_loop().time() > anew:
                points, anew = list(adapter.points), asyncio.get_running_loop().time() + ANEW_S
            # What tells its changes is asked too: that the device is there, and what was missed.
            for point in list(points):
                try:
                    await ask(point)
                except RefusedError as error:
                    _LOG.warning("%s is left out, the device refuses it: %s", point.sensor, error)
                    points.remove(point)
            for task in [each for each in listening if each.done()]:
                try:
                    await task
                except ErrorRejectAbortNack as error:
                    point = listening.pop(task)
                    _LOG.warning("%s is asked for, not told: %s", point.sensor, error)
            await asyncio.sleep(adapter.every_s)
        raise AwayError(f"{told(adapter.address)} has none of the points")
    except (ErrorRejectAbortNack, DecodingError, OSError, TimeoutError, ValueError) as error:
        raise AwayError(f"{told(adapter.address)}: {error!r}") from error
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        app.close()


def _say(say: Callable[[Sequence[Observation]], None], point: BacnetPoint, found: Any) -> None:  # noqa: ANN401
    """Say a present value; words of enumerations such as ``active`` are yes and no."""
    word = str(found)
    result: float | bool | str
    if word in ("active", "inactive"):
        result = word == "active"
    else:
        try:
            result = float(found)
        except (TypeError, ValueError):
            result = word
    try:
        say([judge(point.sensor, datetime.now(UTC), result)])
    except PayloadError:
        return
