"""A row of every table: what the tests of row-level security look at."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

from tests.asset_registry.store.compound import Compound, source_of

from fangma.asset_registry.cameras.views import CameraView
from fangma.asset_registry.changes import Lineage, NewEntry, Question, State
from fangma.asset_registry.deriving import Definition
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
from fangma.asset_registry.store.connection import (
    OPERATOR,
    Connection,
    moment_of,
    recording,
)
from fangma.asset_registry.store.derivations import define
from fangma.asset_registry.store.items import list_items
from fangma.asset_registry.store.sites import find_site
from fangma.asset_registry.work_orders.facts import Report


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
