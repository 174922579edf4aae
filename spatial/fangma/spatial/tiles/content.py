"""Write what a tile draws as one GLB: features, quantised and compressed, repeats as instances.

EXT_mesh_features, EXT_structural_metadata, EXT_mesh_gpu_instancing with EXT_instance_features,
KHR_mesh_quantization and EXT_meshopt_compression. glTF is y up, 3D Tiles z up: a client turns
content by (x, y, z) -> (x, -z, y) (OGC 3D Tiles 1.1, 22-025r4, 6.7.1.6), so we turn it back here.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.spatial.tiles.bodies import Skins, scene, turned
from fangma.spatial.tiles.errors import TileError
from fangma.spatial.tiles.glb import (
    BYTE,
    FLOAT,
    UNSIGNED_BYTE,
    UNSIGNED_SHORT,
    Glb,
    Json,
)
from fangma.spatial.tiles.instancing import Split, split
from fangma.spatial.tiles.metadata import property_table
from fangma.spatial.tiles.skins import OCTANT_STEPS, octahedral
from fangma.spatial.vectors import cross

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fangma.spatial.mesh import Placements
    from fangma.spatial.tiles.bodies import Body, Scene
    from fangma.spatial.tiles.features import Features
    from fangma.spatial.tiles.skins import Skin

# Finest grid of positions: models are drawn in millimetres.
FINEST_STEP_M: Final = 0.001
MAX_FEATURES: Final = 65_535  # feature ids are 16 bits in a vertex
# Shown where a source gives no colour, sRGB.
DEFAULT_COLOUR: Final = 0xC8C8C8FF

# (x, y, z) up z -> (x, z, -y) up y.
_Y_UP: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
_SRGB: Final = np.arange(256) / 255
# Linear byte of each sRGB byte (IEC 61966-2-1).
_LINEAR: Final = np.round(
    np.where(_SRGB <= 0.04045, _SRGB / 12.92, ((_SRGB + 0.055) / 1.055) ** 2.4) * 255
).astype(np.uint8)
_SORTS: Final = ("solid", "open", "glassy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A written tile content.

    Attributes
    ----------
    glb : bytes
        The file; the same for the same input, in whatever order its rows came.
    origin : (float, float, float)
        Where the content's zero lies in the model frame, metres.
    box : tuple of 12 float
        3D Tiles box in the content's frame, z up: centre, then half axes x, y, z.
    elements, triangles, draws : int
        What it shows, over all instances; ``draws`` = draw calls.
    has_instances : bool
        Whether a client must read EXT_mesh_gpu_instancing.
    """

    glb: bytes
    origin: tuple[float, float, float]
    box: tuple[float, ...]
    elements: int
    triangles: int
    draws: int
    has_instances: bool

    @property
    def sha256(self) -> str:
        """The name under which it is served."""
        return sha256(self.glb).hexdigest()


def write_content(
    placements: Placements,
    features: Features,
    *,
    skins: Skins | None = None,
    origin: NDArray[np.float64] | None = None,
    instancing: bool = True,
    masked: bool = False,
) -> Content | None:
    """Write the elements of one tile.

    Parameters
    ----------
    placements : Placements
        Bodies in the model frame; may hold other elements too.
    features : Features
        The elements to show, at most 65,535.
    skins : Skins, optional
        Of ``placements.meshes``, to share the work between tiles.
    origin : (3,) float64, optional
        Of the content in the model frame, near the model; else the middle of the tile, rounded.
    instancing : bool
        False writes every repeat out, for clients without EXT_mesh_gpu_instancing.
    masked : bool
        Leave out the property table: one anonymous feature, no ordinal, code or class.

    Returns
    -------
    content : Content or None
        None when no element has a visible triangle.

    Raises
    ------
    TileError
        When there are too many elements, or a placement or mesh is not well formed.
    """
    shown = _gathered(placements, features, skins, origin)
    return None if shown is None else _written(shown, instancing=instancing, masked=masked)


def write_forms(
    placements: Placements,
    features: Features,
    *,
    skins: Skins | None = None,
    origin: NDArray[np.float64] | None = None,
    masked: bool = False,
) -> tuple[Content, Content] | None:
    """Write a tile with instances and without; one content twice where nothing repeats enough.

    Parameters and errors are those of :func:`write_content`.
    """
    shown = _gathered(placements, features, skins, origin)
    if shown is None:
        return None
    content = _written(shown, instancing=True, masked=masked)
    if not content.has_instances:
        return content, content
    return content, _written(shown, instancing=False, masked=masked)


