"""Bodies far from their model are told and left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ifcopenshell
import numpy as np
import pytest
from tests.bim_import.shaping.row_of_blocks import write_blocks

from fangma.bim_import.shaping import shape_model
from fangma.bim_import.shaping.strays import FARTHEST_M, set_aside_strays
from fangma.spatial.mesh import Mesh, Placements

if TYPE_CHECKING:
    from pathlib import Path

CUBE = Mesh(
    vertices=np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)], dtype=float),
    triangles=np.array([[0, 1, 2]], dtype=np.uint32),
    colours=np.zeros(1, dtype=np.uint32),
)


def placed(*where: tuple[float, float, float], elements: tuple[int, ...] = ()) -> Placements:
    """Place a cube at each of some places."""
    matrix = np.tile(np.eye(4), (len(where), 1, 1))
    matrix[:, :3, 3] = np.array(where).reshape(-1, 3)
    return Placements(
        meshes=(CUBE,),
        element=np.array(elements or range(1, len(where) + 1), dtype=np.int64),
        mesh=np.zeros(len(where), dtype=np.int32),
        matrix_model_from_local=matrix,
        kernel=np.zeros(len(where), dtype=np.int8),
        kernels=("hybrid",),
    )


def test_a_model_without_strays_passes_untouched():
    for model in (placed(), placed((5e5, 3.1e6, 0.0), (5e5 + 9_000.0, 3.1e6, 40.0))):
        assert set_aside_strays(model) == (model, {})


@pytest.mark.parametrize("far", [FARTHEST_M + 10.0, 1e12, 1e300, np.inf, np.nan])
@pytest.mark.parametrize("home", [(0.0, 0.0, 0.0), (39_500_000.0, 3_100_000.0, 5.0)])
def test_what_lies_too_far_away_or_nowhere_is_set_aside(far: float, home):
    x, y, z = home
    model = placed((x, y, z), (x + 5.0, y, z), (x, y + far, z), (x, y - 5.0, z))
    kept, strays = set_aside_strays(model)
    assert kept.element.tolist() == [1, 2, 4]
    assert list(strays) == [3]
    assert strays[3] >= FARTHEST_M


def test_of_two_places_the_one_near_the_origin_is_the_model():
    kept, strays = set_aside_strays(placed((1e12, 0.0, 0.0), (3.0, 0.0, 0.0)))
    assert (kept.element.tolist(), list(strays)) == ([2], [1])


def test_an_element_goes_whole_or_not_at_all():
    model = placed((0.0, 0, 0), (1.0, 0, 0), (1e7, 0, 0), (2.0, 0, 0), elements=(7, 8, 8, 9))
    kept, strays = set_aside_strays(model)
    assert (kept.element.tolist(), list(strays)) == ([7, 9], [8])


def test_a_stray_is_reported_under_its_globalid(tmp_path: Path):
    path = tmp_path / "blocks.ifc"
    guids = write_blocks(path, 4)
    model = ifcopenshell.open(path)
    location = model.by_guid(guids[1]).ObjectPlacement.RelativePlacement.Location
    location.Coordinates = (1e9, 0.0, 0.0)
    model.write(path)
    shaped = shape_model(path)
    assert len(shaped.placements.element) == 3
    (finding,) = shaped.findings
    assert (finding.rule, finding.element) == ("shape-astray", guids[1])
