import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from tests.bim_import.matching.plans import room, row, thing

from fangma.bim_import.matching import find_motion
from fangma.bim_import.matching.motion import lay, marks_of, marks_of_boxes, moved_marks


def building(seed: int = 1, count: int = 60):
    random = np.random.default_rng(seed)
    places = random.uniform(0, 40, (count, 3)) * [1, 0.5, 0.1]
    sizes = random.uniform(0.2, 2.0, (count, 3))
    return [
        thing(0.0, box=(*p.tolist(), *(p + s).tolist()), ifc_class=f"Ifc{i % 5}")
        for i, (p, s) in enumerate(zip(places, sizes, strict=True))
    ]


def matrix(turn: float, x: float, y: float, z: float):
    c, s = math.cos(turn), math.sin(turn)
    return np.array([[c, -s, 0, x], [s, c, 0, y], [0, 0, 1, z], [0, 0, 0, 1]])


@settings(max_examples=25, deadline=None)
@given(
    st.floats(-3.1, 3.1), st.floats(-500, 500), st.floats(-500, 500), st.floats(-20, 20),
    st.integers(0, 5),
)  # fmt: skip
def test_any_motion_of_a_whole_building_is_found_and_undone(turn, x, y, z, seed):
    old = marks_of(building(seed))
    new = moved_marks(old, matrix(turn, x, y, z))
    motion = lay(old, new)
    back = moved_marks(new, np.array(motion.matrix_old_from_new))
    assert np.abs(back.points - old.points).max() < 0.05
    assert motion.share > 0.95


def test_a_motion_is_exact_though_the_middles_of_angular_bodies_go_elsewhere():
    """Turned bodies have other boxes: what is not straight says less of the motion."""
    old = marks_of(building())
    new = moved_marks(old, matrix(0.6, 3e6, -9e6, 4.0))
    points = new.points.copy()
    points[::3] += np.random.default_rng(3).uniform(0.0, 0.08, points[::3].shape)
    motion = lay(old, replace(new, points=points))
    back = moved_marks(new, np.array(motion.matrix_old_from_new))
    assert np.abs(back.points - old.points).max() < 0.001


def test_a_building_that_stands_still_is_left_alone():
    assert find_motion(building(), building()).is_still


@pytest.mark.parametrize("noise_m", [0.0, 0.004])
def test_what_stands_still_is_counted_alike_with_noise_and_without(noise_m: float):
    old = building()
    old.append(old[0])  # two things on one spot
    x0, y0, z0, x1, y1, z1 = old[3].box
    new = [*old[:3], replace(old[3], box=(x0 + 5, y0, z0, x1 + 5, y1, z1)), *old[4:]]
    shaken = moved_marks(marks_of(new), np.array(matrix(0.0, noise_m, 0.0, 0.0)))
    found = lay(marks_of(old), shaken)
    assert found.is_still
    assert found.share == found.share_still == (len(old) - 1) / len(old)


def test_noise_and_a_tenth_of_changes_move_nothing():
    random = np.random.default_rng(4)
    old = building()
    kept = [thing(0.0, box=tuple(np.array(f.box) + random.uniform(-0.001, 0.001, 6)),
                  ifc_class=f.ifc_class) for f in old[6:]]  # fmt: skip
    assert find_motion(old, kept).is_still


@pytest.mark.parametrize("bays", [1, 2, 3])
def test_a_grid_of_rooms_moved_by_whole_bays_is_seen_by_its_ends(bays: int):
    old = row(range(100, 112))
    new = [room(4.0 * (i + bays), 4.0 * (i + bays + 1), str(100 + i)) for i in range(12)]
    motion = find_motion(old, new)
    if motion.is_still:  # too many rooms agree without it: then it must say how many
        assert motion.share_still >= 1 - bays / 12 - 0.01
    else:
        assert motion.offset_m == pytest.approx((-4.0 * bays, 0.0, 0.0), abs=0.01)


def test_another_building_is_laid_nowhere():
    motion = find_motion(building(1), building(2))
    assert motion.share < 0.5


def test_boxes_alone_give_the_marks_that_their_features_give():
    rooms = [room(4.0 * i, 4.0 * i + 3.7, str(i)) for i in range(9)]
    walls = [thing(0.0, box=f.box, ifc_class="IfcWallStandardCase", name=f"w{i % 3}")
             for i, f in enumerate(building())]  # fmt: skip
    both = [replace(f, footprint=None, diameter_m=None) for f in (*rooms, *walls)]
    said, found = marks_of(both), marks_of_boxes(
        [f.ifc_class for f in both], [f.number for f in both], [f.name for f in both],
        [f.kind == "room" for f in both], np.array([f.box for f in both]),
    )  # fmt: skip
    assert found.points == pytest.approx(said.points, abs=1e-12)
    assert (found.names, found.sizes) == (said.names, said.sizes)
    assert {k: r.tolist() for k, r in found.rows.items()} == {
        k: r.tolist() for k, r in said.rows.items()
    }
    assert set(found.rows) == {"IfcSpace", "IfcWall"}
