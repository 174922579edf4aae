"""Audits kept ready between questions: a colour, a list and a report ask for the same one."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.auditing.engine import Audit
from fangma.asset_registry.auditing.facts import CHINA
from fangma.asset_registry.store.audit_facts import audit_facts, holds_until, sight
from fangma.asset_registry.store.rule_packs import packs_of
from fangma.twin.turns import Turns

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment

_MOST: Final = 8
_MOST_ROOMS: Final = 200_000  # some 7 kB each
_LONGEST_S: Final = 300.0  # observations come without revisions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelved:
    audit: Audit
    since: datetime
    until: datetime | None
    made_s: float


class AuditShelf:
    """The newest audits by revision, day, site, standard and what their readers may see.

    An audit is shared only by readers who see exactly the same scopes, which the database says anew
    for every question: a grant that was taken away counts at once. Whatever is recorded makes a new
    revision. Of several who ask for a new audit at once one makes it, and the others wait.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._audits: OrderedDict[tuple[object, ...], _Shelved] = OrderedDict()
        self._turns = Turns()

    def __len__(self) -> int:
        """Return how many audits lie ready."""
        with self._lock:
            return len(self._audits)

    def audit(self, conn: Connection, moment: Moment, site_id: UUID, standard: str | None) -> Audit:
        """Return the audit of a moment.

        Parameters
        ----------
        conn : Connection
            Inside :func:`fangma.asset_registry.store.connection.reading`.
        """
        day = moment.at.astimezone(CHINA).date()
        key = (moment.revision, day, site_id, standard, sight(conn))
        found = self._find(key, moment)
        if found is not None:
            return found
        with self._turns.of(key):
            found = self._find(key, moment)
            if found is not None:
                return found
            shelved = _Shelved(
                audit=Audit(
                    audit_facts(conn, site_id, moment),
                    standard=standard,
                    packs=packs_of(conn, moment),
                ),
                since=moment.at,
                until=holds_until(conn, moment),
                made_s=time.monotonic(),
            )
            with self._lock:
                self._audits[key] = shelved
                self._audits.move_to_end(key)
                self._tidy()
        return shelved.audit

    def _find(self, key: tuple[object, ...], moment: Moment) -> Audit | None:
        with self._lock:
            shelved = self._audits.get(key)
            if shelved is None or time.monotonic() - shelved.made_s > _LONGEST_S:
                return None
            is_over = shelved.until is not None and moment.at >= shelved.until
            if is_over or moment.at < shelved.since:
                return None
            self._audits.move_to_end(key)
        return shelved.audit.asked_at(moment.at, moment.known)

    def _tidy(self) -> None:
        """Take the oldest away, but never the newest, until few enough are left."""
        while len(self._audits) > 1:
            rooms = sum(len(each.audit.rooms) for each in self._audits.values())
            if len(self._audits) <= _MOST and rooms <= _MOST_ROOMS:
                return
            self._audits.popitem(last=False)
