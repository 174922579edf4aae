"""A simulated compound lives a working day: the same question, the same answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from fangma.bim_import.sample import sensing
from fangma.sensors_bridge.codec.own_topic import decode
from fangma.sensors_bridge.simulation.simulator import Simulator
from fangma.sensors_bridge.simulation.working_day import CHINA, value

MONDAY = datetime(2026, 11, 23, tzinfo=CHINA)
KINDS = {
    kind[0]
    for kind in vars(sensing).values()
    if isinstance(kind, tuple) and len(kind) == 5 and isinstance(kind[0], str)
}


def mean(observed: str, at: datetime, count: int = 200) -> float:
    found = [value(observed, f"A01-{i:04d}-{observed}", at) for i in range(count)]
    return sum(float(each or 0) for each in found) / count


@pytest.mark.parametrize("observed", sorted(KINDS))
def test_every_kind_of_the_sample_is_simulated(observed: str) -> None:
    assert value(observed, "X", MONDAY) is not None


def test_an_office_is_busy_at_ten_and_empty_at_night_and_on_sunday() -> None:
    ten, night = MONDAY + timedelta(hours=10), MONDAY + timedelta(hours=2)
    sunday = ten - timedelta(days=1)
    for observed, least in (("co2", 200), ("occupancy", 0.4), ("illuminance", 200)):
        assert mean(observed, ten) > mean(observed, night) + least
        assert mean(observed, ten) > mean(observed, sunday) + least


@given(
    st.sampled_from(["energy", "water", "travel"]),
    st.integers(0, 400 * 86_400).map(
        lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
    ),
    st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_a_meter_never_runs_backwards(observed: str, at: datetime, later: timedelta) -> None:
    before, after = value(observed, "M", at), value(observed, "M", at + later)
    assert before is not None
    assert after is not None
    assert before <= after


def test_every_stream_reports_once_a_minute_and_in_the_form_that_the_bridge_reads() -> None:
    simulator = Simulator("", "")
    simulator._streams = [(f"T-{i}", "temperature") for i in range(300)]
    told = [
        message
        for second in range(60)
        for message in simulator.due(MONDAY + timedelta(seconds=second))
    ]
    decoded = [decode(topic, payload) for topic, payload in told]
    assert sorted(o.sensor for d in decoded for o in d.observations) == sorted(
        f"T-{i}" for i in range(300)
    )
    assert not any(d.refused for d in decoded)


def test_a_main_meter_counts_what_the_meters_behind_it_count_and_more() -> None:
    simulator = Simulator("", "")
    told: dict[str, bytes] = {}
    names = ["A01-ENERGY", "A01-101-energy", "A01-102-energy", "A02-101-energy"]
    simulator.simulate((name, "energy") for name in names)
    for second in range(60):
        told |= dict(simulator.due(MONDAY + timedelta(seconds=second)))
    read = {name: decode("fangma/observations/" + name, told["fangma/observations/" + name])
            .observations[0].result for name in names}  # fmt: skip
    parts = float(read["A01-101-energy"]) + float(read["A01-102-energy"])
    assert 1.05 * parts < float(read["A01-ENERGY"]) < 1.07 * parts
