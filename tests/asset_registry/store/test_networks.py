"""Joins, positions of valves and accuracies: facts with two clocks, seen by who sees the parts."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest
import shapely

from fangma.asset_registry.changes import NewEntry, Shape, State
from fangma.asset_registry.networks import Accuracy, Join, NetworkChanges, ValvePosition
from fangma.asset_registry.store import applying, networks
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.asset_registry.store.join_columns import join_columns
from fangma.asset_registry.store.networks import NetworkError

if TYPE_CHECKING:
    from uuid import UUID

    from tests.asset_registry.store.compound import Compound

pytestmark = pytest.mark.db
DAY = timedelta(days=1)
NOW = datetime.now(UTC)


def lay(compound: Compound, *kinds: str) -> list[UUID]:
    """Add parts along x, one metre each."""
    ids = sorted(uuid4() for _ in kinds)
    new = [
        NewEntry(
            id=id_, kind=kind, site_id=compound.site, building_id=compound.building, code_part="JS"
        )
        for id_, kind in zip(ids, kinds, strict=True)
    ]
    axes = [shapely.LineString([(i, 0, 0), (i + 1, 0, 0)]) for i in range(len(kinds))]
    compound.record(
        new=tuple(new),
        states=tuple(
            State(entry_id=id_, building_id=compound.building, system="JS") for id_ in ids
        ),
        shapes=tuple(
            Shape(
                entry_id=id_,
                axis=shapely.to_wkb(axis, output_dimension=3),
                extent=((i, -0.05, -0.05), (i + 1, 0.05, 0.05)),
                outer_diameter_m=0.1,
            )
            for i, (id_, axis) in enumerate(zip(ids, axes, strict=True))
        ),
    )
    return ids


def join(a: UUID, b: UUID, flow: int = 1) -> Join:
    return Join(
        entry_id=a, other_id=b, flow=flow, point=(1.0, 0.0, 0.0), confidence=0.9, method="end"
    )


def held(
    compound: Compound, at: datetime | None = None, known: datetime | None = None
) -> set[tuple[UUID, UUID, int]]:
    with reading(compound.conn, OPERATOR, at, known) as moment:
        return set(join_columns(compound.conn, moment, 0.5))


def position(compound: Compound, at: datetime | None = None) -> str | None:
    with reading(compound.conn, OPERATOR, at) as moment:
        parts = networks.parts(compound.conn, moment, compound.site)
    return next(part.position for part in parts if part.kind == "valve")


def test_joins_that_are_not_told_again_end_and_the_past_keeps_them(compound: Compound) -> None:
    a, b, c = lay(compound, "pipe", "pipe", "pipe")
    compound.record(network=NetworkChanges(joins=(join(a, b), join(b, c)), rejoined=(a, b, c)))
    before = datetime.now(UTC)
    compound.record(
        valid_from=NOW,
        network=NetworkChanges(joins=(join(a, b), join(a, c)), rejoined=(a, b, c)),
    )
    assert held(compound, NOW + DAY) == {(a, b, 1), (a, c, 1)}
    assert held(compound, NOW - DAY) == {(a, b, 1), (b, c, 1)}
    assert held(compound, NOW + DAY, before) == {(a, b, 1), (b, c, 1)}


def test_a_join_that_is_told_again_is_not_written_again(compound: Compound) -> None:
    a, b = lay(compound, "pipe", "pipe")
    told = NetworkChanges(joins=(join(a, b),), rejoined=(a, b))
    compound.record(network=told)
    compound.record(valid_from=NOW, network=told)
    compound.conn.execute("SELECT set_config('fangma.reader', 'operator', false)")
    row = compound.conn.execute("SELECT count(*) FROM fangma.pipe_join").fetchone()
    assert row == (1,)


def test_a_valve_stands_as_was_told_of_each_time(compound: Compound) -> None:
    _, valve = lay(compound, "pipe", "valve")
    code = code_of(compound, valve)
    for since, standing in ((NOW - 3 * DAY, "closed"), (NOW - DAY, "stuck")):
        with recording(compound.conn, OPERATOR):
            networks.set_valve(compound.conn, code, standing, actor="tester", valid_from=since)
    assert position(compound, NOW - 4 * DAY) is None
    assert position(compound, NOW - 2 * DAY) == "closed"
    assert position(compound, NOW) == "stuck"


def code_of(compound: Compound, entry: UUID) -> str:
    with reading(compound.conn, OPERATOR) as moment:
        parts = networks.parts(compound.conn, moment, compound.site)
    return next(part.code or "" for part in parts if part.id == entry)


def test_the_planner_knows_of_many_joins_as_soon_as_they_are_written(
    compound: Compound, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = lay(compound, "pipe", "pipe")
    known = "SELECT reltuples FROM pg_class WHERE oid = 'fangma.pipe_join'::regclass"
    assert compound.conn.execute(known).fetchone() == (-1.0,)
    monkeypatch.setattr(applying, "_MANY", 0)
    compound.record(network=NetworkChanges(joins=(join(a, b),), rejoined=(a, b)))
    assert compound.conn.execute(known).fetchone() == (1.0,)


def test_only_a_valve_has_a_position(compound: Compound) -> None:
    (pipe,) = lay(compound, "pipe")
    code = code_of(compound, pipe)
    with (
        pytest.raises(NetworkError, match="is a pipe, expected a valve"),
        recording(compound.conn, OPERATOR),
    ):
        networks.set_valve(compound.conn, code, "open", actor="tester", valid_from=NOW)
    with pytest.raises(NetworkError, match="only 0 of 1 valve positions"):
        compound.record(
            network=NetworkChanges(positions=(ValvePosition(entry_id=pipe, position="open"),))
        )


def test_accuracy_is_read_with_the_part(compound: Compound) -> None:
    (pipe,) = lay(compound, "pipe")
    told = Accuracy(entry_id=pipe, plan_m=0.1, depth_m=0.2, basis="隐蔽点", surveyed_on=NOW.date())
    compound.record(network=NetworkChanges(accuracies=(told,)))
    with reading(compound.conn, OPERATOR) as moment:
        (part,) = networks.parts(compound.conn, moment, compound.site)
    assert (part.plan_m, part.depth_m, part.basis) == (0.1, 0.2, "隐蔽点")
    assert part.surveyed_on == NOW.date()


def test_only_what_may_reach_into_a_box_is_near_it_with_its_joins(compound: Compound) -> None:
    ids = lay(compound, *["pipe"] * 12)
    compound.record(
        network=NetworkChanges(
            joins=tuple(join(min(pair), max(pair)) for pair in itertools.pairwise(ids)),
            rejoined=tuple(ids),
        )
    )
    with reading(compound.conn, OPERATOR) as moment:
        box = np.array([[0.0, -1.0, -1.0, 1.5, 1.0, 1.0]])  # widened by three metres
        near = networks.parts_near(compound.conn, moment, compound.site, box)
        assert [row.id for row in near] == ids[:5]
        far = box + np.array([8.0, 0.0, 0.0, 8.0, 0.0, 0.0])
        of_each = [networks.parts_near(compound.conn, moment, compound.site, b) for b in (box, far)]
        both = networks.parts_near(compound.conn, moment, compound.site, np.vstack([box, far, box]))
        assert {row.id for row in both} == {row.id for rows in of_each for row in rows}
        assert len(both) == len({row.id for row in both}) > len(near)
        joins = networks.joins_of(compound.conn, moment, 0.5, [row.id for row in near])
        assert {frozenset((j.entry_id, j.other_id)) for j in joins} == {
            frozenset(pair) for pair in itertools.pairwise(ids[:6])
        }
        assert networks.parts_near(compound.conn, moment, uuid4(), box) == []
        above = np.array([[0.0, -1.0, 8.0, 1.5, 1.0, 9.0]])
        assert networks.parts_near(compound.conn, moment, compound.site, above) == []
