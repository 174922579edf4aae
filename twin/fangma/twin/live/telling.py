"""What came by HTTP is told to the broker too, for those who subscribe there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.presence import told as told_of
from fangma.sensors_bridge.echo import echo, may_be_topic
from fangma.sensors_bridge.mqtt.connection import Connection
from fangma.sensors_bridge.mqtt.errors import WireError
from fangma.sensors_bridge.mqtt.wire import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fangma.asset_registry.observation import Observation
    from fangma.asset_registry.store.streams import Stream

_LOG: Final = logging.getLogger("fangma.live")
_MOST: Final = 500


def tell(
    url: str | None,
    observations: Sequence[Observation],
    streams: Mapping[str, Stream],
    *,
    version: str = "3.1.1",
) -> None:
    """Publish observations at the topics of their Datastreams; a broker that is away is let be.

    Of what is secret, or watches nothing, nothing is told.
    """
    told = [
        echo(each, told_of(stream.observed_property, stream.unit, each.result))
        for each in observations[:_MOST]
        if (stream := streams[each.sensor]).secret is False and may_be_topic(each.sensor)
    ]
    if url is None or not told:
        return
    try:
        connection = Connection(url, "", (), version=VERSIONS[version])
        try:
            connection.publish(told, is_retained=False)
        finally:
            connection.close()
    except (OSError, WireError) as error:
        _LOG.warning("the broker is not told: %s", error)
