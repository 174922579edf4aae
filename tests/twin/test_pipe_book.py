"""What a book of pipes tells of parts that no join reaches."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import numpy as np
import pytest
import shapely

from fangma.asset_registry.store.join_columns import JoinColumns, ids_of
from fangma.asset_registry.store.networks import PartRow
from fangma.twin.pipes.book import PipeBook

SITE = uuid4()


def part(kind: str, x0: float, x1: float, system: str | None = "JS") -> PartRow:
    """Make a pipe along x, or a valve of that length about the x axis."""
    line = shapely.LineString([(x0, 0, 0), (x1, 0, 0)])
    return PartRow(
        id=uuid4(), code=None, kind=kind, system=system, ifc_class=None, predefined_type=None,
        site_id=SITE, building_id=None, outer_diameter_m=0.1 if kind == "pipe" else None,
        axis=shapely.to_wkb(line, output_dimension=3) if kind == "pipe" else None,
        extent=[x0, -0.08, -0.08, x1, 0.08, 0.2], plan_m=None, depth_m=None, basis=None,
        surveyed_on=None, position=None, position_since=None, since=None, surveyed=None, name=None,
        ground_m=None,
    )  # fmt: skip


def joined(*pairs: tuple[PartRow, PartRow]) -> JoinColumns:
    return JoinColumns.of((min(a.id, b.id), max(a.id, b.id), 0) for a, b in pairs)


@pytest.mark.parametrize(("system", "stands_on"), [("JS", 0), (None, 0), ("RL", None)])
def test_a_valve_that_nothing_is_joined_to_stands_on_the_pipe_that_runs_through_it(
    system: str | None, stands_on: int | None
) -> None:
    long, end, valve = part("pipe", 0, 9), part("valve", 9, 9.2), part("valve", 4, 4.2, system)
    book = PipeBook(parts=[long, end, valve], joins=joined((long, end)), at=datetime.now(UTC))
    assert book.unbroken == ({} if stands_on is None else {2: stands_on})


def test_a_valve_that_is_joined_parts_its_pipes() -> None:
    before, valve, after = part("pipe", 0, 4), part("valve", 4, 4.2), part("pipe", 4.2, 9)
    long = part("pipe", 0, 9)  # the same run a second time, as a coarser file draws it
    joins = joined((before, valve), (valve, after))
    book = PipeBook(parts=[before, valve, after, long], joins=joins, at=datetime.now(UTC))
    assert book.unbroken == {}


def test_joins_in_columns_find_the_rows_of_both_ends_whatever_bytes_an_id_ends_with() -> None:
    rng = np.random.default_rng(3)
    # Zeros at the end are padding to numpy; ids may differ in them alone.
    ids = [
        UUID(bytes=bytes([int(rng.integers(3)), *[0] * (15 - zeros), *[7] * zeros])[::flip])
        for zeros in range(15)
        for flip in (1, -1)
    ]
    ids = [*dict.fromkeys(ids), *(uuid4() for _ in range(50))]
    pairs = [
        (ids[a], ids[b], int(rng.integers(-1, 2)))
        for a, b in rng.integers(len(ids), size=(300, 2)).tolist()
    ]
    columns = JoinColumns.of(pairs)
    assert [*columns] == pairs
    some = [ids[i] for i in rng.permutation(len(ids))[: len(ids) // 2].tolist()]
    row_of = {id_: row for row, id_ in enumerate(some)}
    wanted = [(row_of[a], row_of[b], flow) for a, b, flow in pairs if a in row_of and b in row_of]
    rows, flow = columns.between(ids_of(some))
    assert [(*ends, way) for ends, way in zip(rows.tolist(), flow.tolist(), strict=True)] == wanted
    assert len(JoinColumns.of(()).between(ids_of(some))[0]) == 0
    assert len(columns.between(ids_of([]))[0]) == 0


def test_lengths_are_those_of_each_axis_and_nothing_leads_from_one_to_the_next() -> None:
    bent = shapely.to_wkb(
        shapely.LineString([(0, 0, 0), (3, 0, 0), (3, 4, 0), (3, 4, 12)]), output_dimension=3
    )
    parts = [
        part("valve", 0, 1),
        part("pipe", 0, 9),
        part("pipe", 0, 1)._replace(axis=bent),
        part("valve", 7, 8),
        part("pipe", -2, 5),
    ]
    book = PipeBook(parts=parts, joins=joined(), at=datetime.now(UTC))
    assert book.lengths.tolist() == [0.0, 9.0, 19.0, 0.0, 7.0]
    nothing = PipeBook(parts=[parts[0]], joins=joined(), at=datetime.now(UTC))
    assert nothing.lengths.tolist() == [0.0]
