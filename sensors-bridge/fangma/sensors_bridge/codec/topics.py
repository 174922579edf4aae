"""Which decoder reads which topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.sensors_bridge.codec import own_topic, passages, sensorthings, sparkplug
from fangma.sensors_bridge.codec.judgement import Decoded, PayloadError, refuse

if TYPE_CHECKING:
    from fangma.sensors_bridge.codec.mapped import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """The topics that a bridge listens to; ``mappings`` besides those that are always there."""

    mappings: tuple[Mapping, ...] = ()

    def filters(self) -> list[str]:
        """List the topic filters to subscribe to."""
        return [
            own_topic.PREFIX + "#",
            "v1.1/Observations",
            "v1.1/+/Observations",
            passages.PREFIX + "#",
            sparkplug.PREFIX + "#",
            *(mapping.filter for mapping in self.mappings),
        ]

    def decode(self, topic: str, payload: bytes) -> Decoded:
        """Read a message; one at a topic that nobody reads is refused.

        Sparkplug, which remembers, has a decoder of its own.
        """
        if topic.startswith(own_topic.PREFIX):
            return own_topic.decode(topic, payload)
        if sensorthings.takes(topic):
            return sensorthings.decode(topic, payload)
        if topic.startswith(passages.PREFIX):
            return passages.decode(topic, payload)
        for mapping in self.mappings:
            if mapping.takes(topic):
                return mapping.decode(topic, payload)
        return refuse(topic, PayloadError("topic", "no decoder reads this topic"), payload)
