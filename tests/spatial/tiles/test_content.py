from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation
from tests.spatial.tiles.shapes import (
    GLASS,
    RED,
    Drawn,
    Reader,
    ball,
    box,
    features_of,
    matrix,
    placed,
)

from fangma.spatial.mesh import Mesh, Placements
from fangma.spatial.tiles.content import Content, quaternions, write_content
from fangma.spatial.tiles.errors import TileError
from fangma.spatial.tiles.features import Features

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

BOX, WIDE, PANE, BALL = box(), box((8, 0.2, 3)), box((1, 0.02, 1), GLASS), ball()


def scattered() -> Placements:
    """Walls, a pane, a mirrored box, and forty balls: enough to be worth instancing."""
    balls = [
        (20 + n, BALL, matrix(3 * (n % 8), 3 * (n // 8), 1, turn_deg=17 * n, scale=1 + n / 40))
        for n in range(40)
    ]
    return placed(
        (1, WIDE, matrix(0, 0, 0)),
        (2, WIDE, matrix(0, 6, 0, turn_deg=90)),
        (3, PANE, matrix(2, 0.1, 1)),
        (3, BOX, matrix(2, 0.1, 2)),
        (4, BOX, matrix(-4, 0, 0, scale=[-1, 1, 1])),
        (5, BOX, matrix(500, 300, 10, scale=[1, 2, 3])),
        *balls,
    )


ALL = scattered()


def written(placements: Placements, **options: Any) -> tuple[Content, Reader]:
    content = write_content(placements, features_of(placements), **options)
    assert content is not None
    return content, Reader(content.glb)


def expected(placements: Placements) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    corners, owners = [], []
    for row, element in enumerate(placements.element):
        triangles = placements.meshes[placements.mesh[row]].triangles
        # Degenerate triangles (the poles of a ball) are not drawn.
        c = placements.placed(row)[triangles]
        area = np.linalg.norm(np.cross(c[:, 1] - c[:, 0], c[:, 2] - c[:, 0]), axis=1)
        corners.append(c[area > 1e-9])
        owners.append(np.full(len(corners[-1]), element))
    return np.concatenate(corners), np.concatenate(owners)


def centroids(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    middle: NDArray[np.float64] = corners.mean(axis=1)
    return middle


def drawn_by_ordinal(content: Content, reader: Reader) -> tuple[Drawn, NDArray[np.int64]]:
    drawn = reader.drawn()
    ordinal = np.array(reader.table()["ordinal"])
    return drawn, ordinal[drawn.feature]


@pytest.mark.parametrize("instancing", [True, False])
def test_every_element_is_drawn_where_it_stands_under_its_own_ordinal(instancing: bool) -> None:
    content, reader = written(ALL, instancing=instancing)
    assert content.has_instances == instancing
    drawn, ordinal = drawn_by_ordinal(content, reader)
    corners, owners = expected(ALL)
    assert len(corners) == len(drawn.corners) == content.triangles
    for element in np.unique(owners):
        wanted = centroids(corners[owners == element])
        found = centroids(drawn.corners[ordinal == element + 1000] + content.origin)
        assert len(wanted) == len(found)
        # Both sets hold the same centroids, to the grid (16 mm over 500 m) and float32.
        assert cKDTree(found).query(wanted)[0].max() < 0.01
        assert cKDTree(wanted).query(found)[0].max() < 0.01


def test_a_small_model_is_drawn_to_a_millimetre() -> None:
    placements = placed((1, WIDE, matrix(10_000, 20_000, 3, turn_deg=30)))
    content, reader = written(placements)
    wanted = np.sort(expected(placements)[0].reshape(-1, 3), axis=0)
    found = np.sort(reader.drawn().corners.reshape(-1, 3) + content.origin, axis=0)
    assert np.abs(wanted - found).max() < 0.001


@pytest.mark.parametrize("instancing", [True, False])
def test_feature_ids_are_dense_and_the_table_says_who_they_are(instancing: bool) -> None:
    content, reader = written(ALL, instancing=instancing)
    drawn, table = reader.drawn(), reader.table()
    features = features_of(ALL)
    assert set(drawn.feature) == set(range(len(features))) == set(range(content.elements))
    assert sorted(table["ordinal"]) == sorted(features.ordinal.tolist())
    row = {int(o): n for n, o in enumerate(features.ordinal)}
    for place, ordinal in enumerate(table["ordinal"]):
        assert table["code"][place] == features.code[row[ordinal]]
        for name, column in features.categories.items():
            assert table[name][place] == column[row[ordinal]]


def test_the_box_holds_everything_and_little_more() -> None:
    content, reader = written(ALL)
    points = reader.drawn().corners.reshape(-1, 3)
    centre, half = np.array(content.box[:3]), np.array(content.box[3:]).reshape(3, 3).diagonal()
    assert (np.abs(points - centre) <= half).all()
    assert np.allclose(np.abs(points - centre).max(axis=0), half, atol=0.03)


@pytest.mark.parametrize("instancing", [True, False])
def test_normals_point_outward_even_of_mirrored_and_stretched_bodies(instancing: bool) -> None:
    content, reader = written(ALL, instancing=instancing)
    drawn, ordinal = drawn_by_ordinal(content, reader)
    for element in (1, 2, 4, 5, 25, 40):
        mine = ordinal == element + 1000
        corners = drawn.corners[mine]
        face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        outward = corners.mean(axis=1) - corners.reshape(-1, 3).mean(axis=0)
        assert (np.einsum("ij,ij->i", face, outward) > 0).all(), "wound outward"
        face /= np.linalg.norm(face, axis=1, keepdims=True)
        facing = np.einsum("ij,ikj->ik", face, drawn.normals[mine])
        assert facing.min() > (0.95 if element < 20 else 0.85)


def test_a_box_keeps_its_edges_and_a_ball_is_round() -> None:
    _, boxes = written(placed((1, BOX, matrix())))
    _, balls = written(placed((1, BALL, matrix())))
    assert boxes.json["accessors"][0]["count"] == 24  # three normals at each of eight corners
    drawn = balls.drawn()
    radial = drawn.corners / np.linalg.norm(drawn.corners, axis=2, keepdims=True)
    assert np.einsum("ijk,ijk->ij", radial, drawn.normals).min() > 0.99


def test_colours_are_linear_and_only_glass_is_blended() -> None:
    _, reader = written(ALL)
    drawn = reader.drawn()
    red = ((RED >> 24) & 0xFF) / 255
    linear = ((red + 0.055) / 1.055) ** 2.4 * 255
    opaque = drawn.colours[drawn.colours[:, 0, 3] == 255]
    assert abs(int(opaque[0, 0, 0]) - linear) < 1
    assert (drawn.colours[:, :, 3] == (GLASS & 0xFF)).any()
    modes = {m["name"]: m.get("alphaMode", "OPAQUE") for m in reader.json["materials"]}
    assert modes == {"solid": "OPAQUE", "glassy": "BLEND"}


def test_only_a_closed_body_may_hide_its_inside() -> None:
    opened = replace(BOX, triangles=BOX.triangles[:-1], colours=BOX.colours[:-1])
    inward = replace(BOX, triangles=BOX.triangles[:, ::-1].copy())
    for mesh, sided in ((BOX, False), (opened, True), (inward, True)):
        _, reader = written(placed((1, mesh, matrix())))
        assert reader.json["materials"][0].get("doubleSided", False) == sided


@given(st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=10, deadline=None)
def test_the_same_input_in_any_order_gives_the_same_bytes(random: Any, instancing: bool) -> None:
    rows = list(range(len(ALL.element)))
    random.shuffle(rows)
    meshes = list(range(len(ALL.meshes)))
    random.shuffle(meshes)
    shuffled = replace(
        ALL,
        meshes=tuple(ALL.meshes[m] for m in meshes),
        element=ALL.element[rows],
        mesh=np.array([meshes.index(m) for m in ALL.mesh[rows]], np.int32),
        matrix_model_from_local=ALL.matrix_model_from_local[rows],
        kernel=ALL.kernel[rows],
    )
    features = features_of(ALL)
    turned = features.taken(np.arange(len(features))[::-1])
    one = write_content(ALL, features, instancing=instancing)
    other = write_content(shuffled, turned, instancing=instancing)
    assert one is not None
    assert other is not None
    assert one.sha256 == other.sha256


def test_a_masked_content_says_nothing_of_what_it_hides() -> None:
    content, reader = written(ALL, masked=True)
    drawn = reader.drawn()
    assert set(drawn.feature) == {0}
    assert content.elements == 1
    assert "EXT_structural_metadata" not in reader.json["extensionsUsed"]
    for word in (b"330302", b"Ifc", "墙".encode(), b"ordinal", b"propertyTable"):
        assert word not in content.glb


def test_elements_without_a_visible_triangle_are_left_out() -> None:
    empty = Mesh(
        vertices=np.zeros((0, 3)),
        triangles=np.zeros((0, 3), np.uint32),
        colours=np.zeros(0, np.uint32),
    )
    broken = replace(BOX, vertices=np.full((8, 3), np.nan))
    flat = replace(BOX, vertices=np.zeros((8, 3)))
    nothing = placed((1, empty, matrix()), (2, broken, matrix()), (3, flat, matrix()))
    assert write_content(nothing, features_of(nothing)) is None
    some = placed((1, empty, matrix()), (2, broken, matrix()), (4, BOX, matrix()))
    content, reader = written(some)
    assert content.elements == 1
    assert reader.table()["ordinal"] == [1004]


def test_a_mesh_that_points_past_its_vertices_is_refused() -> None:
    wrong = replace(BOX, triangles=BOX.triangles + np.uint32(5))
    with pytest.raises(TileError, match="vertex index 12 in a mesh of 8") as caught:
        write_content(placed((1, wrong, matrix())), features_of(placed((1, wrong, matrix()))))
    assert caught.value.remedy


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_placement_that_is_not_finite_is_refused(value: float) -> None:
    placements = placed((1, BOX, matrix(x=value)))
    with pytest.raises(TileError, match="not finite"):
        write_content(placements, features_of(placements))


@pytest.mark.parametrize(
    "change",
    [
        {"ordinal": np.array([0])},
        {"ordinal": np.array([2**32])},
        {"code": ()},
        {"categories": {"kind": ("a", "b")}},
        {"element": np.array([1, 1]), "ordinal": np.array([1, 2]), "code": ("", "")},
    ],
)
def test_columns_that_do_not_fit_are_refused(change: dict[str, Any]) -> None:
    good: dict[str, Any] = {
        "element": np.array([1]),
        "ordinal": np.array([1]),
        "code": ("",),
        "categories": {},
    }
    with pytest.raises(TileError):
        Features(**(good | change))


def test_one_vertex_with_ten_thousand_faces_takes_no_time_squared() -> None:
    rim = np.array([[np.cos(a), np.sin(a), 0] for a in np.linspace(0, 6, 10_001)])
    fan = Mesh(
        vertices=np.vstack(([[0, 0, 0.5]], rim)),
        triangles=np.array([[0, i, i + 1] for i in range(1, 10_001)], np.uint32),
        colours=np.zeros(10_000, np.uint32),
    )
    content, _ = written(placed((1, fan, matrix())))
    assert content.triangles == 10_000


@given(st.lists(st.tuples(*[st.floats(-180, 180)] * 3), min_size=1, max_size=5))
def test_a_rotation_survives_as_a_quaternion(angles: list[tuple[float, float, float]]) -> None:
    matrices = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    found = quaternions(matrices)
    assert np.allclose(Rotation.from_quat(found).as_matrix(), matrices, atol=1e-9)
    assert (found[:, 3] >= 0).all()


@pytest.mark.parametrize("instancing", [True, False])
def test_the_validator_of_khronos_finds_no_error(
    run_node: Callable[..., Any], tmp_path: Path, instancing: bool
) -> None:
    file = tmp_path / "tile.glb"
    content, _ = written(ALL, instancing=instancing)
    file.write_bytes(content.glb)
    (issues,) = run_node("validate.mjs", file)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0)


@pytest.mark.parametrize("instancing", [True, False])
def test_three_js_draws_the_same(
    run_node: Callable[..., Any], tmp_path: Path, instancing: bool
) -> None:
    file = tmp_path / "tile.glb"
    content, reader = written(ALL, instancing=instancing)
    file.write_bytes(content.glb)
    (seen,) = run_node("load.mjs", file)
    assert seen["triangles"] == content.triangles
    assert seen["flat"] == 0
    assert seen["features"] == list(range(content.elements))
    points = reader.drawn().corners.reshape(-1, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    # glTF is y up: x, z, -y.
    assert np.allclose(seen["min"], [low[0], low[2], -high[1]], atol=1e-3)
    assert np.allclose(seen["max"], [high[0], high[2], -low[1]], atol=1e-3)
