from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from shapely.geometry import LineString, MultiPolygon, box

from fangma.bim_import.bodies import Body
from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.geometry import GeometryStore, Kept, doubted_again, reused, united
from fangma.bim_import.shaping import SweptAxis
from fangma.bim_import.shaping.messages import Doubtful
from fangma.spatial.mesh import Mesh, Placements


def tetrahedron(size: float) -> Mesh:
    return Mesh(
        vertices=np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float) * size,
        triangles=np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.uint32),
        colours=np.array([1, 2, 3, 4], np.uint32),
    )


@pytest.fixture
def placements() -> Placements:
    matrix = np.repeat(np.eye(4)[None], 4, axis=0)
    matrix[:, 0, 3] = [0, 5, 10, 15]
    return Placements(
        meshes=(tetrahedron(1.0), tetrahedron(2.0), tetrahedron(3.0)),
        element=np.array([11, 12, 12, 13], np.int64),
        mesh=np.array([0, 0, 1, 2], np.int32),
        matrix_model_from_local=matrix,
        kernel=np.array([0, 1, 1, 0], np.int8),
        kernels=("ifclite", "hybrid"),
    )


def bodies(placements: Placements) -> dict[int, list[list[float]]]:
    found: dict[int, list[list[float]]] = {}
    for row, key in enumerate(placements.element.tolist()):
        found.setdefault(key, []).append(placements.placed(row).ravel().tolist())
    return found


FINGERPRINTS = {11: "a", 12: "b", 13: ""}


def test_what_is_saved_is_loaded_to_the_last_bit(tmp_path: Path, placements: Placements):
    store = GeometryStore(root=tmp_path / "geometry")
    name = uuid4()
    axis = SweptAxis(points=np.array([[0.0, 0, 0], [0, 0, 3]]), outer_m=0.1, inner_m=None)
    entry = uuid4()
    store.save(
        name,
        Kept(
            placements=placements, fingerprint=FINGERPRINTS, axes={12: axis}, entry_of={11: entry},
            revision=name,
        ),
    )  # fmt: skip
    kept = store.load(name)
    assert kept is not None
    assert kept.entry_of == {11: entry}
    assert kept.revision == name
    assert kept.axes.keys() == {12}
    assert kept.axes[12].points.tolist() == axis.points.tolist()
    assert (kept.axes[12].outer_m, kept.axes[12].inner_m) == (0.1, None)
    assert bodies(kept.placements) == bodies(placements)
    assert kept.fingerprint == FINGERPRINTS
    assert [m.colours.tolist() for m in kept.placements.meshes] == [[1, 2, 3, 4]] * 3
    assert kept.placements.kernels == placements.kernels


def test_what_was_measured_is_kept_to_the_last_bit_and_only_given_for_the_same_place(
    tmp_path: Path, placements: Placements
):
    extent = (0.1, 0.2, 0.3, 1 / 3, 2.0, 3.0)
    measured = {
        ("a", "IfcSpace", "room"): Body(
            box=extent, kernel="ifclite", mesh_hash="ab",
            footprint=MultiPolygon([box(0, 0, 1 / 3, 2)]), floor_z=0.1, ceiling_z=2.9,
            area_m2=2 / 3, volume_m3=1.5, method="floor",
        ),
        ("b", "IfcPipeSegment", "pipe"): Body(
            box=extent, kernel="hybrid", mesh_hash="cd",
            axis=LineString([(0, 0, 0.1), (0, 1, 1 / 7)]), outer_diameter_m=0.1,
        ),
        ("c", "IfcWall", "element"): Body(box=extent, kernel="hybrid", mesh_hash="ef"),
    }  # fmt: skip
    here = ((1.0, 0.0, 0.0, 0.1), (0.0, 1.0, 0.0, 0.2), (0.0, 0.0, 1.0, 0.3), (0.0, 0.0, 0.0, 1.0))
    elsewhere = ((1.0, 0.0, 0.0, np.nextafter(0.1, 1)), *here[1:])
    name, store = uuid4(), GeometryStore(root=tmp_path)
    store.save(
        name,
        Kept(
            placements=placements, fingerprint=FINGERPRINTS, measured=measured,
            matrix_site_from_model=here,
        ),
    )  # fmt: skip
    kept = store.load(name)
    assert kept is not None
    assert kept.bodies_at(here) == measured
    assert kept.bodies_at(elsewhere) == {}


