"""Questions that imports raise, and what becomes of codes when people decide them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.asset_registry.store.compound import source_of

from fangma.asset_registry.changes import Question
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.asset_registry.store.entries import show_item
from fangma.asset_registry.store.reviews import (
    Decision,
    Review,
    ReviewError,
    decide,
    list_reviews,
    waiting,
)
from fangma.asset_registry.store.verification import verify

if TYPE_CHECKING:
    from uuid import UUID

    from tests.asset_registry.store.compound import Compound

pytestmark = pytest.mark.db
DAY = datetime(2026, 5, 1, tzinfo=UTC)


def ask(compound: Compound, olds: int, news: int) -> Review:
    """Let an import ask whether so many old rooms became so many new ones."""
    old = [compound.new_room(f"1{i:02d}") for i in range(olds)]
    new = [compound.new_room(f"2{i:02d}") for i in range(news)]
    compound.add_rooms(*old, name="旧")
    model = compound.revision_of("a.ifc")
    compound.record(model=model, sources=tuple(source_of(r.id, f"O{r.id}") for r in old))
    compound.add_rooms(*new, name="新")
    compound.record(
        model=compound.revision_of("b.ifc", model.model_id),
        sources=tuple(source_of(r.id, f"N{r.id}") for r in new),
        questions=(
            Question(old=tuple(r.id for r in old), new=tuple(r.id for r in new), why="alike"),
        ),
    )
    with reading(compound.conn, OPERATOR):
        (review,) = list_reviews(compound.conn)
    return review


def settle(compound: Compound, review: Review, decision: Decision) -> None:
    with recording(compound.conn, OPERATOR):
        decide(compound.conn, review.id, decision, actor="wang", at=DAY, document="纪要 12 号")


def shown(compound: Compound, code: str) -> dict[str, object]:
    with reading(compound.conn, OPERATOR) as moment:
        return show_item(compound.conn, code, moment)


def is_whole(compound: Compound) -> bool:
    with recording(compound.conn, OPERATOR):
        return all(check.ok for check in verify(compound.conn, lambda _: None))


def sources(compound: Compound, entry: UUID) -> set[str]:
    rows = compound.conn.execute(
        "SELECT guid FROM fangma.source WHERE entry_id = %s AND until_id IS NULL", [entry]
    ).fetchall()
    return {guid for (guid,) in rows}


def test_the_same_room_keeps_its_code_and_takes_over_what_the_file_says(compound: Compound) -> None:
    review = ask(compound, 1, 1)
    settle(compound, review, "same")
    old, new = shown(compound, review.old_codes[0]), shown(compound, review.new_codes[0])
    assert (old["status"], old["name"]) == ("current", "新")
    assert (new["status"], new["successors"]) == ("retired", review.old_codes)
    with reading(compound.conn, OPERATOR):
        assert sources(compound, review.old_ids[0]) == {f"N{review.new_ids[0]}"}
        assert sources(compound, review.new_ids[0]) == set()
    assert is_whole(compound)


def test_many_that_nothing_told_apart_keep_their_codes_by_one_decision(compound: Compound) -> None:
    review = ask(compound, 5, 5)
    settle(compound, review, "same")
    for old, new in zip(review.old_codes, review.new_codes, strict=True):
        assert shown(compound, old)["status"] == "current"
        assert shown(compound, new)["successors"] == [old]
    with reading(compound.conn, OPERATOR):
        for old_id, new_id in zip(review.old_ids, review.new_ids, strict=True):
            assert sources(compound, old_id) == {f"N{new_id}"}
    assert is_whole(compound)


def test_a_different_room_leaves_the_old_one_gone_without_successor(compound: Compound) -> None:
    review = ask(compound, 1, 1)
    settle(compound, review, "different")
    old = shown(compound, review.old_codes[0])
    assert (old["status"], old["successors"]) == ("retired", [])
    assert shown(compound, review.new_codes[0])["status"] == "current"
    assert is_whole(compound)


@pytest.mark.parametrize(("olds", "news", "decision"), [(1, 2, "split"), (2, 1, "merge")])
def test_divided_and_joined_rooms_name_all_their_successors(
    compound: Compound, olds: int, news: int, decision: Decision
) -> None:
    review = ask(compound, olds, news)
    settle(compound, review, decision)
    for code in review.old_codes:
        old = shown(compound, code)
        assert old["status"] == "retired"
        assert set(old["successors"]) == set(review.new_codes)  # type: ignore[call-overload]
    assert is_whole(compound)


@pytest.mark.parametrize(
    ("olds", "news", "decision"),
    [(1, 2, "same"), (2, 1, "same"), (1, 1, "split"), (2, 2, "merge")],
)
def test_a_decision_that_does_not_fit_the_question_changes_nothing(
    compound: Compound, olds: int, news: int, decision: Decision
) -> None:
    review = ask(compound, olds, news)
    with pytest.raises(ReviewError, match="needs"):
        settle(compound, review, decision)
    with reading(compound.conn, OPERATOR):
        assert waiting(compound.conn, compound.site) == set(review.old_ids)


def test_a_question_is_decided_once_and_the_decision_is_remembered(compound: Compound) -> None:
    review = ask(compound, 1, 1)
    settle(compound, review, "different")
    with pytest.raises(ReviewError, match="wang: different"):
        settle(compound, review, "same")
    with reading(compound.conn, OPERATOR):
        assert list_reviews(compound.conn) == []
        (decided,) = list_reviews(compound.conn, all_=True)
        assert waiting(compound.conn, compound.site) == set()
    assert (decided.decision, decided.decided_by, decided.document) == (
        "different", "wang", "纪要 12 号",
    )  # fmt: skip


def test_a_review_that_is_not_there_is_told(compound: Compound) -> None:
    with recording(compound.conn, OPERATOR), pytest.raises(ReviewError, match="no review 7"):
        decide(compound.conn, 7, "same", actor="wang", at=DAY)
