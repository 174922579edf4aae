"""What hangs on things, and how they stand; the SQL is ``sql/impact.sql``."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from psycopg.rows import class_row, dict_row

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.presence import SMALLEST
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from fangma.asset_registry.auditing.engine import Audit
    from fangma.asset_registry.store.connection import Connection, Moment

_FILE: Final = "impact"
_HANGING: Final = ("sensors", "orders", "leases", "ledger", "alarms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """How many of each hang on a thing now.

    People and units that hold it, streams that watch it, open work orders, leases, pages of the
    ledger, alarms that are not cleared, findings of the audit.
    """

    id: UUID
    code: str | None
    people: int
    sensors: int
    orders: int
    leases: int
    ledger: int
    alarms: int
    findings: int = 0

    @property
    def people_told(self) -> int | None:
        """The count of people; None where it is so small that it would tell of one."""
        return None if 0 < self.people < SMALLEST else self.people

    def as_dict(self) -> dict[str, int | None]:
        """Turn into what JSON carries: only what there is; people of a small group uncounted."""
        counts = {w: c for w, c in asdict(self).items() if w not in {"id", "code"} and c}
        return counts | ({"people": self.people_told} if self.people else {})


def impacts(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, Impact]:
    """Count what hangs on things, as far as the reader may see it."""
    if not ids:
        return {}
    with conn.cursor(row_factory=class_row(Impact)) as cursor:
        rows = cursor.execute(load(_FILE)["hanging"], {"ids": list(ids)}).fetchall()
    return {row.id: row for row in rows}


def with_findings(
    conn: Connection, site_id: UUID, moment: Moment, counts: Mapping[UUID, Impact]
) -> dict[UUID, Impact]:
    """Add what the audit finds on each: of the room itself, and of people because of it.

    Parameters
    ----------
    conn : Connection
        Inside :func:`fangma.asset_registry.store.connection.reading`.
    """
    # Slow to load, and a first import has nothing that it could find.
    from fangma.asset_registry.auditing.engine import Audit
    from fangma.asset_registry.store.audit_facts import audit_facts
    from fangma.asset_registry.store.rule_packs import packs_of

    try:
        audited = Audit(audit_facts(conn, site_id, moment), packs=packs_of(conn, moment))
    except RegistryError:  # what cannot be audited has no findings; an import goes on
        return dict(counts)
    found = findings_by_room(audited)
    return {
        id_: replace(impact, findings=found[impact.code] if impact.code else 0)
        for id_, impact in counts.items()
    }


def findings_by_room(audited: Audit) -> Counter[str | None]:
    """Count by room what an audit finds: of the room itself, and of people because of it.

    One rule, told of a room and of both who share it, is one thing to put right.
    """
    told = {(f.room, f.rule) for room in audited.rooms.values() for f in room.findings}
    told |= {(f.room, f.rule) for person in audited.persons.values() for f in person.findings}
    return Counter(room for room, _ in told)


def sides(
    conn: Connection, ids: Sequence[UUID], audited: Audit | None = None
) -> list[dict[str, Any]]:
    """Describe things, in the order of the ids, with outline (GeoJSON) and what hangs on them.

    Parameters
    ----------
    audited : Audit or None
        Of the site, for a reader who may know what it finds; ``findings`` is None without it.
    """
    counts = impacts(conn, ids)
    found = None if audited is None else findings_by_room(audited)
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(load(_FILE)["sides"], {"ids": list(ids)}).fetchall()
    by_id = {row.pop("id"): row for row in rows}
    return [
        {
            **by_id[id_],
            "people": counts[id_].people_told,
            **{what: getattr(counts[id_], what) for what in _HANGING},
            "findings": None if found is None else found[code] if (code := counts[id_].code) else 0,
        }
        for id_ in ids
        if id_ in by_id
    ]
