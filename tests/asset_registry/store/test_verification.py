"""`fangma verify` says that all is well when it is, and finds what a tamperer did."""

from __future__ import annotations

import psycopg
import pytest
from tests.asset_registry.store.compound import Compound, source_of

from fangma.asset_registry.occupation.facts import LedgerEntry, OccupationChanges
from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.connection import OPERATOR, Connection, reading, recording
from fangma.asset_registry.store.verification import Check, verify

pytestmark = pytest.mark.db


def checks(conn: Connection) -> dict[str, Check]:
    with reading(conn, OPERATOR):
        return {check.name: check for check in verify(conn, lambda _hash: None)}


def write_log(conn: Connection, entries: int = 4) -> None:
    for number in range(entries):
        with recording(conn, OPERATOR):
            audit_log.append(
                conn, actor="wang", action="import", subject="330302-001", outcome="done",
                detail={"n": number, "文件": "a.ifc"},
            )  # fmt: skip


@pytest.fixture
def furnished(compound: Compound) -> Compound:
    room = compound.new_room()
    compound.add_rooms(room)
    compound.record(
        model=compound.revision_of("a.ifc"),
        sources=(source_of(room.id, "G"),),
        occupation=OccupationChanges(added=(LedgerEntry(entry_id=room.id, area_m2=20.0),)),
    )
    write_log(compound.conn)
    return compound


def test_a_registry_that_was_only_ever_written_by_us_is_in_order(furnished: Compound) -> None:
    found = checks(furnished.conn)
    assert all(check.ok for check in found.values()), found
    assert set(found) >= {"facts", "codes", "serials", "belonging", "revisions", "tiles"}
    assert "4 entries, head " in found["audit-log"].detail


TRIGGERS_OFF = "SET session_replication_role = replica;"


@pytest.mark.parametrize(
    ("tampering", "check", "told"),
    [
        ("UPDATE fangma.entry SET code = '330302-001-A01-F05-0512-A' WHERE kind = 'room'",
         "codes", "check character"),
        ("UPDATE fangma.entry SET code = '330302-001-X' || code WHERE kind = 'room'",
         "codes", "expected a code"),
        ("DELETE FROM fangma.code_part WHERE part = '0512'", "serials", "not on record"),
        ("INSERT INTO fangma.state SELECT * FROM fangma.state", "facts", "state of 330302"),
        (
            """
            INSERT INTO fangma.ledger (entry_id, scope_id, valid, recorded, revision_id, area_m2)
            SELECT entry_id, scope_id, valid, recorded, revision_id, 1 FROM fangma.ledger
            """,
            "facts",
            "ledger of",
        ),
        ("UPDATE fangma.ledger SET recorded = tstzrange('2020-01-01', NULL)",
         "revisions", "ledger"),
        ("DELETE FROM fangma.entry WHERE kind = 'room'", "belonging", "state of"),
        ("DELETE FROM fangma.state WHERE name = '办公室'", "belonging", "never had a state"),
        ("DELETE FROM fangma.model_revision", "belonging", "source of"),
        ("UPDATE fangma.revision SET recorded_at = '2000-01-01' WHERE id = 2",
         "revisions", "revision 2 is not later"),
        ("DELETE FROM fangma.revision WHERE id = 3", "revisions", "time of revision 3"),
    ],
)  # fmt: skip
def test_what_a_tamperer_did_to_the_registry_is_found(
    furnished: Compound, dsn: str, tampering: str, check: str, told: str
) -> None:
    with psycopg.connect(dsn) as owner:
        owner.execute((TRIGGERS_OFF + tampering).encode())
    found = checks(furnished.conn)[check]
    assert not found.ok
    assert told in found.detail


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        ("UPDATE fangma.audit_log SET actor = 'li' WHERE id = 2", "entry 2"),
        ("UPDATE fangma.audit_log SET detail = '{}' WHERE id = 3", "entry 3"),
        ("UPDATE fangma.audit_log SET at = at + interval '1 us' WHERE id = 1", "entry 1"),
        ("DELETE FROM fangma.audit_log WHERE id = 2", "entry 3"),
        ("UPDATE fangma.audit_log SET hash = sha256('x') WHERE id = 4", "entry 4"),
    ],
)
def test_an_altered_audit_log_is_found(
    furnished: Compound, dsn: str, tampering: str, told: str
) -> None:
    with psycopg.connect(dsn) as owner:
        owner.execute(b"ALTER TABLE fangma.audit_log DISABLE TRIGGER audit_log_append_only")
        owner.execute(tampering.encode())
    found = checks(furnished.conn)["audit-log"]
    assert not found.ok
    assert told in found.detail


@pytest.mark.parametrize(
    "statement",
    ["UPDATE fangma.audit_log SET actor = 'x'", "DELETE FROM fangma.audit_log",
     "TRUNCATE fangma.audit_log", TRIGGERS_OFF + "DELETE FROM fangma.audit_log"],
)  # fmt: skip
def test_not_even_the_owner_rewrites_the_audit_log_without_first_taking_its_guard_away(
    furnished: Compound, dsn: str, statement: str
) -> None:
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only")
    with refused, psycopg.connect(dsn) as owner:
        owner.execute(statement.encode())


def test_a_missing_tile_is_told(furnished: Compound) -> None:
    from fangma.asset_registry.changes import ChangeSet, Tile, TileSwitch
    from fangma.asset_registry.store.applying import apply
    from fangma.asset_registry.store.tiles import is_secret, tiles
    from fangma.spatial.tiles.rows import TileRow

    row = TileRow(
        building="", storey="", discipline="rooms", model="", level="content", part=0,
        visibility="open", sha256="ab" * 32, plain_sha256="cd" * 32, byte_length=1,
        plain_byte_length=1, box=(0.0,) * 12, matrix_site_from_content=(0.0,) * 16,
        geometric_error_m=0.0, elements=1, triangles=1, draws=1,
    )  # fmt: skip
    tile = Tile(building_id=furnished.building, storey_id=None, row=row)
    with recording(furnished.conn, OPERATOR):
        apply(
            furnished.conn,
            ChangeSet(
                site_id=furnished.site, valid_from=None, model=furnished.revision_of("b.ifc")
            ),
            actor="tester",
            action="import",
            publish=lambda _codes: TileSwitch(added=(tile,)),
        )
    with reading(furnished.conn, OPERATOR):
        (there,) = tiles(furnished.conn, furnished.site)
        assert there.sha256 == "ab" * 32
        assert there.building.startswith("330302-001-A01-")
        assert is_secret(furnished.conn, furnished.site, "cd" * 32) is False
        assert is_secret(furnished.conn, furnished.site, "ef" * 32) is None
        found = {
            check.name: check
            for check in verify(
                furnished.conn, lambda sha256: "missing" if sha256 == "cd" * 32 else None
            )
        }["tiles"]
    assert not found.ok
    assert found.detail == f"{'cd' * 32}: missing"
