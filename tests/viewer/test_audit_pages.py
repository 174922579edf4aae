"""The report on paper: what it says, what it draws, and that it is the same twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pymupdf
import pytest

from fangma.asset_registry.auditing.engine import audit
from fangma.asset_registry.auditing.facts import (
    CHINA,
    AssignmentFact,
    AuditFacts,
    PersonFact,
    RoomFact,
    UnitFact,
)
from fangma.asset_registry.auditing.plan_drawings import PlanRoom, StoreyPlan
from fangma.viewer.audit_pages import AuditPagesError, audit_pdf

FACTS = AuditFacts(
    at=datetime(2026, 11, 21, 9, tzinfo=CHINA),
    units=(UnitFact(code="D001", name="市发展改革委", organ_class="市级", authorised=3),),
    rooms=tuple(
        RoomFact(
            code=f"330302-001-A01-F05-05{i:02d}-X",
            number=f"5{i:02d}",
            use="办公室",
            measured_m2=24.0,
            in_ledger=True,
            ledger_m2=24.0 if i else 27.2,
        )
        for i in range(8)
    ),
    people=(
        PersonFact(id="P00001", unit="D001", rank="正局(处)级", post="局长"),
        PersonFact(id="P00002", unit="D001", rank="副局(处)级", post="副局长<主持工作>"),
        PersonFact(id="P00003", unit="D001", status="退休", left_on=date(2026, 8, 31)),
    ),
    assignments=tuple(
        AssignmentFact(room=f"330302-001-A01-F05-050{i}-X", person=f"P0000{i + 1}", use="办公室")
        for i in range(3)
    ),
)


def plans() -> dict[str, StoreyPlan]:
    """Eight offices of 4 x 6 m along a corridor, far from the origin as a site's CRS has it."""
    rooms = []
    for i, room in enumerate(FACTS.rooms):
        x, y = 500_000 + i % 4 * 4.2, 3_100_000 + i // 4 * 8.4
        ring = ((x, y), (x + 4, y), (x + 4, y + 6), (x, y + 6), (x, y))
        rooms.append(PlanRoom(code=room.code, label=room.number or "", rings=(ring,)))
    plan = StoreyPlan(title="330302-001-A01-F05-X", rooms=tuple(rooms))
    return {room.code: plan for room in rooms}


def text_of(pdf: bytes) -> str:
    with pymupdf.open(stream=pdf) as opened:
        return "".join(page.get_text() for page in opened)


def test_the_report_tells_each_office_over_the_standard_with_people_and_clause() -> None:
    document = audit(FACTS).to_dict()
    said = text_of(audit_pdf(document, plans())).replace("\n", "")
    for words in (
        "审计日2026-11-21",
        "cn-2014 → cn-2017",
        "330302-001-A01-F05-0501-X，24.00 ㎡，超标 6.00 ㎡",
        "副局(处)级18.0024.0024.006.00超标",
        "应于2026-09-30前腾退",
        "第十九条",
        "台账27.20㎡，实测24.00㎡，相差+3.20㎡",
    ):
        assert words in said, words


def test_the_office_is_drawn_filled_among_its_neighbours() -> None:
    pdf = audit_pdf(audit(FACTS).to_dict(), plans())
    with pymupdf.open(stream=pdf) as opened:
        fills = [
            drawing["fill"]
            for page in opened
            for drawing in page.get_drawings()
            if drawing["fill"] is not None
        ]
    red = [fill for fill in fills if fill[0] > 0.9 and fill[1] < 0.75]
    assert len(red) == 2  # two offices are over, each drawn once
    assert len(fills) > 16


def test_the_same_document_gives_the_same_bytes() -> None:
    document = audit(FACTS).to_dict()
    assert audit_pdf(document, plans()) == audit_pdf(document, plans())


def test_an_office_without_a_footprint_says_so() -> None:
    assert "平面图缺失" in text_of(audit_pdf(audit(FACTS).to_dict(), {}))


def test_an_estate_in_order_says_that_there_is_nothing() -> None:
    nobody = replace(FACTS, people=(), assignments=(), rooms=())
    assert text_of(audit_pdf(audit(nobody).to_dict(), {})).count("没有") == 3


@pytest.mark.parametrize("document", [{}, {"standard": "cn-2014"}])
def test_another_document_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(AuditPagesError, match="expected the document of an audit"):
        audit_pdf(document, {})
