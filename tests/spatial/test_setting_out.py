"""A tape finds the place again: the distances lead back to the point, from edges one can touch."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st

from fangma.spatial.setting_out import set_out

ROOM = shapely.box(0, 0, 6, 5)


def lengths(found):
    return {each.edge: round(each.length_m, 3) for each in found.dimensions}


@settings(max_examples=60, deadline=None)
@given(st.floats(0.5, 5.5), st.floats(0.5, 4.5), st.floats(0, 2.7), st.floats(0, 360))
def test_two_walls_and_the_floor_give_the_point_back_however_the_room_is_turned(x, y, z, turn):
    turned = shapely.affinity.rotate(ROOM, turn, origin=(0, 0))
    point = np.array(shapely.affinity.rotate(shapely.Point(x, y), turn, origin=(0, 0)).coords[0])
    found = set_out(np.array([*point, z]), turned, floor_z=0.0, ceiling_z=2.8)
    first, second, height = found.dimensions
    expected = sorted([min(x, 6 - x), min(y, 5 - y)])
    assert [first.length_m, second.length_m] == pytest.approx(expected)
    assert first.length_m <= second.length_m + 1e-9
    for each in (first, second):
        # Starts on the face of a wall, and stands square to it.
        assert shapely.Point(each.start[:2]).distance(turned.exterior) < 1e-6
        assert each.end == pytest.approx((*point, z))
    assert height.length_m == pytest.approx(z)


def test_a_pipe_inside_the_wall_is_found_along_the_face_from_the_nearer_edge():
    found = set_out(
        np.array([6.12, 1.4, 0.5]), ROOM, floor_z=0.0, ceiling_z=2.8,
        jambs=[(6.1, 0.6), (6.1, 3.5)],
    )  # fmt: skip
    assert found.inside_wall
    assert lengths(found) == {"face": 0.12, "jamb": 0.8, "floor": 0.5}
    without = set_out(np.array([6.12, 1.4, 0.5]), ROOM, floor_z=0.0, ceiling_z=2.8)
    assert lengths(without) == {"face": 0.12, "corner": 1.4, "floor": 0.5}


def test_a_jamb_of_another_wall_is_no_edge_to_measure_from():
    found = set_out(
        np.array([6.12, 1.4, 0.5]), ROOM, floor_z=0.0, ceiling_z=2.8, jambs=[(3.0, 5.1)]
    )
    assert lengths(found)["corner"] == 1.4


def test_what_lies_above_the_ceiling_is_told_from_floor_and_ceiling():
    found = set_out(np.array([3.0, 2.0, 3.1]), ROOM, floor_z=0.0, ceiling_z=2.8)
    assert found.above_ceiling
    assert lengths(found)["ceiling"] == 0.3
    assert lengths(found)["floor"] == 3.1


def test_a_riser_has_no_height():
    found = set_out(np.array([0.2, 2.0, 9.9]), ROOM, floor_z=0.0, ceiling_z=2.8, with_height=False)
    assert set(lengths(found)) == {"wall", "corner"}
