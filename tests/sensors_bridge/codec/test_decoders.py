"""Decoders keep what is good, tell what is not, and raise nothing, whatever comes."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings, strategies as st

from fangma.asset_registry.observation import EARLIEST, LATEST
from fangma.sensors_bridge.codec import own_topic
from fangma.sensors_bridge.codec.mapped import Mapping, MappingError, read_mappings
from fangma.sensors_bridge.codec.sensorthings import takes
from fangma.sensors_bridge.codec.topics import Topics

if TYPE_CHECKING:
    from fangma.sensors_bridge.codec.judgement import Decoded

TIME = "2026-11-21T09:00:00.000+08:00"
AT = datetime(2026, 11, 21, 1, tzinfo=UTC)
MAPPING = """
topics:
  - filter: building/+/meter/+
    sensor: "{2}-{4}"
    result: data.value
    time: ts
    time_format: unix_ms
  - filter: gateway/#
    sensor: "{data.name}"
    result: data.readings.0
    time: data.time
"""
TOPICS = Topics(mappings=read_mappings(MAPPING))


def decode(topic: str, told: object) -> Decoded:
    return TOPICS.decode(topic, json.dumps(told).encode())


def values(decoded: Decoded) -> list[tuple[str, datetime, object]]:
    return [(o.sensor, o.at, o.result) for o in decoded.observations]


def rules(decoded: Decoded) -> list[str]:
    return [refused.rule for refused in decoded.refused]


@pytest.mark.parametrize("result", [21.5, 21, -1e300, True, False, "open", "", "门开"])
def test_a_result_of_every_kind_is_kept_with_its_kind(result: object) -> None:
    decoded = decode("fangma/observations/T-1", {"result": result, "phenomenonTime": TIME})
    assert values(decoded) == [("T-1", AT, result)]
    assert type(decoded.observations[0].result) is (float if result == 21 else type(result))


def test_a_list_is_as_many_observations_and_a_bad_one_costs_only_itself() -> None:
    good = {"result": 1, "phenomenonTime": TIME, "more": [1]}
    decoded = decode(
        "fangma/observations/T-1", [good, {"result": 2}, 7, {**good, "phenomenonTime": 3}, good]
    )
    assert len(decoded.observations) == 2
    assert rules(decoded) == ["time", "shape", "shape"]


def test_a_sensor_may_have_slashes_in_its_name() -> None:
    decoded = decode("fangma/observations/A/1/温度", {"result": 1, "phenomenonTime": TIME})
    assert decoded.observations[0].sensor == "A/1/温度"


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"phenomenonTime": TIME}, "result"),
        ({"result": None, "phenomenonTime": TIME}, "result"),
        ({"result": {"face": "…"}, "phenomenonTime": TIME}, "result"),
        ({"result": "x" * 1001, "phenomenonTime": TIME}, "result"),
        ({"result": "a\0b", "phenomenonTime": TIME}, "result"),
        ({"result": 1}, "time"),
        ({"result": 1, "phenomenonTime": "2026-11-21T09:00:00"}, "time"),
        ({"result": 1, "phenomenonTime": "yesterday"}, "time"),
        ({"result": 1, "phenomenonTime": "1970-01-01T00:00:00Z"}, "time"),
        ({"result": 1, "phenomenonTime": "9999-12-31T23:59:59-12:00"}, "time"),
        ({"result": 1, "phenomenonTime": "0001-01-01T00:00:00+14:00"}, "time"),
        ("text", "shape"),
    ],
)
def test_what_cannot_be_an_observation_is_refused_by_rule(told: object, rule: str) -> None:
    decoded = decode("fangma/observations/T-1", told)
    assert (decoded.observations, rules(decoded)) == ((), [rule])


@pytest.mark.parametrize("sensor", ["", "x" * 201, " a", "a\nb", "a\0"])
def test_a_name_that_is_none_is_refused(sensor: str) -> None:
    decoded = decode(f"fangma/observations/{sensor}", {"result": 1, "phenomenonTime": TIME})
    assert rules(decoded) == ["sensor"]


def test_sensorthings_topics_name_the_datastream_or_the_payload_does() -> None:
    told = {"result": 1, "phenomenonTime": TIME}
    assert values(decode("v1.1/Datastreams('O''B')/Observations", told)) == [("O'B", AT, 1.0)]
    linked = {**told, "Datastream": {"@iot.id": "T-2"}}
    assert values(decode("v1.1/Observations", linked)) == [("T-2", AT, 1.0)]
    assert rules(decode("v1.1/Observations", told)) == ["sensor"]
    assert not takes("v1.1/Things('x')/Observations")


def test_a_mapping_reads_the_json_of_another_maker() -> None:
    told = {"data": {"value": 3}, "ts": AT.timestamp() * 1000}
    assert values(decode("building/A/meter/7", told)) == [("A-7", AT, 3.0)]
    told = {"data": {"name": "G1", "readings": [4], "time": TIME}}
    assert values(decode("gateway/x/y", told)) == [("G1", AT, 4.0)]
    assert rules(decode("building/A/meter/7", {"ts": True})) == ["time"]
    assert rules(decode("building/A", {})) == ["topic"]


def test_a_mapping_goes_over_lists_and_objects_where_a_star_stands() -> None:
    mapping = Mapping(
        filter="plant/+", sensor="{2}-{devices.*.name}-{*2}", result="devices.*.values.*",
        time="devices.*.ts",
    )  # fmt: skip
    devices = [
        {"name": "AHU1", "ts": TIME, "values": {"t.supply": 18.5, "fan": True}},
        {"name": "AHU2", "ts": TIME, "values": [4]},
        {"name": "AHU3", "values": {"t": 1}},
    ]
    found = mapping.decode("plant/P", json.dumps({"devices": devices}).encode())
    assert values(found) == [
        ("P-AHU1-t.supply", AT, 18.5), ("P-AHU1-fan", AT, True), ("P-AHU2-0", AT, 4.0),
    ]  # fmt: skip
    assert rules(found) == ["time"]
    assert rules(mapping.decode("plant/P", b'{"devices": 3}')) == ["shape"]


@pytest.mark.parametrize("text", ["[", "topics: 1", "topics: [{filter: a}]", MAPPING + "    x: 1"])
def test_a_mapping_file_that_is_wrong_is_told(text: str) -> None:
    with pytest.raises(MappingError):
        read_mappings(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
likely = st.fixed_dictionaries(
    {},
    optional={
        "result": json_values,
        "phenomenonTime": st.just(TIME) | json_values | st.datetimes().map(lambda t: f"{t}Z"),
        "Datastream": st.just({"@iot.id": "T"}) | json_values,
        "data": st.just({"value": 1, "name": "x", "readings": [1]}) | json_values,
        "ts": json_values,
    },
)
payloads = (
    st.binary(max_size=200)
    | json_values.map(lambda told: json.dumps(told).encode("utf-8", "replace"))
    | (likely | st.lists(likely, max_size=3)).map(lambda told: json.dumps(told).encode())
)
topics = st.sampled_from(
    [
        "fangma/observations/T",
        "v1.1/Observations",
        "v1.1/Datastreams('T')/Observations",
        "building/A/meter/7",
        "gateway/1",
    ]
) | st.text(max_size=30).map(lambda name: f"fangma/observations/{name}")


@settings(max_examples=500, deadline=None)
@given(topic=topics, payload=payloads)
@example(topic="fangma/observations/T", payload=b"[" * 100_000)
@example(topic="v1.1/Observations", payload=b"[" * 100_000)
@example(topic="fangma/observations/T", payload=b'{"result": 1e400}')
@example(topic="fangma/observations/T", payload=b'{"result": ' + b"9" * 5000 + b"}")
@example(topic="fangma/observations/T", payload=b'{"result": "\\ud800"}')
@example(topic="fangma/observations/T", payload=b"\xff\xfe")
def test_whatever_comes_every_message_is_observations_or_told(topic: str, payload: bytes) -> None:
    decoded = TOPICS.decode(topic, payload)
    for observation in decoded.observations:
        assert EARLIEST <= observation.at < LATEST
        number, word = observation.columns()
        assert number is None or math.isfinite(number)
        for text in (observation.sensor, word or ""):
            assert "\0" not in text
            text.encode()
    for refused in decoded.refused:
        for text in (refused.place, refused.message, refused.sample):
            assert "\0" not in text
            text.encode()
    if payload.strip() and not isinstance(_json(payload), list):
        assert len(decoded.observations) + len(decoded.refused) == 1


def _json(payload: bytes) -> object:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


@settings(max_examples=300, deadline=None)
@given(payload=payloads)
def test_the_own_topic_refuses_nothing_in_silence(payload: bytes) -> None:
    decoded = own_topic.decode("fangma/observations/T", payload)
    told = _json(payload)
    if isinstance(told, list):
        assert len(decoded.observations) + len(decoded.refused) in (len(told), 1)
