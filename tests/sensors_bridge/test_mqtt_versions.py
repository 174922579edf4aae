"""The bridge speaks MQTT 3.1.1 and 5 with a real Mosquitto, and sensors speak either."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from tests.sensors_bridge.broker import (
    BridgeProcess,
    Broker,
    books,
    observation,
    stored,
    wait_until,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.db, pytest.mark.slow]
SHARED = """
topics:
  - {filter: "$share/twins/plant/+", sensor: "{2}", result: result, time: phenomenonTime}
"""


def said() -> Properties:
    """Return what a sensor of MQTT 5 may say beside its payload."""
    found = Properties(PacketTypes.PUBLISH)
    found.ContentType = "application/json"
    found.PayloadFormatIndicator = 1
    found.MessageExpiryInterval = 3600
    found.UserProperty = [("maker", "温控"), ("maker", "b" * 300)]
    found.CorrelationData = b"\x00\xff"
    return found


def send(broker: Broker, version: MQTTProtocolVersion, number: int, topic: str) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=version)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    properties = said() if version == MQTTProtocolVersion.MQTTv5 else None
    told = client.publish(topic, json.dumps(observation(number)), qos=1, properties=properties)
    told.wait_for_publish(60)
    assert told.is_published()
    client.disconnect()
    client.loop_stop()


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_what_is_published_in_either_version_while_the_bridge_is_away_arrives_once(
    broker: Broker, dsn: str, tmp_path: Path, version: str
) -> None:
    home = tmp_path / "home"
    (home / "bridge").mkdir(parents=True)
    (home / "bridge" / "topics.yaml").write_text(SHARED, "utf-8")
    bridge = BridgeProcess(home=home, database_url=dsn, mqtt_url=broker.url, mqtt_version=version)
    five, four = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311
    bridge.start()
    try:
        wait_until(lambda: "the broker is there" in bridge.log, "the bridge listens")
        send(broker, four, 1, "fangma/observations/S")
        send(broker, five, 2, "fangma/observations/S")
        send(broker, five, 3, "plant/P")
        wait_until(lambda: stored(dsn) == [1, 2, 3], "what was published is stored")
        bridge.kill()
        send(broker, four, 4, "fangma/observations/S")
        send(broker, five, 5, "fangma/observations/S")
        bridge.start()
        wait_until(lambda: stored(dsn) == [1, 2, 3, 4, 5], "what the session kept is stored")
        assert books(dsn) == (5, 5, 0, 0)
    finally:
        bridge.stop()
