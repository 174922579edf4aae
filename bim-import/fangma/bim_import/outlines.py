"""Boxes of a file's buildings, by which later files recognise the place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from fangma.bim_import.bodies import Body
    from fangma.bim_import.model import Model
    from fangma.bim_import.plan import Places
    from fangma.bim_import.shaping import Shaped

Box = tuple[float, float, float, float, float, float]

_CORNERS: Final = np.array([[i >> 2 & 1, i >> 1 & 1, i & 1] for i in range(8)], dtype=np.bool_)
# Bodies whose corners are placed together.
_AT_ONCE: Final = 1 << 14


def boxes_of(model: Model, shaped: Shaped) -> dict[int | None, Box]:
    """Box of the elements of each building of the file, model frame; None = of no building."""
    placements = shaped.placements
    if not len(placements.element):
        return {}
    low = np.array([mesh.vertices.min(axis=0) for mesh in placements.meshes])
    high = np.array([mesh.vertices.max(axis=0) for mesh in placements.meshes])
    corners = np.where(_CORNERS, high[:, None], low[:, None])
    building = {e.key: e.building for e in model.elements}
    rows_of: dict[int | None, list[int]] = {}
    for row, key in enumerate(placements.element.tolist()):
        rows_of.setdefault(building.get(key), []).append(row)
    found: dict[int | None, Box] = {}
    for where, of_building in rows_of.items():
        ends = []
        for begin in range(0, len(of_building), _AT_ONCE):
            rows = of_building[begin : begin + _AT_ONCE]
            matrices = placements.matrix_model_from_local[rows]
            turned = corners[placements.mesh[rows]] @ matrices[:, :3, :3].transpose(0, 2, 1)
            points = turned + matrices[:, None, :3, 3]
            ends.append((points.min(axis=(0, 1)), points.max(axis=(0, 1))))
        found[where] = (
            *np.min([least for least, _ in ends], axis=0).tolist(),
            *np.max([most for _, most in ends], axis=0).tolist(),
        )
    return found


def whole_box(boxes: Mapping[int | None, Box]) -> Box | None:
    """Unite boxes; None when there is none."""
    if not boxes:
        return None
    array = np.array(list(boxes.values()))
    return (*array[:, :3].min(axis=0).tolist(), *array[:, 3:].max(axis=0).tolist())


def moved_box(matrix: ArrayLike, box: Box) -> Box:
    """Carry a box through a 4 x 4 matrix and put an upright box around it."""
    m = np.asarray(matrix)
    corners = np.array([[x, y, z] for x in box[::3] for y in box[1::3] for z in box[2::3]])
    moved = corners @ m[:3, :3].T + m[:3, 3]
    return (*moved.min(axis=0).tolist(), *moved.max(axis=0).tolist())


def outlines_of(
    model: Model, places: Places, bodies: Mapping[int, Body]
) -> dict[str, tuple[float, ...]]:
    """Box of the file's elements by building, site frame: how later files recognise the place."""
    found: dict[str, tuple[float, ...]] = {}
    for element in model.elements:
        body = bodies.get(element.key)
        if body is None:
            continue
        where = places.default_building
        if element.building is not None:
            where = places.buildings.get(element.building, where)
        name = str(where)
        old = found.get(name, body.box)
        found[name] = tuple(
            min(a, b) if i < 3 else max(a, b)
            for i, (a, b) in enumerate(zip(old, body.box, strict=True))
        )
    return found
