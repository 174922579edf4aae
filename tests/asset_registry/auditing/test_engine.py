"""What holds for every estate: order, repetition and the way of getting there change nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings, strategies as st

from fangma.asset_registry.auditing.engine import Audit, audit
from fangma.asset_registry.auditing.errors import AuditError, NotRevisableError
from fangma.asset_registry.auditing.facts import (
    CHINA,
    AssignmentFact,
    AuditFacts,
    BuildingFact,
    FactChanges,
    LeaseFact,
    PersonFact,
    RoomFact,
    SecondPost,
    TitleFact,
    UnitFact,
)
from fangma.asset_registry.auditing.persons import judge_wholly
from fangma.asset_registry.auditing.plain_offices import judge_plainly
from fangma.asset_registry.auditing.rooms import judge_room
from fangma.asset_registry.standards.choosing import shipped
from fangma.asset_registry.standards.errors import NotInForceError, UnknownStandardError
from fangma.asset_registry.standards.reading import read_pack

CEILINGS = {"正局(处)级": 24, "副局(处)级": 18, "局(处)级以下": 9}
RANKS = [*CEILINGS, "", "奇怪"]
AT = datetime(2026, 11, 21, 9, tzinfo=CHINA)


@st.composite
def estates(draw: st.DrawFn) -> AuditFacts:
    """Small estates in which anything may be missing and anybody may hold anything."""
    area = st.none() | st.floats(0, 60).map(lambda m2: round(m2, 3))
    rooms = tuple(
        RoomFact(
            code=f"R{i}",
            building="B",
            use=draw(st.sampled_from(["办公室", "会议室", "卫生间", "休息室", "走廊", None])),
            measured_m2=draw(area),
            annex_of=draw(st.sampled_from([None, None, None, "R0", "R1"])) if i > 1 else None,
            in_ledger=draw(st.booleans()),
            ledger_m2=draw(area),
            registered_use=draw(st.sampled_from([None, "办公室", "服务用房"])),
            certificate=draw(st.sampled_from([None, "证1", "证 1", "证2"])),
        )
        for i in range(draw(st.integers(0, 6)))
    )
    units = tuple(
        UnitFact(
            code=f"U{i}",
            parent=draw(st.sampled_from([None, "U0", "U1"])),
            organ_class="市级",
            authorised=draw(st.sampled_from([None, 0, 3, 250])),
        )
        for i in range(3)
    )
    people = tuple(
        PersonFact(
            id=f"P{i}",
            unit=draw(st.sampled_from(["U0", "U1", "U2", "X"])),
            rank=draw(st.sampled_from(RANKS)),
            status=draw(st.sampled_from(["在职", "在职", "退休"])),
            left_on=draw(st.sampled_from([None, date(2026, 1, 1), date(2026, 11, 1)])),
            second_posts=draw(st.sampled_from([(), (SecondPost(unit="U1", approved=True),)])),
        )
        for i in range(5)
    )
    assignments = draw(st.lists(assigned(), max_size=12))
    leases = (LeaseFact(room="R0", direction="出租", until=date(2026, 12, 1), due=2.0),)
    titles = st.builds(
        TitleFact,
        thing=st.sampled_from(["R2", "R3", "B"]),
        certificate=st.sampled_from(["证1", "证２"]),
        area_m2=area,
    )
    return AuditFacts(
        at=AT,
        rooms=rooms,
        buildings=(BuildingFact(code="B", height_m=20.0, gross_m2=200.0, net_m2=draw(area)),),
        units=units,
        people=people,
        assignments=tuple(assignments),
        leases=leases,
        titles=tuple(draw(st.lists(titles, max_size=2))),
    )


def assigned() -> st.SearchStrategy[AssignmentFact]:
    return st.builds(
        AssignmentFact,
        room=st.sampled_from([f"R{i}" for i in range(7)]),
        person=st.sampled_from([None, "P0", "P1", "P2", "P3", "P4", "stranger"]),
        unit=st.sampled_from(["U0", "U1"]),
        use=st.sampled_from([None, "办公室", "服务用房"]),
        since=st.sampled_from([None, date(2020, 1, 1), date(2027, 1, 1)]),
        until=st.sampled_from([None, date(2026, 11, 21), date(2026, 11, 20)]),
    )


@given(facts=estates(), seed=st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_the_order_of_rows_changes_no_byte(facts: AuditFacts, seed: int) -> None:
    shuffle = random.Random(seed)  # noqa: S311  (no secret)
    mixed: dict[str, Any] = {
        name: tuple(shuffle.sample(getattr(facts, name), len(getattr(facts, name))))
        for name in ("rooms", "units", "people", "assignments", "leases")
    }
    assert audit(facts).to_json() == audit(replace(facts, **mixed)).to_json()


@given(facts=estates(), added=st.lists(assigned(), max_size=3), drop=st.sets(st.integers(0, 11)))
@settings(max_examples=200, deadline=None)
def test_an_audit_after_a_change_is_the_audit_of_the_changed_facts(
    facts: AuditFacts, added: list[AssignmentFact], drop: set[int]
) -> None:
    first = Audit(facts)
    removed = tuple({a for i, a in enumerate(facts.assignments) if i in drop})
    first.replace(removed=removed, added=added)
    rest = (*(a for a in facts.assignments if a not in removed), *added)
    assert first.report().to_json() == audit(replace(facts, assignments=rest)).to_json()


@given(facts=estates(), other=estates(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_an_audit_that_is_revised_again_and_again_is_the_audit_of_the_last_facts(
    facts: AuditFacts, other: AuditFacts, data: st.DataObject
) -> None:
    """Rooms, people, assignments and leases turn, step by step, into those of another estate."""
    made, first = Audit(facts), audit(facts).to_json()
    revised = made
    known = {room.code for room in facts.rooms}
    people = data.draw(st.permutations([person.id for person in facts.people]))
    for step in range(3):
        at = AT.replace(minute=step)
        rooms = [room for room in other.rooms if room.code in known]
        some = data.draw(st.lists(st.sampled_from(rooms), unique=True)) if rooms else []
        touched = data.draw(st.sets(st.sampled_from([f"R{i}" for i in range(7)])))
        gone = frozenset(people[: data.draw(st.integers(0, 1))])
        changes = FactChanges(
            rooms=tuple(some),
            people=tuple(
                each
                for each in data.draw(st.lists(st.sampled_from(other.people), unique=True))
                if each.id not in gone
            ),
            gone=gone,
            assigned={
                room: tuple(row for row in other.assignments if row.room == room)
                for room in touched
            },
            leases={
                room: tuple(
                    LeaseFact(room=room, direction="出租", until=date(2026, 12, day), due=day * 1.0)
                    for day in data.draw(st.lists(st.integers(1, 3), max_size=2))
                )
                for room in touched
            },
        )
        revised = revised.revised(changes, at=at, known=at)
        facts = changed(facts, changes, at)
        fresh = Audit(facts)
        assert revised.report().to_json() == fresh.report().to_json()
        assert revised.reconciliation().to_dict() == fresh.reconciliation().to_dict()
        other = replace(other, assignments=other.assignments[::2], rooms=other.rooms[::-1])
    assert made.report().to_json() == first  # which others may be reading


def changed(facts: AuditFacts, changes: FactChanges, at: datetime) -> AuditFacts:
    """Carry changes out on the rows themselves: the oracle."""
    rooms = {room.code: room for room in (*facts.rooms, *changes.rooms)}
    people = {person.id: person for person in facts.people if person.id not in changes.gone}
    people |= {person.id: person for person in changes.people}
    assignments = [row for row in facts.assignments if row.room not in changes.assigned]
    assignments += [row for rows in changes.assigned.values() for row in rows]
    leases = [row for row in facts.leases if row.room not in changes.leases]
    leases += [row for rows in changes.leases.values() for row in rows]
    return replace(
        facts,
        at=at,
        known=at,
        rooms=tuple(rooms.values()),
        people=tuple(people.values()),
        assignments=tuple(assignments),
        leases=tuple(leases),
    )


def test_what_cannot_be_revised_is_refused() -> None:
    made = Audit(AuditFacts(at=AT, rooms=(RoomFact(code="R0"),)))
    for changes, at in (
        (FactChanges(), AT.replace(day=22)),
        (FactChanges(rooms=(RoomFact(code="R1"),)), AT),
        (FactChanges(rooms=(RoomFact(code="R0", until=date(2026, 11, 1)),)), AT),
    ):
        with pytest.raises(NotRevisableError):
            made.revised(changes, at=at, known=None)


@given(facts=estates())
@settings(max_examples=150, deadline=None)
def test_the_short_way_for_plain_offices_gives_the_whole_judgement(facts: AuditFacts) -> None:
    estate = Audit(facts).estate
    for person in estate.people.values():
        short = judge_plainly(estate, person)
        assert short in (None, judge_wholly(estate, person))


@given(facts=estates())
@settings(max_examples=150, deadline=None)
def test_the_pass_over_plain_rooms_gives_the_whole_judgement(facts: AuditFacts) -> None:
    made = Audit(facts)
    whole = {person.id: judge_wholly(made.estate, person) for person in made.estate.people.values()}
    assert made.persons == whole
    assert made.rooms == {code: judge_room(made.estate, code, whole) for code in made.estate.rooms}


@given(facts=estates())
@settings(max_examples=150, deadline=None)
def test_figures_and_verdicts_agree(facts: AuditFacts) -> None:
    report = audit(facts)
    for person in report.persons:
        assert (person.verdict == "over") is ((person.excess_m2 or 0) > 0)
        if person.verdict == "unknown":
            assert person.excess_m2 is None
            assert any(finding.severity == "unknown" for finding in person.findings)
        else:
            assert person.used_m2 is not None
            assert person.allowed_m2 is not None
    for unit in report.units:
        own = [person for person in report.persons if person.unit == unit.code]
        assert unit.persons_excess_m2 >= sum((p.excess_m2 or Decimal(0) for p in own), Decimal(0))


@given(
    areas=st.lists(st.integers(100, 6000), min_size=1, max_size=4),
    ranks=st.lists(st.sampled_from(list(CEILINGS)), min_size=1, max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_shared_offices_follow_the_formula(areas: list[int], ranks: list[str]) -> None:
    """The formula of docs/audit.md, worked again in whole hundredths."""
    rooms = [RoomFact(code=f"R{i}", measured_m2=a / 100) for i, a in enumerate(areas)]
    people = [PersonFact(id=f"P{i}", unit="U", rank=rank) for i, rank in enumerate(ranks)]
    facts = AuditFacts(
        at=AT,
        units=(UnitFact(code="U", organ_class="市级"),),
        rooms=tuple(rooms),
        people=tuple(people),
        assignments=tuple(
            AssignmentFact(room=room.code, person=person.id, use="办公室")
            for room in rooms
            for person in people
        ),
    )
    every = sum(CEILINGS[rank] for rank in ranks)
    for result, rank in zip(audit(facts).persons, ranks, strict=True):
        exact = Decimal(sum(areas) * CEILINGS[rank]) / Decimal(100 * every)
        used = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert result.used_m2 == used
        assert result.excess_m2 == max(Decimal(0), used - CEILINGS[rank])


def test_a_report_is_one_document_with_the_fields_of_the_contract() -> None:
    facts = AuditFacts(
        at=AT,
        known=AT,
        units=(UnitFact(code="U", organ_class="市级"),),
        rooms=(RoomFact(code="R", measured_m2=10.0),),
        people=(PersonFact(id="P", unit="U", rank="局(处)级以下"),),
        assignments=(AssignmentFact(room="R", person="P"),),
    )
    document = orjson.loads(audit(facts).to_json())
    assert document["standard"] == "cn-2014"
    assert document["at"] == "2026-11-21T09:00:00+08:00"
    assert document["tolerance_m2"] == 0
    person = document["persons"][0]
    assert {key: person[key] for key in ("person", "unit", "rank", "allowed_m2", "used_m2")} == {
        "person": "P",
        "unit": "U",
        "rank": "局(处)级以下",
        "allowed_m2": 9,
        "used_m2": 10,
    }
    assert (person["excess_m2"], person["verdict"]) == (1, "over")
    assert person["rooms"][0]["room"] == "R"
    assert person["rooms"][0]["share_m2"] == 10
    finding = person["findings"][0]
    assert finding["rule"] == "over-ceiling"
    assert finding["clause"] == "发改投资〔2014〕2674号 表3"
    assert "超1.00㎡" in finding["message"]


def test_one_unit_can_be_asked_for() -> None:
    facts = AuditFacts(
        at=AT,
        units=(UnitFact(code="U", organ_class="市级"), UnitFact(code="V", organ_class="市级")),
        rooms=(RoomFact(code="R", measured_m2=9), RoomFact(code="S", measured_m2=9)),
        people=(PersonFact(id="P", unit="U"), PersonFact(id="Q", unit="V")),
        assignments=(AssignmentFact(room="R", person="P"), AssignmentFact(room="S", person="Q")),
    )
    document = audit(facts).to_dict(unit="V")
    assert [row["unit"] for row in document["units"]] == ["V"]
    assert [row["person"] for row in document["persons"]] == ["Q"]
    assert [row["room"] for row in document["rooms"]] == ["S"]


@pytest.mark.parametrize("area", [-1.0, float("nan"), float("inf")])
def test_an_area_that_is_none_is_refused(area: float) -> None:
    with pytest.raises(AuditError, match="expected a number from 0"):
        audit(AuditFacts(at=AT, rooms=(RoomFact(code="R", measured_m2=area),)))


def test_the_standard_of_1999_is_refused_for_a_day_of_today() -> None:
    with pytest.raises(NotInForceError, match="2014-11-23"):
        audit(AuditFacts(at=AT), standard="cn-1999")


def test_a_standard_that_nobody_wrote_is_refused() -> None:
    with pytest.raises(UnknownStandardError, match="expected one of cn-1999, cn-2014"):
        audit(AuditFacts(at=AT), standard="cn-2020")


def test_an_excess_over_the_ceiling_of_a_city_cites_the_city() -> None:
    city = read_pack(
        """
