"""What arrives over MQTT: what births have named outlives the process, and a power cut."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.sensors_bridge.codec.spark import payload

from fangma.sensors_bridge.arrivals import Arrival, Arrivals
from fangma.sensors_bridge.codec.topics import Topics
from fangma.sensors_bridge.mqtt.wire import Published

if TYPE_CHECKING:
    from pathlib import Path

AT = round(datetime(2026, 11, 21, 1, tzinfo=UTC).timestamp() * 1000)
BIRTH = payload(0, AT, {"name": "温度", "alias": 1, "datatype": 10, "double_value": 21.5})
DATA = payload(1, AT + 9, {"alias": 1, "double_value": 22.0})


def taken(arrivals: Arrivals, kind: str, body: bytes) -> Arrival:
    arrival = Arrival()
    message = Published(
        topic=f"spBv1.0/院/{kind}/n1".encode(), payload=body, number=1, is_again=False,
        is_retained=False,
    )  # fmt: skip
    arrivals.take([message], arrival)
    return arrival


def test_data_are_read_by_what_a_birth_named_before_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "sparkplug.json"
    arrivals = Arrivals(Topics(), file)
    taken(arrivals, "NBIRTH", BIRTH)
    arrivals.keep_births()
    arrival = taken(Arrivals(Topics(), file), "NDATA", DATA)
    assert [(o.sensor, o.result) for o in arrival.batch.fresh] == [("院/n1/温度", 22.0)]
    assert not arrival.requests
    assert [each.name for each in tmp_path.iterdir()] == ["sparkplug.json"]


@pytest.mark.parametrize(
    "body", [b"", b'{"a', b"\xff", b"[]", b'{"a": 3}', b'{"a": [["x", "n", 1]]}']
)
def test_a_damaged_file_of_births_is_set_aside_and_nodes_are_asked_again(
    tmp_path: Path, body: bytes
) -> None:
    file = tmp_path / "sparkplug.json"
    file.write_bytes(body)
    arrivals = Arrivals(Topics(), file)
    assert [topic for topic, _ in taken(arrivals, "NDATA", DATA).requests] == ["spBv1.0/院/NCMD/n1"]
    assert (tmp_path / "sparkplug.damaged").read_bytes() == body
    taken(arrivals, "NBIRTH", BIRTH)
    arrivals.keep_births()
    assert file.exists()
