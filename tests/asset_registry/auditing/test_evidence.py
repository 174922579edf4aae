"""What a verdict rests on, and what would change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import orjson
import pytest

from fangma.asset_registry.auditing.engine import Audit
from fangma.asset_registry.auditing.errors import AuditError
from fangma.asset_registry.auditing.evidence import explain
from fangma.asset_registry.auditing.facts import (
    CHINA,
    AssignmentFact,
    AuditFacts,
    PersonFact,
    RoomFact,
    UnitFact,
)

FACTS = AuditFacts(
    at=datetime(2026, 11, 21, tzinfo=CHINA),
    units=(UnitFact(code="U", organ_class="省级", unit_rank="正处级"),),
    rooms=(
        RoomFact(
            code="R",
            building="A",
            storey="F1",
            number="101",
            measured_m2=36.004,
            method="floor",
            shape="shape-7",
            declared=(("Qto", "NetFloorArea", 36.1),),
            ledger_m2=35.0,
            certificate="证1",
        ),
        RoomFact(code="S", measured_m2=20.0),
    ),
    people=(
        PersonFact(id="H", unit="U", rank="正处级", post="主任"),
        PersonFact(id="C", unit="U", rank="处级以下"),
        PersonFact(id="D", unit="U", rank="副处级"),
        PersonFact(id="X", unit="U", rank="奇怪"),
    ),
    assignments=(
        AssignmentFact(room="R", person="H", use="领导办公室", since=date(2024, 1, 1)),
        AssignmentFact(room="R", person="C", use="办公室"),
        AssignmentFact(room="S", person="D", use="办公室"),
    ),
)


def test_a_figure_opens_to_polygon_method_rule_people_and_dates() -> None:
    evidence = explain(Audit(FACTS), "H")
    room = evidence.rooms[0]
    assert (room.area_m2, room.measured_m2, room.method, room.shape) == (
        36.0,
        36.004,
        "floor",
        "shape-7",
    )
    assert (room.ledger_m2, room.certificate, room.since) == (35.0, "证1", "2024-01-01")
    assert [(s.person, s.ceiling_m2, s.share_m2) for s in room.sharers] == [
        ("C", 9.0, 9.82),
        ("H", 24.0, 26.18),
    ]
    assert room.formula == "36.00 × 24 ÷ (9 + 24) = 26.18"
    assert evidence.ceiling is not None
    assert (evidence.ceiling.clause, evidence.ceiling.flag) == ("表3", "VERIFIED")
    assert "按市级机关局(处)级单位" in evidence.ceiling.note
    orjson.dumps(evidence.to_dict())


def test_an_excess_says_how_to_end_it_and_the_ways_it_names_work() -> None:
    audit = Audit(FACTS)
    assert [change.message for change in explain(audit, "D").changes] == [
        "腾退不少于2.00㎡",
        "同室再安排无其他办公室、标准合计不少于2.00㎡的在职人员",
        "职级为正局(处)级(标准24㎡)时不超标",
    ]
    smaller = replace(FACTS, rooms=(FACTS.rooms[0], RoomFact(code="S", measured_m2=18.0)))
    assert Audit(smaller).persons["D"].verdict == "within"
    promoted = replace(
        FACTS, people=(*FACTS.people[:2], PersonFact(id="D", unit="U", rank="正处级"))
    )
    assert Audit(promoted).persons["D"].verdict == "within"
    joined = replace(FACTS, people=(*FACTS.people, PersonFact(id="E", unit="U", rank="科员")))
    audit = Audit(joined)
    assert audit.persons["D"].verdict == "over"
    audit.replace(added=[AssignmentFact(room="S", person="E", use="办公室")])
    assert audit.persons["D"].verdict == "within"
    assert audit.rooms["S"].verdict == "within"


def test_what_cannot_be_told_says_what_is_missing() -> None:
    assert explain(Audit(FACTS), "X").changes[0].message.startswith("补齐:X:")


def test_a_person_who_is_not_there_is_refused() -> None:
    with pytest.raises(AuditError, match="no person Q"):
        explain(Audit(FACTS), "Q")
