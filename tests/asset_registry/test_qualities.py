"""Readings are judged by range, rate and stillness as one would judge them one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fangma.asset_registry.observation import QUALITIES
from fangma.asset_registry.qualities import (
    ANYTHING,
    Columns,
    Memory,
    Plausible,
    judge,
    keep,
    plausible,
    plausible_for,
)

MINUTE = 60_000_000
LIMITS = Plausible(property="x", low=0, high=10, rate=2, stuck_h=0.1)
NOW = 10**15


def told(memory: Memory, *rows: tuple[int, float, float]) -> list[str]:
    """Judge and keep rows of stream, minute and number."""
    batch = Columns(
        streams=np.array([row[0] for row in rows], np.int32),
        times=np.array([round(row[1] * MINUTE) for row in rows], np.int64),
        numbers=np.array([row[2] for row in rows], np.float64),
    )
    judged = judge(memory, batch, NOW)
    keep(memory, judged)
    return [QUALITIES[each] for each in judged.qualities]


def known(*streams: int) -> Memory:
    memory = Memory()
    memory.learn((stream, LIMITS, None, None) for stream in streams)
    return memory


def test_each_fault_has_its_name_and_late_readings_only_a_range() -> None:
    memory = known(3)
    assert told(memory, (3, 1, 5), (3, 2, 6.5), (3, 3, 9), (3, 4, -1)) == [
        "good", "good", "rate", "range",
    ]  # fmt: skip
    assert told(memory, (3, 1.5, 9), (3, 2.5, 11)) == ["good", "range"]
    assert told(memory, (3, NOW / MINUTE + 6, 1)) == ["ahead"]


def test_a_sensor_is_stuck_when_it_says_the_same_for_too_long_over_batches_too() -> None:
    memory = known(1)
    assert told(memory, (1, 0, 5), (1, 3, 5)) == ["good", "good"]
    assert told(memory, (1, 5, 5), (1, 6, 5), (1, 7, 5)) == ["good", "stuck", "stuck"]
    assert told(memory, (1, 8, 5.1), (1, 9, 5.1)) == ["good", "good"]


def test_words_and_streams_of_which_nothing_is_known_are_good() -> None:
    memory = Memory()
    memory.learn([(0, ANYTHING, None, None), (1, LIMITS, None, None)])
    assert told(memory, (0, 1, 1e30), (0, 2, -1e30), (1, 1, np.nan), (1, 2, np.nan)) == ["good"] * 4


def test_the_table_is_read_by_property_and_unit() -> None:
    assert plausible_for("temperature", "Cel").high == 90
    assert plausible_for("temperature", "K") is ANYTHING
    assert plausible_for("passage", None) is ANYTHING
    assert all(each.low < each.high for each in plausible())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 60), st.sampled_from([-1.0, 1, 2, 5, 12])),
        min_size=1,
        max_size=40,
        unique_by=lambda row: row[:2],
    ),
    st.integers(1, 39),
)
def test_a_batch_is_judged_as_its_rows_one_by_one(
    rows: list[tuple[int, int, float]], cut: int
) -> None:
    whole, single = known(0, 1, 2), known(0, 1, 2)
    by_time = sorted(rows, key=lambda row: row[1])
    parts = [sorted(by_time[:cut]), sorted(by_time[cut:])]
    found: dict[tuple[int, int, float], str] = {}
    for part in parts:
        if part:
            found.update(zip(part, told(whole, *part), strict=True))
    one_by_one = {row: told(single, row)[0] for row in by_time}
    assert found == one_by_one
    assert np.array_equal(whole.since, single.since)


@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_batch_is_judged_too(count: int) -> None:
    assert told(known(1), *[(1, 0, 1.0)] * count) == ["good"] * count
