"""The grey mass that stands for secret rooms: where they are, not how many, how large or what.

One body for all of them. Walls between neighbours vanish (the outline is closed over half a
metre), and outline and heights are rounded outward to a quarter of a metre, so that neither a
count nor an area can be read from the shape.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import manifold3d
import numpy as np
import shapely

from fangma.spatial.mesh import Mesh, Placements

if TYPE_CHECKING:
    from numpy.typing import NDArray

GREY: Final = 0x8C8C8CFF
MASS_ELEMENT: Final = 0
_CLOSING_M: Final = 0.5
_ROUNDING_M: Final = 0.25


def mass(placements: Placements) -> Placements | None:
    """Melt all bodies into one anonymous grey mass.

    Parameters
    ----------
    placements : Placements
        The bodies to hide, and no others; those of one storey.

    Returns
    -------
    mass : Placements or None
        One mesh, one row, element :data:`MASS_ELEMENT`; None when nothing has an area in plan.
    """
    outlines: list[shapely.Geometry] = []
    heights: list[tuple[float, float]] = []
    for row in range(len(placements.element)):
        corners = placements.placed(row)[placements.meshes[placements.mesh[row]].triangles]
        corners = corners[np.isfinite(corners).all(axis=(1, 2))]
        outline = _outline(corners[:, :, :2])
        if not outline.is_empty:
            outlines.append(outline)
            heights.append((float(corners[:, :, 2].min()), float(corners[:, :, 2].max())))
    if not outlines:
        return None
    origin = np.floor([*shapely.total_bounds(outlines)[:2], min(low for low, _ in heights)])
    prisms = [
        _prism(polygon, low - origin[2], high - origin[2])
        for members, low, high in _stacks(heights)
        for polygon in _rounded([outlines[member] for member in members], origin)
    ]
    solid = manifold3d.Manifold.batch_boolean(prisms, manifold3d.OpType.Add).to_mesh()
    triangles = np.asarray(solid.tri_verts, dtype=np.uint32)
    matrix = np.eye(4)[None]
    matrix[0, :3, 3] = origin
    return Placements(
        meshes=(
            Mesh(
                vertices=np.asarray(solid.vert_properties, dtype=np.float64)[:, :3],
                triangles=triangles,
                colours=np.full(len(triangles), GREY, np.uint32),
            ),
        ),
        element=np.array([MASS_ELEMENT], dtype=np.int64),
        mesh=np.zeros(1, np.int32),
        matrix_model_from_local=matrix,
        kernel=np.zeros(1, np.int8),
        kernels=("mass",),
    )


def _outline(plan: NDArray[np.float64]) -> shapely.Geometry:
    """Unite the triangles of a body as seen from above, (n, 3, 2) metres."""
    u, v = plan[:, 1] - plan[:, 0], plan[:, 2] - plan[:, 0]
    level = plan[np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) > 1e-6]
    if not len(level):
        return shapely.Polygon()
    return shapely.union_all(shapely.polygons(level), grid_size=0.001)


def _stacks(heights: list[tuple[float, float]]) -> list[tuple[list[int], float, float]]:
    """Group bodies whose heights overlap: members, lowest and highest, rounded outward."""
    stacks: list[tuple[list[int], float, float]] = []
    for member in sorted(range(len(heights)), key=lambda m: (heights[m], m)):
        low, high = heights[member]
        if stacks and low < stacks[-1][2]:
            members, bottom, top = stacks.pop()
            stacks.append(([*members, member], bottom, max(top, high)))
        else:
            stacks.append(([member], low, high))
    step = _ROUNDING_M
    return [
        (members, math.floor(low / step) * step, math.ceil(high / step) * step)
        for members, low, high in stacks
    ]


def _rounded(
    outlines: list[shapely.Geometry], origin: NDArray[np.float64]
) -> list[shapely.Polygon]:
    """Close the gaps between outlines and round what is left, relative to ``origin``."""
    whole = shapely.union_all(outlines).buffer(_CLOSING_M, join_style="mitre")
    whole = whole.buffer(_ROUNDING_M - _CLOSING_M, join_style="mitre")
    whole = shapely.transform(whole, lambda points: points - origin[:2])
    rounded = shapely.set_precision(whole, _ROUNDING_M)
    return [
        part
        for part in shapely.get_parts(rounded)
        if isinstance(part, shapely.Polygon) and not part.is_empty
    ]


def _prism(polygon: shapely.Polygon, low: float, high: float) -> manifold3d.Manifold:
    rings = [polygon.exterior, *polygon.interiors]
    section = manifold3d.CrossSection(
        [np.asarray(ring.coords)[:-1] for ring in rings], manifold3d.FillRule.EvenOdd
    )
    return section.extrude(max(high - low, _ROUNDING_M)).translate((0.0, 0.0, low))
