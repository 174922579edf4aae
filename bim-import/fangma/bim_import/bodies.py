"""What the registry keeps of an element's geometry: outline, box, heights, area; site frame."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon

from fangma.spatial.areas import RoomMeasureError, measure_room
from fangma.spatial.networks.parts import axis_of_body
from fangma.spatial.vectors import cross

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from fangma.bim_import.placing import Matrix
    from fangma.bim_import.shaping import SweptAxis
    from fangma.spatial.mesh import Mesh, Placements

# Vertices are compared to a tenth of a millimetre: exporters round differently below that.
_HASH_GRID_M = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The measured geometry of one element, metres, site frame."""

    box: tuple[float, float, float, float, float, float]
    kernel: str
    mesh_hash: str
    footprint: MultiPolygon | None = None
    floor_z: float | None = None
    ceiling_z: float | None = None
    area_m2: float | None = None
    volume_m3: float | None = None
    method: str | None = None
    axis: LineString | None = None
    inner_diameter_m: float | None = None
    outer_diameter_m: float | None = None


def _joined(
    parts: list[tuple[NDArray[np.float64], Mesh]],
) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """Make one set of vertices and triangles of the placed parts of an element."""
    offsets = np.cumsum([0, *(len(v) for v, _ in parts[:-1])])
    vertices = np.concatenate([v for v, _ in parts])
    triangles = [m.triangles + np.uint32(o) for (_, m), o in zip(parts, offsets, strict=True)]
    return vertices, np.concatenate(triangles)


def _multi(footprint: Polygon | MultiPolygon | None) -> MultiPolygon | None:
    if footprint is None or footprint.is_empty:
        return None
    return MultiPolygon([footprint]) if isinstance(footprint, Polygon) else footprint


def _hash(digests: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for digest in sorted(digests):
        total.update(digest)
    return total.hexdigest()[:32]


def _enclosed(mesh: Mesh) -> float:
    """Measure what a mesh encloses, m³, by the divergence theorem from its own middle.

    A body that is not closed has no volume, but a figure that changes when the body does; two
    exports are compared by it.
    """
    if not len(mesh.triangles):
        return 0.0
    vertices = mesh.vertices - mesh.vertices.mean(axis=0)
    a, b, c = (vertices[mesh.triangles[:, k]] for k in range(3))
    return float(abs(np.einsum("ij,ij->", a, cross(b, c))) / 6.0)


def measure_bodies(
    placements: Placements,
    matrix_site_from_model: Matrix,
    *,
    rooms: frozenset[int],
    axes: dict[int, SweptAxis],
    pipes: frozenset[int] = frozenset(),
    known: Mapping[int, Body] = MappingProxyType({}),
) -> dict[int, Body]:
    """Measure every element that has a body.

    Parameters
    ----------
    rooms : frozenset of int
        Keys of the elements whose area is measured.
    axes : dict
        Axis and diameters of pipes, in the model's frame, where the file gives them directly.
    pipes : frozenset of int
        Keys of the elements whose axis is told from the body where the file does not give it.
    known : mapping of int to Body
        What was measured before of the same triangles in the same place.

    Returns
    -------
    bodies : dict of int to Body
        By element key.
    """
    site = np.asarray(matrix_site_from_model)
    rows: dict[int, list[int]] = defaultdict(list)
    for row, key in enumerate(placements.element.tolist()):
        rows[key].append(row)
    used = {
        placements.mesh[row] for key, of_key in rows.items() if key not in known for row in of_key
    }
    mesh_digests = {
        mesh: hashlib.sha256(
            np.round(placements.meshes[mesh].vertices / _HASH_GRID_M).astype(np.int64).tobytes()
        ).digest()
        for mesh in used
    }
    volumes = {mesh: _enclosed(placements.meshes[mesh]) for mesh in used}
    bodies: dict[int, Body] = {}
    for key, of_key in rows.items():
        measured = known.get(key)
        if measured is not None:
            bodies[key] = measured
            continue
        parts: list[tuple[NDArray[np.float64], Mesh]] = []
        digests: list[bytes] = []
        for row in of_key:
            mesh = placements.meshes[placements.mesh[row]]
            matrix = site @ placements.matrix_model_from_local[row]
            parts.append((mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3], mesh))
            where = np.round(matrix / _HASH_GRID_M).astype(np.int64).tobytes()
            digests.append(hashlib.sha256(mesh_digests[placements.mesh[row]] + where).digest())
        low = np.min([v.min(axis=0) for v, _ in parts], axis=0)
        high = np.max([v.max(axis=0) for v, _ in parts], axis=0)
        bodies[key] = _body(
            parts, low, high, placements.kernels[placements.kernel[of_key[0]]],
            _hash(digests), key in rooms, key in pipes, axes.get(key), site,
            sum(volumes[placements.mesh[row]] for row in of_key),
        )  # fmt: skip
    return bodies


def _body(
    parts: list[tuple[NDArray[np.float64], Mesh]],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    kernel: str,
    mesh_hash: str,
    is_room: bool,
    is_pipe: bool,
    axis: SweptAxis | None,
    site: NDArray[np.float64],
    enclosed_m3: float,
) -> Body:
    box = (*low.tolist(), *high.tolist())
    if is_room:
        # Measured near the origin: at 3,000 km a double leaves too little for slim triangles.
        centre = np.floor((low + high) / 2)
        try:
            measure = measure_room(*_joined([(v - centre, m) for v, m in parts]))
        except RoomMeasureError:
            return Body(box=box, kernel=kernel, mesh_hash=mesh_hash, method="unmeasurable")
        footprint = _multi(measure.footprint)
        return Body(
            box=box,
            kernel=kernel,
            mesh_hash=mesh_hash,
            footprint=None
            if footprint is None
            else shapely.transform(footprint, lambda xy: xy + centre[:2]),
            floor_z=measure.floor_z + centre[2],
            ceiling_z=measure.ceiling_z + centre[2],
            area_m2=round(measure.area_m2, 4),
            volume_m3=measure.volume_m3,
            method=measure.method,
        )
    if axis is not None:
        line = axis.points @ site[:3, :3].T + site[:3, 3]
        return Body(
            box=box,
            kernel=kernel,
            mesh_hash=mesh_hash,
            axis=LineString(line),
            volume_m3=enclosed_m3,
            inner_diameter_m=axis.inner_m,
            outer_diameter_m=axis.outer_m,
        )
    if is_pipe:
        vertices, triangles = _joined(parts)
        found = axis_of_body(vertices[triangles])
        if found is not None:
            line, half = found
            return Body(
                box=box,
                kernel=kernel,
                mesh_hash=mesh_hash,
                axis=LineString(line),
                volume_m3=enclosed_m3,
                outer_diameter_m=2.0 * half,
            )
    return Body(box=box, kernel=kernel, mesh_hash=mesh_hash, volume_m3=enclosed_m3)
