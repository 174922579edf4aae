"""How much two sets of rooms cover each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry import box as rectangle
from shapely.strtree import STRtree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

    from fangma.bim_import.matching.features import Feature

# Two outlines that share this much are one: 1 mm of noise leaves 0.98 of the smallest shaft.
UNMOVED = 0.97
# Of the lower of both rooms: half of its height must be shared to lie on one floor.
_SAME_FLOOR = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two rooms share in plan.

    Attributes
    ----------
    iou : float
        Intersection over union.
    of_old, of_new : float
        Intersection over the area of either.
    up_old, up_new : float
        Part of the height of either that both share; 1 where a height is not known.
    """

    old: int
    new: int
    iou: float
    of_old: float
    of_new: float
    up_old: float = 1.0
    up_new: float = 1.0


def plan_of(feature: Feature) -> BaseGeometry | None:
    """Return the outline of a room, its box where no outline could be measured, or None."""
    plan: BaseGeometry | None = feature.footprint
    if plan is None and feature.box is not None:
        x0, y0, _, x1, y1, _ = feature.box
        plan = rectangle(x0, y0, x1, y1)
    if plan is None:
        return None
    plan = plan if plan.is_valid else shapely.make_valid(plan)
    return plan if plan.area > 0.0 else None


def _on_one_floor(a: Feature, b: Feature) -> bool:
    """Tell whether heights overlap; heights outrank what storeys are called."""
    if a.box is None or b.box is None:
        return a.storey == b.storey
    shared = min(a.box[5], b.box[5]) - max(a.box[2], b.box[2])
    lower = min(a.box[5] - a.box[2], b.box[5] - b.box[2])
    return shared >= _SAME_FLOOR * lower if lower > 0.0 else shared >= -0.05


def _up(a: Feature, b: Feature) -> float:
    """Part of the height of ``a`` that ``b`` shares."""
    if a.box is None or b.box is None or a.box[5] <= a.box[2]:
        return 1.0
    shared = min(a.box[5], b.box[5]) - max(a.box[2], b.box[2])
    return max(0.0, shared / (a.box[5] - a.box[2]))


def overlaps(
    old: Sequence[Feature], olds: Sequence[int], new: Sequence[Feature], news: Sequence[int]
) -> list[Overlap]:
    """Measure every pair of rooms on one floor whose outlines meet; at least 1 % of either."""
    a = [(i, plan) for i in olds if (plan := plan_of(old[i])) is not None]
    b = [(j, plan) for j in news if (plan := plan_of(new[j])) is not None]
    if not a or not b:
        return []
    plans_a = np.array([plan for _, plan in a], dtype=object)
    plans_b = np.array([plan for _, plan in b], dtype=object)
    columns, rows = STRtree(plans_a).query(plans_b)
    columns, rows = rows, columns
    shared = shapely.area(shapely.intersection(plans_a[columns], plans_b[rows]))
    area_a, area_b = shapely.area(plans_a)[columns], shapely.area(plans_b)[rows]
    found = []
    for column, row, common, one, other in zip(
        columns.tolist(), rows.tolist(), shared.tolist(), area_a.tolist(), area_b.tolist(),
        strict=True,
    ):  # fmt: skip
        i, j = a[column][0], b[row][0]
        if common < 0.01 * min(one, other) or not _on_one_floor(old[i], new[j]):
            continue
        found.append(
            Overlap(
                old=i, new=j, iou=common / (one + other - common),
                of_old=common / one, of_new=common / other,
                up_old=_up(old[i], new[j]), up_new=_up(new[j], old[i]),
            )
        )  # fmt: skip
    return found


def same_form(a: Feature, b: Feature) -> float:
    """Measure intersection over union of two outlines laid centre on centre; 0 without outlines."""
    one, other = plan_of(a), plan_of(b)
    if one is None or other is None:
        return 0.0
    dx, dy = one.centroid.x - other.centroid.x, one.centroid.y - other.centroid.y
    laid = shapely.transform(other, lambda xy: xy + np.array([dx, dy]))
    common = one.intersection(laid).area
    return float(common / (one.area + laid.area - common))
