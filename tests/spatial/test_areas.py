"""Usable floor area: analytic rooms, and what must not change it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings, strategies as st
from shapely import Polygon

from fangma.spatial.areas import Method, RoomMeasureError, measure_room, placed_body
from fangma.spatial.mesh import Mesh, Placements
from fangma.spatial.wall_centres import WallInPlan, grow_to_wall_centres

Body = tuple[Any, Any]


def prism(plan: Polygon, low: float, high: float) -> Body:
    """Extrude a polygon: constrained triangles below and above, a quad a side."""
    plan = shapely.orient_polygons(plan)
    flat = [
        shapely.get_coordinates(t)[:3]
        for t in shapely.get_parts(shapely.constrained_delaunay_triangles(plan))
    ]
    corners = []
    for triangle in flat:
        (ax, ay), (bx, by), (cx, cy) = triangle
        turns_left = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax) > 0
        upward = triangle if turns_left else triangle[::-1]
        corners.append([(x, y, high) for x, y in upward])
        corners.append([(x, y, low) for x, y in upward[::-1]])
    for ring in (plan.exterior, *plan.interiors):
        points = shapely.get_coordinates(ring)
        for (ax, ay), (bx, by) in pairwise(points):
            corners.append([(ax, ay, low), (bx, by, low), (bx, by, high)])
            corners.append([(ax, ay, low), (bx, by, high), (ax, ay, high)])
    return soup(corners)


def soup(corners: Any) -> Body:
    vertices = np.array(corners, dtype=float).reshape(-1, 3)
    return vertices, np.arange(len(vertices)).reshape(-1, 3)


def join(*bodies: Body) -> Body:
    vertices, triangles, count = [], [], 0
    for points, faces in bodies:
        vertices.append(points)
        triangles.append(faces + count)
        count += len(points)
    return np.concatenate(vertices), np.concatenate(triangles)


RECTANGLE = shapely.box(0, 0, 6, 4)
ELL = Polygon([(0, 0), (6, 0), (6, 2), (2, 2), (2, 5), (0, 5)])
WITH_COLUMN = shapely.box(0, 0, 6, 4) - shapely.box(2, 1, 2.6, 1.6)
PLANS = {"rectangle": RECTANGLE, "L": ELL, "with a column": WITH_COLUMN}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
def test_a_prism_measures_its_plan_and_its_volume_is_area_times_height(plan: Any) -> None:
    measure = measure_room(*prism(plan, 3.3, 6.1))
    assert measure.area_m2 == pytest.approx(plan.area, abs=1e-6)
    assert measure.footprint.symmetric_difference(plan).area < 1e-3
    assert measure.volume_m3 == pytest.approx(plan.area * 2.8, rel=1e-9)
    assert (measure.floor_z, measure.ceiling_z) == pytest.approx((3.3, 6.1))
    assert measure.is_closed
    assert measure.method is Method.FLOOR
    assert measure.notes == ()


@settings(max_examples=40, deadline=None)
@given(
    plan=st.sampled_from(list(PLANS.values())),
    turn=st.floats(0, 2 * np.pi),
    move=st.tuples(*[st.floats(-5e5, 5e5)] * 2),
    height=st.floats(0.5, 12),
    seed=st.integers(0, 2**31),
)
def test_area_does_not_depend_on_place_turn_or_order_of_triangles(
    plan: Any, turn: Any, move: Any, height: Any, seed: Any
) -> None:
    vertices, triangles = prism(plan, 0.0, height)
    c, s = np.cos(turn), np.sin(turn)
    moved = vertices @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T + np.array([*move, 7.0])
    random = np.random.default_rng(seed)
    shuffled = triangles[random.permutation(len(triangles))]
    measure = measure_room(moved, shuffled)
    assert measure.area_m2 == pytest.approx(plan.area, rel=1e-4)
    assert measure.volume_m3 == pytest.approx(plan.area * height, rel=1e-4)


@settings(max_examples=25, deadline=None)
@given(
    points=st.lists(st.tuples(st.floats(0.05, 5.95), st.floats(0.05, 3.95)), min_size=1, max_size=9)
)
def test_area_does_not_depend_on_how_the_floor_is_cut_into_triangles(points: Any) -> None:
    cut = shapely.delaunay_triangles(
        shapely.MultiPoint([(0, 0), (6, 0), (6, 4), (0, 4), *np.round(points, 2)])
    )
    floor = [shapely.get_coordinates(t)[:3] for t in shapely.get_parts(cut)]
    body = soup([[(x, y, 0.0) for x, y in t] for t in floor])
    walls, faces = prism(RECTANGLE, 0.0, 3.0)
    sides = faces[np.abs(walls[faces][:, :, 2].max(axis=1) - walls[faces][:, :, 2].min(axis=1)) > 1]
    measure = measure_room(*join(body, (walls, sides)))
    assert measure.area_m2 == pytest.approx(24.0, rel=1e-4)


def test_a_room_under_a_sloping_roof_keeps_its_whole_floor() -> None:
    # Ridge prism without upright walls along x: 1 m at the eaves would be needed for volume.
    vertices = np.array(
        [[0, 0, 0], [8, 0, 0], [8, 6, 0], [0, 6, 0], [0, 3, 3], [8, 3, 3]], dtype=float
    )
    triangles = np.array(
        [[0, 2, 1], [0, 3, 2], [0, 1, 5], [0, 5, 4], [2, 3, 4], [2, 4, 5], [0, 4, 3], [1, 2, 5]]
    )
    measure = measure_room(vertices, triangles)
    assert measure.area_m2 == pytest.approx(48.0)
    assert measure.volume_m3 == pytest.approx(72.0)
    assert measure.mean_height_m == pytest.approx(1.5)
    assert measure.height_m == pytest.approx(3.0)


def test_an_inside_out_room_measures_the_same() -> None:
    vertices, triangles = prism(ELL, 0.0, 3.0)
    measure = measure_room(vertices, triangles[:, ::-1])
    assert measure.area_m2 == pytest.approx(ELL.area)
    assert measure.volume_m3 == pytest.approx(ELL.area * 3.0)


def test_faces_stated_twice_count_once() -> None:
    vertices, triangles = prism(ELL, 0.0, 3.0)
    measure = measure_room(vertices, np.concatenate([triangles, triangles]))
    assert measure.area_m2 == pytest.approx(ELL.area)
    assert measure.volume_m3 == pytest.approx(ELL.area * 3.0)


def test_bodies_side_by_side_add_up_and_bodies_on_top_do_not() -> None:
    beside = join(prism(shapely.box(0, 0, 3, 4), 0, 3), prism(shapely.box(3, 0, 6, 4), 0, 3))
    assert measure_room(*beside).area_m2 == pytest.approx(24.0)
    stacked = join(prism(RECTANGLE, 0, 3), prism(RECTANGLE, 3, 6))
    assert measure_room(*stacked).area_m2 == pytest.approx(24.0)


def test_a_window_bay_above_its_sill_is_no_floor_but_a_platform_is() -> None:
    room = prism(RECTANGLE, 0, 3)
    bay = prism(shapely.box(6, 1, 6.6, 3), 0.9, 2.4)
    assert measure_room(*join(room, bay)).area_m2 == pytest.approx(24.0)
    platform = prism(shapely.box(6, 0, 8, 4), 0.4, 3)
    assert measure_room(*join(room, platform)).area_m2 == pytest.approx(32.0)


def test_a_room_without_its_floor_faces_is_measured_by_its_section() -> None:
    vertices, triangles = prism(WITH_COLUMN, 0.0, 3.0)
    heights = vertices[triangles][:, :, 2]
    walls = triangles[heights.max(axis=1) - heights.min(axis=1) > 1.0]
    measure = measure_room(vertices, walls)
    assert measure.method is Method.SECTION
    assert measure.area_m2 == pytest.approx(WITH_COLUMN.area, rel=1e-3)
    assert not measure.is_closed
    assert measure.volume_m3 is None
    assert measure.notes


def test_a_room_of_which_a_part_of_the_floor_is_missing_is_not_measured_too_small() -> None:
    vertices, triangles = prism(RECTANGLE, 0.0, 3.0)
    flat = vertices[triangles][:, :, 2].max(axis=1) < 0.1
    without_half = np.delete(triangles, np.flatnonzero(flat)[0], axis=0)
    measure = measure_room(vertices, without_half)
    assert measure.area_m2 == pytest.approx(24.0, rel=1e-3)
    assert not measure.is_closed


@pytest.mark.parametrize(
    ("vertices", "triangles"),
    [
        (np.zeros((0, 3)), np.zeros((0, 3), dtype=int)),
        (np.full((3, 3), np.nan), np.array([[0, 1, 2]])),
        (np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1.0]]), np.array([[0, 1, 2]])),
        (np.zeros((3, 3)), np.array([[0, 1, 2]])),
    ],
    ids=["empty", "not finite", "upright", "a point"],
)
def test_what_has_no_floor_is_refused_in_words(vertices: Any, triangles: Any) -> None:
    with pytest.raises(RoomMeasureError, match=r"triangles|extent"):
        measure_room(vertices, triangles)


def test_a_mirrored_placement_still_encloses_a_positive_volume() -> None:
    vertices, triangles = prism(ELL, 0.0, 3.0)
    mesh = Mesh(
        vertices=vertices,
        triangles=triangles.astype(np.uint32),
        colours=np.zeros(len(triangles), dtype=np.uint32),
    )
    placements = Placements(
        meshes=(mesh,),
        element=np.array([7, 9]),
        mesh=np.array([0, 0], dtype=np.int32),
        matrix_model_from_local=np.stack([np.diag([-1.0, 1, 1, 1]), np.eye(4)]),
        kernel=np.zeros(2, dtype=np.int8),
        kernels=("test",),
    )
    points, faces = placed_body(placements, 7)
    assert measure_room(points, faces).area_m2 == pytest.approx(ELL.area)
    assert len(placed_body(placements, 8)[1]) == 0


def test_a_room_grows_to_the_middle_of_walls_of_different_thickness() -> None:
    room = shapely.box(0, 0, 4, 3)
    walls = [
        shapely.box(-0.4, -0.1, 0, 3.2),  # 0.4 thick
        shapely.box(-0.4, 3, 4.2, 3.2),  # 0.2 thick
        shapely.box(4, -0.1, 4.2, 3.2),  # 0.2 thick
        shapely.box(-0.4, -0.1, 4.2, 0),  # 0.1 thick
    ]
    grown = grow_to_wall_centres(room, [WallInPlan(outline=wall) for wall in walls])
    assert grown.bounds == pytest.approx((-0.2, -0.05, 4.1, 3.1))
    assert grown.area == pytest.approx(4.3 * 3.15)


def test_a_wall_that_only_ends_at_the_room_does_not_enlarge_it() -> None:
    room = shapely.box(0, 0, 4, 3)
    wall = WallInPlan(outline=shapely.box(2, 3, 2.2, 8))
    assert grow_to_wall_centres(room, [wall]).area == pytest.approx(12.0)


def test_a_wall_of_unequal_layers_is_bounded_by_its_axis() -> None:
    outline, axis = shapely.box(4, -1, 4.3, 4), shapely.LineString([(4.1, -1), (4.1, 4)])
    grown = grow_to_wall_centres(shapely.box(0, 0, 4, 3), [WallInPlan(outline=outline, axis=axis)])
    assert grown.area == pytest.approx(4.1 * 3)
