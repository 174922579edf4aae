"""What the broker is told: of one or two people no number, at no topic."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from fangma.asset_registry.observation import Observation
from fangma.asset_registry.store.streams import Stream
from fangma.sensors_bridge.echo import echo
from fangma.sensors_bridge.state_topics import state_of

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


def stream(observed_property: str, unit: str | None, number: float) -> Stream:
    return Stream(
        id=1, sensor="S", declared=True, name=None, observed_property=observed_property, unit=unit,
        protocol=None, address=None, code="330302-001-C", kind="room", scope_id=1, secret=False,
        use=None, at=AT, number=number, word=None, quality=0, heard_at=AT,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("observed_property", "unit", "number", "told"),
    [
        ("PeopleCount", None, 2.0, None),
        ("在室人数", None, 1.0, None),
        ("flow", "{people}", 2.0, None),
        ("occupancy", "1", 2.0, 1.0),
        ("head_count", "{count}", 3.0, 3.0),
        ("temperature", "Cel", 2.0, 2.0),
    ],
)
def test_a_retained_state_and_an_echo_tell_no_count_below_three(
    observed_property: str, unit: str | None, number: float, told: float | None
) -> None:
    found = stream(observed_property, unit, number)
    assert state_of("330302-001-C", [found])["streams"][0]["result"] == told
    _, payload = echo(Observation("S", AT, number), found.told)
    assert json.loads(payload)["result"] == told
