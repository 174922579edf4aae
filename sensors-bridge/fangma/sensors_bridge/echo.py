"""Observations go out as SensorThings asks (18-088, 14.2): at the topic of their Datastream.

Our own bridge listens to the same topics, since clients create Observations there: what we say
bears a mark, by which the bridge passes over it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from fangma.asset_registry.observation import Observation, Result

MARK: Final = "@fangma.echo"
_BYTES: Final = MARK.encode()


def echo(observation: Observation, result: Result | None) -> tuple[str, bytes]:
    """Return topic and payload of an observation; ``result`` is what may be told of its own."""
    sensor = observation.sensor
    quoted = sensor.replace("'", "''")
    at = observation.at.isoformat()
    told = {
        "@iot.id": f"{sensor}@{at}",
        "phenomenonTime": at,
        "result": result,
        "Datastream": {"@iot.id": sensor},
        MARK: True,
    }
    return f"v1.1/Datastreams('{quoted}')/Observations", msgspec.json.encode(told)


def is_echo(payload: bytes) -> bool:
    """Tell whether a payload is one of ours."""
    return payload.endswith(b'"' + _BYTES + b'":true}')


def may_be_topic(sensor: str) -> bool:
    """Tell whether a sensor's name can stand in a topic (MQTT 3.1.1, 4.7)."""
    return not any(letter in sensor for letter in "+#/")
