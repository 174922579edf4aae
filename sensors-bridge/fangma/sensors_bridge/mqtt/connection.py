"""A connection to a broker with a session that lasts: read in bulk, acknowledge in bulk."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import ssl
import time
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import unquote, urlsplit

from fangma.sensors_bridge.address import SECURE, address
from fangma.sensors_bridge.mqtt import wire
from fangma.sensors_bridge.mqtt.errors import WireError
from fangma.sensors_bridge.mqtt.reasons import UNKNOWN_VERSION, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOG: Final = logging.getLogger("fangma.bridge")
KEEP_ALIVE_S: Final = 60
_ANSWER_S: Final = 10.0
_Answer = TypeVar("_Answer", wire.Connected, wire.Subscribed)
_SEND_S: Final = 30.0
_AT_ONCE: Final = 1 << 18


class BrokerRefusedError(ConnectionError):
    """The broker answers, and says no."""


class OtherVersionError(BrokerRefusedError):
    """The broker speaks MQTT, and not this version of it."""


class Connection:
    """One connection; when it fails it is thrown away, and the session goes on with the next.

    Parameters
    ----------
    client : str
        Names the session; empty for one that ends with the connection.
    filters : sequence of str
        Topics to listen to; none for a connection that only speaks.
    version : 4 or 5
        4 is MQTT 3.1.1, which is also spoken with a broker that does not know 5.

    Raises
    ------
    OSError
        By every method, when the broker is away; :class:`BrokerRefusedError` when it says no.
    WireError
        When it is no broker.
    """

    def __init__(
        self, url: str, client: str, filters: Sequence[str], *, version: wire.Version = 4
    ) -> None:
        self._early: list[wire.Published] = []
        self._number = 0
        self._asked: float | None = None
        try:
            self._greet(url, client, version)
        except OtherVersionError as error:
            if version == 4:
                raise
            _LOG.warning("%s; it may speak 3.1.1 alone, which is tried now", error)
            self._greet(url, client, 4)
        if filters:
            self._subscribe(filters)

    def _greet(self, url: str, client: str, version: wire.Version) -> None:
        """Open a socket and be let in."""
        host, port = address(url)
        parts = urlsplit(url)
        self._version = version
        self._keep_alive_s = float(KEEP_ALIVE_S)
        self._incoming = wire.Incoming(version)
        raw = socket.create_connection((host, port), timeout=_ANSWER_S)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = raw
        try:
            if parts.scheme in SECURE:
                context = ssl.create_default_context()
                self._socket = context.wrap_socket(raw, server_hostname=host)
            self._sent = self._heard = time.monotonic()
            self._send(
                wire.connect(
                    client,
                    keep_alive_s=KEEP_ALIVE_S,
                    user=unquote(parts.username) if parts.username else None,
                    password=unquote(parts.password or "") if parts.username else None,
                    version=version,
                )
            )
            answer = self._answered(version)
        except BaseException:
            self._socket.close()
            raise
        if answer.code:
            self._socket.close()
            kind = OtherVersionError if answer.code in UNKNOWN_VERSION else BrokerRefusedError
            raise kind(f"the broker {words_of(answer.code, answer.words)}")
        if answer.keep_alive_s:
            self._keep_alive_s = answer.keep_alive_s

    def _answered(self, version: wire.Version) -> wire.Connected:
        """Wait for the answer to CONNECT.

        Of MQTT 5, brokers that do not know it think more than the standard allows (3.1.1, 3.1.2.2):
        some close the connection, some say nothing, some answer with a packet of 3.1.1.
        """
        try:
            return self._await(wire.Connected)
        except (ConnectionResetError, TimeoutError, WireError) as error:
            if version == 4:
                raise
            raise OtherVersionError(f"the broker does not answer to MQTT 5 ({error})") from None

    def _subscribe(self, filters: Sequence[str]) -> None:
        try:
            self._send(wire.subscribe(self._next(), filters, version=self._version))
            refused = [code for code in self._await(wire.Subscribed).codes if code >= 0x80]
            if refused:
                raise BrokerRefusedError(
                    f"the broker refuses one of the topics: it {words_of(refused[0])}"
                )
        except BaseException:
            self._socket.close()
            raise

    def read(self, timeout_s: float) -> list[wire.Published]:
        """Return what has arrived, waiting for the first of it."""
        if self._early:
            found, self._early = self._early, []
            return found
        self._keep_alive()
        if not self._is_readable(timeout_s):
            return []
        return [each for each in self._receive() if isinstance(each, wire.Published)]

    def acknowledge(self, numbers: Sequence[int]) -> None:
        """Tell the broker that messages are safe."""
        if numbers:
            self._send(wire.acknowledge(numbers))

    def publish(self, messages: Sequence[tuple[str, bytes]], *, is_retained: bool = True) -> None:
        """Send messages at quality 1."""
        if not messages:
            return
        self._send(
            b"".join(
                wire.publish(
                    topic,
                    payload,
                    number=self._next(),
                    is_retained=is_retained,
                    version=self._version,
                )
                for topic, payload in messages
            )
        )

    def keep(self, seconds: float) -> None:
        """Let time pass without taking messages; the broker is told that we are there."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._keep_alive()
            time.sleep(min(left, 1.0))

    def close(self) -> None:
        """Say goodbye."""
        with contextlib.suppress(OSError):
            self._send(wire.DISCONNECT)
        self._socket.close()

    def _keep_alive(self) -> None:
        """Ask whether the broker is there when one of us has said nothing for long (3.1.2.10)."""
        now = time.monotonic()
        if self._asked is None:
            if now - min(self._sent, self._heard) > self._keep_alive_s / 2:
                self._send(wire.PING)
                self._asked = now
        elif self._heard >= self._asked or self._is_readable(0):
            self._asked = None
        elif now - self._asked > _ANSWER_S:
            raise TimeoutError("the broker says nothing")

    def _is_readable(self, timeout_s: float) -> bool:
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        return bool(select.select([self._socket], [], [], timeout_s)[0])

    def _receive(self) -> list[wire.Packet]:
        data = self._socket.recv(_AT_ONCE)
        if not data:
            raise ConnectionResetError("the broker closed the connection")
        self._heard = time.monotonic()
        found = self._incoming.feed(data)
        for each in found:
            if isinstance(each, wire.Dismissed):
                # What came before it and is not acknowledged, the session brings again.
                raise ConnectionResetError(f"the broker {words_of(each.code, each.words)}")
        return found

    def _await(self, kind: type[_Answer]) -> _Answer:
        """Wait for an answer; messages of the session that come before it are kept."""
        until = time.monotonic() + _ANSWER_S
        while True:
            if not self._is_readable(max(0.0, until - time.monotonic())):
                raise TimeoutError(f"no answer of the broker within {_ANSWER_S:g} s")
            packets = self._receive()
            self._early += [each for each in packets if isinstance(each, wire.Published)]
            for each in packets:
                if isinstance(each, kind):
                    return each

    def _send(self, data: bytes) -> None:
        self._socket.settimeout(_SEND_S)
        self._socket.sendall(data)
        self._sent = time.monotonic()

    def _next(self) -> int:
        self._number = self._number % 65535 + 1
        return self._number
