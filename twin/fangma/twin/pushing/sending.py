"""Send one signed message by HTTP, within a time, and say how it went."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fangma.twin.pushing.signing import sign

if TYPE_CHECKING:
    from fangma.asset_registry.store.outbox import Claimed
    from fangma.twin.pushing.destinations import Destination

LONGEST_S: Final = 30.0
"""How long an attempt may take, from the name look-up to the last byte of the answer's head."""

_LONGEST_PAUSE_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt went.

    Attributes
    ----------
    status : int or None
        Of HTTP; None when there was no answer.
    error : str or None
        None when the message was taken (2xx).
    is_final : bool
        The receiver wants no more of it (410).
    retry_after_s : float or None
        What the receiver asked for.
    """

    status: int | None
    error: str | None
    seconds: float
    is_final: bool = False
    retry_after_s: float | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver took the message."""
        return self.error is None


def send(destination: Destination, message: Claimed, *, longest_s: float = LONGEST_S) -> Outcome:
    """Send a message. Never raises for what the other side or the network does.

    Redirects are not followed: they would lead where the administrator did not point. Of the answer
    only the status counts; its body is not read.
    """
    begun = time.monotonic()
    timestamp = int(time.time())
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "fangma",
        "webhook-id": message.key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(
            destination.key, message_id=message.key, timestamp=timestamp, body=message.body
        ),
        "idempotency-key": message.key,
        "x-fangma-kind": message.kind,
        "x-fangma-attempt": str(message.attempts),
        "connection": "close",
    }
    connection = _connection(destination, longest_s)
    # A timeout of a socket counts from its last byte: whoever drips bytes would hold us for ever.
    has_ended = threading.Event()
    threading.Thread(target=_cut, args=(connection, has_ended, longest_s), daemon=True).start()
    try:
        connection.request("POST", destination.target, message.body, headers)
        answer = connection.getresponse()
        status, later = answer.status, answer.getheader("retry-after")
    except (OSError, http.client.HTTPException, ValueError) as error:
        seconds = time.monotonic() - begun
        words = f"{type(error).__name__}: {error}"[:300]
        if seconds >= longest_s:
            words = f"no answer within {longest_s:g} s"
        return Outcome(status=None, error=words, seconds=seconds)
    finally:
        has_ended.set()
        connection.close()
    seconds = time.monotonic() - begun
    if 200 <= status < 300:
        return Outcome(status=status, error=None, seconds=seconds)
    what = "a redirect, which is not followed" if 300 <= status < 400 else "no success"
    return Outcome(
        status=status,
        error=f"HTTP {status}: {what}",
        seconds=seconds,
        is_final=status == http.client.GONE,
        retry_after_s=_seconds(later),
    )


def _connection(destination: Destination, longest_s: float) -> http.client.HTTPConnection:
    if destination.is_tls:
        return http.client.HTTPSConnection(
            destination.host,
            destination.port,
            timeout=longest_s,
            context=ssl.create_default_context(),
        )
    return http.client.HTTPConnection(destination.host, destination.port, timeout=longest_s)


def _cut(
    connection: http.client.HTTPConnection, has_ended: threading.Event, longest_s: float
) -> None:
    """Cut the connection once the time is over, also one that is only made after that."""
    pause = longest_s
    while not has_ended.wait(pause):
        open_, pause = connection.sock, 0.2
        if open_ is not None:
            with contextlib.suppress(OSError):  # closed meanwhile
                open_.shutdown(socket.SHUT_RDWR)


def _seconds(words: str | None) -> float | None:
    """Read Retry-After in seconds; a date is not understood, and our own pause holds."""
    if words is None or not (words.isascii() and words.isdigit()):
        return None
    return min(float(words), _LONGEST_PAUSE_S)
