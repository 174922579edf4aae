"""Packets are what the standard says, however they are cut, and rubbish is told as such."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings, strategies as st

from fangma.sensors_bridge.mqtt import wire
from fangma.sensors_bridge.mqtt.errors import WireError
from fangma.sensors_bridge.mqtt.wire import Connected, Incoming, Pong, Published

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
@given(st.binary(max_size=300), st.sampled_from(list(wire.VERSIONS.values())))
def test_rubbish_raises_its_own_error_alone(data: bytes, version: wire.Version) -> None:
    with contextlib.suppress(WireError):
        Incoming(version).feed(data)


def test_a_connect_of_version_5_asks_for_a_session_that_lasts() -> None:
    # OASIS MQTT 5.0, 3.1.2.11: Receive Maximum, Maximum Packet Size, Session Expiry Interval.
    told = wire.connect("abc", keep_alive_s=60, version=5)
    asked = b"\x21\x07\xd0\x27\x01\x00\x00\x00\x11\xff\xff\xff\xff"
    assert told == b"\x10\x1d\x00\x04MQTT\x05\x00\x00\x3c\x0d" + asked + b"\x00\x03abc"
    assert b"\x11\xff" not in wire.connect("", keep_alive_s=60, version=5)
    assert wire.subscribe(7, ["a/#"], version=5) == b"\x82\x09\x00\x07\x00\x00\x03a/#\x01"


def test_what_version_5_says_beside_a_payload_is_no_part_of_it() -> None:
    beside = b"\x01\x01\x02\x00\x00\x00\x09\x26\x00\x01k\x00\x02vv\x0b\x80\x01"
    body = b"\x00\x01t\x00\x07" + bytes([len(beside)]) + beside + b"21.5"
    sent = b"\x32" + bytes([len(body)]) + body
    assert Incoming(5).feed(sent) == [Published(b"t", b"21.5", 7, False, False)]
    again = wire.publish("t", b"{}", number=1, is_retained=True, version=5)
    assert Incoming(5).feed(again) == [Published(b"t", b"{}", 1, False, True)]


def test_a_broker_of_version_5_says_why() -> None:
    found = Incoming(5).feed(
        b"\x20\x0d\x00\x87\x0a\x13\x00\x1e\x1f\x00\x04away"  # CONNACK
        b"\x90\x04\x00\x01\x00\x9e"  # SUBACK
        b"\x40\x03\x00\x01\x10"  # PUBACK: nobody listens
        b"\xe0\x01\x8b\xe0\x00"  # DISCONNECT, with a code and without
    )
    assert found == [
        Connected(0x87, 30, "away"),
        wire.Subscribed(b"\x9e"),
        Pong(),
        wire.Dismissed(0x8B, ""),
        wire.Dismissed(0, ""),
    ]
    assert Incoming(5).feed(b"\x20\x02\x00\x01") == [Connected(1)]  # of one that knows no 5
    for cut in (b"\x20\x06\x00\x00\x03\x1f\x00\x09", b"\x20\x05\x00\x00\x02\x7f\x00"):
        with pytest.raises(WireError):
            Incoming(5).feed(cut)
