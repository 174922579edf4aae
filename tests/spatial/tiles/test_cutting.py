from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import numpy as np
import pytest
from tests.spatial.tiles.shapes import Reader, ball, box, features_of, matrix, placed

from fangma.spatial.tiles import cutting
from fangma.spatial.tiles.coarse import STOREY, coarsened
from fangma.spatial.tiles.cutting import Belonging, Tile, cut_tiles
from fangma.spatial.tiles.errors import TileError
from fangma.spatial.tiles.frames import ecef_from_enu
from fangma.spatial.tiles.masked import mass
from fangma.spatial.tiles.tileset import compose_tileset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fangma.spatial.mesh import Placements

SCHEMA = json.loads(Path(__file__).with_name("tileset.schema.json").read_text("utf-8"))
ROOM, WALL, CHAIR = box((4, 3, 2.8)), box((4, 0.2, 2.8)), ball(0.4, 40)
BUILDING, FIRST, SECOND = "330302-001-A02-X", "330302-001-A02-F01-X", "330302-001-A02-F02-X"
SECRET = {11, 13}
SITE = matrix(100, 200, 5, turn_deg=30)


def office() -> tuple[Placements, Belonging]:
    """Two storeys of ten rooms (odd keys) with a wall each and a chair in most of them."""
    rows = []
    for n in range(10):
        for storey in (0, 1):
            key = 1 + 2 * n + 100 * storey
            rows.append((key, ROOM, matrix(4.2 * n, 0, 3 * storey)))
            rows.append((key + 1, WALL, matrix(4.2 * n, 3, 3 * storey)))
            rows.append((key + 500, CHAIR, matrix(4.2 * n + 1, 1, 3 * storey + 0.5)))
    placements = placed(*rows)
    elements = np.unique(placements.element)
    secret = np.isin(elements, [k + d for k in SECRET for d in (0, 500)])
    return placements, Belonging(
        building=(BUILDING,) * len(elements),
        storey=tuple(SECOND if e % 500 > 100 else FIRST for e in elements),
        discipline=tuple("rooms" if e < 500 and e % 2 else "architecture" for e in elements),
        secret=secret,
    )


OFFICE, BELONGING = office()
FEATURES = features_of(OFFICE)


def cut(**changes: Any) -> list[Tile]:
    options: dict[str, Any] = {
        "placements": OFFICE,
        "features": FEATURES,
        "belonging": BELONGING,
        "model": "m1",
        "matrix_site_from_model": SITE,
    } | changes
    placements, features, belonging = (
        options.pop(name) for name in ("placements", "features", "belonging")
    )
    return list(cut_tiles(placements, features, belonging, **options))


TILES = cut()


def ordinals(tile: Tile, *, plain: bool = False) -> set[int]:
    name = tile.row.plain_sha256 if plain else tile.row.sha256
    return set(Reader(tile.contents[name]).table()["ordinal"])


def walked(tile: dict[str, Any], frame: NDArray[np.float64]) -> list[tuple[dict[str, Any], Any]]:
    here = frame @ np.array(tile.get("transform", np.eye(4).reshape(-1))).reshape(4, 4).T
    below = [entry for child in tile.get("children", ()) for entry in walked(child, here)]
    return [(tile, here), *below]


def test_every_element_is_in_exactly_one_content_in_both_forms() -> None:
    for plain in (False, True):
        seen = [
            ordinal
            for tile in TILES
            if tile.row.level == "content" and tile.row.visibility != "masked"
            for ordinal in ordinals(tile, plain=plain)
        ]
        assert sorted(seen) == sorted(FEATURES.ordinal.tolist())


def test_contents_are_named_by_the_hash_of_their_bytes() -> None:
    from hashlib import sha256

    for tile in TILES:
        assert {tile.row.sha256, tile.row.plain_sha256} == set(tile.contents)
        for name, data in tile.contents.items():
            assert sha256(data).hexdigest() == name


def test_no_coarse_tile_and_no_open_one_shows_a_secret_element() -> None:
    hidden = set(FEATURES.ordinal[BELONGING.secret].tolist())
    assert len(hidden) == 4
    assert any(t.row.level == "storey" for t in TILES)
    assert any(t.row.level == "envelope" for t in TILES)
    for tile in TILES:
        if tile.row.visibility == "open":
            assert not ordinals(tile) & hidden
        elif tile.row.visibility == "secret":
            assert ordinals(tile) <= hidden
            assert tile.row.level == "content"


def test_the_masked_twin_tells_neither_number_nor_name_nor_size() -> None:
    (masked,) = [t for t in TILES if t.row.visibility == "masked" and t.row.discipline == "rooms"]
    (data,) = masked.contents.values()
    reader = Reader(data)
    assert "EXT_structural_metadata" not in reader.json["extensionsUsed"]
    assert b"330302" not in data
    assert b"Ifc" not in data
    assert masked.row.elements == 1
    drawn = reader.drawn()
    corners = drawn.corners
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    two_rooms = 2 * 4 * 3 * 2.8
    assert volume > 1.05 * two_rooms  # it covers them, and the gap between, and more
    assert masked.row.triangles == 12  # one block: the wall between the two is gone


