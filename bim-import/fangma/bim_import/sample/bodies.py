"""Closed triangle meshes of fittings and devices, about their own centre. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import manifold3d
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Triple = tuple[float, float, float]
SIDES = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """A closed mesh: vertices in millimetres, faces wound outwards, and a colour of the palette.

    Bodies are compared by identity: the functions here return the same one for the same arguments,
    so that fittings of one shape share one type.
    """

    vertices: tuple[Triple, ...]
    faces: tuple[tuple[int, int, int], ...]
    colour: str


def tube(rings: Sequence[np.ndarray], colour: str) -> Body:
    """Skin rings of equal length (n, 3) and close both ends; rings turn left about the way."""
    count = len(rings[0])
    faces: list[tuple[int, int, int]] = []
    for level in range(len(rings) - 1):
        low, high = level * count, (level + 1) * count
        for i in range(count):
            j = (i + 1) % count
            faces += [(low + i, low + j, high + j), (low + i, high + j, high + i)]
    last = (len(rings) - 1) * count
    for i in range(1, count - 1):
        faces += [(0, i + 1, i), (last, last + i, last + i + 1)]
    points = np.vstack(rings).round(2) + 0.0
    return Body(
        vertices=tuple((float(x), float(y), float(z)) for x, y, z in points),
        faces=tuple(faces),
        colour=colour,
    )


def circle(centre: Triple, way: Triple, radius: float, up: Triple | None = None) -> np.ndarray:
    """Return a ring of :data:`SIDES` points about a direction."""
    d = np.asarray(way, dtype=float)
    side = np.asarray(up, dtype=float) if up else _across(d)
    other = np.cross(d, side)
    angles = [2 * math.pi * (i + 0.5) / SIDES for i in range(SIDES)]
    return np.asarray(centre) + radius * np.array(
        [math.cos(a) * side + math.sin(a) * other for a in angles]
    )


def _across(d: np.ndarray) -> np.ndarray:
    helper = np.array([0.0, 0.0, 1.0]) if abs(d[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    side = np.cross(helper, d)
    return np.asarray(side / np.linalg.norm(side))


@lru_cache(maxsize=512)
def cylinder(start: Triple, end: Triple, radius: float, colour: str) -> Body:
    """Return a cylinder between two points."""
    way = np.subtract(end, start)
    d = tuple(way / np.linalg.norm(way))
    return tube([circle(start, d, radius), circle(end, d, radius)], colour)


@lru_cache(maxsize=512)
def cone(start: Triple, end: Triple, first: float, second: float, colour: str) -> Body:
    """Return a frustum between two points (a reducer)."""
    way = np.subtract(end, start)
    d = tuple(way / np.linalg.norm(way))
    return tube([circle(start, d, first), circle(end, d, second)], colour)


@lru_cache(maxsize=512)
def elbow(start: Triple, end: Triple, radius: float, colour: str) -> Body:
    """Return a bend from ``start`` through the origin's side to ``end`` (a quadratic curve)."""
    a, b = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    normal = np.cross(-a, b)
    normal = normal / np.linalg.norm(normal)
    rings = []
    for t in (0.0, 0.25, 0.5, 0.75, 1.0):
        centre = (1 - t) ** 2 * a + t**2 * b
        way = 2 * (1 - t) * (-a) + 2 * t * b
        d = way / np.linalg.norm(way)
        rings.append(circle(tuple(centre), tuple(d), radius, tuple(normal)))
    return tube(rings, colour)


@lru_cache(maxsize=512)
def box(size: Triple, colour: str, centre: Triple = (0.0, 0.0, 0.0)) -> Body:
    """Return a box about a point."""
    x, y, z = (value / 2 for value in size)
    low = np.array([[-x, -y, -z], [x, -y, -z], [x, y, -z], [-x, y, -z]]) + np.asarray(centre)
    high = low + np.array([0, 0, 2 * z])
    return tube([low, high], colour)


@lru_cache(maxsize=512)
def union(bodies: tuple[Body, ...], colour: str) -> Body:
    """Merge overlapping bodies into one closed mesh."""
    whole = manifold3d.Manifold()
    for body in bodies:
        mesh = manifold3d.Mesh(
            vert_properties=np.asarray(body.vertices, dtype=np.float32),
            tri_verts=np.asarray(body.faces, dtype=np.uint32),
        )
        whole = whole + manifold3d.Manifold(mesh)
    mesh = whole.to_mesh()
    points = np.asarray(mesh.vert_properties)[:, :3].astype(float).round(2) + 0.0
    return Body(
        vertices=tuple((float(x), float(y), float(z)) for x, y, z in points),
        faces=tuple((int(a), int(b), int(c)) for a, b, c in np.asarray(mesh.tri_verts)),
        colour=colour,
    )


@lru_cache(maxsize=512)
def branches(ends: tuple[tuple[Triple, float], ...], colour: str) -> Body:
    """Return a tee or cross: cylinders from the origin to each end with its radius."""
    used: set[int] = set()
    parts: list[Body] = []
    for i, (end, radius) in enumerate(ends):
        if i in used:
            continue
        for j in range(i + 1, len(ends)):
            other, second = ends[j]
            a, b = np.asarray(end), np.asarray(other)
            if np.allclose(a / np.linalg.norm(a), -b / np.linalg.norm(b)) and radius == second:
                parts.append(cylinder(end, other, radius, colour))
                used |= {i, j}
                break
        else:
            way = np.asarray(end) / np.linalg.norm(end)
            thick = max(r for _, r in ends)
            start = tuple(-way * thick * 0.5)
            parts.append(cylinder(start, end, radius, colour))
    return union(tuple(parts), colour) if len(parts) > 1 else parts[0]


def forget() -> None:
    """Empty the caches, so that what is made next does not depend on what was made before."""
    for function in (cylinder, cone, elbow, box, union, branches):
        function.cache_clear()