pack: wz-2026
title: 温州市办公用房标准
document: 温政发〔2026〕9号
level: city
division: "3303"
in_force: {from: 2026-07-01}
ceilings:
  basis: {clause: 第二条, flag: VERIFIED}
  市级:
    - {rank: 正处级, m2: 20}
""",
        "wz-2026.yaml",
    )
    facts = AuditFacts(
        at=AT,
        division="330302",
        rooms=(RoomFact(code="R1", use="办公室", measured_m2=26.0),),
        units=(UnitFact(code="U", organ_class="市级"),),
        people=(PersonFact(id="P", unit="U", rank="正局(处)级"),),
        assignments=(AssignmentFact(room="R1", person="P", use="办公室"),),
    )
    told = [
        next(f.clause for f in report.persons[0].findings if f.rule == "over-ceiling")
        for report in (audit(facts), audit(facts, packs=(*shipped(), city)))
    ]
    assert told == ["发改投资〔2014〕2674号 表3", "温政发〔2026〕9号 第二条"]


def test_an_office_kept_beyond_the_months_of_a_city_cites_the_city() -> None:
    city = read_pack(
        """
pack: wz-2026
title: 温州市办公用房管理细则
document: 温政办〔2026〕12号
level: city
division: "3303"
in_force: {from: 2026-01-01}
figures:
  basis: {clause: 第八条, flag: VERIFIED}
  months_after_leaving: 3
