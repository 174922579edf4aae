"""Row-level security: nobody sees anything but what was granted, on any table."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.asset_registry.store.compound import Compound, found, source_of
from tests.asset_registry.store.furnishing import Account, furnish, keep_view

from fangma.asset_registry.changes import NewEntry, Shape, State
from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store import (
    closures,
    inspections,
    views,
    work_orders,
)
from fangma.asset_registry.store.applying import ApplyError
from fangma.asset_registry.store.connection import (
    OPERATOR,
    Connection,
    ReaderError,
    reading,
    recording,
)
from fangma.asset_registry.store.entries import show_item
from fangma.asset_registry.store.imports import list_imports
from fangma.asset_registry.store.items import list_items
from fangma.asset_registry.store.scene import features
from fangma.asset_registry.store.search import search
from fangma.asset_registry.store.sites import find_site, sites, tree

pytestmark = pytest.mark.db

# Filled, and proved, in test_live.py.
LIVE = {
    "stream",
    "binding",
    "newest_observation",
    "observation",
    "bridge",
    "rejection",
    "alarm",
    "alarm_event",
    "rollup",
    "rollup_due",
    "retention",
    "description",
    "forecast",
}
# Read before anybody is signed in, so without a reader; no name of a room or building is in them.
BEFORE_SIGN_IN = {"account", "account_grant", "session", "sign_in_attempt", "migration"}


@pytest.fixture
def account(conn: Connection) -> Account:
    return Account(conn)


def tables(conn: Connection) -> list[tuple[str, bool, bool, int]]:
    return conn.execute("""
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, count(p.polname)
          FROM pg_class AS c LEFT JOIN pg_policy AS p ON p.polrelid = c.oid
         WHERE c.relnamespace = 'fangma'::regnamespace AND c.relkind IN ('r', 'p')
         GROUP BY c.oid ORDER BY c.relname
    """).fetchall()


def test_every_table_forces_row_level_security_and_has_a_policy(conn: Connection) -> None:
    for name, enabled, forced, policies in tables(conn):
        assert enabled, f"{name} has no row-level security"
        assert forced, f"{name} does not force it on its owner"
        assert policies, f"{name} has no policy"


def test_the_application_role_owns_nothing_and_bypasses_nothing(conn: Connection) -> None:
    row = conn.execute("""
        SELECT rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolcanlogin,
               (SELECT count(*) FROM pg_class WHERE relowner = r.oid AND relpersistence = 'p'),
               current_user
          FROM pg_roles AS r WHERE rolname = 'fangma_app'
    """).fetchone()
    assert row == (False, 0, "fangma_app")


def test_nobody_sees_no_row_of_any_table(compound: Compound) -> None:
    furnish(compound)
    compound.conn.execute("SELECT set_config('fangma.reader', '', false)")
    for name, *_ in tables(compound.conn):
        if name in BEFORE_SIGN_IN:
            continue
        query = psycopg.sql.SQL("SELECT count(*) FROM fangma.{}").format(
            psycopg.sql.Identifier(name)
        )
        row = compound.conn.execute(query).fetchone()
        assert row == (0,), f"somebody who is nobody sees rows of {name}"


def test_the_operator_sees_rows_of_every_table_that_the_test_fills(compound: Compound) -> None:
    furnish(compound)
    with reading(compound.conn, OPERATOR):
        for name, *_ in tables(compound.conn):
            query = psycopg.sql.SQL("SELECT count(*) FROM fangma.{}").format(
                psycopg.sql.Identifier(name)
            )
            row = compound.conn.execute(query).fetchone()
            if name not in BEFORE_SIGN_IN | LIVE | {"tile", "code_serial", "audit_log"}:
                assert row is not None
                assert row[0] > 0, f"the test before proves nothing of {name}"


def test_work_in_a_secret_room_is_seen_by_nobody_else(compound: Compound, account: Account) -> None:
    rooms = furnish(compound)
    reader = account.may_see(compound.site)
    conn = compound.conn
    with reading(conn, OPERATOR) as moment:
        assert len(work_orders.list_orders(conn, moment)) == 2
    with reading(conn, reader) as moment:
        (order,) = work_orders.list_orders(conn, moment)
        assert order.entry_id == rooms["open"].id
        (round_,) = inspections.rounds(conn, moment)
        assert [stop.entry_id for stop in round_.stops] == [rooms["open"].id]
        (visit,) = inspections.visits(conn, [round_.id], moment, since=moment.at.date())
        assert visit.order_id == order.id
        (closure,) = closures.list_closures(conn, moment)
        assert closure.target_ids == [rooms["open"].id]
        # A room that one may not see goes dry unnamed.
        assert (len(closure.room_ids), len(closure.rooms)) == (2, 1)
        for table in ("closure_step", "work_order_step", "work_order_photo", "round_visit"):
            query = psycopg.sql.SQL("SELECT count(*) FROM fangma.{}")
            row = conn.execute(query.format(psycopg.sql.Identifier(table))).fetchone()
            assert row == (1,), table


def test_a_secret_room_is_nowhere_for_those_not_entitled(
    compound: Compound, account: Account
) -> None:
    rooms = furnish(compound)
    reader = account.may_see(compound.site)
    conn = compound.conn
    with reading(conn, OPERATOR) as moment:
        codes: dict[UUID, str] = dict(conn.execute("SELECT id, code FROM fangma.entry").fetchall())
        secret_code, old_code = codes[rooms["secret"].id], codes[rooms["old"].id]
        everything = list_items(conn, "room", moment=moment)
    assert secret_code in {item.code for item in everything}
    with reading(conn, reader) as moment:
        site = find_site(conn, None, moment)
        assert site is not None
        (counted,) = sites(conn, moment)
        assert (counted.rooms, counted.area_m2) == (1, 20.0)
        whole = tree(conn, site, moment)
        assert (whole["rooms"], whole["area_m2"]) == (1, 20.0)
        (building,) = whole["children"]
        assert (building["rooms"], building["area_m2"]) == (1, 20.0)
        listed = list_items(conn, "room", moment=moment, all_=True)
        assert secret_code not in {item.code for item in listed}
        for q in ("涉密", "机房", "102", secret_code, secret_code[:-1]):
            assert search(conn, q, moment=moment, site=site) == []
        with pytest.raises(UnknownCodeError):
            show_item(conn, secret_code, moment)
        old = show_item(conn, old_code, moment)
        assert old["successors"] == []
        assert secret_code not in str(old)
        assert secret_code not in features(conn, site, moment).code
        for table in ("state", "shape", "source"):
            query = psycopg.sql.SQL("SELECT count(*) FROM fangma.{} WHERE entry_id = %s")
            row = conn.execute(
                query.format(psycopg.sql.Identifier(table)), [rooms["secret"].id]
            ).fetchone()
            assert row == (0,)
    account.sees_secret()
    with reading(conn, reader) as moment:
        assert show_item(conn, secret_code, moment)["name"] == "涉密机房"
        assert show_item(conn, old_code, moment)["successors"] == [secret_code]


def test_a_view_is_seen_by_others_when_shared_and_when_they_see_all_that_it_names(
    compound: Compound, account: Account
) -> None:
    conn = compound.conn
    open_, secret = compound.new_room("101"), compound.new_room("102", secret=True)
    codes = compound.add_rooms(open_) | compound.add_rooms(secret)
    entitled = conn.execute(
        "INSERT INTO fangma.account (name, roles, every_site, sees_secret)"
        " VALUES ('an', '{planner}', true, true) RETURNING id"
    ).fetchone()
    assert entitled is not None
    conn.commit()
    other = account.may_see(compound.site)

    def seen() -> list[str]:
        with reading(conn, other) as moment:
            site = find_site(conn, compound.site_code, moment)
            assert site is not None
            return [view.hash for view in views.list_views(conn, site)]

    site = f"site={compound.site_code}"
    shown = f"{site}&pick={codes[open_.id]}"
    keep_view(compound, entitled[0], shown, shared=False)
    assert seen() == []
    kept = keep_view(compound, entitled[0], shown, shared=True)
    assert seen() == [shown]
    keep_view(compound, entitled[0], f"{site}&only={codes[secret.id]}", shared=True)
    assert seen() == []
    with pytest.raises(views.ViewError, match="do not see"):
        keep_view(compound, other, f"{site}&only={codes[secret.id]}", shared=False)
    with recording(conn, other), pytest.raises(views.UnknownViewError):
        views.remove_view(conn, kept.id, actor="wang")
    with recording(conn, entitled[0]):
        views.remove_view(conn, kept.id, actor="an")


def test_a_report_of_an_import_does_not_name_secret_rooms(
    compound: Compound, account: Account
) -> None:
    open_, secret = compound.new_room("101"), compound.new_room("102", secret=True)
    compound.add_rooms(open_, secret)
    findings = [
        {"rule": "secret-by-name", "element": None, "message": "涉密机房"},
        {"rule": "unit", "element": "Secret", "message": "涉密机房 has no unit"},
        {"rule": "unit", "element": "Open", "message": "办公室 has no unit"},
        {"rule": "schema", "element": None, "message": "IFC4"},
    ]
    compound.record(
        model=replace(compound.revision_of("a.ifc"), report={"findings": findings}),
        sources=(source_of(open_.id, "Open"), source_of(secret.id, "Secret")),
    )

    def told(reader: str | UUID) -> list[dict[str, str]]:
        with reading(compound.conn, reader) as moment:
            (imported,) = list_imports(compound.conn, moment, limit=5)
        found: list[dict[str, str]] = imported.report["findings"]
        return found

    assert told(account.may_see(compound.site)) == findings[2:]
    assert told(OPERATOR) == findings


def test_marking_a_room_secret_hides_its_whole_history_at_once(
    compound: Compound, account: Account
) -> None:
    room = compound.new_room()
    code = compound.add_rooms(room)[room.id]
    reader = account.may_see(compound.site)
    with reading(compound.conn, reader) as before:
        show_item(compound.conn, code, before)
    compound.record(marked_secret=((room.id, True),))
    with reading(compound.conn, reader, at=before.at, known=before.known) as moment:
        assert list_items(compound.conn, "room", moment=moment, all_=True) == []
        row = compound.conn.execute("SELECT count(*) FROM fangma.shape").fetchone()
        assert row == (0,)
    compound.record(marked_secret=((room.id, False),))
    with reading(compound.conn, reader) as moment:
        assert show_item(compound.conn, code, moment)["name"] == "办公室"


def test_a_grant_of_one_building_shows_that_building_and_the_name_of_its_site(
    compound: Compound, account: Account
) -> None:
    conn = compound.conn
    other = Compound(conn=conn, site=compound.site, site_code=compound.site_code).build()
    pipe = NewEntry(id=uuid4(), kind="pipe", site_id=compound.site, code_part="JS")
    compound.record(new=(pipe,), states=(State(entry_id=pipe.id, system="JS"),))
    mine, theirs = compound.new_room(), other.new_room()
    code = compound.add_rooms(mine)[mine.id]
    other.add_rooms(theirs)
    reader = account.may_see(compound.site, compound.building)
    with reading(conn, reader) as moment:
        assert [item.code for item in list_items(conn, "room", moment=moment)] == [code]
        assert len(list_items(conn, "building", moment=moment)) == 1
        assert list_items(conn, "pipe", moment=moment) == []
        (site,) = sites(conn, moment)
        assert (site.name, site.buildings, site.rooms) == ("院", 1, 1)


def test_a_site_that_is_not_granted_does_not_exist(compound: Compound, account: Account) -> None:
    other = found(compound.conn, "另一个院")
    reader = account.may_see(compound.site)
    with reading(compound.conn, reader) as moment:
        assert [site.code for site in sites(compound.conn, moment)] == [compound.site_code]
        with pytest.raises(UnknownCodeError):
            find_site(compound.conn, other.site_code, moment)


def test_a_disabled_account_sees_nothing(compound: Compound, account: Account) -> None:
    reader = account.may_see(compound.site)
    compound.conn.execute("UPDATE fangma.account SET disabled = true")
    compound.conn.commit()
    with reading(compound.conn, reader) as moment:
        assert sites(compound.conn, moment) == []


def test_an_account_for_every_site_sees_those_to_come_too(
    compound: Compound, account: Account
) -> None:
    compound.conn.execute("UPDATE fangma.account SET every_site = true")
    compound.conn.commit()
    found(compound.conn, "新院")
    with reading(compound.conn, account.id) as moment:
        assert [site.name for site in sites(compound.conn, moment)] == ["院", "新院"]


def test_who_may_not_see_a_room_may_not_write_it_either(
    compound: Compound, account: Account
) -> None:
    room = compound.new_room(secret=True)
    compound.add_rooms(room)
    reader = account.may_see(compound.site)
    state = compound.room_state(room.id, name="x")
    with pytest.raises(ApplyError, match="only 0 of 1 states"):
        compound.record(reader, states=(state,))
    with pytest.raises(ApplyError, match="only 0 of 1 shapes"):
        compound.record(reader, shapes=(Shape(entry_id=room.id),))
    hidden = compound.new_room(secret=True)
    with pytest.raises(ApplyError, match="may not write this"):
        compound.record(reader, new=(hidden,), states=(compound.room_state(hidden.id),))


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM fangma.state",
        "UPDATE fangma.state SET name = 'x'",
        "UPDATE fangma.shape SET area_m2 = 0",
        "UPDATE fangma.entry SET code = 'x'",
        "DELETE FROM fangma.entry",
        "DELETE FROM fangma.revision",
        "UPDATE fangma.revision SET actor = 'x'",
        "UPDATE fangma.code_part SET part = 'x'",
        "TRUNCATE fangma.tile",
        "INSERT INTO fangma.audit_log VALUES (1, now(), 'a', 'b', 'c', 'done', '{}', '', '')",
        "UPDATE fangma.audit_log SET actor = 'x'",
        "DELETE FROM fangma.audit_log",
        "TRUNCATE fangma.audit_log",
        "CREATE TABLE fangma.x ()",
        "ALTER TABLE fangma.state DISABLE ROW LEVEL SECURITY",
        "INSERT INTO fangma.migration VALUES ('x', 'y')",
    ],
)
def test_the_application_may_not_rewrite_what_is_recorded(
    compound: Compound, statement: str
) -> None:
    compound.conn.execute("SELECT set_config('fangma.reader', 'operator', false)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        compound.conn.execute(statement.encode())


def test_a_reader_that_is_no_account_is_refused(conn: Connection) -> None:
    with pytest.raises(ReaderError, match="found reader 'wang'"), reading(conn, "wang"):
        pass
