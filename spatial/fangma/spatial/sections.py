"""Cut solids by a level plane: what stands in the way at a height. Triangles, metres, z up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Corners of neighbouring triangles meet within this.
_GRID_M: Final = 1e-4
#: What does not close to an area is as thick as a sheet.
_SHEET_M: Final = 0.01


def section_at(triangles: NDArray[np.float64], height: float) -> shapely.Geometry:
    """Return the outline of a body at a height.

    Parameters
    ----------
    triangles : (m, 3, 3) float64
        Metres, z up.
    height : float
        Of the plane.

    Returns
    -------
    section : Polygon or MultiPolygon
        Empty when the body does not reach the plane. The faces of a body that is not closed are
        sheets of 1 cm.
    """
    # No corner lies in the plane: what stands on it is cut, what ends below it is not.
    z = triangles[:, :, 2] - height
    z = np.where(np.abs(z) < 1e-9, -1e-9, z)
    above = z > 0.0
    crossing = above.any(axis=1) & ~above.all(axis=1)
    if not crossing.any():
        return shapely.Polygon()
    corners, z, above = triangles[crossing], z[crossing], above[crossing]
    # The corner that is alone on its side; both cut edges begin there.
    alone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), (~above).argmax(axis=1))
    rows = np.arange(len(corners))
    tip, tip_z = corners[rows, alone], z[rows, alone]
    cut = []
    for step in (1, 2):
        other = (alone + step) % 3
        share = tip_z / (tip_z - z[rows, other])
        cut.append(tip[:, :2] + share[:, None] * (corners[rows, other, :2] - tip[:, :2]))
    lines = shapely.linestrings(np.stack(cut, axis=1))
    lines = lines[shapely.length(lines) > _GRID_M]
    if not len(lines):
        return shapely.Polygon()
    net = shapely.union_all(lines, grid_size=_GRID_M)
    area = shapely.build_area(net)
    if area is None or area.is_empty:
        return net.buffer(_SHEET_M / 2, cap_style="square")
    loose = net.difference(area.buffer(_GRID_M))
    if loose.is_empty:
        return area
    return area.union(loose.buffer(_SHEET_M / 2, cap_style="square"))
