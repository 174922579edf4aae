"""``python -m fangma.sensors_bridge.simulation.simulator``: publishes for every declared stream.

What it publishes goes through the broker and the bridge like everything else. Each stream reports
about once a minute, at a second of its own, and a yes or no also when it changes.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec
import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

from fangma.asset_registry.store.connection import OPERATOR, connect, reading
from fangma.asset_registry.store.streams import streams
from fangma.sensors_bridge.address import address, prepared
from fangma.sensors_bridge.bridge import place_of
from fangma.sensors_bridge.codec.own_topic import PREFIX
from fangma.sensors_bridge.errors import BridgeError
from fangma.sensors_bridge.simulation.working_day import main_meters, value
from fangma.sensors_bridge.telling import tell_as

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

_LOG: Final = logging.getLogger("fangma.simulator")
_EVERY_S: Final = 60
_LOOK_AGAIN_S: Final = 30


class Simulator:
    """Publishes what the sensors of a registry would.

    Parameters
    ----------
    database_url, mqtt_url : str
        Where the streams are declared, and where they report.
    """

    def __init__(self, database_url: str, mqtt_url: str) -> None:
        self._database_url = database_url
        self._mqtt_url = mqtt_url
        self._streams: list[tuple[str, str]] = []
        self._parts: dict[str, list[str]] = {}
        self._said: dict[str, float | bool] = {}
        self._stopping = threading.Event()

    def run(self) -> None:
        """Publish until :meth:`stop`."""
        client = prepared(mqtt.Client(CallbackAPIVersion.VERSION2, client_id=""), self._mqtt_url)
        client.reconnect_delay_set(1, 10)
        client.connect_async(*address(self._mqtt_url))
        client.loop_start()
        look_again = 0.0
        while not self._stopping.wait(1.0 - time.time() % 1.0):
            if time.monotonic() >= look_again:
                self._look()
                look_again = time.monotonic() + _LOOK_AGAIN_S
            if client.is_connected():
                for topic, payload in self.due(datetime.now(UTC).replace(microsecond=0)):
                    client.publish(topic, payload, qos=1)
        client.disconnect()
        client.loop_stop()

    def stop(self) -> None:
        """Ask :meth:`run` to end."""
        self._stopping.set()

    def due(self, at: datetime) -> list[tuple[str, bytes]]:
        """Return the messages of one second, as topic and payload."""
        second = int(at.timestamp()) % _EVERY_S
        found = []
        for sensor, observed in self._streams:
            is_turn = zlib.crc32(sensor.encode()) % _EVERY_S == second
            said = self._said.get(sensor)
            if not is_turn and not isinstance(said, bool):
                continue
            result = value(observed, sensor, at, self._parts.get(sensor, ()))
            if result is None or (not is_turn and result == said):
                continue
            self._said[sensor] = result
            told = {"result": result, "phenomenonTime": at.isoformat()}
            found.append((PREFIX + sensor, msgspec.json.encode(told)))
        return found

    def simulate(self, streams: Iterable[tuple[str, str]]) -> None:
        """Take the streams to speak for, by name and property, as the sample's table names them."""
        self._streams = list(streams)
        self._parts = main_meters(self._streams)

    def _look(self) -> None:
        """Find out which streams there are; what was known stays while the database is away."""
        try:
            with connect(self._database_url) as conn, reading(conn, OPERATOR):
                self.simulate(
                    (stream.sensor, stream.observed_property)
                    for stream in streams(conn)
                    if stream.declared and stream.observed_property
                )
        except psycopg.Error as error:
            _LOG.warning("the database is away: %s", " ".join(str(error).split()))


def main() -> int:
    """Run the simulator for the home that the environment describes."""
    tell_as("simulator")
    try:
        place = place_of(os.environ)  # noqa: TID251 - twin.settings wrote it for this process
        simulator = Simulator(place.database_url, place.mqtt_url)

        def ask(_number: int, _frame: FrameType | None) -> None:
            simulator.stop()

        signal.signal(signal.SIGTERM, ask)
        signal.signal(signal.SIGINT, ask)
        simulator.run()
    except BridgeError as error:
        _LOG.error("%s: %s", error.message, error.remedy)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
