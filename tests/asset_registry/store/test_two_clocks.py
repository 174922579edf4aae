"""Facts against an oracle that keeps every assertion in a list and looks through it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from fangma.asset_registry.store.connection import OPERATOR, Moment, reading
from fangma.asset_registry.store.history import Held, changes_of
from fangma.asset_registry.store.items import find_item

if TYPE_CHECKING:
    from uuid import UUID

    from tests.asset_registry.store.compound import Compound

    from fangma.asset_registry.changes import Applied

pytestmark = pytest.mark.db
DAY0 = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: int | None) -> datetime | None:
    return None if number is None else DAY0 + timedelta(days=number)


@dataclass(frozen=True)
class Assertion:
    """From day `start` to before day `end` the room is called `name`; None: it is no longer."""

    start: int | None
    end: int | None
    name: str | None

    def covers(self, number: int) -> bool:
        after_start = self.start is None or number >= self.start
        return after_start and (self.end is None or number < self.end)


def believed(told: list[Assertion], number: int) -> str | None:
    return next((a.name for a in reversed(told) if a.covers(number)), None)


@st.composite
def assertions(draw: st.DrawFn) -> Assertion:
    start = draw(st.none() | st.integers(0, 8))
    end = draw(st.none() | st.integers((start if start is not None else 0) + 1, 10))
    return Assertion(start, end, draw(st.none() | st.sampled_from(["甲", "乙", "丙"])))


@given(st.lists(assertions(), min_size=1, max_size=6))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_pair_of_moments_answers_what_was_last_told_of_that_time(
    compound: Compound, told: list[Assertion]
) -> None:
    room = compound.new_room(None)
    birth = Assertion(None, None, "初")
    known = [compound.record(new=(room,), states=(compound.room_state(room.id, name="初"),))]
    known += [tell(compound, room.id, assertion) for assertion in told]
    history = [birth, *told]
    with reading(compound.conn, OPERATOR) as now:
        for count, applied in enumerate(known, start=1):
            for number in range(-1, 11):
                moment = Moment(
                    at=DAY0 + timedelta(days=number),
                    known=applied.recorded_at,
                    revision=applied.revision_id,
                )
                item = find_item(compound.conn, room.id, "room", moment)
                current = item.name if item is not None and item.status == "current" else None
                assert current == believed(history[:count], number), (count, number)
        assert now.known == known[-1].recorded_at


def tell(compound: Compound, room: UUID, assertion: Assertion) -> Applied:
    times = {"valid_from": day(assertion.start), "valid_to": day(assertion.end)}
    if assertion.name is None:
        return compound.record(**times, retired=(room,))
    return compound.record(**times, states=(compound.room_state(room, name=assertion.name),))


@given(st.lists(assertions(), max_size=5))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_a_revision_only_carried_over_is_not_told_as_a_change(
    compound: Compound, told: list[Assertion]
) -> None:
    room = compound.new_room(None)
    revisions = [
        compound.record(new=(room,), states=(compound.room_state(room.id, name="初"),)).revision_id
    ]
    revisions += [tell(compound, room.id, assertion).revision_id for assertion in told]
    with reading(compound.conn, OPERATOR):
        rows = compound.conn.execute(
            "SELECT valid, revision_id, closed_by, name FROM fangma.state WHERE entry_id = %s",
            [room.id],
        ).fetchall()
    changes = changes_of(
        [Held(valid=v, opened_by=o, closed_by=c, values={"name": n}) for v, o, c, n in rows]
    )
    history = [Assertion(None, None, "初"), *told]
    for count, revision in enumerate(revisions, start=1):
        differs = any(
            believed(history[:count], number) != believed(history[: count - 1], number)
            for number in range(-1, 12)
        )
        assert any(c.revision == revision and c.values for c in changes) <= differs
        if differs:
            assert any(change.revision == revision for change in changes)


def test_two_current_rows_that_overlap_are_refused_even_from_the_owner(
    compound: Compound, dsn: str
) -> None:
    room = compound.new_room()
    compound.add_rooms(room)
    with psycopg.connect(dsn) as owner, pytest.raises(psycopg.errors.ExclusionViolation):
        owner.execute("INSERT INTO fangma.state SELECT * FROM fangma.state")
    with psycopg.connect(dsn) as owner, pytest.raises(psycopg.errors.ExclusionViolation):
        owner.execute(
            "INSERT INTO fangma.shape SELECT * FROM fangma.shape WHERE entry_id = %s", [room.id]
        )


def test_a_closed_row_cannot_be_opened_again_over_its_successor(
    compound: Compound, dsn: str
) -> None:
    room = compound.new_room()
    compound.add_rooms(room)
    compound.record(valid_from=DAY0, states=(compound.room_state(room.id, name="新"),))
    with psycopg.connect(dsn) as owner, pytest.raises(psycopg.errors.ExclusionViolation):
        owner.execute(
            "UPDATE fangma.state SET recorded = tstzrange(lower(recorded), NULL)"
            " WHERE closed_by IS NOT NULL"
        )