def test_where_ports_lie_is_kept_and_only_given_in_the_same_length_unit(
    tmp_path: Path, placements: Placements
):
    store, name = GeometryStore(root=tmp_path / "geometry"), uuid4()
    lie = {bytes(range(16)): (1 / 3, 2.0, -3.0), bytes(16): (0.0, 0.0, 0.0)}
    for positions in (lie, {}):
        store.save(
            name,
            Kept(
                placements=placements, fingerprint=FINGERPRINTS, positions=positions,
                length_unit_m=0.001,
            ),
        )  # fmt: skip
        kept = store.load(name)
        assert kept is not None
        assert kept.positions_in(0.001) == positions
        assert kept.positions_in(1.0) == {}


def test_what_was_found_about_a_body_is_told_again_of_whoever_wears_it(
    tmp_path: Path, placements: Placements
):
    finding = Finding(
        severity=Severity.WARNING, rule="shape-box", element="guid of then",
        message="The body of #11 IfcWall “墙” could not be built (nothing); a box is shown.",
        remedy="Repair it.",
    )  # fmt: skip
    name, store = uuid4(), GeometryStore(root=tmp_path)
    doubtful = {11: Doubtful(called="#11 IfcWall “墙”", finding=finding)}
    store.save(name, Kept(placements=placements, fingerprint=FINGERPRINTS, doubtful=doubtful))
    kept = store.load(name)
    assert kept is not None
    assert kept.doubtful == doubtful
    now = {
        101: ("a", "guid of now", "#101 IfcWall “North”"),
        102: ("b", "x", "y"),
        103: ("", "", ""),
    }
    (again,) = doubted_again(kept, now).values()
    assert again.finding.element == "guid of now"
    assert again.finding.message == finding.message.replace(
        "#11 IfcWall “墙”", "#101 IfcWall “North”"
    )


def test_a_model_without_bodies_is_kept_too(tmp_path: Path):
    store = GeometryStore(root=tmp_path)
    empty = Placements(
        meshes=(), element=np.zeros(0, np.int64), mesh=np.zeros(0, np.int32),
        matrix_model_from_local=np.zeros((0, 4, 4)), kernel=np.zeros(0, np.int8), kernels=(),
    )  # fmt: skip
    name = uuid4()
    store.save(name, Kept(placements=empty, fingerprint={}))
    kept = store.load(name)
    assert kept is not None
    assert kept.placements.meshes == ()


@pytest.mark.parametrize("damage", [b"", b"not a zip", b"PK\x03\x04 truncated"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, placements: Placements, damage: bytes):
    store = GeometryStore(root=tmp_path)
    name = uuid4()
    store.save(name, Kept(placements=placements, fingerprint=FINGERPRINTS))
    (tmp_path / f"{name}.npz").write_bytes(damage)
    assert store.load(name) is None
    assert store.load(uuid4()) is None


def test_only_equal_fingerprints_are_reused_under_the_new_keys(placements: Placements):
    kept = Kept(placements=placements, fingerprint=FINGERPRINTS)
    again, _ = reused(kept, {101: "b", 102: "other", 103: ""})
    assert bodies(again) == {101: bodies(placements)[12]}
    assert len(again.meshes) == 2


def test_uniting_what_was_parted_gives_the_whole_again(placements: Placements):
    kept = Kept(placements=placements, fingerprint={11: "a", 12: "b", 13: "c"})
    one, _ = reused(kept, {11: "a"})
    two, _ = reused(kept, {12: "b", 13: "c"})
    whole = united(one, two)
    assert bodies(whole) == bodies(placements)
    names = [whole.kernels[k] for k in whole.kernel]
    assert names == ["ifclite", "hybrid", "hybrid", "ifclite"]
