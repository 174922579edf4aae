"""Fangma's own topic: ``fangma/observations/{sensor}``, one observation or a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from fangma.sensors_bridge.codec.judgement import (
    Decoded,
    PayloadError,
    judge,
    refusal,
    refuse,
)

if TYPE_CHECKING:
    from fangma.asset_registry.observation import Observation

PREFIX: Final = "fangma/observations/"


class _Told(msgspec.Struct):
    """An observation as it is written; fields that we do not know are left alone."""

    result: object = None
    phenomenonTime: str | None = None  # noqa: N815 - the word of OGC 18-088


_WHOLE: Final = msgspec.json.Decoder(list[_Told] | _Told)
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
    sensor = topic.removeprefix(PREFIX)
    try:
        told = _WHOLE.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _one_by_one(topic, sensor, payload)
    if isinstance(told, _Told):
        try:
            return Decoded((judge(sensor, told.phenomenonTime, told.result),))
        except PayloadError as error:
            return refuse(topic, error, payload)
    observations, refused = [], []
    for one in told:
        try:
            observations.append(judge(sensor, one.phenomenonTime, one.result))
        except PayloadError as error:
            refused.append(refusal(topic, error, msgspec.json.encode(one)))
    return Decoded(tuple(observations), tuple(refused))


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
