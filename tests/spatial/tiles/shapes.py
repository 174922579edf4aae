"""Shapes to write and an own reader of what was written, in numpy, from the specifications."""

from __future__ import annotations

import itertools
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import meshoptimizer
import numpy as np
from scipy.spatial.transform import Rotation

from fangma.spatial.mesh import Mesh, Placements
from fangma.spatial.tiles.features import Features

if TYPE_CHECKING:
    from numpy.typing import NDArray

RED, GLASS = 0xCC2010FF, 0x88AACC60
COMPONENTS = {5120: np.int8, 5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}


def box(size: tuple[float, float, float] = (1, 1, 1), colour: int = RED) -> Mesh:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    return Mesh(
        vertices=corners * size,
        triangles=np.array(faces, np.uint32),
        colours=np.full(12, colour, np.uint32),
    )


def ball(radius: float = 0.5, steps: int = 24, colour: int = RED) -> Mesh:
    u, v = np.meshgrid(
        np.linspace(0, 2 * np.pi, 2 * steps, endpoint=False), np.linspace(0, np.pi, steps + 1)
    )
    points = radius * np.stack(
        (np.sin(v) * np.cos(u), np.sin(v) * np.sin(u), np.cos(v)), axis=-1
    ).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(steps), np.arange(2 * steps), indexing="ij")
    a, b = i * 2 * steps + j, i * 2 * steps + (j + 1) % (2 * steps)
    c, d = a + 2 * steps, b + 2 * steps
    faces = np.concatenate(
        [np.stack((a, c, b), -1).reshape(-1, 3), np.stack((b, c, d), -1).reshape(-1, 3)]
    ).astype(np.uint32)
    return Mesh(vertices=points, triangles=faces, colours=np.full(len(faces), colour, np.uint32))


def matrix(
    x: float = 0, y: float = 0, z: float = 0, *, turn_deg: float = 0, scale: float | list[float] = 1
) -> NDArray[np.float64]:
    result = np.eye(4)
    result[:3, :3] = Rotation.from_euler("z", turn_deg, degrees=True).as_matrix() @ np.diag(
        np.broadcast_to(np.array(scale, float), 3)
    )
    result[:3, 3] = (x, y, z)
    return result


def placed(*rows: tuple[int, Mesh, NDArray[np.float64]]) -> Placements:
    meshes: list[Mesh] = []
    for _, mesh, _ in rows:
        if not any(mesh is known for known in meshes):
            meshes.append(mesh)
    place = [next(i for i, known in enumerate(meshes) if known is mesh) for _, mesh, _ in rows]
    return Placements(
        meshes=tuple(meshes),
        element=np.array([element for element, _, _ in rows], np.int64),
        mesh=np.array(place, np.int32),
        matrix_model_from_local=np.array([m for _, _, m in rows]).reshape(-1, 4, 4),
        kernel=np.zeros(len(rows), np.int8),
        kernels=("made",),
    )


def features_of(placements: Placements, code: str = "330302-001-A02-F05-{:04d}-C") -> Features:
    elements = np.unique(placements.element)
    return Features(
        element=elements,
        ordinal=elements + 1000,
        code=tuple(code.format(e) if e % 2 else "" for e in elements),
        categories={
            "ifcClass": tuple("IfcSpace" if e % 2 else "IfcWall" for e in elements),
            "layer": tuple("墙" for _ in elements),
        },
    )


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Triangles as a client would draw them, in the content's z-up frame."""

    corners: NDArray[np.float64]  # (m, 3, 3)
    normals: NDArray[np.float64]  # (m, 3, 3)
    colours: NDArray[np.uint8]  # (m, 3, 4)
    feature: NDArray[np.int64]  # (m,)


