"""What goes wrong with the bytes of a broker."""

from __future__ import annotations

from fangma.sensors_bridge.errors import BridgeError


class WireError(BridgeError):
    """Bytes that are not MQTT; whoever sent them is no broker that one can go on with."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the broker sent {what}",
            "is it an MQTT broker, and of the version that FANGMA_MQTT_VERSION names?",
        )
