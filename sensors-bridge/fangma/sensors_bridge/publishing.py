"""Observations to the broker under our own topic, and whether it took them."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import msgspec

from fangma.sensors_bridge.codec.own_topic import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    import paho.mqtt.client as mqtt

    from fangma.asset_registry.observation import Observation

_A_MESSAGE: Final = 50
"""Observations of one sensor."""


def published(client: mqtt.Client, observations: Iterable[Observation], *, within_s: float) -> bool:
    """Publish observations at quality 1; return whether the broker acknowledged all in time.

    What was not acknowledged may be published again: the bridge keeps an observation once,
    however often it comes.
    """
    by_sensor: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for each in observations:
        by_sensor[each.sensor].append(
            {"result": each.result, "phenomenonTime": each.at.isoformat()}
        )
    sent = [
        client.publish(PREFIX + sensor, msgspec.json.encode(rows[i : i + _A_MESSAGE]), qos=1)
        for sensor, rows in by_sensor.items()
        for i in range(0, len(rows), _A_MESSAGE)
    ]
    until = time.monotonic() + within_s
    try:
        for info in sent:
            info.wait_for_publish(max(0.0, until - time.monotonic()))
        return all(info.is_published() for info in sent)
    except (RuntimeError, ValueError):  # paho's words for: the connection went just before
        return False
