"""What arrives: messages become observations, with what is owed for them once they are safe."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from fangma.sensors_bridge.codec import sensorthings, sparkplug
from fangma.sensors_bridge.durable import write_durably
from fangma.sensors_bridge.echo import is_echo
from fangma.sensors_bridge.spool import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fangma.asset_registry.observation import Observation
    from fangma.sensors_bridge.codec.topics import Topics
    from fangma.sensors_bridge.mqtt.wire import Published

_LOG: Final = logging.getLogger("fangma.bridge")
_MOST_MESSAGES: Final = 900  # the private broker sends two such before it waits
_MOST_BYTES: Final = 8 * 2**20
_MOST_ECHOES: Final = 500


@dataclass(slots=True)
class Arrival:
    """Messages that are made safe together.

    Attributes
    ----------
    numbers : list of int
        What acknowledges them, once the batch is safe.
    requests : list of (str, bytes)
        What is published then: Sparkplug's requests for a rebirth.
    echoes : list of Observation
        What subscribers to SensorThings topics are told then.
    """

    batch: Batch = field(default_factory=lambda: Batch([], [], []))
    numbers: list[int] = field(default_factory=list)
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    echoes: list[Observation] = field(default_factory=list)
    messages: int = 0
    bytes: int = 0

    @property
    def is_full(self) -> bool:
        """Tell whether it should be made safe before more is taken."""
        return self.messages >= _MOST_MESSAGES or self.bytes >= _MOST_BYTES


class Arrivals:
    """Reads messages of all topics.

    Parameters
    ----------
    births : Path
        File of what Sparkplug's births have named.
    """

    def __init__(self, topics: Topics, births: Path) -> None:
        self._topics = topics
        self._births = births
        self._sparkplug = sparkplug.Sparkplug()
        if births.exists():
            self._remember()

    def take(self, messages: Iterable[Published], into: Arrival) -> None:
        """Read messages into an arrival."""
        for each in messages:
            into.messages += 1
            into.bytes += len(each.payload)
            if each.number:
                into.numbers.append(each.number)
            self._read(each, into)

    def keep_births(self) -> None:
        """Keep on disk what births have named, before they are acknowledged."""
        if self._sparkplug.has_changed:
            write_durably(self._births, json.dumps(self._sparkplug.remembered()).encode())

    def _remember(self) -> None:
        """Take what births had named; a file that cannot be read is set aside.

        Edge nodes are asked for a new birth when they speak, as those that are not known yet.
        """
        try:
            self._sparkplug.remember(json.loads(self._births.read_bytes()))
        except (ValueError, TypeError, AttributeError) as error:
            aside = self._births.with_suffix(".damaged")
            self._births.replace(aside)
            _LOG.warning("%s was damaged and is set aside as %s: %s", self._births, aside, error)

    def _read(self, message: Published, into: Arrival) -> None:
        try:
            topic = message.topic.decode()
        except UnicodeDecodeError:
            topic = repr(message.topic)
        is_again = message.is_again or message.is_retained
        if topic.startswith(sparkplug.PREFIX):
            decoded, requests = self._sparkplug.decode(
                topic, message.payload, datetime.now(UTC), is_again=is_again
            )
            into.requests += requests
        else:
            is_standard = sensorthings.takes(topic)
            if is_standard and is_echo(message.payload):
                return
            decoded = self._topics.decode(topic, message.payload)
            # When very much comes at once the most of it is not echoed: storing goes first.
            if not is_standard and (room := _MOST_ECHOES - len(into.echoes)) > 0:
                into.echoes.extend(decoded.observations[:room])
        batch = into.batch
        (batch.again if is_again else batch.fresh).extend(decoded.observations)
        batch.refused.extend(decoded.refused)
