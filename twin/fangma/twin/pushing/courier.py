"""Send what waits in the outbox: ``python -m fangma.twin.pushing.courier``, kept by ``fangma up``.

A thread a destination, so that one that is slow holds up none. A message is claimed and committed
before it is sent and settled after: whatever dies in between, it is sent again under the same key.
"""

from __future__ import annotations

import logging
import random
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import psycopg

from fangma.asset_registry.store import audit_log, outbox
from fangma.asset_registry.store.connection import OPERATOR, connect, recording
from fangma.sensors_bridge.telling import tell_as
from fangma.twin.errors import TwinError
from fangma.twin.pushing.destinations import destinations
from fangma.twin.pushing.mailing import NAME, Mailman, relay_of
from fangma.twin.pushing.pauses import GIVE_UP_AFTER, pause_after
from fangma.twin.pushing.sending import LONGEST_S, Outcome, send
from fangma.twin.services import database
from fangma.twin.settings import read_settings

if TYPE_CHECKING:
    from types import FrameType

    from fangma.asset_registry.store.connection import Connection
    from fangma.asset_registry.store.outbox import Claimed
    from fangma.twin.pushing.destinations import Destination

_LOG: Final = logging.getLogger("fangma.courier")
_LOOK_EVERY_S: Final = 1.0


def deliver_next(
    conn: Connection,
    destination: Destination,
    *,
    key: str | None = None,
    longest_s: float = LONGEST_S,
) -> Outcome | None:
    """Send the message that is due the longest, or the one of a key; None when none is due."""
    with recording(conn, OPERATOR):
        message = outbox.claim(
            conn, destination.name, lease=timedelta(seconds=2 * longest_s), key=key
        )
    if message is None:
        return None
    outcome = send(destination, message, longest_s=longest_s)
    with recording(conn, OPERATOR):
        _settle(conn, destination, message, outcome)
    return outcome


def _settle(conn: Connection, destination: Destination, message: Claimed, outcome: Outcome) -> None:
    state = outbox.WAITING
    if outcome.is_delivered:
        state = outbox.DELIVERED
    elif outcome.is_final or datetime.now(UTC) - message.queued_at > GIVE_UP_AFTER:
        state = outbox.GIVEN_UP
    was_ours = outbox.settle(
        conn,
        message,
        state=state,
        pause=pause_after(
            message.attempts,
            asked_s=outcome.retry_after_s,
            jitter=random.random(),  # noqa: S311 - no secret
        ),
        status=outcome.status,
        error=outcome.error,
        seconds=outcome.seconds,
    )
    # Every attempt stands in fangma.delivery; the audit log keeps what it came to, and the first
    # failure, so that nobody waits for a push that does not go out.
    if was_ours and (state != outbox.WAITING or message.attempts == 1):
        audit_log.append(
            conn,
            actor=OPERATOR,
            action="push",
            subject=message.subject,
            outcome="done" if outcome.is_delivered else "failed",
            detail={
                "key": message.key,
                "kind": message.kind,
                "destination": destination.name,
                "place": destination.place,
                "attempts": message.attempts,
                "status": outcome.status,
                "error": outcome.error,
                "state": state,
            },
        )


class Courier:
    """Sends to one destination until it is told to stop."""

    def __init__(self, url: str, destination: Destination) -> None:
        self._url = url
        self._destination = destination

    def run(self, stop: threading.Event) -> None:
        """Send what waits and look again every second; a database that is away is waited for."""
        while not stop.is_set():
            try:
                with connect(self._url) as conn:
                    while not stop.is_set():
                        outcome = deliver_next(conn, self._destination)
                        if outcome is None:
                            stop.wait(_LOOK_EVERY_S)
                        elif not outcome.is_delivered:
                            _LOG.warning("%s: %s", self._destination.place, outcome.error)
            except psycopg.OperationalError as error:
                _LOG.warning("the database is away: %s", error)
                stop.wait(5 * _LOOK_EVERY_S)


def main() -> int:
    """Send until SIGTERM or SIGINT."""
    tell_as("courier")
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    try:
        settings = read_settings()
        url = database.ensure(settings)
        found = destinations(settings)
        relay = relay_of(settings)
    except TwinError as error:
        _LOG.error("%s %s", error.message, error.remedy)
        return 1
    threads = [
        threading.Thread(target=Courier(url, each).run, args=(stop,), name=each.name)
        for each in found.values()
    ]
    if relay is not None:
        mailman = Mailman(url, relay)
        threads.append(threading.Thread(target=mailman.run, args=(stop,), name=NAME))
    for thread in threads:
        thread.start()
    # Event.wait() in the main thread lets signals through. When one sender fell over the process
    # ends, and whoever keeps it starts all of them anew.
    while not stop.wait(_LOOK_EVERY_S) and all(thread.is_alive() for thread in threads):
        pass
    status = 0 if stop.is_set() else 1
    stop.set()
    for thread in threads:
        thread.join()
    return status


if __name__ == "__main__":
    sys.exit(main())
