"""Observations as OGC SensorThings API 1.1 writes them (OGC 18-088, 8.2.6 and 14).

A Datastream's ``@iot.id`` is the sensor's name, a text: ``Datastreams('T-0512')/Observations``.
"""

from __future__ import annotations

import re
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import Annotated, Any, Final

import msgspec

from fangma.asset_registry.observation import Observation
from fangma.sensors_bridge.codec.judgement import (
    LONGEST_NAME,
    LONGEST_WORD,
    Decoded,
    PayloadError,
    is_all_well,
    judge,
    may_all_name,
    named,
    refusal,
    refuse,
)


class _Link(msgspec.Struct, gc=False):
    id: Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)] = msgspec.field(name="@iot.id")


class _Good(msgspec.Struct, gc=False):
    """An Observation as it should be; everything else that it may hold is left alone."""

    result: float | bool | Annotated[str, msgspec.Meta(max_length=LONGEST_WORD)]
    phenomenonTime: Annotated[datetime, msgspec.Meta(tz=True)]  # noqa: N815 - OGC 18-088
    Datastream: _Link | None = None


_WHOLE: Final = msgspec.json.Decoder(list[_Good] | _Good)
_OF_DATASTREAM: Final = re.compile(r"v1\.[01]/Datastreams\((.+)\)/Observations")
_ALL: Final = re.compile(r"v1\.[01]/Observations")


def takes(topic: str) -> bool:
    """Tell whether an MQTT topic is one at which observations are created (OGC 18-088, 14.3)."""
    return bool(_OF_DATASTREAM.fullmatch(topic) or _ALL.fullmatch(topic))


def decode(topic: str, payload: bytes) -> Decoded:
    """Read a message at a topic that :func:`takes` accepts: an Observation or a list of them.

    A time must be there: one that the server chose would be another at the next delivery.
    """
    match = _OF_DATASTREAM.fullmatch(topic)
    sensor = unquoted(match[1]) if match else None
    good = _all_good(sensor, payload)
    if good is not None:
        return Decoded(good)
    try:
        told = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return refuse(topic, PayloadError("json", "the payload is not JSON in UTF-8"), payload)
    observations, refused = [], []
    for one in told if isinstance(told, list) else [told]:
        try:
            observations.append(observation_of(one, sensor=sensor))
        except PayloadError as error:
            refused.append(refusal(topic, error, payload))
    return Decoded(tuple(observations), tuple(refused))


def _all_good(sensor: str | None, payload: bytes) -> tuple[Observation, ...] | None:
    """Read a message in which all is well in one pass; None when something is not."""
    try:
        told = _WHOLE.decode(payload)
        many = told if isinstance(told, list) else [told]
        if sensor is not None:
            named(sensor)
            names = [sensor] * len(many)
        else:
            names = [one.Datastream.id for one in many if one.Datastream is not None]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, PayloadError):
        return None
    if len(names) != len(many) or not may_all_name(names) or not is_all_well(many):
        return None
    return tuple(
        [
            Observation(name, one.phenomenonTime, one.result)
            for name, one in zip(names, many, strict=True)
        ]
    )


def observation_of(
    told: object, *, sensor: str | None = None, now: datetime | None = None
) -> Observation:
    """Read one Observation entity.

    Parameters
    ----------
    told : object
        What JSON held.
    sensor : str or None
        The Datastream that the address names; None when the entity links to it.
    now : datetime or None
        What a missing phenomenonTime becomes (OGC 18-088, 10.2.2); None refuses it.

    Raises
    ------
    PayloadError
    """
    if not isinstance(told, dict):
        raise PayloadError("shape", f"found a {type(told).__name__}, expected an Observation")
    if sensor is None:
        link: Any = told.get("Datastream")
        sensor = link.get("@iot.id") if isinstance(link, dict) else None
        if sensor is None:
            raise PayloadError(
                "sensor", 'the Observation names no Datastream: {"Datastream": {"@iot.id": "T-1"}}'
            )
    at = told.get("phenomenonTime")
    return judge(sensor, now if at is None else at, told.get("result"))


def unquoted(key: str) -> str:
    """Read a key of an address: text in quotes with doubled quotes inside, or a bare number."""
    if len(key) > 1 and key[0] == key[-1] == "'":
        return key[1:-1].replace("''", "'")
    return key
