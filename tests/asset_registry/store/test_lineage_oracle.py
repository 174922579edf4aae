"""Edits, corrections, splits, merges and undoings in any order equal a naive oracle throughout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.asset_registry.store.compound import Compound, found
from tests.asset_registry.store.lineage_oracle import LAST, Step, play

from fangma.asset_registry.store.connection import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.db
_serial = iter(range(10_000))


@st.composite
def steps(draw: st.DrawFn) -> Step:
    start = draw(st.integers(0, LAST))
    return Step(
        deed=draw(st.sampled_from(["edit", "correct", "split", "merge", "undo"])),
        room=draw(st.integers(0, 9)),
        other=draw(st.integers(0, 9)),
        start=start,
        end=draw(st.integers(start + 1, LAST + 1)),
        name=draw(st.sampled_from(["甲", "乙", "丙"])),
    )


@pytest.fixture
def fresh(dsn: str) -> Iterator[Compound]:
    with connect(dsn) as conn:
        yield found(conn)


@given(st.lists(steps(), min_size=1, max_size=6))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_pair_of_moments_agrees_with_the_oracle_and_no_area_is_lost(
    fresh: Compound, told: list[Step]
) -> None:
    fresh.conn.rollback()
    play(found(fresh.conn, f"院{next(_serial)}"), told)
