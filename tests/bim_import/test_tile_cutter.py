"""Cutting tiles in a process of its own: the same tiles, the same errors, and no silence."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.spatial.tiles.shapes import box, features_of, matrix, placed

from fangma.bim_import.forking import can_fork
from fangma.bim_import.tile_cutter import CutOrder, TileCutError, TileCutter
from fangma.bim_import.tile_store import TileStore, TileWriteError
from fangma.spatial.mesh import Mesh
from fangma.spatial.tiles.cutting import Belonging
from fangma.spatial.tiles.skins import make_skins, skin

if TYPE_CHECKING:
    from pathlib import Path

needs_fork = pytest.mark.skipif(not can_fork(), reason="only where forking is safe")

WALLS = placed(*((n, box((4, 0.2, 2.8)), matrix(5.0 * n, 0, 0)) for n in range(1, 9)))
BELONGING = Belonging(
    building=("B",) * 8,
    storey=("F1", "F2") * 4,
    discipline=("architecture",) * 8,
    secret=np.zeros(8, np.bool_),
)
ORDER = CutOrder(
    features=features_of(WALLS),
    belonging=BELONGING,
    model="m1",
    matrix_tileset_from_model=np.eye(4),
    unchanged=frozenset(),
)


def cut(root: Path, *, ahead: bool) -> list[str]:
    with TileCutter(WALLS, TileStore(root=root), ahead=ahead) as cutter:
        cutter.begin(ORDER)
        return [row.sha256 for row in cutter.rows()]


@needs_fork
@pytest.mark.alone
def test_tiles_are_the_same_made_ahead_or_when_they_are_ordered(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    hashes = cut(first, ahead=True)
    assert len(hashes) == 2
    assert cut(second, ahead=False) == hashes
    assert all(TileStore(root=first).path(h).is_file() for h in hashes)


@needs_fork
@pytest.mark.alone
def test_a_disk_that_takes_no_tiles_is_told_from_the_process(tmp_path: Path) -> None:
    (tmp_path / "tiles").touch()
    with pytest.raises(TileWriteError, match="cannot be written") as caught:
        cut(tmp_path / "tiles", ahead=True)
    assert "Free space" in caught.value.remedy


@needs_fork
@pytest.mark.alone
def test_a_process_that_is_killed_is_told(tmp_path: Path) -> None:
    with TileCutter(WALLS, TileStore(root=tmp_path), ahead=True) as cutter:
        os.kill(cutter._process._pid, signal.SIGKILL)  # type: ignore[union-attr]
        cutter.begin(ORDER)
        with pytest.raises(TileCutError, match="ended with status -9"):
            list(cutter.rows())


@needs_fork
@pytest.mark.alone
def test_no_process_is_left_when_no_tile_was_ordered(tmp_path: Path) -> None:
    with TileCutter(WALLS, TileStore(root=tmp_path), ahead=True) as cutter:
        process = cutter._process
    assert process is not None
    assert process.poll() == -signal.SIGKILL


def test_nothing_is_started_where_every_tile_stands_already(tmp_path: Path) -> None:
    groups = frozenset(BELONGING.group(row) for row in range(8))
    with TileCutter(WALLS, TileStore(root=tmp_path), ahead=False) as cutter:
        cutter.begin(
            CutOrder(
                features=ORDER.features,
                belonging=BELONGING,
                model="m1",
                matrix_tileset_from_model=np.eye(4),
                unchanged=groups,
            )
        )
        assert cutter._process is None
        assert list(cutter.rows()) == []


def test_skins_made_together_are_those_made_alone() -> None:
    empty = Mesh(
        vertices=np.zeros((0, 3)),
        triangles=np.zeros((0, 3), np.uint32),
        colours=np.zeros(0, np.uint32),
    )
    broken = Mesh(
        vertices=np.array([[0, 0, 0], [np.nan, 0, 0], [1, 0, 0], [0, 1, 0]], np.float64),
        triangles=np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        colours=np.array([0, 0x11223340], np.uint32),
    )
    meshes = [box(), empty, broken, box((1, 2, 3), 0x10203040), empty, box()]
    for together, mesh in zip(make_skins(meshes), meshes, strict=True):
        alone = skin(mesh)
        assert together.digest == alone.digest
        assert together.is_solid == alone.is_solid
        np.testing.assert_array_equal(together.positions, alone.positions)
    assert [s.is_solid for s in make_skins(meshes)] == [True, False, False, True, False, True]
