"""Every way in through the real broker and the real bridge: Sparkplug B, events, mapped JSON."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from tests.sensors_bridge.broker import BridgeProcess, Broker, wait_until
from tests.sensors_bridge.codec.spark import Payload, payload

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.db, pytest.mark.slow]
MAPPING = """
topics:
  - filter: plant/+/meter/+
    sensor: "{2}-{4}"
    result: data.value
    time: ts
    time_format: unix_ms
"""


@pytest.fixture
def client(broker: Broker) -> Iterator[mqtt.Client]:
    found = mqtt.Client(CallbackAPIVersion.VERSION2)
    found.connect("127.0.0.1", broker.port)
    found.loop_start()
    yield found
    found.disconnect()
    found.loop_stop()


def newest(dsn: str) -> dict[str, Any]:
    with psycopg.connect(dsn) as conn:
        return dict(
            conn.execute(
                "SELECT s.sensor, coalesce(n.word, n.number::text) FROM fangma.stream AS s"
                " JOIN fangma.newest_observation AS n ON n.stream_id = s.id"
            ).fetchall()
        )


def test_an_edge_node_an_event_and_another_makers_meter_arrive(
    bridge: BridgeProcess, client: mqtt.Client, dsn: str
) -> None:
    wait_until(lambda: "the broker is there" in bridge.log, "the bridge listens")
    bridge.stop()
    (bridge.home / "bridge" / "topics.yaml").write_text(MAPPING, "utf-8")
    bridge.start()
    wait_until(lambda: bridge.log.count("the broker is there") == 2, "the bridge listens")
    commands: list[bytes] = []
    client.on_message = lambda _c, _d, message: commands.append(bytes(message.payload))
    client.subscribe("spBv1.0/g/NCMD/n", 1)
    now = round(time.time() * 1000)

    def data(seq: int, value: float) -> bytes:
        return payload(seq, now + seq, {"alias": 4, "double_value": value})

    # Data before any birth: the bridge asks, the node is born, and goes on by alias.
    client.publish("spBv1.0/g/NDATA/n", data(5, 1.0), qos=1)
    wait_until(lambda: len(commands) == 1, "the bridge asks for a rebirth")
    assert Payload.FromString(commands[0]).metrics[0].name == "Node Control/Rebirth"
    birth = payload(0, now, {"name": "t", "alias": 4, "datatype": 10, "double_value": 2.0})
    client.publish("spBv1.0/g/NBIRTH/n", birth, qos=1)
    client.publish("spBv1.0/g/NDATA/n", data(1, 3.0), qos=1)
    wait_until(lambda: newest(dsn).get("g/n/t") == "3", "data by alias are stored")
    # Killed: what the birth named is not forgotten.
    bridge.kill()
    bridge.start()
    client.publish("spBv1.0/g/NDATA/n", data(2, 4.0), qos=1)
    wait_until(lambda: newest(dsn).get("g/n/t") == "4", "data by alias are stored again")
    client.publish("spBv1.0/g/NDEATH/n", payload(None, now), qos=1)
    event = {"kind": "gate", "outcome": "pass", "phenomenonTime": "2026-11-21T09:00:00+08:00"}
    client.publish("fangma/events/north", json.dumps(event), qos=1)
    client.publish("fangma/events/north", json.dumps(event | {"face": "x" * 99}), qos=1)
    client.publish("plant/7/meter/e", json.dumps({"ts": now, "data": {"value": 9.5}}), qos=1)
    wait_until(lambda: newest(dsn).get("7-e") == "9.5", "the mapped meter is stored")
    found = newest(dsn)
    assert (found["g/n/online"], found["north/pass"]) == ("false", "1")
    with psycopg.connect(dsn) as conn:
        rules = conn.execute("SELECT rule, sample FROM fangma.rejection ORDER BY rule").fetchall()
    assert [rule for rule, _ in rules] == ["alias", "privacy"]
    assert "xxx" not in str(rules)