def _gathered(
    placements: Placements,
    features: Features,
    skins: Skins | None,
    origin: NDArray[np.float64] | None,
) -> Scene | None:
    if len(features) > MAX_FEATURES:
        raise TileError(
            f"found {len(features)} elements in a tile, expected at most {MAX_FEATURES}",
            "split the tile",
        )
    return scene(placements, features, Skins(placements.meshes) if skins is None else skins, origin)


def _written(shown: Scene, *, instancing: bool, masked: bool) -> Content:
    parts = split(shown.bodies) if instancing else Split(merged=shown.bodies, instanced=())
    glb = Glb()
    materials = _Materials()
    # A masked tile must not tell how many things it hides: they are one feature.
    count = 1 if masked else len(shown.features)
    table = None if masked else property_table(glb, shown.features)
    nodes: list[Json] = []
    meshes: list[Json] = []
    draws = 0
    if parts.merged:
        primitives, node = _merged(glb, materials, parts.merged, count, masked)
        meshes.append({"primitives": primitives})
        nodes.append(node | {"mesh": 0})
        draws += len(primitives)
    for body in parts.instanced:
        primitives, node = _instanced(glb, materials, body, count, masked)
        nodes.append(node | {"mesh": len(meshes)})
        meshes.append({"primitives": primitives})
        draws += len(primitives)
    return Content(
        glb=glb.written(
            _document(nodes, meshes, materials.rows, table, has_instances=bool(parts.instanced))
        ),
        origin=(float(shown.origin[0]), float(shown.origin[1]), float(shown.origin[2])),
        box=_box(shown),
        elements=count,
        triangles=sum(body.drawn_triangles for body in shown.bodies),
        draws=draws,
        has_instances=bool(parts.instanced),
    )


class _Materials:
    """The few materials of a file, each kept once."""

    def __init__(self) -> None:
        self.rows: list[Json] = []

    def of(self, sort: str) -> int:
        material: Json = {
            "pbrMetallicRoughness": {"metallicFactor": 0, "roughnessFactor": 0.9},
            "name": sort,
        }
        if sort != "solid":
            material["doubleSided"] = True
        if sort == "glassy":
            material["alphaMode"] = "BLEND"
        if material not in self.rows:
            self.rows.append(material)
        return self.rows.index(material)


def _document(
    nodes: list[Json],
    meshes: list[Json],
    materials: list[Json],
    table: Json | None,
    *,
    has_instances: bool,
) -> Json:
    required = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
    used = [*required, "EXT_mesh_features"]
    if has_instances:
        used += ["EXT_mesh_gpu_instancing", "EXT_instance_features"]
        required.append("EXT_mesh_gpu_instancing")
    document: Json = {
        "asset": {"version": "2.0", "generator": "Fangma"},
        "extensionsRequired": sorted(required),
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": materials,
    }
    if table is not None:
        used.append("EXT_structural_metadata")
        document["extensions"] = {"EXT_structural_metadata": table}
    document["extensionsUsed"] = sorted(used)
    return document


def _merged(
    glb: Glb, materials: _Materials, bodies: Sequence[Body], count: int, masked: bool
) -> tuple[list[Json], Json]:
    """Write many bodies as one mesh, a feature id a vertex."""
    # One row a body and place; vertices run row by row.
    places = [len(body.feature) for body in bodies]
    skins = [body.skin for body, times in zip(bodies, places, strict=True) for _ in range(times)]
    matrices = np.concatenate([body.matrix_content_from_local for body in bodies])
    linear = matrices[:, :3, :3]
    sizes = np.array([len(skin.positions) for skin in skins])
    starts = np.cumsum(sizes) - sizes
    total = int(sizes.sum())
    positions = turned(linear, np.concatenate([skin.positions for skin in skins]), sizes)
    for axis in range(3):
        positions[:, axis] += np.repeat(matrices[:, axis, 3], sizes)
    attributes, node = _vertices(
        glb,
        positions,
        turned(_cofactors(linear), np.concatenate([skin.normals for skin in skins]), sizes),
        np.concatenate([skin.colours for skin in skins]),
    )
    is_mirrored = np.linalg.det(linear) < 0
    indices = {sort: _indices(sort, skins, starts, is_mirrored) for sort in _SORTS}
    feature = np.zeros((total, 2), np.uint16)
    if not masked:
        feature[:, 0] = np.repeat(np.concatenate([body.feature for body in bodies]), sizes)
    attributes["_FEATURE_ID_0"] = glb.add_column(
        feature, component=UNSIGNED_SHORT, shape="SCALAR", width=1
    )
    extensions = {"EXT_mesh_features": {"featureIds": [_feature_ids(count, masked)]}}
    primitives = [
        {
            "attributes": attributes,
            "indices": glb.add_triangles(triangles, total),
            "material": materials.of(sort),
            "extensions": extensions,
        }
        for sort, triangles in indices.items()
        if len(triangles)
    ]
    return primitives, node


