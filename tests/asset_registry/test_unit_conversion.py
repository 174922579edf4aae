"""Readings in another unit: what is told there and back is what it was."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, strategies as st

from fangma.asset_registry import unit_conversion
from fangma.asset_registry.unit_conversion import scale

UNITS = ("Pa", "kPa", "MPa", "bar", "mbar", "[psi]", "m[H2O]", "mm[Hg]", "N/m2")


@pytest.mark.parametrize(
    ("number", "unit", "to", "told"),
    [
        (95, "[degF]", "Cel", 35),
        (0.55, "1", "%", 55),
        (10, "L/min", "m3/h", 0.6),
        (1, "kW.h", "J", 3.6e6),
        (1, "mg/m3", "ug/m3", 1000),
        (10, "m[H2O]", "MPa", 0.0980665),
        (3, "dB", "dB", 3),
    ],
)
def test_a_number_is_told_in_another_unit(number: float, unit: str, to: str, told: float) -> None:
    found = scale(unit, to)
    assert found is not None
    assert found.of(number) == told


@pytest.mark.parametrize(
    ("unit", "to"),
    [("m", "%"), ("dB", "%"), ("Cel", "W"), ("{persons}", "1"), ("℃", "K"), ("VA", "W"), ("", "m")],
)
def test_what_measures_something_else_is_not_told(unit: str, to: str) -> None:
    assert scale(unit, to) is None


@given(st.floats(-1e6, 1e6), st.sampled_from(UNITS[:-1]), st.sampled_from(UNITS[:-1]))
def test_there_and_back_is_where_it_was(number: float, unit: str, to: str) -> None:
    there, back = scale(unit, to), scale(to, unit)
    assert there is not None
    assert back is not None
    assert back.of(there.of(number)) == pytest.approx(number, rel=1e-9, abs=1e-12)


def test_what_the_pages_say_of_units_holds() -> None:
    assert doctest.testmod(unit_conversion).failed == 0