""",
        "wz-2026.yaml",
    )
    facts = AuditFacts(
        at=AT,
        division="330302",
        rooms=tuple(RoomFact(code=code, use="办公室", measured_m2=9.0) for code in ("R1", "R2")),
        units=(UnitFact(code="U", organ_class="市级"),),
        people=tuple(
            PersonFact(id=id_, unit="U", rank="局(处)级以下", status="退休", left_on=left_on)
            for id_, left_on in (("late", date(2026, 7, 1)), ("soon", date(2026, 9, 1)))
        ),
        assignments=(
            AssignmentFact(room="R1", person="late", use="办公室"),
            AssignmentFact(room="R2", person="soon", use="办公室"),
        ),
    )
    national, local = (
        [
            next((f.rule, f.clause) for f in row.findings if f.rule in {"left-post", "vacate-by"})
            for row in audit(facts, packs=packs).persons
        ]
        for packs in (shipped(), (*shipped(), city))
    )
    assert national == [("left-post", "党政机关办公用房管理办法(中办发〔2017〕70号) 第十九条")] * 2
    theirs = "温政办〔2026〕12号 第八条"
    assert local == [("left-post", theirs), ("vacate-by", theirs)]


def test_a_rule_pack_may_divide_shared_offices_by_heads() -> None:
    facts = AuditFacts(
        at=AT,
        known=AT,
        division="330302",
        rooms=(RoomFact(code="R", building="B", use="办公室", measured_m2=36.0),),
        units=(UnitFact(code="U", name="局", organ_class="市级"),),
        people=(
            PersonFact(id="head", unit="U", rank="正局(处)级"),
            PersonFact(id="clerk", unit="U", rank="局(处)级以下"),
        ),
        assignments=tuple(
            AssignmentFact(room="R", person=person, unit="U") for person in ("head", "clerk")
        ),
    )
    by_heads = read_pack(
        "{pack: city, title: 市, document: 市, level: city, division: '3303', "
        "in_force: {from: 2026-01-01}, sharing: equal}",
        "city",
    )
    for packs, share in ((shipped(), "26.18"), ((*shipped(), by_heads), "18.00")):
        report = Audit(facts, packs=packs).report()
        used = {person.id: person.used_m2 for person in report.persons}
        assert (report.sharing, used["head"]) == (
            "equal" if share == "18.00" else "pro-rata",
            Decimal(share),
        )
