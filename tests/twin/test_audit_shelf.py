"""Audits brought up to date: a later revision's answer is that of a new audit of everything."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import orjson
import pytest
from tests.asset_registry.store.compound import Compound, found

from fangma.asset_registry.changes import Shape, State
from fangma.asset_registry.observation import Observation
from fangma.asset_registry.occupation.facts import (
    Assignment,
    BuildingRecord,
    Lease,
    LedgerEntry,
    Named,
    OccupationChanges,
    Post,
    UnitState,
)
from fangma.asset_registry.store.connection import OPERATOR, connect, reading, recording
from fangma.asset_registry.store.observations import Recorder
from fangma.asset_registry.store.occupation import held
from fangma.asset_registry.store.streams import Declaration, declare
from fangma.twin import audit_shelf
from fangma.twin.audit_shelf import AuditShelf
from fangma.twin.auditing import audit_of, document_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.db, pytest.mark.slow]
RANKS = ("局(处)级以下", "副局(处)级", "正局(处)级", None)
USES = ("办公室", "会议室", "卫生间", "休息室", None)
NOW = datetime.now(UTC)


class Estate:
    """A small estate in the registry, which anything may happen to."""

    def __init__(self, compound: Compound) -> None:
        self.compound = compound
        self.rooms = [compound.new_room(f"1{i:02d}") for i in range(8)]
        compound.add_rooms(*self.rooms, use="办公室")
        self.units = [uuid4(), uuid4()]
        self.people = [uuid4() for _ in range(6)]
        self.tell(
            units=tuple(Named(id=id_, code=f"U{i}") for i, id_ in enumerate(self.units)),
            people=tuple(Named(id=id_, code=f"P{i}") for i, id_ in enumerate(self.people)),
            added=(
                BuildingRecord(entry_id=compound.building, height_m=20.0, gross_m2=400.0),
                *(
                    UnitState(unit_id=id_, name=f"单位{i}", organ_class="市级", authorised=9)
                    for i, id_ in enumerate(self.units)
                ),
                *(
                    Post(person_id=id_, unit_id=self.units[i % 2], rank=RANKS[0])
                    for i, id_ in enumerate(self.people[:5])
                ),
                *(Assignment(entry_id=r.id, person_id=self.people[0]) for r in self.rooms[:2]),
            ),
        )

    def tell(self, **changes: Any) -> None:
        self.compound.record(occupation=OccupationChanges(**changes))

    def again(self, fact: Any, **same: UUID) -> None:
        """Say a fact anew: the rows of its kind that speak of the same thing are closed."""
        conn = self.compound.conn
        conn.execute("SELECT set_config('fangma.reader', 'operator', false)")
        rows = held(conn, type(fact), self.compound.site)
        conn.rollback()
        gone = tuple(
            row.id
            for row in rows
            if all(getattr(row.fact, name) == value for name, value in same.items())
        )
        self.tell(closed={fact.table: gone}, added=(fact,))

    # ---- what may happen ----

    def assign(self, rng: random.Random) -> None:
        room, to_person = rng.choice(self.rooms).id, rng.random() < 0.7
        if rng.random() < 0.3:
            room = self.rooms[0].id
        row = Assignment(
            entry_id=room,
            person_id=rng.choice(self.people) if to_person else None,
            unit_id=None if to_person else rng.choice(self.units),
            use=rng.choice(USES),
        )
        if to_person and rng.random() < 0.5:
            self.again(row, entry_id=room, person_id=row.person_id)  # type: ignore[arg-type]
        else:
            self.again(row, entry_id=room)

    def vacate(self, rng: random.Random) -> None:
        room, day = rng.choice(self.rooms).id, NOW - timedelta(days=rng.randint(2, 40))
        self.again(
            Assignment(
                entry_id=room,
                person_id=rng.choice(self.people),
                valid_from=day - timedelta(days=90),
                valid_to=day,
            ),
            entry_id=room,
        )

    def use(self, rng: random.Random) -> None:
        state = self.compound.room_state(rng.choice(self.rooms).id, use=rng.choice(USES))
        self.compound.record(states=(state,))

    def measure(self, rng: random.Random) -> None:
        area = round(rng.uniform(0, 60), 3)
        self.compound.record(shapes=(Shape(entry_id=rng.choice(self.rooms).id, area_m2=area),))

    def book(self, rng: random.Random) -> None:
        room = rng.choice(self.rooms).id
        office = rng.choice([None, None, self.rooms[0].id])
        row = LedgerEntry(
            entry_id=room,
            area_m2=round(rng.uniform(1, 60), 1),
            use=rng.choice(USES),
            unit_id=rng.choice([None, *self.units]),
            certificate=rng.choice([None, "证1"]),
            annex_of=office if office != room else None,
            sealed_on=rng.choice([None, None, (NOW - timedelta(days=9)).date()]),
        )
        self.again(row, entry_id=room)

    def promote(self, rng: random.Random) -> None:
        person = rng.choice(self.people)
        post = Post(
            person_id=person,
            unit_id=rng.choice(self.units),
            rank=rng.choice(RANKS),
            status=rng.choice(["在职", "在职", "退休"]),
        )
        self.again(post, person_id=person)

    def let(self, rng: random.Random) -> None:
        until = NOW + timedelta(days=rng.randint(-20, 200))
        room = rng.choice(self.rooms).id
        lease = Lease(entry_id=room, direction="出租", due=9.0, valid_to=until)
        self.again(lease, entry_id=room)

    def rename_storey(self, rng: random.Random) -> None:
        compound, name = self.compound, f"{rng.randint(1, 9)}层"
        compound.record(
            states=(State(entry_id=compound.storey, name=name, building_id=compound.building),)
        )

    # ---- what concerns the whole ----

    def authorise(self, rng: random.Random) -> None:
        unit = rng.choice(self.units)
        state = UnitState(unit_id=unit, organ_class="市级", authorised=rng.randint(0, 300))
        self.again(state, unit_id=unit)

    def found_room(self, rng: random.Random) -> None:
        room = self.compound.new_room(f"2{rng.randint(10, 99)}")
        self.compound.add_rooms(room, use="办公室")
        self.rooms.append(room)

    def retire(self, rng: random.Random) -> None:
        room = self.rooms.pop(rng.randrange(2, len(self.rooms)))
        self.compound.record(valid_from=NOW - timedelta(hours=1), retired=(room.id,))


LITTLE = ("assign", "vacate", "use", "measure", "book", "promote", "let", "rename_storey")
WHOLE = ("authorise", "found_room", "retire")


@pytest.fixture
def estate(dsn: str) -> Iterator[Estate]:
    with connect(dsn) as conn:
        yield Estate(found(conn))


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The revisions of which everything was read."""
    read: list[int] = []
    make = audit_shelf._made

    def counted(conn: Any, moment: Any, *rest: Any) -> Any:
        read.append(moment.revision)
        return make(conn, moment, *rest)

    monkeypatch.setattr(audit_shelf, "_made", counted)
    return read


