"""From publish to a WebSocket client's hands: latency with many streams and many clients.

    fangma up   # elsewhere, with an account that sees every site
    python tests/benchmarks/live_latency.py --address URL --user NAME --password WORD --mqtt URL
        [--streams 10000] [--rate 1000] [--clients 200] [--seconds 20] [--slow 5]

Each observation's result is the time at which it was published; each client subtracts it from the
time at which it reads the message. Values that were overtaken by newer ones of their stream are not
sent, so they are not measured. ``--slow`` clients never read: they must not slow the others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import threading
import time
import urllib.request
from collections import Counter
from datetime import UTC, datetime

import numpy as np
import paho.mqtt.client as mqtt
import websockets
from paho.mqtt.enums import CallbackAPIVersion


def token_of(address: str, user: str, password: str) -> str:
    """Sign in."""
    body = json.dumps({"user": user, "password": password}).encode()
    asked = urllib.request.Request(  # noqa: S310 - our own
        f"{address}/api/session", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own
        return str(json.load(answer)["token"])


def publish(url: str, streams: int, rate: float, seconds: float) -> int:
    """Publish single observations at a rate; return how many."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(2000)
    client.connect("127.0.0.1", int(url.rsplit(":", 1)[1]))
    client.loop_start()
    began, sent = time.perf_counter(), 0
    while (now := time.perf_counter() - began) < seconds:
        while sent < now * rate:
            told = {"result": time.time(), "phenomenonTime": datetime.now(UTC).isoformat()}
            client.publish(f"fangma/observations/L{sent % streams}", json.dumps(told), qos=1)
            sent += 1
        time.sleep(0.005)
    time.sleep(2)
    client.disconnect()
    client.loop_stop()
    return sent


async def watch(address: str, token: str, latencies: list[float], *, is_slow: bool) -> None:
    """Be a client: every stream, until cancelled."""
    place = address.replace("http", "ws", 1) + "/live"
    header = {"Authorization": f"Bearer {token}"}
    async with websockets.connect(
        place, additional_headers=header, max_size=None, compression=None
    ) as socket:
        await socket.send('{"watch": "all"}')
        if is_slow:
            socket.transport.pause_reading()
            await asyncio.sleep(3600)
        async for text in socket:
            now = time.time()
            told = json.loads(text)
            if told["type"] == "changes":
                latencies.extend(
                    now - item["result"] for item in told["items"] if item["sensor"][0] == "L"
                )


async def measure(given: argparse.Namespace) -> dict[str, object]:
    """Watch while observations are published."""
    token = token_of(given.address, given.user, given.password)
    one: list[float] = []
    others: list[float] = []
    clients = [asyncio.create_task(watch(given.address, token, one, is_slow=False))]
    for i in range(given.clients - 1):
        clients.append(
            asyncio.create_task(watch(given.address, token, others, is_slow=i < given.slow))
        )
        await asyncio.sleep(0.02)
    await asyncio.sleep(3)
    one.clear()
    others.clear()
    sent: list[int] = []
    thread = threading.Thread(
        target=lambda: sent.append(publish(given.mqtt, given.streams, given.rate, given.seconds))
    )
    thread.start()
    await asyncio.to_thread(thread.join)
    for client in clients:
        client.cancel()
    ended = await asyncio.gather(*clients, return_exceptions=True)
    failures = Counter(
        repr(each)[:90] for each in ended if not isinstance(each, asyncio.CancelledError)
    )
    p50, p99 = np.percentile(one, [50, 99]) * 1000
    return {
        "streams": given.streams,
        "clients": given.clients,
        "slow": given.slow,
        "published": sent[0],
        "seen_by_first": len(one),
        "p50_ms": round(float(p50), 1),
        "p99_ms": round(float(p99), 1),
        "all_p50_ms": round(float(np.percentile(others, 50)) * 1000, 1) if others else 0.0,
        "failed": dict(failures),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--mqtt", required=True)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--slow", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    answer = asyncio.run(measure(given))
    if given.json:
        print(json.dumps(answer))
    else:
        for name, value in answer.items():
            print(f"{name:>14}  {value}")


if __name__ == "__main__":
    main()