def _indices(
    sort: str,
    skins: Sequence[Skin],
    starts: NDArray[np.int64],
    is_mirrored: NDArray[np.bool_],
) -> NDArray[np.uint32]:
    """Join the triangles of one sort, each moved to where the vertices of its row start, (m, 3)."""
    found = [_triangles_of(skin, sort) for skin in skins]
    sizes = [len(triangles) for triangles in found]
    joined = np.concatenate(found) + np.repeat(starts, sizes)[:, None].astype(np.uint32)
    turned_over = np.repeat(is_mirrored, sizes)
    joined[turned_over] = joined[turned_over][:, ::-1]
    return joined


def _instanced(
    glb: Glb, materials: _Materials, body: Body, count: int, masked: bool
) -> tuple[list[Json], Json]:
    """Write one body once and its places as instance attributes, a feature id an instance."""
    attributes, dequantised = _vertices(
        glb, body.skin.positions, body.skin.normals, body.skin.colours
    )
    primitives = [
        {
            "attributes": attributes,
            "indices": glb.add_triangles(triangles, len(body.skin.positions)),
            "material": materials.of(sort),
        }
        for sort, triangles in _sorted(body.skin)
    ]
    # The instance transform stands between the node and the mesh, so the grid goes into it:
    # T R S (offset + step q) = (T + R S offset) + R (S step) q.
    step = dequantised["scale"][0]
    offset = np.array(dequantised["translation"])
    linear = _Y_UP @ body.matrix_content_from_local[:, :3, :3] @ _Y_UP.T
    moved = body.matrix_content_from_local[:, :3, 3] @ _Y_UP.T
    scale = np.linalg.norm(linear, axis=1)
    columns = {
        "TRANSLATION": (moved + linear @ offset, "VEC3"),
        "ROTATION": (quaternions(linear / scale[:, None, :]), "VEC4"),
        "SCALE": (scale * step, "VEC3"),
        "_FEATURE_ID_0": (
            np.zeros((len(moved), 1)) if masked else body.feature[:, None],
            "SCALAR",
        ),
    }
    node: Json = {
        "extensions": {
            "EXT_mesh_gpu_instancing": {
                "attributes": {
                    name: glb.add_column(
                        rows.astype(np.float32),
                        component=FLOAT,
                        shape=shape,
                        width=rows.shape[1],
                        is_vertex=False,
                    )
                    for name, (rows, shape) in columns.items()
                }
            },
            "EXT_instance_features": {"featureIds": [_feature_ids(count, masked)]},
        }
    }
    return primitives, node


