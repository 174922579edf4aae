"""Observations a second, MQTT to committed, against plain COPY of the same rows.

    python tests/benchmarks/observations.py --dsn DSN [--messages 4000] [--each 50] [--streams 1300]

Both in one database, same partition and index; the reading side is the real bridge on a real
Mosquitto. What is sustained is measured: each stream has said something before the clock starts, so
that the database knows it. COPY is that of psycopg, row by row, and beside it of rows that were
encoded before: the most that the database takes. CPU seconds stand beside wall seconds, since a
machine that is shared slows many processes more than one. Prints a table, and JSON with --json.
DESIGN 8 asks for >= 0.3x with 50 a message.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

from fangma.asset_registry.store.schema import migrate

# Some installed packages bring a package "tests" of their own, which would hide ours.
sys.path.insert(0, str(Path(__file__).parents[1] / "sensors_bridge"))
from broker import BridgeProcess, Broker  # type: ignore[import-not-found]

START = datetime(2026, 10, 1, 1, tzinfo=UTC)
BEFORE = START - timedelta(hours=1)


def payloads(
    messages: int, each: int, streams: int, *, gateway: bool = False
) -> list[tuple[str, bytes]]:
    """Make messages; stream and time name each observation once.

    A gateway tells of as many streams as there are observations in a message, at the SensorThings
    topic; else each message is one stream's.
    """
    found = []
    for i in range(messages):
        if gateway:
            entities = [
                {
                    "result": float(j),
                    "phenomenonTime": (START + timedelta(milliseconds=i * each + j)).isoformat(),
                    "Datastream": {"@iot.id": f"B{(i * each + j) % streams}"},
                }
                for j in range(each)
            ]
            found.append(("v1.1/Observations", json.dumps(entities).encode()))
            continue
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


def firsts(streams: int) -> list[tuple[str, bytes]]:
    """Make messages in which each stream says something for the first time."""
    entities = [
        {
            "result": 0.5,
            "phenomenonTime": BEFORE.isoformat(),
            "Datastream": {"@iot.id": f"B{stream}"},
        }
        for stream in range(streams)
    ]
    return [
        ("v1.1/Observations", json.dumps(entities[i : i + 1000]).encode())
        for i in range(0, streams, 1000)
    ]


def carried(url: str, dsn: str, told: list[tuple[str, bytes]], total: int) -> float:
    """Publish everything; return the seconds until ``total`` in all are committed."""
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


def cpu_seconds(pid: int) -> float:
    """Return what a process has used, 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def backends(dsn: str) -> list[int]:
    """Return the processes of the database's connections, our own left out."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        rows = conn.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    return [row[0] for row in rows]


def encoded(rows: list[tuple[object, ...]]) -> bytes:
    """Write rows of numbers as COPY wants them in binary."""
    layout = [
        ("fields", ">i2"), ("a", ">i4"), ("stream", ">i4"), ("b", ">i4"), ("at", ">i8"),
        ("c", ">i4"), ("number", ">f8"), ("d", ">i4"), ("e", ">i4"), ("quality", ">i2"),
        ("f", ">i4"), ("recorded_at", ">i8"),
    ]  # fmt: skip
    body = np.zeros(len(rows), dtype=layout)
    epoch = datetime(2000, 1, 1, tzinfo=UTC)
    body["fields"], body["a"], body["b"], body["c"], body["d"] = 6, 4, 8, 8, -1
    body["e"], body["f"] = 2, 8
    body["stream"] = [row[0] for row in rows]
    for name, i in (("at", 1), ("recorded_at", 5)):
        body[name] = [(row[i] - epoch) // timedelta(microseconds=1) for row in rows]  # type: ignore[operator]
    body["number"] = [row[2] for row in rows]
    head = b"PGCOPY\n\xff\r\n\0" + bytes(8)
    return head + body.tobytes() + b"\xff\xff"


def copied(dsn: str, total: int) -> tuple[float, float, float]:
    """Copy the rows that were stored into tables alike.

    Returns
    -------
    wall, cpu, encoded : float
        Seconds of psycopg's COPY, of the CPU of both its sides, and of a COPY encoded before.
    """
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "SELECT stream_id, at, number, word, quality, recorded_at FROM fangma.observation"
            " WHERE at > %s",
            [BEFORE],
        ).fetchall()
        if len(rows) != total:
            raise SystemExit(f"{len(rows)} rows are stored, expected {total}")
        conn.execute("CREATE TABLE public.plain (LIKE fangma.observation INCLUDING ALL)")
        conn.commit()
        used = time.process_time() + cpu_seconds(conn.info.backend_pid)
        began = time.perf_counter()
        with conn.cursor().copy("COPY public.plain FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(("int4", "timestamptz", "float8", "text", "int2", "timestamptz"))
            for row in rows:
                copy.write_row(row)
        conn.commit()
        wall = time.perf_counter() - began
        cpu = time.process_time() + cpu_seconds(conn.info.backend_pid) - used
        conn.execute("CREATE TABLE public.plainer (LIKE fangma.observation INCLUDING ALL)")
        conn.commit()
        body = encoded(rows)
        began = time.perf_counter()
        with conn.cursor().copy("COPY public.plainer FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(body)
        conn.commit()
        return wall, cpu, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True, help="An empty database that may be used up.")
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--streams", type=int, default=1300)
    parser.add_argument("--gateway", action="store_true", help="Many streams a message.")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    total = given.messages * given.each
    migrate(given.dsn)
    told = payloads(given.messages, given.each, given.streams, gateway=given.gateway)
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
            carried(broker.url, given.dsn, firsts(given.streams), given.streams)
            started = cpu_seconds(bridge.process.pid)
            stored = {pid: cpu_seconds(pid) for pid in backends(given.dsn)}
            through = carried(broker.url, given.dsn, told, given.streams + total)
            carrying = cpu_seconds(bridge.process.pid) - started
            storing = sum(cpu_seconds(pid) - stored.get(pid, 0.0) for pid in backends(given.dsn))
        finally:
            bridge.stop()
            broker.stop()
    plain, plain_cpu, plainer = copied(given.dsn, total)
    answer = {
        "observations": total,
        "each": given.each,
        "streams": given.streams,
        "bridge_per_s": round(total / through),
        "copy_per_s": round(total / plain),
        "encoded_copy_per_s": round(total / plainer),
        "ratio": round(plain / through, 3),
        "ratio_to_encoded": round(plainer / through, 3),
        "bridge_cpu_us": round(1e6 * carrying / total, 2),
        "database_cpu_us": round(1e6 * storing / total, 2),
        "copy_cpu_us": round(1e6 * plain_cpu / total, 2),
        "ratio_by_cpu": round(plain_cpu / (carrying + storing), 3),
    }
    if given.json:
        print(json.dumps(answer))
    else:
        for name, value in answer.items():
            print(f"{name:>14}  {value}")


if __name__ == "__main__":
    main()