def test_far_apart_secret_rooms_stay_apart_but_are_one_feature() -> None:
    apart = mass(placed((1, ROOM, matrix()), (2, ROOM, matrix(20)), (3, ROOM, matrix(0, 0, 9))))
    assert apart is not None
    assert len(apart.element) == 1
    assert len(apart.meshes[0].triangles) == 36


def test_a_mass_covers_what_it_hides() -> None:
    hidden = placed((1, ROOM, matrix(3.3, 2.7, 1, turn_deg=33)), (2, CHAIR, matrix(4, 4, 2)))
    grey = mass(hidden)
    assert grey is not None
    points = np.concatenate([hidden.placed(0), hidden.placed(1)])
    low, high = grey.placed(0).min(axis=0), grey.placed(0).max(axis=0)
    assert (points >= low - 1e-6).all()
    assert (points <= high + 1e-6).all()
    assert mass(replace(hidden, meshes=(), element=hidden.element[:0])) is None


@pytest.mark.parametrize("entitled", [True, False])
@pytest.mark.parametrize("plain", [True, False])
def test_the_tileset_conforms_to_the_standard(entitled: bool, plain: bool) -> None:
    rows = [t.row for t in TILES if entitled or t.row.visibility != "secret"]
    tileset = compose_tileset(rows, ecef_from_enu(120.65, 28.0, 10), plain=plain, version="7")
    jsonschema.validate(json.loads(json.dumps(tileset, allow_nan=False)), SCHEMA)


def test_the_unentitled_get_the_mass_and_the_entitled_the_rooms() -> None:
    everything = [t.row for t in TILES]
    permitted = [row for row in everything if row.visibility != "secret"]
    for rows, shown, gone in ((everything, "secret", "masked"), (permitted, "masked", "secret")):
        text = json.dumps(compose_tileset(rows, ecef_from_enu()))
        for row in everything:
            if row.visibility == shown:
                assert row.sha256 in text
            if row.visibility == gone:
                assert row.sha256 not in text


def test_every_box_holds_what_is_below_it_and_what_it_shows() -> None:
    contents = {name: data for tile in TILES for name, data in tile.contents.items()}
    root = compose_tileset([t.row for t in TILES], ecef_from_enu(120.65, 28.0, 10))["root"]
    for tile, frame in walked(root, np.eye(4)):
        axes = np.array(tile["boundingVolume"]["box"])
        centre, half = axes[:3], axes[3:].reshape(3, 3).diagonal()
        inverse = np.linalg.inv(frame)
        for below, at in walked(tile, frame @ np.linalg.inv(_own(tile))):
            if "content" in below:
                points = Reader(contents[below["content"]["uri"][:-4]]).drawn().corners
                here = (inverse @ at @ _homogeneous(points).T)[:3].T
                assert (np.abs(here - centre) <= half + 1e-3).all()


def test_errors_fall_towards_the_contents_and_nodes_without_content_are_always_refined() -> None:
    tileset = compose_tileset([t.row for t in TILES], ecef_from_enu())

    def check(tile: dict[str, Any], above: float) -> None:
        assert tile["geometricError"] <= above
        if "content" not in tile:
            assert tile["geometricError"] >= 1e6
        if "children" not in tile:
            assert tile["geometricError"] == 0
        for child in tile.get("children", ()):
            check(child, tile["geometricError"])

    check(tileset["root"], tileset["geometricError"])


def test_rooms_stand_on_the_earth_where_the_site_says() -> None:
    frame = ecef_from_enu(120.65, 28.0, 10)
    contents = {name: data for tile in TILES for name, data in tile.contents.items()}
    root = compose_tileset([t.row for t in TILES], frame)["root"]
    points = np.concatenate(
        [
            (at @ _homogeneous(Reader(contents[t["content"]["uri"][:-4]]).drawn().corners).T).T
            for t, at in walked(root, np.eye(4))
            if "content" in t and t["geometricError"] == 0
        ]
    )
    placed_points = np.concatenate([OFFICE.placed(row) for row in range(len(OFFICE.element))])
    wanted = (frame @ SITE @ _homogeneous(placed_points).T).T
    assert np.allclose(points.min(axis=0), wanted.min(axis=0), atol=0.01)
    assert np.allclose(points.max(axis=0), wanted.max(axis=0), atol=0.01)


def test_the_same_model_in_any_order_gives_the_same_tiles() -> None:
    rows = np.random.default_rng(7).permutation(len(OFFICE.element))
    shuffled = replace(
        OFFICE,
        element=OFFICE.element[rows],
        mesh=OFFICE.mesh[rows],
        matrix_model_from_local=OFFICE.matrix_model_from_local[rows],
        kernel=OFFICE.kernel[rows],
    )
    assert [t.row for t in cut(placements=shuffled)] == [t.row for t in TILES]
    backwards = list(reversed([t.row for t in TILES]))
    assert compose_tileset(backwards, SITE) == compose_tileset([t.row for t in TILES], SITE)


