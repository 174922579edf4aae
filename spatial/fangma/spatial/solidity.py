"""Is a point inside a body? By generalised winding numbers, so that small holes do not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fangma.spatial.vectors import cross

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Points times triangles worked on at once: tens of megabytes.
_AT_ONCE = 400_000
_INSIDE_FROM = 0.5
_FLATTEST_M2 = 1e-9


def winding_numbers(points: Floats, triangles: Floats) -> Floats:
    """Measure how many times a surface winds around points (Jacobson and others, 2013).

    Parameters
    ----------
    points : (n, 3) float64
        Metres, frame of the triangles.
    triangles : (m, 3, 3) float64
        Wound outward; a surface with holes or of several shells will do.

    Returns
    -------
    numbers : (n,) float64
        1 inside a closed body, 0 outside, between the two near a hole.

    Examples
    --------
    >>> corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]])
    >>> faces = corners[[[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]]
    >>> winding_numbers(np.array([[0.1, 0.1, 0.1], [1, 1, 1.0]]), faces).round(6).tolist()
    [1.0, 0.0]
    """
    numbers = np.zeros(len(points))
    if not len(triangles):
        return numbers
    step = max(1, _AT_ONCE // len(triangles))
    for first in range(0, len(points), step):
        some = points[first : first + step]
        a, b, c = (triangles[None, :, k] - some[:, None] for k in range(3))
        la, lb, lc = (np.linalg.norm(each, axis=2) for each in (a, b, c))
        volume = np.einsum("ijk,ijk->ij", a, cross(b, c))
        below = (
            la * lb * lc
            + np.einsum("ijk,ijk->ij", a, b) * lc
            + np.einsum("ijk,ijk->ij", b, c) * la
            + np.einsum("ijk,ijk->ij", c, a) * lb
        )
        numbers[first : first + step] = np.arctan2(volume, below).sum(axis=1) / (2.0 * np.pi)
    return numbers


def are_inside(points: Floats, triangles: Floats) -> NDArray[np.bool_]:
    """Tell which points lie inside a body, whichever way its faces are wound.

    A mirrored placement winds them inward.
    """
    inside = np.zeros(len(points), dtype=bool)
    if not len(triangles) or not len(points):
        return inside
    corners = triangles.reshape(-1, 3)
    near = ((points >= corners.min(axis=0)) & (points <= corners.max(axis=0))).all(axis=1)
    if near.any():
        numbers = np.abs(winding_numbers(points[near], triangles))
        inside[near] = numbers > _INSIDE_FROM
    return inside


def heights_at(triangles: Floats, place: Floats) -> Floats:
    """Return the heights at which a vertical line meets a surface.

    Parameters
    ----------
    triangles : (m, 3, 3) float64
    place : (2,) float64
        x and y, in the triangles' frame.

    Returns
    -------
    heights : (k,) float64
        In no order; faces that stand upright are not met.
    """
    a, b, c = (triangles[:, k, :2] for k in range(3))
    edge1, edge2, off = b - a, c - a, place - a
    twice = edge1[:, 0] * edge2[:, 1] - edge1[:, 1] * edge2[:, 0]
    flat = np.abs(twice) > _FLATTEST_M2
    safe = np.where(flat, twice, 1.0)
    u = (off[:, 0] * edge2[:, 1] - off[:, 1] * edge2[:, 0]) / safe
    v = (edge1[:, 0] * off[:, 1] - edge1[:, 1] * off[:, 0]) / safe
    met = flat & (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0)
    z = triangles[met, :, 2]
    heights: Floats = z[:, 0] + u[met] * (z[:, 1] - z[:, 0]) + v[met] * (z[:, 2] - z[:, 0])
    return heights
