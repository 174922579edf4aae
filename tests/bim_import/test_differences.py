"""What counts as a change of a known thing, and what is the noise of an export."""

from dataclasses import replace
from uuid import UUID

import pytest
import shapely
from hypothesis import given, strategies as st
from shapely.geometry import MultiPolygon, box

from fangma.asset_registry.changes import Shape, State
from fangma.bim_import.differences import (
    is_same_measurement,
    shape_differences,
    state_differences,
)

ROOM = UUID(int=1)


def room(x0=0.0, y0=0.0, x1=6.0, y1=4.0, **changes) -> Shape:
    facts = {
        "footprint": shapely.to_wkb(MultiPolygon([box(x0, y0, x1, y1)])),
        "extent": ((x0, y0, 0.0), (x1, y1, 3.0)), "area_m2": (x1 - x0) * (y1 - y0),
        "mesh_hash": f"{x0}{y0}{x1}{y1}",
    }  # fmt: skip
    return Shape(entry_id=ROOM, **(facts | changes))


def whats(old: Shape, new: Shape | None) -> list[str]:
    return [d.what for d in shape_differences(old, new)]


@given(st.lists(st.floats(-0.002, 0.002), min_size=4, max_size=4))
def test_two_millimetres_at_every_corner_are_no_change_but_another_measurement(noise):
    old = room()
    new = room(*(v + n for v, n in zip((0.0, 0.0, 6.0, 4.0), noise, strict=True)))
    assert not shape_differences(old, new)
    assert is_same_measurement(old, new) == (old.mesh_hash == new.mesh_hash)


def test_a_partition_pushed_by_five_centimetres_is_a_change_of_shape_and_area():
    found = {d.what: d for d in shape_differences(room(), room(x1=6.05))}
    assert found["area"].by == pytest.approx(0.2)
    assert found["shape"].by == pytest.approx(0.05)


def test_a_room_that_went_elsewhere_has_another_place_and_no_other_shape():
    (found,) = shape_differences(room(), room(2.0, 0.0, 8.0, 4.0))
    assert (found.what, found.by) == ("place", 2.0)


def test_an_outline_that_keeps_its_box_and_loses_a_corner_is_another_shape():
    cut = box(0, 0, 6, 4).difference(box(5, 3, 6, 4))
    new = room(footprint=shapely.to_wkb(MultiPolygon([cut])), area_m2=23.0, mesh_hash="cut")
    assert whats(room(), new) == ["shape", "area"]


def test_an_opening_in_a_wall_is_seen_by_the_material_that_is_missing():
    wall = room(0, 0, 5, 0.2, footprint=None, area_m2=None, volume_m3=3.0)
    assert whats(wall, replace(wall, mesh_hash="hole", volume_m3=2.6)) == ["shape"]
    assert not whats(wall, replace(wall, mesh_hash="noise", volume_m3=3.002))


def test_a_body_that_is_no_longer_there_is_told():
    assert whats(room(), None) == ["shape"]
    assert whats(room(), Shape(entry_id=ROOM, area_m2=24.0)) == ["shape"]


def test_words_are_told_before_and_after_and_storeys_by_their_codes():
    upper, lower = UUID(int=7), UUID(int=8)
    old = State(entry_id=ROOM, name="办公室", number="501", storey_id=upper)
    new = replace(old, name="会议室", storey_id=lower)
    found = state_differences(old, new, {upper: "F05", lower: "F04"})
    assert [(d.what, d.before, d.after) for d in found] == [
        ("name", "办公室", "会议室"), ("storey", "F05", "F04"),
    ]  # fmt: skip
