"""What a camera sees of a plan, against brute force: a straight line from the lens to a point."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import shapely
from hypothesis import assume, given, settings, strategies as st
from shapely import affinity

from fangma.spatial.visibility import (
    Gaze,
    gaps,
    place_out_of_wall,
    range_at_density,
    reach,
    seen_by,
    visible_region,
)

OPEN = shapely.Polygon()
#: Chords lie within their arc: nearer to an edge than this both answers are right.
EDGE_M = 0.01


def gaze(**changes: float) -> Gaze:
    plain = Gaze(x=0.0, y=0.0, heading_deg=0.0, angle_deg=90.0, near_m=0.0, far_m=20.0)
    return replace(plain, **changes)


@st.composite
def walls(draw: st.DrawFn) -> shapely.Geometry:
    """Draw a plan: crooked walls, columns, a room with a gap, sheets without thickness."""
    parts: list[shapely.Geometry] = []
    metres = st.floats(-15, 15)
    for _ in range(draw(st.integers(0, 8))):
        box = shapely.box(0, 0, draw(st.floats(0.05, 8)), draw(st.floats(0.05, 0.5)))
        turned = affinity.rotate(box, draw(st.floats(0, 180)))
        parts.append(affinity.translate(turned, draw(metres), draw(metres)))
    parts += [
        shapely.Point(draw(metres), draw(metres)).buffer(draw(st.floats(0.1, 1.0)), 4)
        for _ in range(draw(st.integers(0, 3)))
    ]
    if draw(st.booleans()):
        room = shapely.box(-6, -4, 7, 5)
        parts.append(room.buffer(0.2, join_style="mitre").difference(room))
        parts[-1] = parts[-1].difference(shapely.box(6, -1, 8, draw(st.floats(-0.9, 3))))
    parts += [
        shapely.LineString([(draw(metres), draw(metres)), (draw(metres), draw(metres))])
        for _ in range(draw(st.integers(0, 2)))
    ]
    return shapely.union_all(parts)


@st.composite
def gazes(draw: st.DrawFn) -> Gaze:
    return Gaze(
        x=draw(st.floats(-5, 5)),
        y=draw(st.floats(-5, 5)),
        heading_deg=draw(st.floats(0, 360)),
        angle_deg=draw(st.sampled_from([10.0, 60.0, 90.0, 180.0, 250.0, 360.0])),
        near_m=draw(st.sampled_from([0.0, 1.5])),
        far_m=draw(st.floats(2, 25)),
    )


def is_seen(look: Gaze, plan: shapely.Geometry, x: float, y: float) -> bool:
    """Say whether a point is seen, as slowly and plainly as can be."""
    away = math.hypot(x - look.x, y - look.y)
    bearing = math.degrees(math.atan2(x - look.x, y - look.y))
    aside = abs((bearing - look.heading_deg + 180) % 360 - 180)
    return (
        look.near_m <= away <= look.far_m
        and aside <= look.angle_deg / 2
        and not shapely.LineString([(look.x, look.y), (x, y)]).intersects(plan)
    )


@settings(max_examples=60, deadline=None)
@given(plan=walls(), look=gazes(), points=st.lists(
    st.tuples(st.floats(-20, 20), st.floats(-20, 20)), min_size=20, max_size=40
))  # fmt: skip
def test_what_is_seen_is_what_a_straight_line_reaches(
    plan: shapely.Geometry, look: Gaze, points: list[tuple[float, float]]
) -> None:
    assume(plan.distance(shapely.Point(look.x, look.y)) > EDGE_M)
    region = visible_region(look, plan)
    assert region.is_valid
    for x, y in points:
        point = shapely.Point(x, y)
        if min(region.boundary.distance(point), plan.distance(point)) > EDGE_M:
            assert region.contains(point) == is_seen(look, plan, x, y), (x, y)


@settings(max_examples=40, deadline=None)
@given(plan=walls(), look=gazes(), more=walls())
def test_another_wall_never_shows_more(
    plan: shapely.Geometry, look: Gaze, more: shapely.Geometry
) -> None:
    both = plan.union(more)
    assume(both.distance(shapely.Point(look.x, look.y)) > EDGE_M)
    less, whole = visible_region(look, both), visible_region(look, plan)
    assert less.difference(whole.buffer(1e-3)).area < 1e-6
    assert less.intersection(both).area < 1e-3


def test_a_cone_in_the_open_is_a_sector_towards_its_compass_bearing() -> None:
    east = visible_region(gaze(heading_deg=90.0, angle_deg=60.0, far_m=10.0), OPEN)
    assert east.area == pytest.approx(math.pi * 100 / 6, rel=1e-4)
    assert east.contains(shapely.Point(9.9, 0.0))
    assert not east.intersects(shapely.Point(-0.1, 0.0))
    around = visible_region(gaze(angle_deg=360.0, near_m=2.0, far_m=10.0), OPEN)
    assert around.area == pytest.approx(math.pi * 96, rel=1e-3)


def test_a_room_is_seen_to_its_walls_and_through_its_gap() -> None:
    room = shapely.box(-5, -5, 5, 5)
    shell = room.buffer(0.2, join_style="mitre").difference(room)
    shut = visible_region(gaze(angle_deg=360.0), shell)
    assert shut.symmetric_difference(room).area < 1e-6
    door = shell.difference(shapely.box(-0.5, 4.9, 0.5, 5.3))
    outside = visible_region(gaze(angle_deg=360.0), door).difference(room.buffer(0.3))
    # Through a door 1 m wide at 5.2 m, the outer edge: a wedge to the range of 20 m.
    half = math.atan(0.5 / 5.2)
    assert outside.area == pytest.approx(half * 20**2 - 5.3**2 * math.tan(half), rel=0.01)


def test_a_column_throws_a_shadow() -> None:
    column = shapely.box(-0.5, 4.5, 0.5, 5.5)
    region = visible_region(gaze(angle_deg=60.0), column)
    assert not region.contains(shapely.Point(0, 7))
    assert region.contains(shapely.Point(2, 7))
    assert region.contains(shapely.Point(0, 4))


def test_a_camera_drawn_inside_its_wall_is_moved_out_along_its_heading() -> None:
    wall = shapely.box(-5, -0.15, 5, 0.15)
    moved = place_out_of_wall(gaze(), wall)
    assert moved is not None
    assert 0.15 < moved.y < 0.2
    assert visible_region(moved, wall).contains(shapely.Point(0, 10))
    assert place_out_of_wall(gaze(), shapely.box(-5, -5, 5, 5)) is None
    assert place_out_of_wall(gaze(), OPEN) == gaze()


def test_nothing_is_seen_of_no_range_and_no_angle() -> None:
    assert visible_region(gaze(far_m=0.0), OPEN).is_empty
    assert visible_region(gaze(near_m=20.0), OPEN).is_empty
    assert visible_region(gaze(angle_deg=0.0), OPEN).is_empty


@settings(max_examples=100, deadline=None)
@given(
    height=st.floats(-4, 4),
    tilt=st.floats(-80, 89),
    tall=st.floats(5, 120),
    away=st.floats(0.1, 59),
)
def test_a_level_is_seen_where_its_points_lie_in_the_vertical_angle(
    height: float, tilt: float, tall: float, away: float
) -> None:
    below = math.degrees(math.atan2(height, away))  # of the point below the horizon
    edges = (tilt - tall / 2, tilt + tall / 2)
    assume(min(abs(below - edge) for edge in edges) > 0.01)
    assume(abs(height) > 0.01)
    found = reach(height, tilt, tall, 60.0)
    expected = edges[0] < below < edges[1]
    assert (found is not None and found[0] <= away <= found[1]) == expected


def test_pixels_a_metre_tell_the_range() -> None:
    # 4000 pixels on a scene 16 m wide are 250 a metre.
    away = range_at_density(4000, 60.0, 250.0)
    assert 2 * away * math.tan(math.radians(30)) == pytest.approx(16.0)
    assert range_at_density(3840, 360.0, 25.0) == pytest.approx(3840 / 25 / (2 * math.pi))


def test_what_two_see_is_told_apart_from_what_one_sees() -> None:
    one, two, three = shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2), shapely.box(1, 0, 2, 5)
    any_, twice = seen_by([one, two, three])
    assert any_.area == pytest.approx(9.0)
    assert twice.area == pytest.approx(2.0)
    nobody = seen_by([])
    assert [shape.is_empty for shape in nobody] == [True, True]


def test_gaps_are_told_by_size_without_slivers() -> None:
    hall = shapely.box(0, 0, 10, 4)
    seen = shapely.union_all([shapely.box(0, 0, 6, 4), shapely.box(6.05, 0, 8, 3)])
    found = gaps(hall, seen, least_m2=0.5, least_width_m=0.3)
    assert sum(part.area for part in found) == pytest.approx(
        10 * 4 - 24 - 5.85 - 0.05 * 3, abs=0.01
    )
    assert gaps(hall, shapely.box(0, 0, 9.8, 4), least_m2=0.5, least_width_m=0.3) == []
    assert gaps(hall, hall, least_m2=0.0, least_width_m=0.0) == []
