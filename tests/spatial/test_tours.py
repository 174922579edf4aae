"""Short ways: the best there is for few places, near it for many, whatever the places."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from fangma.spatial.tours import EXACT_UP_TO, TourError, _improved, length, tour


def scattered(count: int, seed: int) -> np.ndarray:
    places = np.random.default_rng(seed).uniform(0, 100, (count, 2))
    return np.hypot(*(places[:, None, axis] - places[None, :, axis] for axis in (0, 1)))


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 7), st.integers(0, 10_000), st.booleans())
def test_for_few_places_no_order_at_all_is_shorter(count, seed, begins):
    distances = scattered(count, seed)
    start = 0 if begins else None
    every = (
        length(distances, list(order))
        for order in permutations(range(count))
        if start is None or order[0] == start
    )
    found = tour(distances, start)
    assert sorted(found) == list(range(count))
    assert length(distances, found) == pytest.approx(min(every))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("start", [None, 3])
def test_what_is_used_for_many_is_within_a_twentieth_of_the_best(seed, start):
    distances = scattered(EXACT_UP_TO, seed)
    best = length(distances, tour(distances, start))
    order = _improved(distances, start)
    assert sorted(order) == list(range(EXACT_UP_TO))
    assert start is None or order[0] == start
    assert best <= length(distances, order) + 1e-9 <= best * 1.05


def test_many_places_are_each_visited_once_and_a_ring_is_walked_around():
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)[np.random.default_rng(1).permutation(120)]
    places = 50 * np.column_stack([np.cos(turn), np.sin(turn)])
    distances = np.hypot(*(places[:, None, axis] - places[None, :, axis] for axis in (0, 1)))
    order = tour(distances)
    assert sorted(order) == list(range(120))
    around = 119 * 2 * 50 * np.sin(np.pi / 120)
    assert length(distances, order) == pytest.approx(around)


def test_distances_that_are_none_are_refused():
    with pytest.raises(TourError, match="finite"):
        tour(np.array([[0.0, np.nan], [np.nan, 0.0]]))
    with pytest.raises(TourError):
        tour(np.zeros((2, 3)))


def test_no_place_and_one_place_are_ways_too():
    assert tour(np.zeros((0, 0))) == []
    assert tour(np.zeros((1, 1))) == [0]
