"""Fangma's own topic: ``fangma/observations/{sensor}``, one observation or a list.

A message that is right is read by one pass of a typed decoder. Only when that refuses, it is read
again piece by piece, to find out what of it can be saved and what is wrong with the rest; both ways
give the same observations.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations
from typing import Annotated, Final

import msgspec

from fangma.asset_registry.observation import Observation
from fangma.sensors_bridge.codec.judgement import (
    LONGEST_WORD,
    Decoded,
    PayloadError,
    is_all_well,
    judge,
    named,
    refusal,
    refuse,
)

PREFIX: Final = "fangma/observations/"


class _Good(msgspec.Struct, gc=False):
    """An observation as it should be; fields that we do not know are left alone."""

    result: float | bool | Annotated[str, msgspec.Meta(max_length=LONGEST_WORD)]
    phenomenonTime: Annotated[datetime, msgspec.Meta(tz=True)]  # noqa: N815 - OGC 18-088


class _Told(msgspec.Struct):
    """An observation as it is written."""

    result: object = None
    phenomenonTime: str | None = None  # noqa: N815 - the word of OGC 18-088


_WHOLE: Final = msgspec.json.Decoder(list[_Good] | _Good)
_PARTS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ONE: Final = msgspec.json.Decoder(_Told)


def decode(topic: str, payload: bytes) -> Decoded:
    """Read a message of the own topic.

    Parameters
    ----------
    topic : str
        Whole topic; what follows the prefix names the sensor, slashes too.
    payload : bytes
        JSON in UTF-8.

    Returns
    -------
    decoded : Decoded
        Of a list the good ones are kept when others are bad; each bad one is told.
    """
    sensor = topic[len(PREFIX) :]
    try:
        told = _WHOLE.decode(payload)
        named(sensor)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, PayloadError):
        return _one_by_one(topic, sensor, payload)
    good = told if isinstance(told, list) else [told]
    if not is_all_well(good):
        return _one_by_one(topic, sensor, payload)
    return Decoded(tuple([Observation(sensor, one.phenomenonTime, one.result) for one in good]))


def _one_by_one(topic: str, sensor: str, payload: bytes) -> Decoded:
    """Find out what of a message can be saved, and what is wrong with the rest."""
    try:
        parts = _PARTS.decode(payload) if payload.lstrip()[:1] == b"[" else [msgspec.Raw(payload)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return refuse(topic, PayloadError("json", "the payload is not JSON in UTF-8"), payload)
    observations, refused = [], []
    for part in parts:
        try:
            observations.append(_single(sensor, part))
        except PayloadError as error:
            refused.append(refusal(topic, error, bytes(part)))
    return Decoded(tuple(observations), tuple(refused))


def _single(sensor: str, part: msgspec.Raw) -> Observation:
    try:
        told = _ONE.decode(part)
    except msgspec.ValidationError as error:
        raise PayloadError(
            "shape",
            f'{error}, expected {{"result": 21.5, "phenomenonTime": "2026-11-21T09:00:00+08:00"}}',
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise PayloadError("json", "the payload is not JSON in UTF-8") from None
    return judge(sensor, told.phenomenonTime, told.result)
