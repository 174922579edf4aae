"""What can go wrong with an adapter."""

from __future__ import annotations

from typing import Final

from fangma.sensors_bridge.errors import BridgeError

ANEW_S: Final = 3600.0
"""After so long a device is asked again for what it refused: it may have been set up anew."""


class AdapterError(BridgeError):
    """An adapter that cannot be set up as asked."""


class AwayError(Exception):
    """The device does not answer, or not as it should; it is tried again."""


class RefusedError(Exception):
    """The device answers that it has no such point; the others of it are read all the same."""


def told(address: str) -> str:
    """Return an address without the account that may stand in it, for logs and the status.

    Examples
    --------
    >>> told("opc.tcp://reader:secret@10.0.0.7:4840/x@y")
    'opc.tcp://10.0.0.7:4840/x@y'
    >>> told("10.0.0.5:502")
    '10.0.0.5:502'
    """
    scheme, mark, rest = address.rpartition("://") if "://" in address else ("", "", address)
    place, slash, path = rest.partition("/")
    return f"{scheme}{mark}{place.rpartition('@')[2]}{slash}{path}"


class MissingLibraryError(AdapterError):
    """The library of a protocol is not installed."""

    def __init__(self, protocol: str, extra: str) -> None:
        super().__init__(
            f"{protocol} needs a library that is not installed",
            f"install it: pip install 'fangma[{extra}]'",
        )
