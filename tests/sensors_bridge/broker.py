"""A real Mosquitto, a real bridge, and a publisher that knows what was acknowledged."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

from fangma.twin.services.broker import answers, find_mosquitto

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 11, 21, 1, tzinfo=UTC)
CONFIGURATION = """
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
max_queued_messages 1000000
max_inflight_messages 2000
user {user}
"""


@dataclass(kw_only=True)
class Broker:
    """Mosquitto on a free port, with a store that survives it."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        if not self.port:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
        file = self.folder / "mosquitto.conf"
        user = "root" if os.geteuid() == 0 else "mosquitto"
        file.write_text(CONFIGURATION.format(port=self.port, folder=self.folder, user=user))
        program = find_mosquitto()
        assert program is not None
        self.process = subprocess.Popen([program, "-c", file], stderr=subprocess.DEVNULL)
        wait_until(lambda: answers(self.url), "the broker answers")

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()  # it saves its store
        self.process.wait(20)


@dataclass(kw_only=True)
class BridgeProcess:
    """``python -m fangma.sensors_bridge.bridge``, as ``fangma up`` runs it."""

    home: Path
    database_url: str
    mqtt_url: str
    mqtt_version: str = "3.1.1"
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        own = {
            "FANGMA_HOME": str(self.home),
            "FANGMA_DATABASE_URL": self.database_url,
            "FANGMA_MQTT_URL": self.mqtt_url,
            "FANGMA_MQTT_VERSION": self.mqtt_version,
        }
        self.home.mkdir(exist_ok=True)
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fangma.sensors_bridge.bridge"],
                env=os.environ | own,
                stderr=log,
            )

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(20) == 0

    @property
    def log(self) -> str:
        return (self.home / "log").read_text()


@dataclass(kw_only=True)
class Publisher:
    """Publishes numbered observations at QoS 1; ``acknowledged`` are those the broker took."""

    url: str
    acknowledged: set[int] = field(default_factory=set)
    _sent: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, clean_session=False, client_id="pub")
        self.client.on_publish = self._on_publish
        self.client.max_inflight_messages_set(200)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", int(self.url.rsplit(":", 1)[1]))
        self.client.loop_start()

    def send(self, number: int, topic: str | None = None) -> None:
        """Publish observation ``number``: sensor S0 to S9, a second of its own."""
        topic = topic or f"fangma/observations/S{number % 10}"
        info = self.client.publish(topic, json.dumps(observation(number)), qos=1)
        self._sent[info.mid] = number

    def _on_publish(self, _client: Any, _data: Any, mid: int, *_more: Any) -> None:
        for _ in range(100):  # the broker may be quicker than send()
            if mid in self._sent:
                self.acknowledged.add(self._sent.pop(mid))
                return
            time.sleep(0.01)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def observation(number: int) -> dict[str, object]:
    at = START + timedelta(seconds=number)
    return {"result": float(number), "phenomenonTime": at.isoformat()}


def wait_until(condition: Any, what: str, *, within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {within_s} s in vain until {what}"
        time.sleep(0.05)


def stored(dsn: str) -> list[int]:
    """Every stored number, ascending; more than once if that ever happened."""
    with psycopg.connect(dsn) as conn:
        rows = conn.execute("SELECT number::int FROM fangma.observation ORDER BY 1").fetchall()
    return [row[0] for row in rows]


def books(dsn: str) -> tuple[int, int, int, int]:
    with psycopg.connect(dsn) as conn:
        row = conn.execute(
            "SELECT sum(received), sum(stored), sum(duplicates), sum(rejected) FROM fangma.bridge"
        ).fetchone()
    assert row is not None
    return tuple(int(each or 0) for each in row)  # type: ignore[return-value]
