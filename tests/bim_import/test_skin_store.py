"""Shapes that are kept between imports: to the last bit, and never in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import pytest
from tests.spatial.tiles.shapes import ball, box, features_of, matrix, placed

from fangma.bim_import.skin_store import SkinStore
from fangma.bim_import.tile_cutter import CutOrder, TileCutter
from fangma.bim_import.tile_store import TileStore
from fangma.spatial.mesh import Mesh, Placements
from fangma.spatial.tiles.cutting import Belonging, prepared
from fangma.spatial.tiles.skins import Skin, skin

if TYPE_CHECKING:
    from pathlib import Path

MODEL = "7f60dd5f-bd22-4432-b410-0a6a3aceadc1"
COLUMNS = ("positions", "normals", "colours", "opaque", "glassy")


def things(*radii_m: float) -> Placements:
    """Stand balls, boxes and a pane of glass in a row."""
    meshes = [*(ball(r, 9, 0x336699FF) for r in radii_m), box((2, 0.1, 2), 0x10203040), box()]
    return placed(*((n, mesh, matrix(3.0 * n, 0, 0)) for n, mesh in enumerate(meshes, start=1)))


def order_of(bodies: Placements) -> CutOrder:
    count = len(bodies.element)
    return CutOrder(
        features=features_of(bodies),
        belonging=Belonging(
            building=("B",) * count, storey=("F1",) * count, discipline=("architecture",) * count,
            secret=np.zeros(count, np.bool_),
        ),
        model=MODEL,
        matrix_tileset_from_model=np.eye(4),
        unchanged=frozenset(),
    )  # fmt: skip


def cut(root: Path, bodies: Placements, *, ahead: bool, like: str | None) -> list[tuple[str, str]]:
    own = None if like is None else UUID(like)
    with TileCutter(bodies, TileStore(root=root / "tiles"), ahead=ahead, like=own) as cutter:
        cutter.begin(order_of(bodies))
        return [(row.sha256, row.plain_sha256) for row in cutter.rows()]


def kept(root: Path) -> dict[bytes, Skin]:
    return TileStore(root=root / "tiles").skins.load(MODEL)


def test_skins_are_read_as_they_were_written(tmp_path: Path) -> None:
    nothing = Mesh(
        vertices=np.zeros((0, 3)),
        triangles=np.zeros((0, 3), np.uint32),
        colours=np.zeros(0, np.uint32),
    )
    made = {
        bytes([n]) * 16: skin(mesh)
        for n, mesh in enumerate(
            [ball(0.7), nothing, box((1, 2, 3), 0x11223340), ball(2.0, 5, 0xFF)]
        )
    }
    store = SkinStore(root=tmp_path)
    store.save(MODEL, made)
    found = store.load(MODEL)
    assert list(found) == list(made)
    for name, was in made.items():
        now = found[name]
        assert (now.digest, now.is_solid) == (was.digest, was.is_solid)
        for column in COLUMNS:
            before, after = getattr(was, column), getattr(now, column)
            assert before.shape == after.shape
            assert before.dtype == after.dtype
            np.testing.assert_array_equal(before, after)
    store.save(MODEL, {})
    assert store.load(MODEL) == {}


@pytest.mark.parametrize("damage", ["cut", "garbage", "other"])
def test_a_file_that_cannot_be_read_is_as_good_as_none(tmp_path: Path, damage: str) -> None:
    store = SkinStore(root=tmp_path)
    assert store.load(MODEL) == {}
    store.save(MODEL, {b"n" * 16: skin(ball(1.0))})
    (file,) = tmp_path.glob("*.npz")
    whole = file.read_bytes()
    if damage == "other":
        np.savez(file, format=np.array([1]), names=np.zeros(5, np.uint8))
    else:
        file.write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"no archive")
    assert store.load(MODEL) == {}


@pytest.mark.alone
@pytest.mark.parametrize("ahead", [True, False])
def test_tiles_from_kept_shapes_are_those_from_nothing(tmp_path: Path, ahead: bool) -> None:
    first, second = things(0.5, 0.6, 0.9), things(0.5, 0.75, 0.9, 1.1)
    before = cut(tmp_path / "kept", first, ahead=True, like=None)
    assert before == cut(tmp_path / "bare", first, ahead=ahead, like=None)
    once = kept(tmp_path / "kept")
    assert once
    changed = cut(tmp_path / "kept", second, ahead=ahead, like=MODEL)
    assert changed == cut(tmp_path / "fresh", second, ahead=True, like=None)
    twice = kept(tmp_path / "kept")
    assert set(prepared(second).named) <= set(twice) | (set() if ahead else set(once))
    if ahead:  # what no body wears any more is not kept
        assert twice.keys() == prepared(second).named.keys()


@pytest.mark.alone
def test_what_is_kept_is_worn_and_not_made_again(tmp_path: Path) -> None:
    bodies = things(0.5)
    honest = cut(tmp_path, bodies, ahead=True, like=None)
    store = TileStore(root=tmp_path / "tiles").skins
    moved = {
        name: replace(each, positions=each.positions + 0.25)
        for name, each in store.load(MODEL).items()
    }
    store.save(MODEL, moved)
    assert cut(tmp_path, bodies, ahead=True, like=MODEL) != honest


def test_a_shape_and_what_is_seen_of_it_from_afar_have_names_of_their_own() -> None:
    names = prepared(things(0.5, 2.0)).named
    assert names.keys() == prepared(things(2.0, 0.5)).named.keys()
    near, grown = prepared(things(0.5)).named, prepared(things(0.500001)).named
    assert len(near.keys() - grown.keys()) >= 1
    large = things(2.0)
    placed_twice_as_large = replace(
        large, matrix_model_from_local=large.matrix_model_from_local * [[2.0], [2.0], [2.0], [1.0]]
    )
    assert prepared(large).named.keys() != prepared(placed_twice_as_large).named.keys()
