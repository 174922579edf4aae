"""Valves on pipes that run through them are found; those where pipes end are not."""

from __future__ import annotations

import numpy as np
import pytest

from fangma.spatial.networks.unbroken import threaded

# A valve of 0.2 m on the x axis at 2 m, its wheel 0.15 m above.
VALVE = (1.9, -0.06, -0.06, 2.1, 0.06, 0.15)


def axis(*points: tuple[float, float, float]) -> np.ndarray:
    return np.array(points)


def test_a_pipe_that_runs_on_past_both_sides_of_a_valve_is_told() -> None:
    other = axis((0, 1, 0), (5, 1, 0))
    through = axis((0, 0, 0), (5, 0, 0))
    assert threaded([VALVE], [other, through]) == [(0, 1)]
    assert threaded([VALVE], [through[::-1]]) == [(0, 0)]


def test_the_middle_of_a_bent_pipe_counts_too() -> None:
    bent = axis((0, -3, 0), (0, 0, 0), (5, 0, 0), (5, 4, 0))
    assert threaded([VALVE], [bent]) == [(0, 0)]


@pytest.mark.parametrize(
    "pipe",
    [
        axis((0, 0, 0), (1.95, 0, 0)),  # ends in the valve
        axis((0, 0, 0), (1.9, 0, 0)),  # ends at its mouth
        axis((0, 0, 1), (5, 0, 1)),  # passes over it
        axis((2, 0, -3), (2, 0, -0.1)),  # ends below it
        axis((0, 0, 0), (0, 0, 0)),
    ],
)
def test_a_pipe_that_ends_at_a_valve_or_passes_it_by_does_not_run_through(
    pipe: np.ndarray,
) -> None:
    assert threaded([VALVE], [pipe]) == []


def test_of_two_pipes_the_one_through_the_middle_is_meant() -> None:
    grazing, through = axis((0, 0.05, 0.12), (5, 0.05, 0.12)), axis((0, 0, 0.04), (5, 0, 0.04))
    assert threaded([VALVE], [grazing, through]) == [(0, 1)]