class Reader:
    """Reads a GLB as the specifications say, without a line of the writer's code."""

    def __init__(self, data: bytes) -> None:
        magic, version, length = struct.unpack("<4sII", data[:12])
        assert (magic, version, length) == (b"glTF", 2, len(data))
        size, kind = struct.unpack("<I4s", data[12:20])
        assert kind == b"JSON"
        self.json: dict[str, Any] = json.loads(data[20 : 20 + size])
        rest, kind = struct.unpack("<I4s", data[20 + size : 28 + size])
        assert (kind, 28 + size + rest) == (b"BIN\0", len(data))
        self.binary = data[28 + size :]

    def view(self, index: int) -> bytes:
        view = self.json["bufferViews"][index]
        packed = view.get("extensions", {}).get("EXT_meshopt_compression")
        if packed is None:
            assert view["buffer"] == 0
            return self.binary[view["byteOffset"] :][: view["byteLength"]]
        source = np.frombuffer(
            self.binary[packed["byteOffset"] :][: packed["byteLength"]], np.uint8
        )
        count, stride = packed["count"], packed["byteStride"]
        assert view["byteLength"] == count * stride
        if packed["mode"] == "TRIANGLES":
            indices = meshoptimizer.decode_index_buffer(count, 4, source).reshape(-1)
            return bytes(indices.astype({2: np.uint16, 4: np.uint32}[stride]).tobytes())
        rows = np.ascontiguousarray(meshoptimizer.decode_vertex_buffer(count, stride, source))
        if packed.get("filter") == "OCTAHEDRAL":
            x, y, one, _ = rows.view(np.int8).reshape(count, 4).T.astype(float)
            x, y = x / one, y / one
            z = 1 - abs(x) - abs(y)
            fold = np.minimum(z, 0)
            v = np.stack((x + np.where(x >= 0, fold, -fold), y + np.where(y >= 0, fold, -fold), z))
            v = np.round(v / np.linalg.norm(v, axis=0) * 127)
            return np.vstack((v, np.zeros(count))).T.astype(np.int8).tobytes()
        return bytes(rows.tobytes())

    def accessor(self, index: int) -> NDArray[Any]:
        accessor = self.json["accessors"][index]
        dtype, width = COMPONENTS[accessor["componentType"]], WIDTHS[accessor["type"]]
        view = self.json["bufferViews"][accessor["bufferView"]]
        data = np.frombuffer(self.view(accessor["bufferView"]), dtype)
        stride = view.get("byteStride", np.dtype(dtype).itemsize * width)
        return data.reshape(accessor["count"], stride // np.dtype(dtype).itemsize)[:, :width]

    def drawn(self) -> Drawn:
        parts: list[tuple[NDArray[Any], ...]] = []
        for node in (self.json["nodes"][n] for n in self.json["scenes"][0]["nodes"]):
            frame = np.eye(4)
            frame[:3, :3] *= np.array(node.get("scale", [1, 1, 1]))
            frame[:3, 3] = node.get("translation", [0, 0, 0])
            extensions = node.get("extensions", {})
            frames, ids, known = [frame], None, 0
            if "EXT_mesh_gpu_instancing" in extensions:
                columns = {
                    name: self.accessor(index).astype(float)
                    for name, index in extensions["EXT_mesh_gpu_instancing"]["attributes"].items()
                }
                frames = []
                for t, r, s in zip(
                    columns["TRANSLATION"], columns["ROTATION"], columns["SCALE"], strict=True
                ):
                    instance = np.eye(4)
                    instance[:3, :3] = Rotation.from_quat(r).as_matrix() * s
                    instance[:3, 3] = t
                    frames.append(frame @ instance)
                (which,) = extensions["EXT_instance_features"]["featureIds"]
                ids = columns[f"_FEATURE_ID_{which['attribute']}"][:, 0].astype(int)
                known = which["featureCount"]
            for primitive in self.json["meshes"][node["mesh"]]["primitives"]:
                attributes = primitive["attributes"]
                faces = self.accessor(primitive["indices"]).reshape(-1, 3)
                points = self.accessor(attributes["POSITION"]).astype(float)
                normals = self.accessor(attributes["NORMAL"]).astype(float) / 127
                colours = self.accessor(attributes["COLOR_0"])
                for place, at in enumerate(frames):
                    if ids is None:
                        (which,) = primitive["extensions"]["EXT_mesh_features"]["featureIds"]
                        each = self.accessor(attributes[f"_FEATURE_ID_{which['attribute']}"])
                        owner = each[faces][:, :, 0].astype(int)
                        assert (owner == owner[:, :1]).all()
                        feature, known = owner[:, 0], which["featureCount"]
                    else:
                        feature = np.full(len(faces), ids[place])
                    assert feature.max() < known
                    up_y = (points @ at[:3, :3].T + at[:3, 3])[faces]
                    turned = (normals @ np.linalg.inv(at[:3, :3]))[faces]
                    turned /= np.linalg.norm(turned, axis=-1, keepdims=True)
                    parts.append((_z_up(up_y), _z_up(turned), colours[faces], feature))
        corners, normals, colours, feature = (np.concatenate(c) for c in zip(*parts, strict=True))
        return Drawn(corners=corners, normals=normals, colours=colours, feature=feature)

    def table(self) -> dict[str, list[Any]]:
        """Columns of the property table, decoded by its schema."""
        extension = self.json["extensions"]["EXT_structural_metadata"]
        (table,) = extension["propertyTables"]
        schema = extension["schema"]
        properties = schema["classes"][table["class"]]["properties"]
        columns: dict[str, list[Any]] = {}
        for name, property_ in properties.items():
            column = table["properties"][name]
            values = self.view(column["values"])
            match property_["type"]:
                case "STRING":
                    dtype = np.dtype(column["stringOffsetType"].lower())
                    offsets = np.frombuffer(self.view(column["stringOffsets"]), dtype)
                    assert len(offsets) == table["count"] + 1
                    columns[name] = [values[a:b].decode() for a, b in itertools.pairwise(offsets)]
                case "ENUM":
                    enum = schema["enums"][property_["enumType"]]
                    words = {v["value"]: v["name"] for v in enum["values"]}
                    numbers = np.frombuffer(values, np.dtype(enum["valueType"].lower()))
                    columns[name] = [words[int(n)] for n in numbers]
                case _:
                    dtype = np.dtype(property_["componentType"].lower())
                    columns[name] = np.frombuffer(values, dtype).tolist()
            assert len(columns[name]) == table["count"]
        return columns


def _z_up(up_y: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y, z = np.moveaxis(up_y, -1, 0)
    return np.stack((x, -z, y), axis=-1)
