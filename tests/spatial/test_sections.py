"""Bodies cut by a level plane."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import trimesh

from fangma.spatial.sections import section_at


def triangles(mesh: trimesh.Trimesh) -> np.ndarray:
    return np.asarray(mesh.triangles, dtype=float)


def test_a_wall_is_cut_to_its_outline_wherever_it_stands() -> None:
    wall = trimesh.creation.box((6.0, 0.24, 3.0))
    turn = trimesh.transformations.rotation_matrix(np.radians(8), (0, 0, 1))
    wall.apply_transform(turn)
    wall.apply_translation((562_340.0, 3_098_720.0, 1.5))
    cut = section_at(triangles(wall), 1.2)
    assert cut.area == pytest.approx(6.0 * 0.24, rel=1e-3)
    assert section_at(triangles(wall), 3.5).is_empty


def test_an_opening_is_open_at_its_height_only() -> None:
    wall = trimesh.creation.box(
        (6.0, 0.24, 3.0), transform=trimesh.transformations.translation_matrix((0, 0, 1.5))
    )
    window = trimesh.creation.box(
        (1.0, 1.0, 1.0), transform=trimesh.transformations.translation_matrix((0, 0, 1.5))
    )
    pierced = trimesh.boolean.difference([wall, window], engine="manifold")
    assert section_at(triangles(pierced), 1.5).area == pytest.approx(5.0 * 0.24, rel=1e-3)
    assert section_at(triangles(pierced), 0.5).area == pytest.approx(6.0 * 0.24, rel=1e-3)


def test_a_hollow_body_stays_hollow_and_a_plane_through_its_corners_cuts_it() -> None:
    outer, inner = trimesh.creation.box((4, 4, 2)), trimesh.creation.box((3, 3, 4))
    tube = trimesh.boolean.difference([outer, inner], engine="manifold")
    assert section_at(triangles(tube), 0.0).area == pytest.approx(7.0, rel=1e-3)
    # A plane in which corners lie: what stands on it is cut, what ends below is not.
    assert section_at(triangles(outer), -1.0).area == pytest.approx(16.0, rel=1e-3)
    assert section_at(triangles(outer), 1.0).is_empty


def test_a_face_that_closes_nothing_is_a_sheet() -> None:
    face = np.array([[(0, 0, 0), (5, 0, 0), (5, 0, 3)], [(0, 0, 0), (5, 0, 3), (0, 0, 3)]], float)
    cut = section_at(face, 1.0)
    assert cut.area == pytest.approx(0.05, rel=0.01)
    assert shapely.LineString([(2, -1), (2, 1)]).intersects(cut)
