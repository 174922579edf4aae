"""Row-level security: nobody sees anything but what was granted, on any table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.asset_registry.store.compound import Compound, found, source_of

from fangma.asset_registry.cameras.views import CameraView
from fangma.asset_registry.changes import Lineage, NewEntry, Question, Shape, State
from fangma.asset_registry.deriving import Definition
from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.inspections.rounds import Plan, Stop
from fangma.asset_registry.networks import Accuracy, Join, NetworkChanges, ValvePosition
from fangma.asset_registry.occupation.facts import (
    Assignment,
    BuildingRecord,
    Lease,
    LedgerEntry,
    Named,
    OccupationChanges,
    PersonalDetail,
    Post,
    Title,
    UnitState,
)
from fangma.asset_registry.store import (
    closures,
    inspections,
    outbox,
    plans,
    rule_packs,
    views,
    work_orders,
)
from fangma.asset_registry.store.applying import ApplyError
from fangma.asset_registry.store.connection import (
    OPERATOR,
    Connection,
    ReaderError,
    moment_of,
    reading,
    recording,
)
from fangma.asset_registry.store.derivations import define
from fangma.asset_registry.store.entries import show_item
from fangma.asset_registry.store.imports import list_imports
from fangma.asset_registry.store.items import list_items
from fangma.asset_registry.store.scene import features
from fangma.asset_registry.store.search import search
from fangma.asset_registry.store.sites import find_site, sites, tree
from fangma.asset_registry.work_orders.facts import Report

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


class Account:
    """An account with grants, made as the web server would."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        row = conn.execute(
            "INSERT INTO fangma.account (name, roles) VALUES ('wang', '{planner}') RETURNING id"
        ).fetchone()
        assert row is not None
        self.id: UUID = row[0]
        conn.commit()

    def may_see(self, site: UUID, building: UUID | None = None) -> UUID:
        self._conn.execute(
            "INSERT INTO fangma.account_grant VALUES (%s, %s, %s)", [self.id, site, building]
        )
        self._conn.commit()
        return self.id

    def sees_secret(self) -> None:
        self._conn.execute("UPDATE fangma.account SET sees_secret = true")
        self._conn.commit()


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


def people_side(*rooms: UUID) -> OccupationChanges:
    """Give rooms to one person, with a lease and a ledger entry each."""
    unit, person = uuid4(), uuid4()
    return OccupationChanges(
        units=(Named(id=unit, code="D1"),),
        people=(Named(id=person, code="P1"),),
        details=(PersonalDetail(person_id=person, name="王"),),
        added=(
            UnitState(unit_id=unit, name="局"),
            Post(person_id=person, unit_id=unit),
            *(Assignment(entry_id=room, person_id=person) for room in rooms),
            *(Lease(entry_id=room, direction="出租", tenant="商户") for room in rooms),
            *(LedgerEntry(entry_id=room, area_m2=20.0) for room in rooms),
            *(BuildingRecord(entry_id=room, gross_m2=30.0) for room in rooms),
            *(Title(entry_id=room, certificate="证1") for room in rooms),
        ),
    )


def furnish(compound: Compound) -> dict[str, NewEntry]:
    """Put an open and a secret room with sources and lineage into the compound."""
    open_, secret, old = (
        compound.new_room("101"),
        compound.new_room("102", secret=True),
        compound.new_room("103"),
    )
    compound.add_rooms(open_, old)
    compound.add_rooms(secret, name="涉密机房", number="102")
    compound.record(
        model=compound.revision_of("a.ifc"),
        sources=(source_of(open_.id, "G1"), source_of(secret.id, "G2")),
        retired=(old.id,),
        lineage=(Lineage(predecessor_id=old.id, successor_id=secret.id, kind="replace"),),
        questions=(Question(old=(open_.id,), new=(secret.id,), why="partly the same outline"),),
        occupation=people_side(open_.id, secret.id),
    )
    furnish_pipes(compound)
    furnish_outbox(compound)
    furnish_work(compound, open_, secret)
    furnish_plan(compound, secret)
    furnish_rules(compound)
    furnish_derived(compound)
    furnish_view(compound)
    furnish_camera(compound)
    return {"open": open_, "secret": secret, "old": old}


def furnish_plan(compound: Compound, room: NewEntry) -> None:
    """Draw up a plan about a room, and leave a note in its file."""
    with recording(compound.conn, OPERATOR):
        moment = moment_of(compound.conn)
        (code,) = [
            item.code
            for item in list_items(compound.conn, "room", moment=moment)
            if item.id == room.id
        ]
        number = plans.add_plan(
            compound.conn,
            plans.NewPlan(
                site_id=compound.site, title="调配", author="li", planned_on=date(2026, 12, 1),
                request={}, answer={}, places={"P1": code}, origins={"P1": None},
                rooms=frozenset({str(code)}),
            ),
        )  # fmt: skip
        plans.add_event(compound.conn, number, actor="li", action="create", version=1)
        plans.add_note(compound.conn, room.id, author="li", text="门宽不足", plan=number)