def quaternions(rotations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn (k, 3, 3) rotations into unit quaternions x, y, z, w with w >= 0, (k, 4)."""
    r = rotations
    xx, yy, zz = r[:, 0, 0], r[:, 1, 1], r[:, 2, 2]
    squares = np.stack((1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz, 1 + xx + yy + zz), 1)
    a, b, c = r[:, 2, 1], r[:, 0, 2], r[:, 1, 0]
    d, e, f = r[:, 1, 2], r[:, 2, 0], r[:, 0, 1]
    # Row i of the table is the quaternion times four times its own i-th component.
    table = np.stack(
        (
            np.stack((squares[:, 0], c + f, b + e, a - d), 1),
            np.stack((c + f, squares[:, 1], a + d, b - e), 1),
            np.stack((b + e, a + d, squares[:, 2], c - f), 1),
            np.stack((a - d, b - e, c - f, squares[:, 3]), 1),
        ),
        1,
    )
    chosen = table[np.arange(len(r)), squares.argmax(axis=1)]
    chosen = chosen / np.linalg.norm(chosen, axis=1, keepdims=True)
    result: NDArray[np.float64] = np.where(chosen[:, 3:] < 0, -chosen, chosen)
    return result


def _vertices(
    glb: Glb,
    positions: NDArray[np.float64],
    normals: NDArray[np.float64],
    colours: NDArray[np.uint32],
) -> tuple[Json, Json]:
    """Store positions on a grid, normals and colours; give attributes and the node's transform."""
    points = _y_up(positions, np.float64)
    lower = points.min(axis=0)
    step = grid_step(float((points.max(axis=0) - lower).max()))
    grid = np.zeros((len(points), 4), np.uint16)
    for axis, least in enumerate(lower.tolist()):
        grid[:, axis] = np.round((points[:, axis] - least) / step)
    folded = np.zeros((len(points), 4), np.int8)
    # Single precision is a hundred times finer than the steps, and twice as fast.
    folded[:, :2] = octahedral(_y_up(normals, np.float32))
    folded[:, 2] = OCTANT_STEPS
    attributes = {
        "POSITION": glb.add_column(
            grid, component=UNSIGNED_SHORT, shape="VEC3", width=3, bounds=True
        ),
        "NORMAL": glb.add_column(
            folded, component=BYTE, shape="VEC3", width=3, normalized=True, octahedral=True
        ),
        "COLOR_0": glb.add_column(
            linear_rgba(colours), component=UNSIGNED_BYTE, shape="VEC4", width=4, normalized=True
        ),
    }
    return attributes, {"translation": lower.tolist(), "scale": [step] * 3}


def _y_up(rows: NDArray[np.float64], kind: type[np.floating]) -> NDArray[np.floating]:
    """Turn rows as ``_Y_UP`` does, column by column in memory.

    A product of so many rows with so small a matrix takes ten times as long, and every core.
    """
    columns = np.zeros((3, len(rows)), kind)
    for column, (axis, sign) in zip(columns, ((0, 1.0), (2, 1.0), (1, -1.0)), strict=True):
        np.multiply(rows[:, axis], sign, out=column, casting="same_kind")
    columns += 0.0  # no negative zero: it has a sign, by which normals are folded
    return columns.T


def grid_step(extent_m: float) -> float:
    """Return the spacing of the grid for positions, a millimetre times a power of two."""
    step = FINEST_STEP_M
    while extent_m / step > 65_535:
        step *= 2
    return step


def linear_rgba(colours: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Turn sRGB ``0xRRGGBBAA`` into the linear bytes that COLOR_0 wants, (n, 4)."""
    shown = np.where(colours == 0, np.uint32(DEFAULT_COLOUR), colours)
    rgba: NDArray[np.uint8] = shown.astype(">u4").view(np.uint8).reshape(-1, 4)
    rgba[:, :3] = _LINEAR[rgba[:, :3]]
    return rgba


def _sorted(shape: Skin) -> list[tuple[str, NDArray[np.uint32]]]:
    found = [(sort, _triangles_of(shape, sort)) for sort in _SORTS]
    return [(sort, triangles) for sort, triangles in found if len(triangles)]


def _triangles_of(shape: Skin, sort: str) -> NDArray[np.uint32]:
    if sort == "glassy":
        return shape.glassy
    return shape.opaque if (sort == "solid") == shape.is_solid else shape.opaque[:0]


def _feature_ids(count: int, masked: bool) -> Json:
    ids: Json = {"featureCount": count, "attribute": 0}
    return ids if masked else ids | {"propertyTable": 0}


def _cofactors(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what turns normals: the inverse transpose times the determinant's magnitude."""
    rows = np.stack(
        [
            cross(linear[:, 1], linear[:, 2]),
            cross(linear[:, 2], linear[:, 0]),
            cross(linear[:, 0], linear[:, 1]),
        ],
        axis=1,
    )
    signed: NDArray[np.float64] = rows * np.sign(np.linalg.det(linear))[:, None, None]
    return signed


def _box(shown: Scene) -> tuple[float, ...]:
    # A hair of slack for the rounding to the grid and to float32.
    centre = (shown.lower + shown.upper) / 2
    half = (shown.upper - shown.lower) / 2 + 0.01
    x, y, z = (float(value) for value in centre)
    return (x, y, z, float(half[0]), 0.0, 0.0, 0.0, float(half[1]), 0.0, 0.0, 0.0, float(half[2]))
