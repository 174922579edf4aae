"""OPC UA: variables are subscribed to; what the server tells is said with the source's own time."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from fangma.sensors_bridge.adapters.errors import AwayError, MissingLibraryError, told
from fangma.sensors_bridge.codec.judgement import PayloadError, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fangma.asset_registry.observation import Observation
    from fangma.sensors_bridge.adapters.configuration import OpcuaAdapter

_LOOK_S: Final = 5.0
_LOG: Final = logging.getLogger("fangma.adapter")


async def observe(adapter: OpcuaAdapter, say: Callable[[Sequence[Observation]], None]) -> None:
    """Subscribe, and say what comes, for good.

    Raises
    ------
    AwayError
        When the server does not answer, or ends the subscription.
    MissingLibraryError
    """
    try:
        from asyncua.client.client import Client
        from asyncua.ua.uaerrors import UaError
        from asyncua.ua.uatypes import StatusCode
    except ImportError:
        raise MissingLibraryError("OPC UA", "opcua") from None
    sensors = {}
    try:
        async with Client(adapter.address, timeout=5) as client:
            nodes = []
            for point in adapter.points:
                node = client.get_node(point.node)
                sensors[node.nodeid] = point.sensor
                nodes.append(node)
            handler = _Handler(sensors, say)
            subscription = await client.create_subscription(adapter.every_s * 1000, handler)
            answers = await subscription.subscribe_data_change(nodes)
            # Of several nodes those that the server does not have are told in the list, not raised.
            refused = [
                (point.sensor, answer)
                for point, answer in zip(adapter.points, answers, strict=True)
                if isinstance(answer, StatusCode)
            ]
            for sensor, answer in refused:
                _LOG.warning("%s is left out, the server refuses it: %s", sensor, answer.name)
            if len(refused) == len(nodes):
                raise AwayError(f"{told(adapter.address)} has none of the points")
            while handler.ended is None:
                await asyncio.sleep(_LOOK_S)
                await client.check_connection()
            raise AwayError(f"{told(adapter.address)}: {handler.ended}")
    except (TimeoutError, UaError, OSError, ConnectionError, ValueError) as error:
        raise AwayError(f"{told(adapter.address)}: {error!r}") from error


class _Handler:
    """What asyncua calls back."""

    def __init__(
        self, sensors: dict[Any, str], say: Callable[[Sequence[Observation]], None]
    ) -> None:
        self._sensors = sensors
        self._say = say
        self.ended: str | None = None

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:  # noqa: ANN401
        """Take a new value, unless the server itself calls it bad."""
        told = data.monitored_item.Value
        if not told.StatusCode.is_good():
            return
        at = told.SourceTimestamp or told.ServerTimestamp or datetime.now(UTC)
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        try:
            self._say([judge(self._sensors[node.nodeid], at, value)])
        except PayloadError:
            return  # an array or a structure is no observation

    def status_change_notification(self, status: Any) -> None:  # noqa: ANN401
        """Note that the server ended the subscription."""
        self.ended = str(status)
