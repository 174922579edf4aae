"""A hundred thousand malformed payloads to each decoder: none may raise anything but its own error.

    python tests/benchmarks/fuzz_decoders.py [--count 100000] [--seed 1] [--json]

Payloads are good ones that were mutated (bits, bytes, pieces, doubled keys, nesting), and noise.
Prints how many were taken, how many told, and what was raised; ends with 1 when anything was.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable  # noqa: TC003
from datetime import UTC, datetime
from pathlib import Path

from fangma.sensors_bridge.codec import own_topic, passages, sensorthings
from fangma.sensors_bridge.codec.mapped import Mapping
from fangma.sensors_bridge.codec.sparkplug import Sparkplug
from fangma.sensors_bridge.mqtt.errors import WireError
from fangma.sensors_bridge.mqtt.wire import Incoming, publish
from fangma.twin.sensorthings.filters import OptionError, holds, read_filter

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)
AT = "2026-11-21T09:00:00.000+08:00"
# Some installed packages bring a package "tests" of their own, which would hide ours.
sys.path.insert(0, str(Path(__file__).parents[1] / "sensors_bridge" / "codec"))
NESTED = Mapping(filter="a/+", sensor="{g.*.n}-{*2}", result="g.*.v.*", time="g.*.t")
MAPPING = Mapping(filter="a/+", sensor="{2}-{x.y}", result="d.v", time="t", time_format="unix_ms")
PIECES = (
    b'"', b"\\u0000", b"\\ud800", b"[", b"{", b"}" * 9, b"1e999", b"-0", b"null", b"\xff\xfe",
    b"9" * 400, b'"result":', b'"phenomenonTime":"', b"0001-01-01T00:00:00+23:59", b"\x00" * 8,
    b"[" * 3000, b'{"a":' * 2000, b"\xf4\x90\x80\x80", b"\x80" * 12, b"+08", b"24:00:60",
)  # fmt: skip


def good() -> dict[str, list[bytes]]:
    """Return payloads of each decoder that are right."""
    from spark import payload  # type: ignore[import-not-found]

    told = {"result": 21.5, "phenomenonTime": AT}
    event = {"kind": "gate", "outcome": "pass", "phenomenonTime": AT}
    birth = {"name": "t", "alias": 4, "datatype": 10, "double_value": 2.0, "timestamp": 1}
    as_json: dict[str, list[object]] = {
        "own topic": [told, [told, told | {"result": True}], told | {"result": "open"}],
        "SensorThings": [
            told | {"Datastream": {"@iot.id": "T"}},
            [told | {"Datastream": {"@iot.id": 7}}, told],
        ],
        "mapped, nested": [{"g": [{"n": "d", "t": AT, "v": {"a": 1, "b": [2]}}]}],
        "mapped": [{"x": {"y": "z"}, "d": {"v": 3}, "t": 1_790_000_000_000}],
        "passages": [event, [event, event | {"count": 3}]],
    }
    found = {name: [json.dumps(each).encode() for each in all_] for name, all_ in as_json.items()}
    found["Sparkplug"] = [payload(0, 1_790_000_000_000, birth, {"alias": 4, "float_value": 1.0})]
    found["$filter"] = [
        b"result gt 20 and not (phenomenonTime lt 2026-11-21T00:00:00Z or Datastream/name eq 'x')",
        b"substringof('a', name) or year(phenomenonTime) sub 1 eq -2025 mul 1.5e3",
    ]
    found["MQTT"] = [
        publish("fangma/observations/T", b'{"result": 1}', number=7, is_retained=True),
        b"\x20\x02\x00\x00\x90\x03\x00\x01\x01\xd0\x00",
    ]
    return found


def decoders() -> dict[str, Callable[[bytes], tuple[int, int]]]:
    """Return what each decoder makes of a payload: how many taken, how many told."""

    def counted(decoded: object) -> tuple[int, int]:
        return len(decoded.observations), len(decoded.refused)  # type: ignore[attr-defined]

    def spark(payload: bytes) -> tuple[int, int]:
        plug, told = Sparkplug(), (0, 0)
        for kind in ("NBIRTH", "NDATA", "NDEATH"):
            taken, refused = counted(plug.decode(f"spBv1.0/g/{kind}/n", payload, NOW)[0])
            told = told[0] + taken, told[1] + refused
        return told

    entity = {"result": 21.5, "phenomenonTime": AT, "name": "x"}

    def chosen(payload: bytes) -> tuple[int, int]:
        try:
            return int(holds(read_filter(payload.decode("utf-8", "replace")), entity.get)), 0
        except OptionError:
            return 0, 1

    def wire(payload: bytes) -> tuple[int, int]:
        try:
            return len(Incoming().feed(payload)), 0
        except WireError:
            return 0, 1

    return {
        "own topic": lambda payload: counted(own_topic.decode("fangma/observations/T", payload)),
        "SensorThings": lambda payload: counted(sensorthings.decode("v1.1/Observations", payload)),
        "mapped, nested": lambda payload: counted(NESTED.decode("a/b", payload)),
        "mapped": lambda payload: counted(MAPPING.decode("a/b", payload)),
        "passages": lambda payload: counted(passages.decode("fangma/events/d", payload)),
        "Sparkplug": spark,
        "$filter": chosen,
        "MQTT": wire,
    }


def mutated(chance: random.Random, payload: bytes) -> bytes:
    """Spoil a payload."""
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(200))
    data = bytearray(payload)
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at:at] = chance.choice(PIECES)
            case 2:
                del data[at : at + chance.randrange(1, 9)]
            case 3:
                data[at:at] = chance.randbytes(chance.randrange(1, 5))
            case 4:
                other = chance.randrange(len(data) + 1)
                data[at:at] = data[min(at, other) : max(at, other)]
            case _:
                data = data[:at]
    return bytes(data)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311 - to be run again
    answer = {}
    samples = good()
    for name, decode in decoders().items():
        taken = told = 0
        raised: Counter[str] = Counter()
        began = time.process_time()
        for _ in range(given.count):
            payload = mutated(chance, chance.choice(samples[name]))
            try:
                found = decode(payload)
            except Exception as error:  # noqa: BLE001 - that is the question
                raised[f"{type(error).__name__}: {error}"[:100]] += 1
                if len(raised) < 4:
                    print(name, repr(payload[:200]), repr(error), file=sys.stderr)
            else:
                taken, told = taken + found[0], told + found[1]
        answer[name] = {
            "payloads": given.count,
            "taken": taken,
            "told": told,
            "raised": sum(raised.values()),
            "cpu_us": round(1e6 * (time.process_time() - began) / given.count, 1),
        }
    if given.json:
        print(json.dumps(answer))
    else:
        for name, row in answer.items():
            print(f"{name:>12}  " + "  ".join(f"{k} {v}" for k, v in row.items()))
    return 1 if any(row["raised"] for row in answer.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
