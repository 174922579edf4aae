"""What a book of pipes tells of parts that no join reaches."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import shapely

from fangma.asset_registry.store.networks import JoinRow, PartRow
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


def join(a: PartRow, b: PartRow, x: float) -> JoinRow:
    first, second = min(a.id, b.id), max(a.id, b.id)
    return JoinRow(
        entry_id=first, other_id=second, flow=0, confidence=1.0, method="end", x=x, y=0.0, z=0.0
    )


@pytest.mark.parametrize(("system", "stands_on"), [("JS", 0), (None, 0), ("RL", None)])
def test_a_valve_that_nothing_is_joined_to_stands_on_the_pipe_that_runs_through_it(
    system: str | None, stands_on: int | None
) -> None:
    long, end, valve = part("pipe", 0, 9), part("valve", 9, 9.2), part("valve", 4, 4.2, system)
    book = PipeBook(parts=[long, end, valve], joins=[join(long, end, 9.0)], at=datetime.now(UTC))
    assert book.unbroken == ({} if stands_on is None else {2: stands_on})


def test_a_valve_that_is_joined_parts_its_pipes() -> None:
    before, valve, after = part("pipe", 0, 4), part("valve", 4, 4.2), part("pipe", 4.2, 9)
    long = part("pipe", 0, 9)  # the same run a second time, as a coarser file draws it
    joins = [join(before, valve, 4.0), join(valve, after, 4.2)]
    book = PipeBook(parts=[before, valve, after, long], joins=joins, at=datetime.now(UTC))
    assert book.unbroken == {}
