"""What the audit is told, of a large site too: on two connections, nothing else is seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.occupation.facts import (
    Assignment,
    LedgerEntry,
    Named,
    OccupationChanges,
    Post,
    UnitState,
)
from fangma.asset_registry.store import audit_facts
from fangma.asset_registry.store.connection import OPERATOR, Connection, connect, reading

if TYPE_CHECKING:
    from fangma.asset_registry.auditing.facts import AuditFacts

pytestmark = pytest.mark.db


@pytest.fixture
def furnished(conn: Connection) -> Compound:
    """Rooms out of the order of their codes, one of them secret, one storey with a holder."""
    compound = found(conn)
    rooms = [compound.new_room(f"{n}", secret=n == 513) for n in (515, 511, 513, 512, 514)]
    compound.add_rooms(*rooms)
    unit, person = uuid4(), uuid4()
    compound.record(
        occupation=OccupationChanges(
            units=(Named(id=unit, code="D1"),),
            people=(Named(id=person, code="P1"),),
            added=(
                UnitState(unit_id=unit, name="局", organ_class="市级"),
                Post(person_id=person, unit_id=unit, rank="局(处)级以下"),
                *(Assignment(entry_id=room.id, person_id=person) for room in rooms[:3]),
                Assignment(entry_id=compound.storey, unit_id=unit),
                *(LedgerEntry(entry_id=room.id, area_m2=20.0, unit_id=unit) for room in rooms),
            ),
        )
    )
    return compound


def told(compound: Compound, reader: str | UUID) -> AuditFacts:
    with reading(compound.conn, reader, datetime(2026, 6, 1, tzinfo=UTC)) as moment:
        return audit_facts.audit_facts(compound.conn, compound.site, moment)


def reader_of(compound: Compound) -> UUID:
    """Return an account that sees the site, and no secrets."""
    conn = compound.conn
    row = conn.execute(
        "INSERT INTO fangma.account (name, roles) VALUES ('wang', '{auditor}') RETURNING id"
    ).fetchone()
    assert row is not None
    conn.execute("INSERT INTO fangma.account_grant VALUES (%s, %s)", [row[0], compound.site])
    conn.commit()
    return UUID(str(row[0]))


def test_a_second_connection_tells_a_reader_what_the_first_one_would(
    furnished: Compound, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = (OPERATOR, reader_of(furnished))
    alone = [told(furnished, reader) for reader in readers]
    monkeypatch.setattr(audit_facts, "LARGE", 0)
    assert [told(furnished, reader) for reader in readers] == alone
    assert [len(facts.rooms) for facts in alone] == [5, 4]
    assert [len(facts.assignments) for facts in alone] == [4, 3]


def test_where_no_second_connection_is_left_the_first_one_tells_all(
    furnished: Compound, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = told(furnished, OPERATOR)
    name = sql.Identifier(furnished.conn.info.dbname)
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
    monkeypatch.setattr(audit_facts, "LARGE", 0)
    assert told(furnished, OPERATOR) == alone


def test_a_second_connection_sees_nothing_that_was_recorded_since_the_reading_began(
    furnished: Compound, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_facts, "LARGE", 0)
    with reading(furnished.conn, OPERATOR) as moment:
        with connect(dsn) as other:
            later = Compound(
                conn=other,
                site=furnished.site,
                site_code=furnished.site_code,
                building=furnished.building,
                storey=furnished.storey,
            )
            later.add_rooms(later.new_room("516"))
        facts = audit_facts.audit_facts(furnished.conn, furnished.site, moment)
    assert len(facts.rooms) == 5
    assert len(told(furnished, OPERATOR).rooms) == 6


def test_facts_come_in_the_order_of_codes_whatever_a_room_is(furnished: Compound) -> None:
    facts = told(furnished, OPERATOR)
    codes = [room.code for room in facts.rooms]
    held = [assignment.room for assignment in facts.assignments]
    assert codes == sorted(codes)
    assert held == sorted(held)
    assert sum(code not in codes for code in held) == 1  # the storey
