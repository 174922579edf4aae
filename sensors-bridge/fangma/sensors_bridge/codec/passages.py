"""Events of access control, visitors, gates, bookings and lifts: that somebody passed, not who.

``fangma/events/{device}``: ``{"kind": "access", "outcome": "pass", "phenomenonTime": T}`` or a
list. It becomes an observation of the stream ``{device}/{outcome}``, 1 or the ``count``; roll-ups
count them. Fields that are not named here are not taken: a name, a card, a face or a template
cannot come in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from fangma.sensors_bridge.codec.judgement import Decoded, PayloadError, judge, refusal, refuse

if TYPE_CHECKING:
    from fangma.asset_registry.observation import Observation, Refused

PREFIX: Final = "fangma/events/"
KINDS: Final = ("access", "visitor", "gate", "booking", "lift")
OUTCOMES: Final = ("pass", "deny", "in", "out", "begin", "end", "trip")
FIELDS: Final = frozenset({"kind", "outcome", "phenomenonTime", "count"})
_MOST: Final = 10_000


def decode(topic: str, payload: bytes) -> Decoded:
    """Read a message; what holds more than it may is refused, and none of it is shown or kept."""
    device = topic.removeprefix(PREFIX)
    try:
        told = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return refuse(topic, PayloadError("json", "the payload is not JSON in UTF-8"), b"")
    observations: list[Observation] = []
    refused: list[Refused] = []
    for one in told if isinstance(told, list) else [told]:
        try:
            observations.append(_event(device, one))
        except PayloadError as error:
            refused.append(refusal(topic, error, b""))
    return Decoded(tuple(observations), tuple(refused))


def _event(device: str, told: Any) -> Observation:  # noqa: ANN401 - whatever JSON held
    if not isinstance(told, dict):
        raise PayloadError("shape", f"found a {type(told).__name__}, expected an event")
    if told.keys() - FIELDS:
        raise PayloadError(
            "privacy",
            f"{len(told.keys() - FIELDS)} fields besides {', '.join(sorted(FIELDS))}: persons, "
            "cards, faces and templates are not taken",
            is_private=True,
        )
    if told.get("kind") not in KINDS or told.get("outcome") not in OUTCOMES:
        raise PayloadError(
            "shape", f"kind is one of {', '.join(KINDS)}, outcome one of {', '.join(OUTCOMES)}"
        )
    count = told.get("count", 1)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= _MOST:
        raise PayloadError("result", f"count is a whole number from 1 to {_MOST}")
    return judge(f"{device}/{told['outcome']}", told.get("phenomenonTime"), float(count))
