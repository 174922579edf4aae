"""What is told takes its place among what is held, and nothing is doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from hypothesis import given, strategies as st

from fangma.asset_registry.occupation.facts import Assignment
from fangma.asset_registry.occupation.timelines import Held, amend

ROOM, PERSON = uuid4(), uuid4()


def day(month: int | None) -> datetime | None:
    return None if month is None else datetime(2020 + month // 12, month % 12 + 1, 1, tzinfo=UTC)


def given_from(start: int | None, end: int | None = None, use: str | None = "办公室") -> Assignment:
    return Assignment(
        valid_from=day(start), valid_to=day(end), entry_id=ROOM, person_id=PERSON, use=use
    )


def held(*facts: Assignment) -> list[Held[Assignment]]:
    return [Held(id=number, fact=fact) for number, fact in enumerate(facts)]


def test_what_is_told_again_changes_nothing() -> None:
    found = amend(held(given_from(1, 5)), [given_from(1, 5)])
    assert (found.closed, found.added, found.kept) == ((), (), 1)


def test_an_end_that_becomes_known_replaces_the_open_one() -> None:
    found = amend(held(given_from(1)), [given_from(1, 5)])
    assert found.closed == (0,)
    assert found.added == (given_from(1, 5),)
    assert found.changed == 1


def test_a_new_use_from_a_day_on_leaves_what_was_before_it() -> None:
    found = amend(held(given_from(None)), [given_from(6, use="会议室")])
    assert found.closed == (0,)
    assert set(map(repr, found.added)) == {
        repr(given_from(None, 6)),
        repr(given_from(6, use="会议室")),
    }


def test_a_correction_of_a_stretch_leaves_what_lies_on_both_sides() -> None:
    found = amend(held(given_from(0, 12)), [given_from(4, 6, "会议室")])
    times = sorted((fact.valid_from, fact.valid_to) for fact in found.added)
    assert times == [(day(0), day(4)), (day(4), day(6)), (day(6), day(12))]


def test_another_holder_of_the_room_is_left_alone() -> None:
    other = replace(given_from(1), person_id=uuid4())
    found = amend(held(given_from(1)), [other])
    assert (found.closed, found.new) == ((), 1)


span = st.tuples(st.integers(0, 20), st.integers(1, 10), st.sampled_from(["办公室", "会议室"]))


@given(st.lists(span, max_size=5), span)
def test_at_every_moment_the_told_fact_holds_in_its_time_and_the_held_ones_outside_it(
    stretches: list[tuple[int, int, str]], told: tuple[int, int, str]
) -> None:
    known: list[Assignment] = []
    for start, length, use in sorted(stretches):
        if not known or known[-1].valid_to <= day(start):  # type: ignore[operator]
            known.append(given_from(start, start + length, use))
    news = given_from(told[0], told[0] + told[1], told[2])
    found = amend(held(*known), [news])
    after = [fact for number, fact in enumerate(known) if number not in found.closed]
    after += found.added
    again = amend(held(*after), [news])
    assert (again.closed, again.added) == ((), ())
    replaced = any(fact.valid_from == news.valid_from for fact in known)
    for month in range(40):
        moment = day(month)
        now = [f.use for f in after if f.valid_from <= moment < f.valid_to]  # type: ignore[operator]
        before = [f.use for f in known if f.valid_from <= moment < f.valid_to]  # type: ignore[operator]
        if news.valid_from <= moment < news.valid_to:  # type: ignore[operator]
            assert now == [news.use]
        elif not replaced:
            assert now == before
