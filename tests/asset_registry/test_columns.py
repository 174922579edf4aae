"""Rows of facts made from columns are those that their class would have made."""

from __future__ import annotations

import gc
from dataclasses import dataclass

import pytest

from fangma.asset_registry.collector import collector_paused
from fangma.asset_registry.columns import make_rows, transpose


@dataclass(frozen=True, slots=True, kw_only=True)
class _Room:
    code: str
    area_m2: float | None = None
    declared: tuple[str, ...] = ()


def test_rows_from_columns_equal_those_that_the_class_makes() -> None:
    made = make_rows(_Room, code=["a", "b"], area_m2=(1.5, None))
    assert made == (_Room(code="a", area_m2=1.5), _Room(code="b"))
    assert {_Room(code="b")} == {made[1]}
    assert make_rows(_Room, code=[]) == ()


def test_columns_that_do_not_fit_the_class_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[1, 2\]"):
        make_rows(_Room, code=["a", "b"], area_m2=[1.0])
    with pytest.raises(TypeError, match="needs a column code"):
        make_rows(_Room, area_m2=[1.0])
    with pytest.raises(TypeError, match="has no field colour"):
        make_rows(_Room, code=["a"], colour=["red"])


def test_rows_become_columns_and_no_rows_become_columns_of_nothing() -> None:
    assert transpose([(1, "a"), (2, "b")], 2) == ((1, 2), ("a", "b"))
    assert transpose([], 2) == ((), ())


def test_the_collector_runs_again_after_a_pause_and_knows_what_was_made() -> None:
    assert gc.isenabled()
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            made: list[object] = []
        assert not gc.isenabled()
    assert gc.isenabled()
    made.append(made)  # a cycle that was made in a pause is found later
    assert any(each is made for each in gc.get_objects())
    assert gc.get_freeze_count() == 0
