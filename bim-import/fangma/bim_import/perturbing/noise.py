"""Noise on coordinates that does not tear bodies apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import random

    import ifcopenshell

    Instance = ifcopenshell.entity_instance

_WAVES = 8


class Noise:
    """A smooth random field of displacements, at most ``reach`` in each direction.

    Points at one place move alike, however often the file repeats them, and points that are almost
    together move almost alike: loops stay closed and thin walls stay thin.
    """

    def __init__(self, chance: random.Random, reach: float, unit_m: float) -> None:
        self._reach = reach / unit_m
        length = np.array([chance.uniform(0.3, 3.0) for _ in range(_WAVES)]) / unit_m
        turn = np.array(
            [[chance.gauss(0, 1) for _ in range(3)] for _ in range(_WAVES)], dtype=np.float64
        )
        turn /= np.linalg.norm(turn, axis=1, keepdims=True)
        self._waves = turn * (2 * math.pi / length)[:, None]
        self._phases = np.array(
            [[chance.uniform(0, 2 * math.pi) for _ in range(_WAVES)] for _ in range(3)]
        )

    def at(self, points: np.ndarray) -> np.ndarray:
        """Displace (n, 2) or (n, 3) points in file units."""
        width = points.shape[1]
        arguments = points @ self._waves[:, :width].T
        moved = points.copy()
        for axis in range(width):
            wave = np.sin(arguments + self._phases[axis]).mean(axis=1)
            # The mean of eight waves seldom comes near 1: stretched, then held.
            moved[:, axis] += self._reach * np.clip(2.0 * wave, -1.0, 1.0)
        return moved


def add_noise(
    file: ifcopenshell.file, chance: random.Random, reach_m: float, unit_m: float
) -> None:
    """Displace every point of every body smoothly, and every placement for itself."""
    if reach_m <= 0.0:
        return
    field = Noise(chance, reach_m, unit_m)
    reach = reach_m / unit_m
    for point in file.by_type("IfcCartesianPoint"):
        old = np.array([point.Coordinates], dtype=np.float64)
        if old.shape[1] < 2 or not np.isfinite(old).all():
            continue
        users = file.get_inverse(point)
        if users and all(_places_products(file, user) for user in users):
            step = [chance.uniform(-reach, reach) for _ in range(old.shape[1])]
            new = old + np.array([step])
        else:
            new = field.at(old)
        point.Coordinates = tuple(float(v) for v in new[0])
    for name in ("IfcCartesianPointList2D", "IfcCartesianPointList3D"):
        try:
            lists = file.by_type(name)
        except RuntimeError:  # IFC2X3 has none
            continue
        for points in lists:
            moved = field.at(np.array(points.CoordList, dtype=np.float64))
            points.CoordList = [tuple(float(v) for v in row) for row in moved]


def _places_products(file: ifcopenshell.file, axes: Instance) -> bool:
    if not axes.is_a("IfcAxis2Placement3D"):
        return False
    users = file.get_inverse(axes)
    return bool(users) and all(u.is_a("IfcLocalPlacement") for u in users)