def furnish_rules(compound: Compound) -> None:
    """Lay a rule pack of a province over those that are shipped."""
    with recording(compound.conn, OPERATOR):
        rule_packs.add_pack(
            compound.conn,
            "pack: zj\ntitle: 浙江\ndocument: 浙文〔2026〕1号\nlevel: province\n"
            'division: "33"\nin_force: {from: 2026-07-01}\n',
            actor="li",
            reason="自 7 月起施行",
        )


def furnish_derived(compound: Compound) -> None:
    """Derive the mean temperature of each storey."""
    mean = Definition(name="warmth", observed_property="temperature", function="mean")
    with recording(compound.conn, OPERATOR):
        define(compound.conn, compound.site, mean, actor="li")


def furnish_view(compound: Compound) -> None:
    """Keep a view of the site, shared."""
    row = compound.conn.execute(
        "INSERT INTO fangma.account (name, roles, every_site) VALUES ('views', '{planner}', true)"
        " RETURNING id"
    ).fetchone()
    assert row is not None
    compound.conn.commit()
    keep_view(compound, row[0], f"site={compound.site_code}", shared=True)


def furnish_camera(compound: Compound) -> None:
    """Hang a camera outdoors."""
    camera = uuid4()
    compound.record(
        new=(NewEntry(id=camera, kind="device", site_id=compound.site, code_part="EQ"),),
        states=(State(entry_id=camera, name="摄像机"),),
        cameras=(
            CameraView(
                entry_id=camera, place=(0.0, 0.0, 3.0), heading_deg=90.0, horizontal_deg=80.0
            ),
        ),
    )


def keep_view(compound: Compound, reader: UUID, view_hash: str, *, shared: bool) -> views.SavedView:
    """Keep a view as an account."""
    with recording(compound.conn, reader):
        site = find_site(compound.conn, compound.site_code, moment_of(compound.conn))
        assert site is not None
        return views.save_view(
            compound.conn, site, name="早会", page="desk", view_hash=view_hash, shared=shared,
            actor="tester",
        )  # fmt: skip


def furnish_outbox(compound: Compound) -> None:
    """Queue a message that was tried once."""
    with recording(compound.conn, OPERATOR):
        outbox.put(
            compound.conn, destination="audit", key="k", kind="audit.report", body=b"{}", actor="w"
        )
        claimed = outbox.claim(compound.conn, "audit", lease=timedelta(minutes=1))
        assert claimed is not None
        outbox.settle(
            compound.conn, claimed, state="waiting", pause=timedelta(), status=500, error="500",
            seconds=0.1,
        )  # fmt: skip


def furnish_pipes(compound: Compound) -> None:
    """Join a pipe with a valve that stands open; how well the pipe's place is known is told."""
    pipe, valve = sorted((uuid4(), uuid4()))
    compound.record(
        new=tuple(
            NewEntry(
                id=id_, kind=kind, site_id=compound.site, building_id=compound.building,
                code_part="JS",
            )
            for id_, kind in ((pipe, "pipe"), (valve, "valve"))
        ),
        states=tuple(State(entry_id=i, building_id=compound.building) for i in (pipe, valve)),
        network=NetworkChanges(
            joins=(
                Join(
                    entry_id=pipe, other_id=valve, flow=1, point=(0.0, 0.0, 0.0), confidence=1.0,
                    method="stated",
                ),
            ),
            positions=(ValvePosition(entry_id=valve, position="open"),),
            accuracies=(Accuracy(entry_id=pipe, plan_m=0.1, depth_m=0.1, basis="隐蔽点"),),
        ),
    )  # fmt: skip


def furnish_work(compound: Compound, *rooms: NewEntry) -> None:
    """Report a fault with a photo in each room, and walk a round through them."""
    conn = compound.conn
    with recording(conn, OPERATOR):
        moment = moment_of(conn)
        start = moment.at + timedelta(days=1)
        codes = [
            conn.execute("SELECT code FROM fangma.entry WHERE id = %s", [room.id]).fetchone()
            for room in rooms
        ]
        plan = Plan(
            name="巡检",
            every_days=1,
            starts_on=moment.at.date(),
            stops=tuple(Stop(code=code, checks=("leak",)) for (code,) in filter(None, codes)),
        )
        walked = inspections.add_round(conn, uuid4(), compound.site, plan, actor="tester")
        for stop in walked.stops:
            order, _ = work_orders.report(
                conn,
                Report(
                    id=uuid4(), code=stop.code, fault="leak", urgency="normal", text="滴水",
                    origin="round", reporter="tester", at=moment.at,
                ),
                actor="tester",
            )  # fmt: skip
            closures.plan(
                conn,
                closures.Planned(
                    id=uuid4(), targets=(stop.code,), reason="检修", start=start,
                    end=start + timedelta(hours=2),
                ),
                closures.Shutting(valves=(), rooms=tuple(c for (c,) in filter(None, codes)),
                                  hydrants=0),
                actor="tester",
            )  # fmt: skip
            work_orders.add_photo(
                conn, order.id, sha256="0" * 64, size=(2, 2), length=9, actor="tester"
            )
            inspections.add_visit(
                conn,
                inspections.Visit(
                    key=uuid4(), round_id=walked.id, due_on=plan.starts_on, code=stop.code,
                    outcome="fault", found={"leak": False}, note=None, at=moment.at,
                    order_id=order.id,
                ),
                actor="tester",
            )  # fmt: skip


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