def documents(
    estate: Estate,
    shelf: AuditShelf,
    reader: str | UUID = OPERATOR,
    at: datetime | None = None,
) -> list[bytes]:
    """Return what the shelf answers, and what an audit without any shelf answers."""
    conn = estate.compound.conn
    with reading(conn, reader, at) as moment:
        return [
            orjson.dumps(document_of(audit_of(conn, moment, shelf=each))) for each in (shelf, None)
        ]


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_changes_the_answer_is_that_of_a_new_audit(
    estate: Estate, whole: list[int], seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - no secret
    shelf = AuditShelf()
    told, fresh = documents(estate, shelf)
    assert told == fresh
    for _ in range(30):
        before = len(whole)
        kinds = [rng.choice(LITTLE) for _ in range(rng.choice([1, 1, 2]))]
        if rng.random() < 0.1:
            kinds.append(rng.choice(WHOLE))
        for kind in kinds:
            getattr(estate, kind)(rng)
        told, fresh = documents(estate, shelf)
        assert told == fresh, kinds
        assert (len(whole) > before) is (kinds[-1] in WHOLE), kinds


def test_a_room_that_becomes_secret_is_gone_at_once(
    estate: Estate, whole: list[int], dsn: str
) -> None:
    compound, shelf, reader = estate.compound, AuditShelf(), uuid4()
    compound.conn.rollback()
    with connect(dsn) as conn:
        conn.execute("RESET ROLE")
        conn.execute(
            "INSERT INTO fangma.account (id, name, display_name, password_hash, roles, every_site)"
            " VALUES (%s, 'p', 'p', 'x', '{planner}', true)",
            [reader],
        )
        conn.commit()
    # One is secret from the beginning: the scope is there, and sight stays the same text.
    compound.record(marked_secret=((estate.rooms[7].id, True),))
    told, fresh = documents(estate, shelf, reader)
    assert told == fresh
    assert len(orjson.loads(told)["rooms"]) == 7
    compound.record(marked_secret=((estate.rooms[6].id, True),))
    told, fresh = documents(estate, shelf, reader)
    assert told == fresh
    assert len(orjson.loads(told)["rooms"]) == 6
    assert len(whole) == 2


def test_a_fact_that_begins_later_in_the_day_ends_an_audit(estate: Estate) -> None:
    shelf, room = AuditShelf(), estate.rooms[2].id
    early, noon, late = (datetime(2030, 6, 1, hour, tzinfo=UTC) for hour in (1, 4, 8))
    documents(estate, shelf, at=early)
    estate.compound.record(
        valid_from=noon, shapes=(Shape(entry_id=room, area_m2=55.5, method="floor"),)
    )
    for at, is_there in ((early, False), (noon - timedelta(seconds=1), False), (late, True)):
        told, fresh = documents(estate, shelf, at=at)
        assert told == fresh
        assert (b"55.5" in told) is is_there


def test_an_audit_that_grew_old_goes_on_until_a_counter_says_something_else(
    estate: Estate, whole: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_shelf, "_LONGEST_S", -1.0)  # each is too old when it is asked for
    shelf, conn = AuditShelf(), estate.compound.conn
    row = conn.execute(
        "SELECT set_config('fangma.reader', 'operator', true),"
        " (SELECT code FROM fangma.entry WHERE id = %s)",
        [estate.rooms[0].id],
    ).fetchone()
    conn.rollback()
    assert row is not None
    with recording(conn, OPERATOR):
        declare(
            conn, [Declaration(sensor="C", observed_property="occupancy", code=row[1])], actor="t"
        )

    def asked() -> int:
        told, fresh = documents(estate, shelf)
        before = len(whole)
        assert orjson.loads(told) | {"at": ""} == orjson.loads(fresh) | {"at": ""}
        return before

    makings = [asked(), asked()]
    Recorder(conn, "b").record([Observation("C", NOW - timedelta(days=40), 0.0)])
    makings += [asked(), asked()]
    Recorder(conn, "b").record([Observation("C", NOW - timedelta(hours=1), 0.0)])
    makings += [asked(), asked()]
    assert makings == [1, 1, 2, 2, 3, 3]
