"""JSON of other makers, read as a mapping file says: which part is the sensor, the value, the time.

::

    topics:
      - filter: building/+/meter/+
        sensor: "{2}-{4}"             # levels of the topic, from 1
        result: data.value            # dotted path into the payload; list items by number
        time: ts
        time_format: unix_ms          # rfc3339 (default), unix or unix_ms
      - filter: gateway/+/report
        sensor: "{2}-{data.name}"     # parts of the payload too
        result: data.value
        time: data.time
      - filter: plant/+/telemetry
        sensor: "{2}-{devices.*.name}-{*2}"  # the key, or the number, where the second * stands
        result: devices.*.values.*           # * goes over all items of a list, or of an object;
        time: devices.*.ts                   # in other paths it stands at the same items
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from fangma.sensors_bridge.codec.judgement import Decoded, PayloadError, judge, refuse
from fangma.sensors_bridge.errors import BridgeError
from fangma.sensors_bridge.setup_files import SetupError, decoded

if TYPE_CHECKING:
    from fangma.asset_registry.observation import Observation

_FIELD: Final = re.compile(r"\{([^{}]+)\}")
_UNIX: Final = {"unix": 1, "unix_ms": 1_000}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST: Final = 10**15
_STAR: Final = "*"
_SHARED: Final = "$share"


class MappingError(BridgeError):
    """A mapping file that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """How the messages at one topic filter are read; see the module."""

    filter: str
    sensor: str
    result: str
    time: str
    time_format: str = "rfc3339"

    def takes(self, topic: str) -> bool:
        """Tell whether a topic matches the filter (MQTT 3.1.1, 4.7).

        Of ``$share/GROUP/FILTER`` (MQTT 5.0, 4.8.2) the group says who else listens, not to what.
        """
        levels = self.filter.split("/")
        return _matches(levels[2:] if levels[0] == _SHARED else levels, topic.split("/"))

    def decode(self, topic: str, payload: bytes) -> Decoded:
        """Read a message: an object, or a list of them."""
        try:
            told = msgspec.json.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return refuse(topic, PayloadError("json", "the payload is not JSON in UTF-8"), payload)
        observations: list[Observation] = []
        refused: list[Decoded] = []
        for one in told if isinstance(told, list) else [told]:
            places = _places(one, self.result)
            if not places:
                error = PayloadError("shape", f"nothing is there at {self.result}")
                refused.append(refuse(topic, error, payload))
            for stars in places:
                try:
                    observations.append(self._observation(topic, one, stars))
                except PayloadError as error:
                    refused.append(refuse(topic, error, payload))
        return Decoded(
            tuple(observations), tuple(each for found in refused for each in found.refused)
        )

    def _observation(self, topic: str, told: object, stars: tuple[str, ...]) -> Observation:
        """Read the observation at which the stars of the paths stand so."""
        levels = topic.split("/")

        def field(match: re.Match[str]) -> str:
            name = match[1]
            if name.isdecimal() and len(name) <= 3 and 1 <= int(name) <= len(levels):
                return levels[int(name) - 1]
            if name[0] == "*" and name[1:].isdecimal():
                number = int(name[1:4])
                part: object = stars[number - 1] if 0 < number <= len(stars) else None
            else:
                part = _at(told, name, stars)
            if not isinstance(part, str | int):
                raise PayloadError("sensor", f"{name} names no sensor in this payload")
            return str(part)[:1000]

        sensor = _FIELD.sub(field, self.sensor)
        time, result = (_at(told, path, stars) for path in (self.time, self.result))
        return judge(sensor, self._time(time), result)

    def _time(self, told: object) -> object:
        scale = _UNIX.get(self.time_format)
        if scale is None:
            return told
        if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < _LARGEST:
            raise PayloadError("time", f"{self.time} is no time in {self.time_format}")
        try:
            return _EPOCH + timedelta(seconds=told / scale)
        except OverflowError:
            raise PayloadError("time", f"{self.time} lies beyond every calendar") from None


def read_mappings(text: str) -> tuple[Mapping, ...]:
    """Read a mapping file (YAML).

    Raises
    ------
    MappingError
        Says which entry is wrong and how.
    """
    try:
        told = decoded(text, dict[str, list[dict[str, str]]])
    except SetupError as error:
        raise MappingError(f"the mapping file cannot be read: {error}", _REMEDY) from None
    mappings = []
    for i, entry in enumerate(told.get("topics", []), start=1):
        missing = {"filter", "sensor", "result", "time"} - entry.keys()
        unknown = entry.keys() - {"filter", "sensor", "result", "time", "time_format"}
        if missing or unknown:
            raise MappingError(
                f"entry {i} of the mapping file lacks {sorted(missing)} or has {sorted(unknown)}",
                _REMEDY,
            )
        mapping = Mapping(**entry)
        if mapping.time_format not in {"rfc3339", *_UNIX}:
            raise MappingError(
                f"entry {i} has the time format {mapping.time_format!r}",
                "use rfc3339, unix, unix_ms",
            )
        mappings.append(mapping)
    return tuple(mappings)


_REMEDY: Final = "write topics: as a list of filter, sensor, result, time (docs/live.md)"


def _places(told: object, path: str) -> list[tuple[str, ...]]:
    """Return all that the stars of a path may stand for; once nothing for a path without any."""
    found: list[tuple[tuple[str, ...], object]] = [((), told)]
    for part in path.split("."):
        if part == _STAR:
            found = [((*stars, key), item) for stars, at in found for key, item in _items(at)]
        else:
            found = [(stars, _step(at, part)) for stars, at in found]
    return [stars for stars, _ in found]


def _items(told: object) -> list[tuple[str, object]]:
    if isinstance(told, dict):
        return list(told.items())
    return [(str(i), each) for i, each in enumerate(told)] if isinstance(told, list) else []


def _at(told: object, path: str, stars: tuple[str, ...] = ()) -> object:
    """Follow a dotted path, its stars where they stand; None where it ends."""
    found, left = told, iter(stars)
    for part in path.split("."):
        found = _step(found, next(left, part) if part == _STAR else part)
    return found


def _step(told: Any, part: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(told, dict):
        return told.get(part)
    is_index = isinstance(told, list) and part.isdecimal() and len(part) < 7
    return told[int(part)] if is_index and int(part) < len(told) else None


def _matches(wanted: list[str], levels: list[str]) -> bool:
    for i, level in enumerate(wanted):
        if level == "#":
            return True
        if i >= len(levels) or level not in ("+", levels[i]):
            return False
    return len(wanted) == len(levels)
