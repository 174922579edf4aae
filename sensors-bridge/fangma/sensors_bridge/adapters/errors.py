"""What can go wrong with an adapter."""

from __future__ import annotations

from fangma.sensors_bridge.errors import BridgeError


class AdapterError(BridgeError):
    """An adapter that cannot be set up as asked."""


class AwayError(Exception):
    """The device does not answer, or not as it should; it is tried again."""


class MissingLibraryError(AdapterError):
    """The library of a protocol is not installed."""

    def __init__(self, protocol: str, extra: str) -> None:
        super().__init__(
            f"{protocol} needs a library that is not installed",
            f"install it: pip install 'fangma[{extra}]'",
        )
