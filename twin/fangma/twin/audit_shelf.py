"""Audits kept ready between questions: a colour, a list and a report ask for the same one.

Of a later revision only what changed is read and judged again (docs/audit.md).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import uuid4
from weakref import WeakKeyDictionary

from fangma.asset_registry.auditing.engine import Audit
from fangma.asset_registry.auditing.errors import NotRevisableError
from fangma.asset_registry.auditing.facts import CHINA
from fangma.asset_registry.store.audit_changes import audit_changes, rooms_seen
from fangma.asset_registry.store.audit_facts import audit_facts, holds_until, presence, sight
from fangma.asset_registry.store.rule_packs import packs_of
from fangma.twin.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime
    from uuid import UUID

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.standards.pack import Pack
    from fangma.asset_registry.store.connection import Connection, Moment

_Made = TypeVar("_Made")
_MOST: Final = 8
_MOST_ROOMS: Final = 200_000  # some 7 kB each
_LONGEST_S: Final = 300.0  # observations come without revisions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """Whoever asks with an equal key gets the same audit."""

    revision: int
    day: date
    site: UUID
    standard: str | None
    sight: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelved:
    """An audit, its span of truth, when it was read as a whole, of which rooms, by which packs."""

    audit: Audit
    since: datetime
    until: datetime | None
    made_s: float
    rooms: str
    packs: tuple[Pack, ...]


class AuditShelf:
    """The newest audits by revision, day, site, standard and what their readers may see.

    An audit is shared only by readers who see exactly the same scopes, which the database says anew
    for every question: a grant that was taken away counts at once. Whatever is recorded makes a new
    revision. Of several who ask for a new audit at once one makes it, and the others wait.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._audits: OrderedDict[_Key, _Shelved] = OrderedDict()
        self._turns = Turns()
        self._tags: WeakKeyDictionary[Estate, str] = WeakKeyDictionary()
        self._reckoned: WeakKeyDictionary[Estate, dict[str, Any]] = WeakKeyDictionary()

    def __len__(self) -> int:
        """Return how many audits lie ready."""
        with self._lock:
            return len(self._audits)

    def tag(self, audit: Audit) -> str:
        """Return a word that stands for the answers of an audit, whatever moment it is asked at."""
        with self._lock:
            return self._tags.setdefault(audit.estate, uuid4().hex)

    def reckoned(self, audit: Audit, name: str, make: Callable[[], _Made]) -> _Made:
        """Return what follows from an audit and nothing else, made once as long as that lies ready.

        Parameters
        ----------
        name : str
            Says what it is: equal names mean the same.
        """
        with self._turns.of((self.tag(audit), name)):
            of_audit = self._reckoned.setdefault(audit.estate, {})
            if name not in of_audit:
                of_audit[name] = make()
            made: _Made = of_audit[name]
            return made

    def audit(self, conn: Connection, moment: Moment, site_id: UUID, standard: str | None) -> Audit:
        """Return the audit of a moment.

        Parameters
        ----------
        conn : Connection
            Inside :func:`fangma.asset_registry.store.connection.reading`.
        """
        day = moment.at.astimezone(CHINA).date()
        key = _Key(
            revision=moment.revision,
            day=day,
            site=site_id,
            standard=standard,
            sight=sight(conn),
        )
        found = self._find(key, moment)
        if found is not None:
            return found
        with self._turns.of(key):
            found = self._find(key, moment)
            if found is not None:
                return found
            packs = packs_of(conn, moment)
            shelved = (
                self._renewed(conn, moment, key)
                or self._revised(conn, moment, key, packs)
                or _made(conn, moment, key, packs)
            )
            with self._lock:
                self._audits[key] = shelved
                self._audits.move_to_end(key)
                self._tidy()
        return shelved.audit

    def _renewed(self, conn: Connection, moment: Moment, key: _Key) -> _Shelved | None:
        """Keep an audit that grew old, if counters still say what they said; None otherwise."""
        with self._lock:
            shelved = self._audits.get(key)
        if shelved is None or not _holds(shelved, moment):
            return None
        seen = presence(conn, key.site, moment)
        rooms = shelved.audit.estate.rooms.values()
        known = {
            room.code: (room.presence_from, room.presence_until, room.last_presence_on)
            for room in rooms
            if room.presence_from is not None
        }
        if {code: told for code, told in seen.items() if code in shelved.audit.rooms} != known:
            return None
        return replace(
            shelved,
            audit=shelved.audit.asked_at(moment.at, moment.known),
            made_s=time.monotonic(),
        )

    def _revised(
        self, conn: Connection, moment: Moment, key: _Key, packs: tuple[Pack, ...]
    ) -> _Shelved | None:
        """Bring the audit of an earlier revision up to date; None where there is no telling."""
        with self._lock:
            earlier = [
                (other.revision, shelved)
                for other, shelved in self._audits.items()
                if replace(other, revision=0) == replace(key, revision=0)
                and other.revision < key.revision
                and shelved.packs == packs
                and _is_true(shelved, moment)
            ]
        if not earlier:
            return None
        since, shelved = max(earlier, key=lambda pair: pair[0])
        seen = rooms_seen(conn, key.site)
        if seen != shelved.rooms:
            return None
        found = audit_changes(conn, key.site, moment, since=since, audit=shelved.audit)
        if found is None:
            return None
        changes, next_at = found
        try:
            audit = shelved.audit.revised(changes, at=moment.at, known=moment.known)
        except NotRevisableError:
            return None
        ends = [each for each in (shelved.until, next_at) if each is not None]
        return _Shelved(
            audit=audit,
            since=moment.at,
            until=min(ends) if ends else None,
            made_s=shelved.made_s,
            rooms=seen,
            packs=packs,
        )

    def _find(self, key: _Key, moment: Moment) -> Audit | None:
        with self._lock:
            shelved = self._audits.get(key)
            if shelved is None or not _is_true(shelved, moment):
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


def _made(conn: Connection, moment: Moment, key: _Key, packs: tuple[Pack, ...]) -> _Shelved:
    return _Shelved(
        audit=Audit(audit_facts(conn, key.site, moment), standard=key.standard, packs=packs),
        since=moment.at,
        until=holds_until(conn, moment),
        made_s=time.monotonic(),
        rooms=rooms_seen(conn, key.site),
        packs=packs,
    )


def _is_true(shelved: _Shelved, moment: Moment) -> bool:
    """Tell whether nothing has begun or ended since, and no counter is asked for too late."""
    return time.monotonic() - shelved.made_s <= _LONGEST_S and _holds(shelved, moment)


def _holds(shelved: _Shelved, moment: Moment) -> bool:
    """Tell whether nothing that was recorded has begun or ended since."""
    if moment.at < shelved.since:
        return False
    return shelved.until is None or moment.at < shelved.until
