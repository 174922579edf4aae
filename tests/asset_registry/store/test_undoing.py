"""Decisions about lineage taken back: a recorded decision after which all is as it was before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from tests.asset_registry.store.compound import source_of
from tests.asset_registry.store.test_lineage import (
    DAY,
    a_room,
    decide,
    furnish,
    hanging,
    is_whole,
    shown,
)

from fangma.asset_registry.changes import Question
from fangma.asset_registry.dividing import Part
from fangma.asset_registry.fates import tell_fate
from fangma.asset_registry.occupation.facts import Assignment, Named, OccupationChanges
from fangma.asset_registry.store import lineage, reviews, secrecy, undoing
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.asset_registry.store.rollback import roll_back
from fangma.asset_registry.store.undoing import UndoError

if TYPE_CHECKING:
    from tests.asset_registry.store.compound import Compound

pytestmark = pytest.mark.db
HALVES = [Part(number="501A"), Part(number="501B")]


def undo(compound: Compound, revision: int, reader: Any = OPERATOR) -> undoing.Undone:
    with recording(compound.conn, reader):
        return undoing.undo(
            compound.conn, revision, actor="li", reason="弄错了", document="纪要 13 号"
        )


def held(compound: Compound, code: str) -> dict[str, Any]:
    """What is known of a thing now, but for its history and the time of the question."""
    told = shown(compound, code)
    return {key: told[key] for key in told if key not in {"at", "known", "history"}}


def id_of(compound: Compound, code: str) -> UUID:
    with reading(compound.conn, OPERATOR):
        row = compound.conn.execute("SELECT id FROM fangma.entry WHERE code = %s", [code])
        return row.fetchone()[0]  # type: ignore[index]


def test_a_split_taken_back_leaves_everything_as_it_was(compound: Compound) -> None:
    code = a_room(compound, "501")
    furnish(compound, code, "T-1")
    before = held(compound, code)
    done = decide(compound, lineage.split, code, HALVES)
    with reading(compound.conn, OPERATOR) as then:
        pass
    back = undo(compound, done.revision)
    assert (back.again, set(back.ended), back.decision) == ((code,), set(done.now), "split")
    assert back.back == {"assignment": 1, "ledger": 1, "binding": 1}
    after = held(compound, code)
    assert set(after.pop("predecessors")) == set(done.now)
    assert before.pop("predecessors") == []
    assert after == before
    assert hanging(compound) == []
    assert is_whole(compound)
    with reading(compound.conn, OPERATOR, known=then.known) as moment:
        family = lineage.family(compound.conn, code, moment)
    assert {m["code"] for m in family["members"]} == {code, *done.now}, "what was known stays known"


def test_labels_of_the_parts_lead_back_and_every_code_tells_it(compound: Compound) -> None:
    code = a_room(compound, "501")
    done = decide(compound, lineage.split, code, HALVES)
    undo(compound, done.revision)
    part = shown(compound, done.now[0])
    assert (part["status"], part["successors"]) == ("retired", [code])
    assert f"that decision was taken back, and {code} holds again" in tell_fate(part)["en"]
    assert "弄错了" in tell_fate(part)["zh"]
    whole = tell_fate(shown(compound, code))["en"]
    assert "it was divided into" in whole
    assert "ended and this code holds again" in whole
    decisions = {e["revision"]: e["undone"] for e in shown(compound, code)["history"]}
    assert decisions[done.revision] is True


def test_a_merge_taken_back_gives_each_room_its_own_again(compound: Compound) -> None:
    codes = [a_room(compound, "501"), a_room(compound, "502", 6.2)]
    for i, code in enumerate(codes):
        furnish(compound, code, f"T-{i}")
    before = [held(compound, code) for code in codes]
    done = decide(compound, lineage.merge, codes, number="501")
    undo(compound, done.revision)
    after = [held(compound, code) for code in codes]
    assert [a | {"predecessors": []} for a in after] == before
    assert set(shown(compound, done.now[0])["successors"]) == set(codes)
    assert hanging(compound) == []
    assert is_whole(compound)


def test_numbers_and_uses_go_back(compound: Compound) -> None:
    a, b = a_room(compound, "501"), a_room(compound, "502", 7.0)
    before = [held(compound, code) for code in (a, b)]
    swapped = decide(compound, lineage.swap, a, b)
    numbered = decide(compound, lineage.renumber, a, "599")
    used = decide(compound, lineage.change_use, b, "meeting")
    with pytest.raises(UndoError, match=f"revision {numbered.revision}") as refused:
        undo(compound, swapped.revision)
    assert [d["revision"] for d in refused.value.dependents] == [numbered.revision, used.revision]
    for done in (used, numbered, swapped):
        assert undo(compound, done.revision).decision == done.kind
    assert [held(compound, code) for code in (a, b)] == before
    told = tell_fate(shown(compound, a))["en"]
    assert "a decision was taken back: its number 599 became 502" in told
    with pytest.raises(UndoError, match="taken back already"):
        undo(compound, swapped.revision)


def test_what_was_told_since_of_a_part_is_never_torn_out(compound: Compound) -> None:
    code = a_room(compound, "501")
    done = decide(compound, lineage.split, code, HALVES)
    person = uuid4()
    compound.record(
        occupation=OccupationChanges(
            people=(Named(id=person, code="P-9"),),
            added=(Assignment(entry_id=id_of(compound, done.now[0]), person_id=person),),
        )
    )
    with pytest.raises(UndoError, match="assignments of things") as refused:
        undo(compound, done.revision)
    assert "fangma lineage merge" in refused.value.remedy
    (whole,) = decide(compound, lineage.merge, list(done.now), number="501").now
    assert [o["person"] for o in shown(compound, whole)["occupants"]] == ["P-9"]


def test_a_later_export_that_shows_the_parts_must_go_first(compound: Compound) -> None:
    code = a_room(compound, "501")
    done = decide(compound, lineage.split, code, HALVES)
    compound.record(
        model=compound.revision_of("later.ifc"),
        sources=(source_of(id_of(compound, done.now[0]), "P"),),
    )
    with pytest.raises(UndoError, match=r"later\.ifc") as refused:
        undo(compound, done.revision)
    assert "fangma rollback" in refused.value.remedy
    with recording(compound.conn, OPERATOR):
        roll_back(compound.conn, "later.ifc", actor="li")
    assert undo(compound, done.revision).again == (code,)


def test_decisions_that_cancel_each_other_out_stand_in_nobodys_way(compound: Compound) -> None:
    code = a_room(compound, "501")
    before = held(compound, code)
    first = decide(compound, lineage.split, code, HALVES)
    second = decide(compound, lineage.split, first.now[0], [Part(), Part()])
    with pytest.raises(UndoError, match="divided"):
        undo(compound, first.revision)
    undo(compound, second.revision)
    undo(compound, first.revision)
    assert held(compound, code) | {"predecessors": []} == before
    again = decide(compound, lineage.split, code, HALVES)
    undo(compound, again.revision)
    assert held(compound, code) | {"predecessors": []} == before
    assert is_whole(compound)


def test_an_import_can_be_rolled_back_when_the_split_of_its_room_was_taken_back(
    compound: Compound,
) -> None:
    room = compound.new_room("501")
    applied = compound.record(
        new=(room,), states=(compound.room_state(room.id),), model=compound.revision_of("a.ifc"),
        sources=(source_of(room.id, "G"),),
    )  # fmt: skip
    code = applied.codes[room.id]
    done = decide(compound, lineage.split, code, HALVES)
    undo(compound, done.revision)
    with recording(compound.conn, OPERATOR):
        roll_back(compound.conn, "a.ifc", actor="li")
    for each in (code, *done.now):
        assert shown(compound, each)["status"] == "retired"
    assert hanging(compound) == []
    assert is_whole(compound)


def test_a_trial_tells_what_would_come_back_and_changes_nothing(compound: Compound) -> None:
    code = a_room(compound, "501")
    done = decide(compound, lineage.split, code, HALVES)
    with recording(compound.conn, OPERATOR), compound.conn.transaction(force_rollback=True):
        tried = undoing.undo(compound.conn, done.revision, actor="li", reason=None)
    assert tried.again == (code,)
    assert shown(compound, code)["status"] == "retired"
    assert undo(compound, done.revision).again == (code,)


@pytest.mark.parametrize("how", ["same", "different"])
def test_the_decision_of_a_review_is_taken_back_and_the_question_open_again(
    compound: Compound, how: Any
) -> None:
    old, new = compound.new_room("101"), compound.new_room("102")
    codes = compound.add_rooms(old)
    model = compound.revision_of("a.ifc")
    compound.record(model=model, sources=(source_of(old.id, "O"),))
    codes |= compound.add_rooms(new)
    compound.record(
        model=compound.revision_of("b.ifc", model.model_id), sources=(source_of(new.id, "N"),),
        questions=(Question(old=(old.id,), new=(new.id,), why="alike"),),
    )  # fmt: skip
    before = [held(compound, codes[i]) for i in (old.id, new.id)]
    with reading(compound.conn, OPERATOR):
        (asked,) = reviews.list_reviews(compound.conn)
    for _ in range(2):  # and once more: the question can be decided and reopened at will
        with recording(compound.conn, OPERATOR):
            done = reviews.decide(compound.conn, asked.id, how, actor="wang", at=DAY)
        back = undo(compound, done.revision_id)
        with reading(compound.conn, OPERATOR):
            (asked,) = reviews.list_reviews(compound.conn, all_=True)
        assert (asked.id, asked.decision) == (back.review, None)
        after = [held(compound, codes[i]) for i in (old.id, new.id)]
        for was, told in zip(before, after, strict=True):
            assert [s for s in told["sources"] if not s["superseded"]] == [
                s for s in was["sources"] if not s["superseded"]
            ]
            assert told | {"sources": []} == was | {"sources": []}
    assert is_whole(compound)


def test_who_does_not_see_all_of_it_takes_nothing_back(compound: Compound) -> None:
    room = compound.new_room("509", secret=True)
    code = compound.add_rooms(room)[room.id]
    done = decide(compound, lineage.split, code, HALVES)
    with pytest.raises(UndoError, match="that you may see"):
        undo(compound, done.revision, uuid4())
    assert shown(compound, code)["status"] == "retired"


def test_nothing_becomes_less_secret_by_going_back(compound: Compound) -> None:
    code = a_room(compound, "501")
    done = decide(compound, lineage.split, code, HALVES)
    marked = {"secret": True, "actor": "an", "reason": "涉密"}
    secrecy.set_secret(compound.conn, OPERATOR, done.now[0], **marked)  # type: ignore[arg-type]
    with pytest.raises(UndoError, match="marked secret since"):
        undo(compound, done.revision)
    assert shown(compound, code)["status"] == "retired"
    secrecy.set_secret(compound.conn, OPERATOR, code, **marked)  # type: ignore[arg-type]
    assert undo(compound, done.revision).again == (code,)


def test_what_is_no_decision_of_people_is_told_with_the_way_to_go(compound: Compound) -> None:
    code = a_room(compound, "501")
    with reading(compound.conn, OPERATOR) as moment:
        imported = moment.revision
    with pytest.raises(UndoError) as refused:
        undo(compound, imported)
    assert f"fangma rollback {imported}" in refused.value.remedy
    done = decide(compound, lineage.split, code, HALVES)
    back = undo(compound, done.revision)
    for number, words in ((back.revision, "itself"), (10**9, "no decision")):
        with pytest.raises(UndoError, match=words):
            undo(compound, number)
    with reading(compound.conn, OPERATOR):
        (listed,) = undoing.list_decisions(compound.conn, about=id_of_now(compound, code))
    assert (listed["decision"], listed["undone_by"]) == ("split", back.revision)
    assert set(listed["codes"]) == {code, *done.now}


def id_of_now(compound: Compound, code: str) -> UUID:
    row = compound.conn.execute("SELECT id FROM fangma.entry WHERE code = %s", [code]).fetchone()
    assert row is not None
    return row[0]


def test_the_time_of_the_world_before_the_decision_is_untouched(compound: Compound) -> None:
    code = a_room(compound, "501")
    done = decide(compound, lineage.split, code, HALVES)
    undo(compound, done.revision)
    for at in (datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)):
        assert shown(compound, code, at)["status"] == "current"
