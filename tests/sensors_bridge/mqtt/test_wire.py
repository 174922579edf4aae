"""Packets are what the standard says, however they are cut, and rubbish is told as such."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings, strategies as st

from fangma.sensors_bridge.mqtt import wire
from fangma.sensors_bridge.mqtt.wire import Connected, Incoming, Pong, Published, WireError

messages = st.builds(
    wire.publish,
    st.text(st.characters(codec="utf-8"), max_size=200),
    st.binary(max_size=20_000),
    number=st.integers(1, 65535),
    is_retained=st.booleans(),
)


def test_a_connect_is_the_one_of_the_standard() -> None:
    # OASIS MQTT 3.1.1, 3.1: protocol name and level, no clean session, keep-alive, identifier.
    assert (
        wire.connect("abc", keep_alive_s=60) == b"\x10\x0f\x00\x04MQTT\x04\x00\x00\x3c\x00\x03abc"
    )
    told = wire.connect("a", keep_alive_s=1, user="u", password="p")  # noqa: S106
    assert told[9] == 0xC0
    assert told.endswith(b"\x00\x01a\x00\x01u\x00\x01p")
    assert wire.subscribe(7, ["a/#"]) == b"\x82\x08\x00\x07\x00\x03a/#\x01"
    assert wire.acknowledge([1, 258]) == b"\x40\x02\x00\x01\x40\x02\x01\x02"


@settings(deadline=None)
@given(st.lists(messages, max_size=8), st.integers(1, 999))
def test_messages_come_out_as_they_went_in_however_they_are_cut(
    sent: list[bytes], size: int
) -> None:
    whole = b"".join(sent)
    at_once = Incoming().feed(whole)
    incoming, found = Incoming(), []
    for i in range(0, len(whole), size):
        found += incoming.feed(whole[i : i + size])
    assert found == at_once
    assert [
        wire.publish(
            each.topic.decode(), each.payload, number=each.number, is_retained=each.is_retained
        )
        for each in found
        if isinstance(each, Published)
    ] == sent


def test_answers_are_read() -> None:
    found = Incoming().feed(b"\x20\x02\x00\x05\xd0\x00\x90\x04\x00\x01\x01\x80\x40\x02\x00\x01")
    assert found[:2] == [Connected(5), Pong()]
    assert found[2:] == [wire.Subscribed(b"\x01\x80"), Pong()]


@pytest.mark.parametrize(
    "data",
    [
        b"\x30\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x30\xff\xff\xff\x7f",  # longer than anything that is an observation
        b"\x32\x03\x00\x09a",  # a topic that is cut off
        b"\x32\x03\x00\x01a",  # no packet identifier
        b"\x34\x05\x00\x01a\x00\x01",  # quality 2
        b"\x20\x00",
        b"\xf0\x00",
    ],
)
def test_what_is_no_mqtt_is_told(data: bytes) -> None:
    with pytest.raises(WireError):
        Incoming().feed(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_rubbish_raises_its_own_error_alone(data: bytes) -> None:
    with contextlib.suppress(WireError):
        Incoming().feed(data)
