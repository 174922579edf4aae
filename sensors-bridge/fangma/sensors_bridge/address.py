"""Where a broker is, and what it wants to know of who connects: a URL as in FANGMA_MQTT_URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from fangma.sensors_bridge.errors import BridgeError

if TYPE_CHECKING:
    import paho.mqtt.client as mqtt

SECURE = ("mqtts", "ssl")


class AddressError(BridgeError):
    """A URL that names no broker."""


def address(url: str) -> tuple[str, int]:
    """Return host and port.

    Raises
    ------
    AddressError
    """
    parts = urlsplit(url)
    if parts.hostname is None:
        raise AddressError(
            "FANGMA_MQTT_URL names no host",
            "write it as mqtt://user:password@host:1883, or mqtts:// for TLS",
        )
    return parts.hostname, parts.port or (8883 if parts.scheme in SECURE else 1883)


def prepared(client: mqtt.Client, url: str) -> mqtt.Client:
    """Give a client the account and the TLS that a URL asks for."""
    parts = urlsplit(url)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme in SECURE:
        client.tls_set()
    return client
