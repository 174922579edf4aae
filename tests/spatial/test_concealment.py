"""What hides a pipe, and from where it is reached: in a house of three rooms and a shaft."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
import trimesh

from fangma.spatial.concealment import Body, RoomSpace, Run, conceal
from fangma.spatial.solidity import are_inside, heights_at, winding_numbers

RADIUS = 0.02
WEST, EAST, SHAFT, UPPER = range(4)


def box(
    kind: str, low: tuple[float, float, float], high: tuple[float, float, float]
) -> tuple[str, np.ndarray]:
    body = trimesh.creation.box(bounds=(low, high))
    return kind, np.array(body.triangles)


def rectangle(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(x0, y0, x1, y1)


def house(turn: float = 0.0, *, mirrored: bool = False, away: float = 0.0):
    """Two rooms of 4 m with a wall of 0.2 m between, a shaft behind, a room above; a suspended
    ceiling at 2.6 m under a slab at 3.0 to 3.2 m. Turned about the origin and moved away.
    """
    angle = np.radians(turn)
    matrix = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    if mirrored:
        matrix = matrix @ np.diag([-1.0, 1.0, 1.0])
    move = np.array([away, 5.0 * away, 0.0])
    bodies = [
        box("wall", (4.0, 0.0, 0.0), (4.2, 4.0, 3.0)),
        box("slab", (0.0, 0.0, 3.0), (8.2, 4.0, 3.2)),
        box("ceiling", (0.0, 0.0, 2.6), (4.0, 4.0, 2.62)),
        box("floor", (0.0, 0.0, 3.2), (8.2, 4.0, 3.25)),
    ]
    rooms = [
        (rectangle(0.0, 0.0, 4.0, 4.0), 0.0, 2.6, False),
        (rectangle(4.2, 0.0, 8.2, 4.0), 0.0, 3.0, False),
        (rectangle(0.0, 4.2, 1.0, 5.2), 0.0, 6.0, True),
        (rectangle(0.0, 0.0, 8.2, 4.0), 3.25, 6.0, False),
    ]

    def carried(points: np.ndarray) -> np.ndarray:
        return points @ matrix.T + move

    def run(axis: list[list[float]], **more: float) -> list[Run]:
        return conceal(
            carried(np.array(axis, dtype=float)),
            RADIUS,
            [Body(kind=kind, triangles=carried(t)) for kind, t in bodies],  # type: ignore[arg-type]
            [
                RoomSpace(
                    footprint=shapely.transform(
                        plan,
                        lambda xy: carried(np.column_stack([xy, np.zeros(len(xy))]))[:, :2],
                    ),
                    floor_z=floor,
                    ceiling_z=top,
                    is_shaft=shaft,
                )
                for plan, floor, top, shaft in rooms
            ],
            **more,
        )

    return run


FRAMES = [
    {"turn": 0.0},
    {"turn": 12.5, "away": 562_300.0},
    {"turn": 45.0, "mirrored": True},
]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_pipe_is_followed_from_a_room_through_the_wall_into_the_next(frame) -> None:
    runs = house(**frame)([[2.0, 2.0, 1.0], [6.0, 2.0, 1.0]])
    assert [run.cover for run in runs] == ["nothing", "wall", "nothing"]
    assert [run.length_m for run in runs] == pytest.approx([2.0, 0.2, 1.8], abs=0.1)
    assert runs[0].reaches[0].room == WEST
    assert runs[2].reaches[0].room == EAST
    assert {reach.room for reach in runs[1].reaches} == {WEST, EAST}
    assert np.allclose(runs[0].end, runs[1].start)


def test_a_pipe_in_a_wall_is_reached_from_the_nearer_side_first() -> None:
    (run,) = house()([[4.07, 1.0, 0.5], [4.07, 3.0, 0.5]])
    assert (run.cover, run.body, run.evidence) == ("wall", 0, "body")
    first, second = run.reaches
    assert (first.room, first.side, first.cover_m) == (WEST, "west", pytest.approx(0.05))
    assert (second.room, second.side, second.cover_m) == (EAST, "east", pytest.approx(0.11))


def test_over_a_modelled_ceiling_and_over_a_room_that_is_merely_lower() -> None:
    runs = house()([[2.0, 1.0, 2.8], [2.0, 3.0, 2.8]])
    assert [(r.cover, r.body, r.evidence) for r in runs] == [("ceiling", 2, "ceiling-body")]
    assert runs[0].reaches[0].room == WEST
    assert runs[0].reaches[0].side == "below"
    assert runs[0].reaches[0].cover_m == pytest.approx(0.18)  # to the underside of the panels
    assert house()([[6.0, 1.0, 2.8], [6.0, 3.0, 2.8]])[0].cover == "nothing"


def test_in_the_slab_it_is_reached_from_above_and_from_below() -> None:
    (run,) = house()([[6.0, 1.0, 3.1], [6.0, 3.0, 3.1]])
    assert (run.cover, run.body) == ("slab", 1)
    assert {(reach.room, reach.side) for reach in run.reaches} == {
        (UPPER, "above"), (EAST, "below"),
    }  # fmt: skip
    assert run.reaches[0].cover_m == pytest.approx(0.08)


def test_in_the_screed_it_is_under_the_floor_of_the_room_above() -> None:
    (run,) = house()([[6.0, 1.0, 3.225], [6.0, 3.0, 3.225]])
    assert (run.cover, run.body, run.reaches[0].room) == ("floor", 3, UPPER)


def test_a_riser_goes_through_every_storey_and_what_hides_it_there() -> None:
    runs = house()([[2.0, 2.0, 0.5], [2.0, 2.0, 5.0]])
    assert [run.cover for run in runs] == ["nothing", "ceiling", "slab", "floor", "nothing"]
    assert runs[0].reaches[0].room == WEST
    assert runs[-1].reaches[0].room == UPPER
    (shaft,) = house()([[0.5, 4.7, 0.5], [0.5, 4.7, 5.0]])
    assert (shaft.cover, shaft.reaches[0].room) == ("shaft", SHAFT)


def test_outdoors_it_is_buried_as_deep_as_the_ground_says_or_unknown() -> None:
    (run,) = house()([[20.0, 0.0, -1.0], [20.0, 9.0, -1.2]], ground_m=0.0)
    assert run.cover == "ground"
    assert run.depth_m == pytest.approx(1.0 - RADIUS, abs=0.02)
    (run,) = house()([[20.0, 0.0, -1.0], [20.0, 9.0, -1.0]])
    assert (run.cover, run.evidence, run.reaches) == ("unknown", "no-room", ())
    (run,) = house()([[2.0, 1.0, -0.5], [2.0, 3.0, -0.5]])
    assert (run.cover, run.evidence) == ("ground", "below-lowest-floor")
    assert run.depth_m == pytest.approx(0.48)


def test_between_two_rooms_without_a_modelled_wall_it_is_in_a_wall_all_the_same() -> None:
    (run,) = house()([[0.5, 4.1, 1.0], [0.8, 4.1, 1.0]])
    assert (run.cover, run.body, run.evidence) == ("wall", None, "between-rooms")
    assert {reach.room for reach in run.reaches} == {WEST, SHAFT}


def test_runs_leave_no_gap_and_a_pipe_without_length_has_one() -> None:
    axis = [[2.0, 2.0, 0.5], [2.0, 2.0, 2.8], [4.1, 2.0, 2.8], [4.1, 2.0, 1.0], [6.0, 2.0, 1.0]]
    runs = house()(axis)
    total = sum(np.linalg.norm(np.diff(np.array(axis), axis=0), axis=1))
    assert sum(run.length_m for run in runs) == pytest.approx(total)
    for before, after in pairwise(runs):
        assert np.allclose(before.end, after.start)
    assert [run.cover for run in house()([[2.0, 2.0, 1.0], [2.0, 2.0, 1.0]])] == ["nothing"]


def test_inside_is_what_trimesh_says_for_bodies_of_any_shape() -> None:
    rng = np.random.default_rng(3)
    solid = trimesh.creation.annulus(r_min=0.5, r_max=1.0, height=2.0)
    points = rng.uniform(-1.2, 1.2, (500, 3))
    radius = np.hypot(points[:, 0], points[:, 1])
    clear = (np.abs(radius - 0.5) > 0.02) & (np.abs(radius - 1.0) > 0.02)
    points, radius = points[clear], radius[clear]
    truth = (radius > 0.5) & (radius < 1.0) & (np.abs(points[:, 2]) < 1.0)
    triangles = np.array(solid.triangles)
    assert (are_inside(points, triangles) == truth).all()
    assert (are_inside(points, triangles[:, ::-1]) == truth).all()
    numbers = winding_numbers(points, np.delete(triangles, 7, axis=0))  # a face is missing
    assert ((np.abs(numbers) > 0.5) == truth).mean() > 0.98
    assert sorted(heights_at(triangles, np.array([0.75, 0.01]))) == pytest.approx([-1.0, 1.0])
