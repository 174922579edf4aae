"""The bridge speaks MQTT 3.1.1 and 5 with a real Mosquitto, and sensors speak either."""

from __future__ import annotations

import json
import select
import socket
from itertools import chain, islice
from threading import Thread
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

from fangma.sensors_bridge.mqtt.connection import Connection

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


def test_a_bridge_of_version_5_goes_on_with_a_broker_that_speaks_3_1_1_alone(
    broker: Broker, dsn: str, tmp_path: Path
) -> None:
    with OldFront(broker.port, b"\x20\x02\x00\x01") as port:
        bridge = BridgeProcess(
            home=tmp_path / "home",
            database_url=dsn,
            mqtt_url=f"mqtt://127.0.0.1:{port}",
            mqtt_version="5",
        )
        bridge.start()
        try:
            wait_until(lambda: "the broker is there" in bridge.log, "the bridge listens")
            assert "it may speak 3.1.1 alone" in bridge.log
            send(broker, MQTTProtocolVersion.MQTTv311, 1, "fangma/observations/S")
            wait_until(lambda: stored(dsn) == [1], "what was published is stored")
        finally:
            bridge.stop()


@pytest.mark.parametrize("answer", [b"\x20\x03\x00\x84\x00", b"\x20\x02\x00\x00", b""])
def test_whatever_an_old_broker_says_to_version_5_it_is_spoken_with_in_3_1_1(
    broker: Broker, answer: bytes
) -> None:
    """No, yes as if it were its own version, or an end without a word."""
    with OldFront(broker.port, answer) as port:
        connection = Connection(f"mqtt://127.0.0.1:{port}", "", ["a/#"], version=5)
        try:
            connection.publish([("a/b", b"1")], is_retained=False)
            (found,) = chain.from_iterable(
                islice(filter(None, (connection.read(1.0) for _ in range(60))), 1)
            )
            assert found.payload == b"1"
        finally:
            connection.close()


class OldFront:
    """Lets MQTT 3.1.1 through to a broker, and gives connections of 5 an answer of its own."""

    def __init__(self, port: int, answer: bytes) -> None:
        self._to = ("127.0.0.1", port)
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> int:
        self._thread = Thread(target=self._serve)
        self._thread.start()
        return int(self._listening.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)  # accept() returns
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with client:
                first = client.recv(1 << 16)
                if first[8:9] == b"\x05":  # 3.1.2.2, Protocol Level
                    client.sendall(self._answer)
                elif first:
                    self._pass(client, first)

    def _pass(self, client: socket.socket, first: bytes) -> None:
        with socket.create_connection(self._to) as beyond:
            beyond.sendall(first)
            ends = {client: beyond, beyond: client}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    try:
                        data = end.recv(1 << 16)
                    except ConnectionResetError:
                        return
                    if not data:
                        return
                    ends[end].sendall(data)
