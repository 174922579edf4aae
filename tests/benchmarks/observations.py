"""Observations a second, MQTT to committed, against plain COPY of the same rows.

    python tests/benchmarks/observations.py --dsn DSN [--messages 4000] [--each 50] [--streams 1300]

Both in one database, same partition and index; the reading side is the real bridge on a real
Mosquitto. Prints a table, and JSON with --json. DESIGN 8 asks for >= 0.3x with 50 a message.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

from fangma.asset_registry.store.schema import migrate

# Some installed packages bring a package "tests" of their own, which would hide ours.
sys.path.insert(0, str(Path(__file__).parents[1] / "sensors_bridge"))
from broker import BridgeProcess, Broker  # type: ignore[import-not-found]

START = datetime(2026, 10, 1, tzinfo=UTC)


def payloads(messages: int, each: int, streams: int) -> list[tuple[str, bytes]]:
    """Make messages; stream and time name each observation once."""
    found = []
    for i in range(messages):
        told = [
            {
                "result": float(j),
                "phenomenonTime": (START + timedelta(milliseconds=i * each + j)).isoformat(),
            }
            for j in range(each)
        ]
        topic = f"fangma/observations/B{i % streams}"
        found.append((topic, json.dumps(told if each > 1 else told[0]).encode()))
    return found


def carried(url: str, dsn: str, told: list[tuple[str, bytes]], total: int) -> float:
    """Publish everything; return the seconds until all of it is committed."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(2000)
    client.connect("127.0.0.1", int(url.rsplit(":", 1)[1]))
    client.loop_start()
    began = time.perf_counter()
    for topic, payload in told:
        client.publish(topic, payload, qos=1)
    with psycopg.connect(dsn, autocommit=True) as conn:
        while True:
            row = conn.execute("SELECT coalesce(sum(stored), 0) FROM fangma.bridge").fetchone()
            if row is not None and row[0] >= total:
                break
            time.sleep(0.02)
    seconds = time.perf_counter() - began
    client.disconnect()
    client.loop_stop()
    return seconds


def copied(dsn: str, total: int) -> float:
    """Copy the rows that were stored into a table alike; return the seconds."""
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "SELECT stream_id, at, number, word, quality, recorded_at FROM fangma.observation"
        ).fetchall()
        if len(rows) != total:
            raise SystemExit(f"{len(rows)} rows are stored, expected {total}")
        conn.execute("CREATE TABLE public.plain (LIKE fangma.observation INCLUDING ALL)")
        conn.commit()
        began = time.perf_counter()
        with conn.cursor().copy("COPY public.plain FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(("int4", "timestamptz", "float8", "text", "int2", "timestamptz"))
            for row in rows:
                copy.write_row(row)
        conn.commit()
        return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True, help="An empty database that may be used up.")
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--streams", type=int, default=1300)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    total = given.messages * given.each
    migrate(given.dsn)
    told = payloads(given.messages, given.each, given.streams)
    with tempfile.TemporaryDirectory(prefix="fangma-observations-") as folder:
        broker_folder = Path(folder) / "broker"
        broker_folder.mkdir()
        broker = Broker(folder=broker_folder)
        broker.start()
        bridge = BridgeProcess(
            home=Path(folder) / "home", database_url=given.dsn, mqtt_url=broker.url
        )
        bridge.start()
        try:
            while "the broker is there" not in bridge.log:
                time.sleep(0.1)
            through = carried(broker.url, given.dsn, told, total)
        finally:
            bridge.stop()
            broker.stop()
    plain = copied(given.dsn, total)
    answer = {
        "observations": total,
        "each": given.each,
        "streams": given.streams,
        "bridge_per_s": round(total / through),
        "copy_per_s": round(total / plain),
        "ratio": round(plain / through, 3),
    }
    if given.json:
        print(json.dumps(answer))
    else:
        for name, value in answer.items():
            print(f"{name:>14}  {value}")


if __name__ == "__main__":
    main()
