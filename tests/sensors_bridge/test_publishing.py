"""Whether a broker took what was published is told, also when it went a moment ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from tests.sensors_bridge.broker import Broker, wait_until

from fangma.asset_registry.observation import Observation
from fangma.sensors_bridge.publishing import published

AT = datetime(2026, 11, 21, 1, tzinfo=UTC)
TOLD = [Observation(f"T-{i % 3}", AT + timedelta(seconds=i), float(i)) for i in range(500)]


def test_what_a_broker_takes_is_told_apart_from_what_it_does_not(broker: Broker) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.reconnect_delay_set(1, 1)
    # Nobody is there yet: paho raises for what it could not send, and a caller would end.
    assert not published(client, TOLD[:1], within_s=0.1)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        wait_until(client.is_connected, "the client is connected")
        assert published(client, TOLD, within_s=20)
        assert published(client, [], within_s=0.1)
        broker.stop()
        wait_until(lambda: not client.is_connected(), "the client knows")
        assert not published(client, TOLD[:5], within_s=0.1)
        broker.start()
        wait_until(client.is_connected, "the client is connected again")
        assert published(client, TOLD[:5], within_s=20)
    finally:
        client.disconnect()
        client.loop_stop()
