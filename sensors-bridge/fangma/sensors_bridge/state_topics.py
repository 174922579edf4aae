"""State goes out: ``fangma/state/{code}``, retained: who subscribes later knows the present too."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from fangma.asset_registry.store.connection import OPERATOR, Connection, reading
from fangma.asset_registry.store.streams import Stream, states

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX: Final = "fangma/state/"
_EVERY_S: Final = 0.5
_STREAMS_AT_ONCE: Final = 5000


class StateTopics:
    """Collects what changed and publishes each thing's state, at most twice a second.

    Of rooms that are secret nothing goes out, and no count of one or two people: a broker does not
    know who listens.
    """

    def __init__(self) -> None:
        self._changed: set[int] = set()
        self._not_before = 0.0

    def note(self, streams: Iterable[int]) -> None:
        """Remember that these streams have new values."""
        self._changed.update(streams)

    def due(self, conn: Connection) -> list[tuple[str, bytes]]:
        """Return topics and payloads of what changed, if it is time; to be retained."""
        now = time.monotonic()
        if not self._changed or now < self._not_before:
            return []
        some = set(list(self._changed)[:_STREAMS_AT_ONCE])
        with reading(conn, OPERATOR):
            found = states(conn, sorted(some))
        by_code: dict[str, list[Stream]] = {}
        for stream in found:
            by_code.setdefault(str(stream.code), []).append(stream)
        told = [
            (PREFIX + code, msgspec.json.encode(state_of(code, streams)))
            for code, streams in by_code.items()
        ]
        self._changed -= some
        # Of very many things this takes long: it never takes more than a tenth of the time.
        self._not_before = now + max(_EVERY_S, 10 * (time.monotonic() - now))
        return told


def state_of(code: str, streams: Iterable[Stream]) -> dict[str, Any]:
    """Return the payload of a thing's state topic."""
    return {
        "code": code,
        "streams": [
            {
                "sensor": stream.sensor,
                "property": stream.observed_property,
                "unit": stream.unit,
                "result": stream.told,
                "phenomenonTime": stream.at.isoformat() if stream.at else None,
                "quality": stream.quality_name,
            }
            for stream in streams
        ],
    }
