"""Sparkplug B as edge nodes write it: births, aliases, deaths, numbers that are missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given, settings, strategies as st
from tests.sensors_bridge.codec.spark import Payload, payload

from fangma.sensors_bridge.codec import sparkplug
from fangma.sensors_bridge.codec.sparkplug import Sparkplug, rebirth

if TYPE_CHECKING:
    import pytest

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)
AT = round(NOW.timestamp() * 1000)
NODE, DEVICE = "spBv1.0/院/{}/n1", "spBv1.0/院/{}/n1/d1"
BIRTH = payload(
    0,
    AT,
    {"name": "bdSeq", "datatype": 8, "long_value": 3},
    {"name": "Node Control/Rebirth", "datatype": 11, "boolean_value": False},
    {"name": "温度", "alias": 1, "datatype": 10, "double_value": 21.5, "timestamp": AT - 5},
    {"name": "level", "alias": 2, "datatype": 3, "int_value": 2**32 - 7},
)
DEVICE_BIRTH = payload(1, AT, {"name": "open", "alias": 7, "datatype": 11, "boolean_value": True})


def said(plug: Sparkplug, topic: str, data: bytes, **more: bool) -> list[tuple[str, object]]:
    decoded, _ = plug.decode(topic, data, NOW, **more)
    assert not decoded.refused
    return [(each.sensor, each.result) for each in decoded.observations]


def asked(plug: Sparkplug, topic: str, data: bytes, now: datetime = NOW) -> list[str]:
    return [topic for topic, _ in plug.decode(topic, data, now)[1]]


def born() -> Sparkplug:
    plug = Sparkplug()
    said(plug, NODE.format("NBIRTH"), BIRTH)
    said(plug, DEVICE.format("DBIRTH"), DEVICE_BIRTH)
    return plug


def test_births_name_metrics_and_data_speak_by_alias() -> None:
    plug = Sparkplug()
    assert said(plug, NODE.format("NBIRTH"), BIRTH) == [
        ("院/n1/温度", 21.5), ("院/n1/level", -7.0), ("院/n1/online", True),
    ]  # fmt: skip
    assert said(plug, DEVICE.format("DBIRTH"), DEVICE_BIRTH) == [
        ("院/n1/d1/open", True), ("院/n1/d1/online", True),
    ]  # fmt: skip
    decoded, requests = plug.decode(
        NODE.format("NDATA"), payload(2, AT + 9, {"alias": 1, "double_value": 22.0}), NOW
    )
    (observed,) = decoded.observations
    assert (observed.sensor, observed.result, requests) == ("院/n1/温度", 22.0, [])
    assert observed.at == NOW + timedelta(milliseconds=9)
    data = payload(3, AT, {"alias": 7, "boolean_value": False}, {"alias": 7, "is_null": True})
    assert said(plug, DEVICE.format("DDATA"), data) == [("院/n1/d1/open", False)]
    float_ = payload(4, AT, {"name": "f", "datatype": 9, "float_value": 0.5})
    assert said(plug, NODE.format("NDATA"), float_) == [("院/n1/f", 0.5)]
    assert said(plug, NODE.format("NDEATH"), payload(None, AT)) == [("院/n1/online", False)]


def test_a_number_that_is_missing_asks_for_a_rebirth_once_in_a_while() -> None:
    plug = born()
    data = payload(9, AT, {"alias": 1, "double_value": 1.0})
    assert asked(plug, NODE.format("NDATA"), data) == ["spBv1.0/院/NCMD/n1"]
    assert asked(plug, NODE.format("NDATA"), payload(12, AT)) == []
    later = NOW + timedelta(minutes=1)
    assert asked(plug, NODE.format("NDATA"), payload(12, AT), later) == ["spBv1.0/院/NCMD/n1"]
    assert asked(plug, NODE.format("NBIRTH"), BIRTH, later) == []


def test_numbers_go_round_and_what_is_delivered_again_proves_nothing() -> None:
    plug = born()
    for seq in [*range(2, 256), 0, 1]:
        assert asked(plug, NODE.format("NDATA"), payload(seq, AT)) == []
    again, requests = plug.decode(NODE.format("NDATA"), payload(1, AT), NOW, is_again=True)
    assert (again.refused, requests) == ((), [])


def test_an_alias_that_nobody_named_is_told_and_asks_for_a_rebirth() -> None:
    plug = born()
    data = payload(2, AT, {"alias": 99, "int_value": 1}, {"alias": 1, "double_value": 3.0})
    decoded, requests = plug.decode(NODE.format("NDATA"), data, NOW)
    assert [each.rule for each in decoded.refused] == ["alias"]
    assert [each.result for each in decoded.observations] == [3.0]
    assert len(requests) == 1
    assert len(asked(Sparkplug(), NODE.format("NDATA"), data)) == 1


def test_what_births_named_outlives_the_process() -> None:
    plug = Sparkplug()
    plug.remember(born().remembered())
    data = payload(77, AT, {"alias": 7, "boolean_value": True})
    assert said(plug, DEVICE.format("DDATA"), data) == [("院/n1/d1/open", True)]
    assert asked(plug, DEVICE.format("DDATA"), payload(78, AT)) == []


def test_the_command_that_asks_for_a_rebirth_is_the_one_of_the_standard() -> None:
    told = Payload.FromString(rebirth(NOW))
    (metric,) = told.metrics
    assert (metric.name, metric.datatype, metric.boolean_value) == (
        "Node Control/Rebirth",
        11,
        True,
    )
    assert told.timestamp == AT


def test_commands_and_states_of_hosts_are_nothing_to_us() -> None:
    plug = Sparkplug()
    for topic in (NODE.format("NCMD"), DEVICE.format("DCMD"), "spBv1.0/STATE/host", "spBv1.0/a"):
        assert said(plug, topic, b"\xff") == []


kinds = st.sampled_from(["NBIRTH", "DBIRTH", "NDATA", "DDATA", "NDEATH"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            kinds,
            st.binary(max_size=60)
            | st.tuples(st.binary(max_size=5), st.integers(0, 60)).map(
                lambda cut: BIRTH[: cut[1]] + cut[0] + BIRTH[cut[1] :]
            ),
        ),
        max_size=4,
    )
)
def test_whatever_comes_is_observations_or_told(messages: list[tuple[str, bytes]]) -> None:
    plug = Sparkplug()
    for kind, data in messages:
        decoded, _ = plug.decode((DEVICE if kind[0] == "D" else NODE).format(kind), data, NOW)
        for refused in decoded.refused:
            assert refused.rule
            assert refused.sample.isprintable()
    plug.remember(plug.remembered())


def test_what_strangers_invent_is_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug, "_MOST_NODES", 1)
    monkeypatch.setattr(sparkplug, "_MOST_METRICS", 3)
    plug = Sparkplug()
    plug.decode("spBv1.0/院/NDATA/n0", b"no protobuf", NOW)
    assert not plug.nodes
    said(plug, NODE.format("NBIRTH"), BIRTH)
    other, _ = plug.decode("spBv1.0/院/NBIRTH/n2", BIRTH, NOW)
    assert [each.rule for each in other.refused] == ["sparkplug"]
    for i in range(3):
        metric = {"name": f"m{i}", "alias": 100 + i, "datatype": 10, "double_value": 1.0}
        plug.decode(f"spBv1.0/院/DBIRTH/n1/d{i}", payload(i + 1, AT, metric), NOW)
    assert list(plug.nodes) == ["院/n1"]
    assert sorted(plug.nodes["院/n1"].aliases) == [1, 2, 100]
