"""Every spatial predicate and every search of the registry is answered from an index."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.dividing import Part
from fangma.asset_registry.occupation.facts import (
    Assignment,
    Named,
    OccupationChanges,
    PersonalDetail,
    Post,
)
from fangma.asset_registry.store import lineage, undoing
from fangma.asset_registry.store.connection import (
    OPERATOR,
    Connection,
    connect,
    reading,
    recording,
)
from fangma.asset_registry.store.holders import holders_of
from fangma.asset_registry.store.queries import load

pytestmark = pytest.mark.db
NOW = datetime.now(UTC) + timedelta(days=1)

BOX = "ST_3DMakeBox(ST_MakePoint(0, 0, 0), ST_MakePoint(2, 2, 2))::geometry"
FLAT = "ST_MakeEnvelope(0, 0, 2, 2)"
SPATIAL = {
    "footprints in a rectangle": (f"footprint && {FLAT}", "shape_footprint"),
    "boxes in a box": (f"extent &&& {BOX}", "shape_extent"),
    "axes in a box": (f"axis &&& {BOX}", "shape_axis"),
}


@pytest.fixture(scope="module")
def crowded(cluster: str, template: str) -> str:
    """Make a database with 20,000 rooms, made once: on a small one every plan is a scan."""
    name = f"{template}_crowded"
    with psycopg.connect(cluster, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    url = psycopg.conninfo.make_conninfo(cluster, dbname=name)
    with connect(url) as conn:
        compound = found(conn)
        room = compound.new_room()
        compound.add_rooms(room)
    with psycopg.connect(url) as owner:
        owner.execute("""
            INSERT INTO fangma.entry (id, code, kind, scope_id, revision_id)
            SELECT gen_random_uuid(), to_char(n, 'FM"330302-009-A01-F01-"000000'), 'room',
                   (SELECT scope_id FROM fangma.entry WHERE kind = 'room'), 1
              FROM generate_series(1, 20000) AS n""")
        owner.execute("""
            INSERT INTO fangma.state (entry_id, scope_id, valid, recorded, revision_id, name,
                                      number, storey_id, building_id, coded)
            SELECT e.id, e.scope_id, '(,)', tstzrange(now(), NULL), 1, '房间' || e.ordinal,
                   e.ordinal::text, %s, %s, true
              FROM fangma.entry AS e WHERE e.code LIKE '330302-009%%'""",
            [compound.storey, compound.building])  # fmt: skip
        owner.execute("""
            INSERT INTO fangma.shape (entry_id, scope_id, valid, recorded, revision_id, footprint,
                                      extent, axis)
            SELECT e.id, e.scope_id, '(,)', tstzrange(now(), NULL), 1,
                   ST_Multi(ST_MakeEnvelope(x, y, x + 1, y + 1)),
                   ST_MakeLine(ST_MakePoint(x, y, 0), ST_MakePoint(x + 1, y + 1, 3)),
                   ST_MakeLine(ST_MakePoint(x, y, 0), ST_MakePoint(x + 1, y, 3))
              FROM fangma.entry AS e, LATERAL (SELECT 10 * (e.ordinal % 150) AS x,
                                                      10 * (e.ordinal / 150) AS y) AS at
             WHERE e.code LIKE '330302-009%'""")
        people(owner)
        owner.execute("SELECT fangma.refresh_statistics(), fangma.refresh_occupation_statistics()")
    return url


def people(owner: psycopg.Connection) -> None:
    """Give each of the 20,000 rooms a person, and make an auditor of the building."""
    owner.execute("""
        INSERT INTO fangma.unit (id, site_id, code, revision_id)
        SELECT gen_random_uuid(), entry_id, 'D1', 1 FROM fangma.site;
        INSERT INTO fangma.person (id, site_id, code, revision_id)
        SELECT e.id, t.entry_id, 'P' || e.ordinal, 1
          FROM fangma.entry AS e, fangma.site AS t WHERE e.kind = 'room';
        INSERT INTO fangma.post (person_id, site_id, valid, recorded, revision_id, unit_id, status)
        SELECT p.id, p.site_id, '(,)', tstzrange(now(), NULL), 1, u.id, '在职'
          FROM fangma.person AS p JOIN fangma.unit AS u USING (site_id);
        INSERT INTO fangma.personal_detail (person_id, site_id, name)
        SELECT id, site_id, '某人' FROM fangma.person;
        INSERT INTO fangma.assignment (entry_id, scope_id, valid, recorded, revision_id, person_id)
        SELECT id, scope_id, '(,)', tstzrange(now(), NULL), 1, id
          FROM fangma.entry WHERE kind = 'room';
        ANALYZE fangma.personal_detail;""")


@pytest.fixture
def reader(crowded: str) -> Connection:
    return connect(crowded)


def plan(conn: Connection, query: str, **parameters: object) -> str:
    with reading(conn, OPERATOR):
        rows = conn.execute(f"EXPLAIN {query.rstrip().rstrip(';')}".encode(), parameters).fetchall()
    return "\n".join(row[0] for row in rows)


@pytest.mark.parametrize("what", SPATIAL)
def test_spatial_predicates_use_their_index_under_row_level_security(
    reader: Connection, what: str
) -> None:
    condition, index = SPATIAL[what]
    with reader:
        text = plan(reader, f"SELECT entry_id FROM fangma.shape WHERE {condition}")
    assert index in text, text


def test_what_reaches_into_a_box_is_found_by_its_line_or_its_box_from_indexes(
    reader: Connection,
) -> None:
    corners = {"x0": 0.0, "y0": 0.0, "z0": 0.0, "x1": 20.0, "y1": 20.0, "z1": 3.0}
    with reader:
        text = plan(reader, load("networks")["reaching_into"], at=NOW, known=NOW, **corners)
    assert "shape_extent" in text, text
    assert "shape_axis" in text, text
    assert "Seq Scan on shape" not in text, text


def test_the_test_can_fail_where_there_is_no_index(reader: Connection) -> None:
    with reader:
        text = plan(reader, "SELECT entry_id FROM fangma.shape WHERE floor_z > 3")
    assert "Index" not in text


def test_the_nearest_of_all_is_found_in_the_order_of_the_index(reader: Connection) -> None:
    with reader:
        text = plan(
            reader,
            "SELECT entry_id FROM fangma.shape ORDER BY axis <<->> ST_MakePoint(1, 2, 3) LIMIT 5",
        )
    assert "Index Scan using shape_axis" in text, text


def test_a_search_reads_codes_and_words_from_indexes(reader: Connection) -> None:
    with reader:
        text = plan(
            reader, load("scene")["search"], q="房间123", code=None,
            first=["330302-009-A01-F01-00012"], last=["330302-009-A01-F01-00012~"],
            begins="房间123%", within="%房间123%", at=NOW, known=NOW, revision=1, site_id=None,
            limit=20,
        )  # fmt: skip
    assert "state_words" in text, text
    assert "entry_code_key" in text, text
    assert "Seq Scan on state" not in text, text


def test_when_the_next_fact_begins_or_ends_is_asked_of_those_that_do(reader: Connection) -> None:
    with reader:
        text = plan(reader, load("scene")["holds_until"], at=NOW, known=NOW)
    assert "state_bounded" in text, text
    assert "shape_bounded" in text, text


def test_a_slice_of_what_has_a_body_reads_that_slice_and_not_the_whole_site(
    reader: Connection,
) -> None:
    asked = {
        "at": NOW, "known": NOW, "site_id": uuid4(), "revision": 1, "kinds": ["room"],
        "wanted": ["room"], "first": 500, "below": 800,
    }  # fmt: skip
    with reader:
        for name in ("features", "words_of_slice", "codes"):
            text = plan(reader, load("scene")[name], **asked)
            assert "entry_ordinal_key" in text, text
            assert not re.search(r"Seq Scan on (entry|state|shape)\b", text), text
        text = plan(reader, load("scene")["slices"], site_id=uuid4(), width=2**15)
        assert "entry_ordinal_key" in text, text
        assert not re.search(r"Seq Scan on entry\b", text), text


def test_what_is_called_a_camera_is_not_looked_for_among_all_names(reader: Connection) -> None:
    with reader:
        text = plan(
            reader, load("cameras")["cameras"], at=NOW, known=NOW, site_id=uuid4(), code=None
        )
    assert "state_camera" in text, text
    assert not re.search(r"Seq Scan on (entry|state|shape)\b", text), text


def test_a_code_is_looked_up_by_its_index(reader: Connection) -> None:
    with reader:
        text = plan(reader, load("entries")["find_entries"], codes=["330302-009-A01-X"], revision=1)
    assert "entry_code_key" in text, text


def test_a_page_of_a_list_reads_no_more_than_the_page(reader: Connection) -> None:
    nothing = dict.fromkeys(
        ("site_id", "building", "storey", "use", "system", "q", "ids", "after_ordinal")
    )
    with reader:
        text = plan(
            reader, load("entries")["list_current"], kind="room", at=NOW, known=NOW, limit=50,
            after_code="330302-009-A01-F01-000500", **nothing,
        )  # fmt: skip
    assert "entry_kind_code" in text, text
    assert not re.search(r"Seq Scan on (entry|state|shape)\b", text), text


def test_the_file_of_one_thing_reads_single_rows(reader: Connection) -> None:
    queries = {
        "place_of": "shape_entry",
        "state_history": "state_entry",
        "shape_history": "shape_entry",
    }
    with reader:
        for name, index in queries.items():
            text = plan(reader, load("entries")[name], id=uuid4(), at=NOW, known=NOW, revision=1)
            assert index in text, text


def test_who_holds_a_room_is_looked_up_and_not_sought_among_all_people(reader: Connection) -> None:
    asked = {"id": uuid4(), "at": NOW, "known": NOW, "site_id": uuid4(), "code": "P7"}
    one = {
        "a room": load("occupation")["occupants"],
        "a room's past": load("occupation")["assignment_history"],
        "a person's posts": "SELECT * FROM fangma.post WHERE person_id = %(id)s",
        "a person's name": """
            SELECT d.name
              FROM fangma.person AS p JOIN fangma.personal_detail AS d ON d.person_id = p.id
             WHERE p.site_id = %(site_id)s AND p.code = %(code)s""",
    }  # fmt: skip
    with reader:
        for name, query in one.items():
            text = plan(reader, query, **asked)
            assert not re.search(r"Seq Scan on (person|post|personal_detail|assignment)\b", text), (
                name, text,
            )  # fmt: skip


def rows_read(conn: Connection) -> int:
    """Count the rows of the people side that were read of late, in policies too."""
    row = conn.execute("""
        SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::integer
          FROM pg_stat_xact_user_tables
         WHERE relname IN ('person', 'post', 'personal_detail', 'assignment')""").fetchone()
    assert row is not None
    return int(row[0])


def test_who_sees_one_building_has_no_other_buildings_people_read(crowded: str) -> None:
    with connect(crowded) as conn:
        compound = Compound(conn=conn, site=the_site(conn), site_code="").build()
        room = compound.new_room()
        compound.add_rooms(room)
        unit, person = Named(id=uuid4(), code="D2"), Named(id=uuid4(), code="Z1")
        compound.record(
            occupation=OccupationChanges(
                units=(unit,),
                people=(person,),
                details=(PersonalDetail(person_id=person.id, name="王"),),
                added=(
                    Post(person_id=person.id, unit_id=unit.id),
                    Assignment(entry_id=room.id, person_id=person.id),
                ),
            )
        )
        account = conn.execute(
            "INSERT INTO fangma.account (name, roles) VALUES ('zhao', '{auditor}') RETURNING id"
        ).fetchone()
        assert account is not None
        conn.execute(
            "INSERT INTO fangma.account_grant VALUES (%s, %s, %s)",
            [account[0], compound.site, compound.building],
        )
        conn.commit()
        with reading(conn, account[0]) as moment:
            before = rows_read(conn)
            (held,) = holders_of(conn, room.id, moment).occupants
            assert (held["person"], held["unit"]) == ("Z1", "D2")
            names = conn.execute(
                "SELECT name FROM fangma.personal_detail WHERE person_id = %s", [person.id]
            ).fetchall()
            assert names == [("王",)]
            assert rows_read(conn) - before < 50


def the_site(conn: Connection) -> UUID:
    with reading(conn, OPERATOR):
        row = conn.execute("SELECT entry_id FROM fangma.site").fetchone()
    assert row is not None
    site: UUID = row[0]
    return site


def scanned(conn: Connection) -> dict[str, int]:
    """How often each large table was gone through from end to end; of the last seconds."""
    return dict(
        conn.execute("""
            SELECT relname::text, seq_scan::integer FROM pg_stat_xact_user_tables
             WHERE relname IN ('entry', 'state', 'shape', 'assignment', 'person', 'post')
        """).fetchall()
    )


def test_a_decision_is_taken_back_by_its_revision_and_not_by_reading_all_facts(
    crowded: str,
) -> None:
    order = lineage.Order(actor="wang", reason="分间", document=None, at=datetime.now(UTC))
    parts = [Part(number="7A"), Part(number="7B")]
    with connect(crowded) as conn:
        with reading(conn, OPERATOR):
            (code,) = conn.execute("""
                SELECT e.code FROM fangma.entry AS e JOIN fangma.shape AS h ON h.entry_id = e.id
                 WHERE e.kind = 'room' AND h.area_m2 IS NOT NULL LIMIT 1""").fetchone() or ("",)
        with recording(conn, OPERATOR):
            done = lineage.split(conn, code, parts, order)
        with recording(conn, OPERATOR):
            before = scanned(conn)
            undone = undoing.undo(conn, done.revision, actor="li", reason="弄错了")
            assert undone.again == (code,)
            assert scanned(conn) == before


def test_every_table_of_facts_is_asked_by_revision_from_an_index(reader: Connection) -> None:
    with reader:
        tables = [row[0] for row in reader.execute("SELECT name FROM fangma.fact_table")]
        indexes = {row[0] for row in reader.execute("SELECT indexname FROM pg_indexes")}
    assert {f"{table}_{what}" for table in tables for what in ("revision", "closed")} <= indexes


def test_policies_ask_once_a_query_and_not_once_a_row(reader: Connection) -> None:
    with reader:
        text = plan(reader, "SELECT count(*) FROM fangma.state")
    assert re.search(r"Filter: multirange_contains_elem\(\$\d+, scope_id\)", text), text


def test_facts_of_some_things_are_looked_up_and_not_read_of_everything(reader: Connection) -> None:
    some = """SELECT count(s.name) FROM fangma.entry AS e
                JOIN fangma.state AS s ON s.entry_id = e.id
               WHERE e.code < '330302-009-A01-F01-000150'"""
    with reader:
        text = plan(reader, some)
    assert "Index Scan using state_entry" in text, text


def test_the_small_compound_is_answered_too(compound: Compound) -> None:
    with reading(compound.conn, OPERATOR):
        row = compound.conn.execute(
            f"SELECT count(*) FROM fangma.shape WHERE footprint && {FLAT}".encode()
        ).fetchone()
    assert row == (0,)
