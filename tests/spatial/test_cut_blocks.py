"""The block about a hidden thing: its wall is behind it, nothing stands before it."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from fangma.spatial.cut_blocks import cut_block

ROOM = shapely.box(0, 0, 6, 5)


def turned(point, angle):
    x, y = shapely.affinity.rotate(shapely.Point(*point[:2]), angle, origin=(0, 0)).coords[0]
    return np.array([x, y, point[2]])


@settings(max_examples=60, deadline=None)
@given(st.floats(0.3, 5.7), st.floats(-0.2, 2.0), st.floats(0.1, 2.6), st.floats(0, 360))
def test_the_camera_looks_from_the_room_at_the_nearest_wall_however_all_is_turned(x, y, z, angle):
    outline = shapely.affinity.rotate(ROOM, angle, origin=(0, 0))
    block = cut_block(turned((x, y, z), angle), outline, floor_z=0.0, ceiling_z=2.8)
    assert abs(block.along @ block.inward) < 1e-9
    nearest = min((abs(y), (0, 1)), (x, (1, 0)), (6 - x, (-1, 0)))
    if sorted([abs(y), x, 6 - x])[1] - nearest[0] > 0.05 and 0.3 < x < 5.7:
        expected = turned((*nearest[1], 0), angle)[:2]
        assert block.inward == pytest.approx(expected, abs=1e-6)
    # The front and the camera's side end inside of the room: no wall is before the thing.
    front = block.origin[:2] + block.inward * block.high[1]
    assert outline.buffer(1e-6).contains(shapely.Point(front)) or block.high[1] <= 0.3 + 1e-9
    assert (block.low <= 0).all()
    assert (block.high > 0).all()
    assert block.low[2] == pytest.approx(-z - 0.25)


def test_a_wall_that_one_measures_from_is_on_the_picture_and_away_from_the_camera():
    point = np.array([2.6, -0.1, 0.9])
    block = cut_block(
        point, ROOM, floor_z=0.0, ceiling_z=2.8, shown=[(0.0, 0.0), (2.6, 0.0), (2.6, -0.1)]
    )
    corner = np.array([0.0, 0.0]) - point[:2]
    assert block.low[0] < corner @ block.along < 0


def test_outdoors_the_block_is_about_the_thing():
    block = cut_block(np.array([10.0, 20.0, 3.0]), None, floor_z=None, ceiling_z=None)
    assert block.corners().mean(axis=0) == pytest.approx([10, 20, 3])
