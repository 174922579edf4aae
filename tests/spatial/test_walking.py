"""Ways on foot go through doors and up the stairs, not through walls."""

import numpy as np
import pytest
import shapely

from fangma.spatial.walking import CLIMB, DETOUR, Floor, walking_distances

# Two rooms of 4 x 4 m side by side, joined only by the corridor south of both.
ROOMS = [
    Floor(outline=shapely.box(0, 2.2, 4, 6), floor_z=0.0, top_z=2.8),
    Floor(outline=shapely.box(4.2, 2.2, 8, 6), floor_z=0.0, top_z=2.8),
    Floor(outline=shapely.box(0, 0, 8, 2), floor_z=0.0, top_z=2.8),
]
DOORS = np.array([[1.0, 2.1, 0.0], [7.0, 2.1, 0.0]])


def test_the_way_to_the_next_room_leads_through_both_doors():
    places = np.array([[1.0, 5.1, 1.0], [7.0, 5.1, 1.0]])
    distances = walking_distances(places, ROOMS, DOORS)
    assert distances[0, 1] == pytest.approx(3.0 + 6.0 + 3.0)
    assert distances[0, 1] == distances[1, 0]


def test_stairs_above_each_other_join_the_storeys():
    outline = shapely.box(0, 0, 3, 5)
    floors = [
        Floor(outline=outline, floor_z=0.0, top_z=2.8, climbs=True),
        Floor(outline=outline, floor_z=3.6, top_z=6.4, climbs=True),
        Floor(outline=outline, floor_z=7.2, top_z=10.0, climbs=True),
    ]
    middle = shapely.point_on_surface(outline)
    places = np.array([[middle.x, middle.y, 0.1], [middle.x, middle.y, 7.3]])
    distances = walking_distances(places, floors, np.zeros((0, 3)))
    assert distances[0, 1] == pytest.approx(7.2 * CLIMB, abs=1e-3)


def test_where_no_way_is_known_a_detour_is_assumed():
    places = np.array([[0.0, 0.0, 0.0], [30.0, 40.0, 3.0]])
    assert walking_distances(places, [], np.zeros((0, 3)))[0, 1] == pytest.approx(
        50 * DETOUR + 3 * CLIMB
    )
    locked = walking_distances(
        np.array([[1.0, 5.0, 1.0], [7.0, 5.0, 1.0]]), ROOMS, np.zeros((0, 3))
    )
    assert locked[0, 1] == pytest.approx(6 * DETOUR)


def test_a_door_on_another_storey_leads_nowhere_here():
    upstairs = DOORS + np.array([0.0, 0.0, 3.6])
    places = np.array([[1.0, 5.1, 1.0], [7.0, 5.1, 1.0]])
    assert walking_distances(places, ROOMS, upstairs)[0, 1] == pytest.approx(6 * DETOUR)
