"""A second export of a building of the sample: what an import makes of it is known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fangma.asset_registry.store.connection import connect
from fangma.asset_registry.store.sites import add_site
from fangma.bim_import.dispatch import import_files
from fangma.bim_import.options import ImportOptions
from fangma.bim_import.sample.architecture import write_architecture
from fangma.bim_import.sample.compound import compose, zones_of
from fangma.bim_import.sample.refurbishing import BUILDING, refurbish, write_refurbished
from fangma.bim_import.sample.site import plots
from fangma.bim_import.tile_store import TileStore

if TYPE_CHECKING:
    from pathlib import Path

    from fangma.bim_import.reports import FileReport

ROOMS = 150  # the smallest compound that has the building


def test_the_works_keep_doors_and_numbers_and_lose_no_floor() -> None:
    buildings, _, _ = compose(plots(ROOMS, 1), 1)
    before = next(each for each in buildings if each.code == BUILDING)
    after = refurbish(before)
    assert [s.name for s in after.storeys] == [s.name for s in before.storeys]
    for old, new in zip(before.storeys, after.storeys, strict=True):
        numbers = [room.number for room in new.rooms]
        assert len(set(numbers)) == len(numbers)
        # Walls come and go; the floor between the outer ones stays.
        assert sum(r.area_m2 for r in new.rooms) == pytest.approx(
            sum(r.area_m2 for r in old.rooms), rel=0.02
        )
        was = {room.key: (room.number, room.name) for room in old.rooms}
        is_ = {room.key: (room.number, room.name) for room in new.rooms}
        assert {key: is_[key] for key in is_.keys() & was.keys()} == {
            key: was[key] for key in is_.keys() & was.keys()
        }


def test_a_compound_without_the_building_has_no_second_export(tmp_path: Path) -> None:
    assert write_refurbished(tmp_path, seed=1, rooms=60) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.db
def test_an_import_finds_the_split_and_the_merge_and_asks_about_the_rest_of_the_store(
    dsn: str, tmp_path: Path
) -> None:
    buildings, occupancy, _ = compose(plots(ROOMS, 1), 1)
    building = next(each for each in buildings if each.code == BUILDING)
    first = tmp_path / "first.ifc"
    write_architecture(building, first, seed=1, zones=zones_of(building, occupancy))
    second = write_refurbished(tmp_path, seed=1, rooms=ROOMS)
    assert second is not None
    with connect(dsn) as conn:
        site = add_site(conn, division="330302", name="院落", actor="test", epsg=4549)

    def bring(path: Path) -> FileReport:
        (report,) = import_files(
            [path],
            kind=None,
            connection=lambda: connect(dsn),
            tiles=TileStore(root=tmp_path / "tiles"),
            options=ImportOptions(site=site.code, actor="test", workers=1),
            progress=lambda _done, _what: None,
        )
        return report

    assert bring(first).status == "imported"
    report = bring(second)
    assert report.status == "imported", report.findings
    assert (report.split, report.merged, report.review) == (1, 1, 1)
    asked = [each.message for each in report.findings if each.rule == "review-match"]
    assert ["partly the same outline" in message for message in asked] == [True]