def test_a_change_in_one_storey_leaves_the_contents_of_the_others_alone() -> None:
    moved = OFFICE.matrix_model_from_local.copy()
    row = int(np.flatnonzero(OFFICE.element == 102)[0])
    moved[row, 0, 3] += 0.05
    changed = cut(placements=replace(OFFICE, matrix_model_from_local=moved))
    before = {t.row.sha256 for t in TILES}
    fresh = [t.row for t in changed if t.row.sha256 not in before]
    assert {row.storey for row in fresh} <= {SECOND, ""}
    assert fresh


def test_a_heavy_storey_is_split_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "MAX_TRIANGLES", 12_000)
    tiles = [t for t in cut() if t.row.level == "content" and t.row.visibility != "masked"]
    assert all(t.row.triangles <= 12_000 or t.row.elements == 1 for t in tiles)
    seen = [ordinal for tile in tiles for ordinal in ordinals(tile)]
    assert sorted(seen) == sorted(FEATURES.ordinal.tolist())
    assert max(t.row.part for t in tiles) > 1


def test_a_stray_element_far_off_does_not_blur_the_others() -> None:
    astray = OFFICE.matrix_model_from_local.copy()
    row = int(np.flatnonzero(OFFICE.element == 2)[0])
    astray[row, :3, 3] += 400_000
    tiles = cut(placements=replace(OFFICE, matrix_model_from_local=astray))
    seen = [
        (tile, ordinal)
        for tile in tiles
        if tile.row.level == "content" and tile.row.visibility != "masked"
        for ordinal in ordinals(tile)
    ]
    assert sorted(ordinal for _, ordinal in seen) == sorted(FEATURES.ordinal.tolist())
    (alone,) = [tile for tile, ordinal in seen if ordinal == 1002]
    assert alone.row.elements == 1
    for tile in tiles:
        if tile is not alone:
            nodes = Reader(tile.contents[tile.row.plain_sha256]).json["nodes"]
            assert all(node["scale"][0] <= 0.016 for node in nodes)


def test_two_thousand_elements_a_mile_apart_are_all_written() -> None:
    line = placed(*((n + 1, WALL, matrix(1600.0 * n)) for n in range(2000)))
    features = features_of(line)
    everywhere = Belonging(
        building=(BUILDING,) * 2000,
        storey=(FIRST,) * 2000,
        discipline=("architecture",) * 2000,
        secret=np.zeros(2000, np.bool_),
    )
    tiles = cut(placements=line, features=features, belonging=everywhere)
    assert sum(tile.row.elements for tile in tiles) == 2000


def test_coarse_shapes_stay_near_the_fine_ones_and_are_far_fewer() -> None:
    fine = placed((1, CHAIR, matrix()), (2, WALL, matrix(3)), (3, box((0.1, 0.1, 0.1)), matrix()))
    coarse = coarsened(fine, STOREY)
    assert coarse.element.tolist() == [1, 2]
    chair = coarse.meshes[0]
    assert 0 < len(chair.triangles) < len(CHAIR.triangles) / 10
    radii = np.linalg.norm(chair.vertices[np.unique(chair.triangles)], axis=1)
    assert np.abs(radii - 0.4).max() < STOREY.error_m
    assert len(coarse.meshes[1].triangles) == 12


def test_a_site_without_tiles_still_has_a_valid_tileset() -> None:
    tileset = compose_tileset([], ecef_from_enu())
    jsonschema.validate(tileset, SCHEMA)
    assert "children" not in tileset["root"]


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(TileError, match="expected one each"):
        cut(belonging=replace(BELONGING, storey=BELONGING.storey[:-1]))


def test_rows_of_one_model_that_disagree_on_its_place_are_refused() -> None:
    rows = [t.row for t in TILES if t.row.discipline == "rooms"]
    rows[0] = replace(rows[0], matrix_site_from_content=tuple(np.eye(4).reshape(-1)))
    with pytest.raises(TileError, match="several matrices"):
        compose_tileset(rows, SITE)


def test_three_js_and_the_validator_agree_on_every_tile(run_node: Any, tmp_path: Path) -> None:
    files, rows = [], []
    for number, tile in enumerate(TILES):
        for name in (tile.row.sha256, tile.row.plain_sha256):
            file = tmp_path / f"{number}-{name[:8]}.glb"
            file.write_bytes(tile.contents[name])
            files.append(file)
            rows.append(tile.row)
    for issues in run_node("validate.mjs", *files):
        assert (issues["numErrors"], issues["numWarnings"]) == (0, 0)
    for seen, row in zip(run_node("load.mjs", *files), rows, strict=True):
        assert seen["triangles"] == row.triangles
        assert seen["features"] == list(range(row.elements))


def _own(tile: dict[str, Any]) -> NDArray[np.float64]:
    return np.array(tile.get("transform", np.eye(4).reshape(-1)), float).reshape(4, 4).T


def _homogeneous(points: NDArray[np.float64]) -> NDArray[np.float64]:
    flat = points.reshape(-1, 3)
    return np.hstack((flat, np.ones((len(flat), 1))))
