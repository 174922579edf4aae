"""What follows a room that is divided, thrown together or replaced: nothing lost, nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from fangma.asset_registry.changes import Lineage
from fangma.asset_registry.following import RULES, Held, follow, heirs_of

DAY = datetime(2026, 3, 1, tzinfo=UTC)
SINCE_EVER = datetime.min.replace(tzinfo=UTC)
A, B, C, D = (UUID(int=i) for i in range(1, 5))


def held(entry: UUID, start: int | None = None, end: int | None = None, **fact) -> Held:
    return Held(
        place=f"{entry}{start}{fact}", fact={"entry_id": str(entry), **fact},
        valid_from=None if start is None else DAY + timedelta(days=start),
        valid_to=None if end is None else DAY + timedelta(days=end),
    )  # fmt: skip


def split(*shares: float | None) -> dict:
    return heirs_of(
        Lineage(predecessor_id=A, successor_id=UUID(int=10 + i), kind="split", area_share=s)
        for i, s in enumerate(shares)
    )


def merge(*olds: UUID) -> dict:
    return heirs_of(
        Lineage(predecessor_id=old, successor_id=D, kind="merge", area_share=1.0) for old in olds
    )


def now(rows) -> list:
    """What is held from the day on."""
    return [row for row in rows if row.valid_to is None or row.valid_to > DAY]


def test_people_go_to_the_largest_part_and_their_past_stays_where_it_was():
    done = follow("assignment", [held(A, -30, None, person_id="p")], split(0.3, 0.7), DAY)
    past, present = sorted(done.added, key=lambda row: row.valid_from or SINCE_EVER)
    assert (past.fact["entry_id"], past.valid_to) == (str(A), DAY)
    assert (present.fact["entry_id"], present.valid_from) == (str(UUID(int=11)), DAY)
    assert len(done.closed) == 1


def test_of_equal_parts_the_first_named_is_the_principal_heir():
    assert [heir.id.int for heir in split(None, None, None)[A]] == [10, 11, 12]


def test_somebody_who_had_both_rooms_has_the_merged_one_once():
    rows = [held(A, -9, 30, person_id="p"), held(B, -5, None, person_id="p")]
    present = now(follow("assignment", rows, merge(A, B), DAY).added)
    assert len(present) == 1
    assert (present[0].valid_from, present[0].valid_to) == (DAY, None)


def test_rents_of_one_tenant_add_up_and_those_of_two_stay_apart():
    rows = [
        held(A, None, None, direction="出租", tenant="x", due=100.0, paid=None),
        held(B, None, None, direction="出租", tenant="x", due=50.0, paid=40.0),
        held(C, None, None, direction="出租", tenant="y", due=7.0, paid=7.0),
    ]
    present = now(follow("lease", rows, merge(A, B, C), DAY).added)
    assert sorted((r.fact["tenant"], r.fact["due"], r.fact["paid"]) for r in present) == [
        ("x", 150.0, 40.0), ("y", 7.0, 7.0),
    ]  # fmt: skip


def test_a_holding_that_begins_later_follows_from_its_own_beginning():
    (row,) = follow("assignment", [held(A, 10, 20, person_id="p")], split(0.9, 0.1), DAY).added
    assert (row.valid_from, row.valid_to) == (DAY + timedelta(10), DAY + timedelta(20))


def test_what_the_heir_had_already_stays():
    rows = [held(D, None, None, person_id="q"), held(A, None, None, person_id="p")]
    done = follow("assignment", rows, merge(A), DAY)
    assert len(done.closed) == 1
    assert [r.fact["person_id"] for r in now(done.added)] == ["p"]


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6), st.floats(1.0, 500.0))
def test_the_books_of_a_divided_room_add_up_to_what_they_were(shares, area):
    rows = [held(A, -9, None, area_m2=area, certificate="c")]
    present = now(follow("ledger", rows, split(*shares), DAY).added)
    assert len(present) == len(shares)
    assert sum(r.fact["area_m2"] for r in present) == pytest.approx(area)
    assert {r.fact["certificate"] for r in present} == {"c"}


_FACTS = st.builds(
    lambda entry, start, length, area: held(
        entry, start, None if length is None else start + length, area_m2=area
    ),
    st.sampled_from([A, B, C]), st.integers(-20, 20), st.one_of(st.none(), st.integers(1, 30)),
    st.floats(1.0, 90.0),
)  # fmt: skip


@given(st.lists(_FACTS, max_size=3, unique_by=lambda row: row.fact["entry_id"]))
def test_at_every_moment_the_merged_books_hold_what_the_old_ones_held_together(rows):
    asked = [row for row in rows if row.valid_to is None or row.valid_to > DAY]
    done = follow("ledger", asked, merge(A, B, C), DAY)
    untouched = [row for row in rows if row.place not in done.closed]
    for day in range(-25, 60):
        moment = DAY + timedelta(days=day, hours=1)

        def total(facts, moment=moment):
            return sum(
                r.fact["area_m2"] for r in facts
                if (r.valid_from is None or r.valid_from <= moment)
                and (r.valid_to is None or moment < r.valid_to)
            )  # fmt: skip

        assert total([*untouched, *done.added]) == pytest.approx(total(rows))


@given(st.sampled_from(sorted(RULES)), st.lists(_FACTS, max_size=4))
def test_no_fact_of_one_subject_overlaps_another_after_it_followed(table, rows):
    asked = [row for row in rows if row.valid_to is None or row.valid_to > DAY]
    added = follow(table, asked, merge(A, B, C), DAY).added
    mine = sorted(
        (r for r in added if r.fact["entry_id"] == str(D)), key=lambda r: r.valid_from or SINCE_EVER
    )
    for one, other in pairwise(mine):
        assert one.valid_to is not None
        assert one.valid_to <= (other.valid_from or SINCE_EVER)
