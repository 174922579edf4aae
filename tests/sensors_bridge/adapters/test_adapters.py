"""Modbus, OPC UA and BACnet from a real device to the database; what goes away comes back."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.sensors_bridge.broker import BridgeProcess, Broker, wait_until

pytestmark = [pytest.mark.db, pytest.mark.slow]
DEVICES = Path(__file__).with_name("devices.py")
Start = Callable[..., subprocess.Popen[bytes]]


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@pytest.fixture
def start() -> Iterator[Start]:
    """Start processes that end with the test."""
    running: list[subprocess.Popen[bytes]] = []

    def started(*command: str, log: Path, **environment: str) -> subprocess.Popen[bytes]:
        with log.open("ab") as stream:
            process = subprocess.Popen(
                [sys.executable, *command], env=os.environ | environment, stderr=stream
            )
        running.append(process)
        return process

    yield started
    for process in running:
        process.kill()
        process.wait(10)


def observed(dsn: str, sensor: str) -> list[Any]:
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "SELECT coalesce(o.word, o.number::text) FROM fangma.observation AS o"
            " JOIN fangma.stream AS s ON s.id = o.stream_id WHERE s.sensor = %s ORDER BY o.at",
            [sensor],
        ).fetchall()
    return [row[0] for row in rows]


CONFIGURATION = """
adapters:
  - {{name: plant, kind: modbus, address: "127.0.0.1:{modbus}", every_s: 0.3, points: [
      {{sensor: M-T, register: 100, scale: 0.1}},
      {{sensor: M-F, register: 101, type: float32}},
      {{sensor: M-I, register: 7, table: input, type: uint32}},
      {{sensor: M-C, register: 3, table: coil}},
      {{sensor: M-D, register: 0, table: discrete}},
      {{sensor: M-X, register: 112}}]}}
  - {{name: chiller, kind: opcua, address: "opc.tcp://127.0.0.1:{opcua}", every_s: 0.2, points: [
      {{sensor: U-F, node: "ns=2;s=flow"}}, {{sensor: U-O, node: "ns=2;s=open"}},
      {{sensor: U-X, node: "ns=2;s=nowhere"}}]}}
  - {{name: ahu, kind: bacnet, address: "127.0.0.1:{bacnet}", local: "127.0.0.1/24:{ours}",
      every_s: 1, points: [
      {{sensor: B-T, object: "analog-input,1", cov: true}},
      {{sensor: B-X, object: "analog-input,99", cov: true}},
      {{sensor: B-F, object: "binary-input,2"}}]}}
"""


def test_devices_of_three_protocols_are_read_and_come_back_after_they_were_away(
    bridge: BridgeProcess, broker: Broker, dsn: str, start: Start, tmp_path: Path
) -> None:
    ports = {"modbus": free_port(), "opcua": free_port()} | {
        name: free_port(socket.SOCK_DGRAM) for name in ("bacnet", "ours")
    }
    folder = bridge.home / "bridge"
    wait_until(lambda: "the broker is there" in bridge.log, "the bridge listens")
    (folder / "adapters.yaml").write_text(CONFIGURATION.format(**ports), "utf-8")
    log = tmp_path / "adapters.log"
    devices = {
        kind: start(str(DEVICES), kind, str(ports[kind]), log=log)
        for kind in ("modbus", "opcua", "bacnet")
    }
    place = {
        "FANGMA_HOME": str(bridge.home),
        "FANGMA_DATABASE_URL": dsn,
        "FANGMA_MQTT_URL": broker.url,
    }
    for name in ("plant", "chiller", "ahu"):
        start("-m", "fangma.sensors_bridge.adapters", name, log=log, **place)

    def has(sensor: str, more_than: int = 0) -> Callable[[], bool]:
        return lambda: len(observed(dsn, sensor)) > more_than

    for sensor in ("M-T", "M-F", "M-I", "M-C", "M-D", "U-F", "U-O", "B-F"):
        wait_until(has(sensor), f"{sensor} is stored; {log.read_text()[-2000:]}")
    assert {observed(dsn, s)[0] for s in ("M-T", "M-F", "M-I")} == {"-10", "12.5", "70000"}
    assert {observed(dsn, s)[0] for s in ("M-C", "M-D", "U-O", "B-F")} == {"true"}
    wait_until(lambda: len(set(observed(dsn, "B-T"))) > 3, "BACnet tells its changes")
    # What a device does not have is told and left out, and keeps nothing else from being read.
    for sensor in ("M-X", "U-X", "B-X"):
        assert observed(dsn, sensor) == []
        assert f"{sensor} is left out" in log.read_text()
    flow = [float(each) for each in observed(dsn, "U-F")]
    assert flow == sorted(flow)
    # The broker is away: what is read waits on disk. The device is away: it is tried again.
    before = len(observed(dsn, "M-T"))
    broker.stop()
    status = folder / "adapters" / "plant" / "status.json"
    wait_until(lambda: json.loads(status.read_text())["waiting"] > 5, "readings wait on disk")
    devices["opcua"].kill()
    devices["opcua"].wait(10)
    broker.start()
    wait_until(lambda: json.loads(status.read_text())["waiting"] == 0, "the disk is empty again")
    wait_until(has("M-T", before + 5), "what was read meanwhile is stored")
    seen = len(observed(dsn, "U-F"))
    start(str(DEVICES), "opcua", str(ports["opcua"]), log=log)
    wait_until(has("U-F", seen + 2), "the OPC UA server is heard again")
    told = json.loads(status.read_text())
    assert (told["connected"], told["lost"]) == (True, 0)
