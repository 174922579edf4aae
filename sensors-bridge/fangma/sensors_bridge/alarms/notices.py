"""What is told outside of an alarm: queued where it is recorded, sent by the courier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from fangma.asset_registry.store import outbox
from fangma.asset_registry.store.alarms import find_alarm, nearest

if TYPE_CHECKING:
    from fangma.asset_registry.store.connection import Connection

WEBHOOK: Final = "alarm"
MAIL: Final = "alarm-mail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Where alarms are told; to nobody when there is no destination."""

    destinations: tuple[str, ...] = ()

    def put(self, conn: Connection, alarm: int, what: str, *, actor: str) -> None:
        """Queue that an alarm was ``raised`` or ``cleared``, in the caller's transaction.

        An alarm is told with its place, and with the nearest valve, hydrant and exit.
        """
        if not self.destinations:
            return
        found = find_alarm(conn, alarm)
        told = {
            "event": f"alarm.{what}",
            "alarm": found.as_dict(),
            "nearest": [each.as_dict() for each in nearest(conn, alarm)],
        }
        for destination in self.destinations:
            outbox.put(
                conn,
                destination=destination,
                key=f"alarm-{alarm}-{what}",
                kind=f"alarm.{what}",
                subject=found.code,
                body=msgspec.json.encode(told),
                actor=actor,
            )
