"""Rooms that were divided or thrown together, by shares of area."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import shapely

from fangma.bim_import.matching.overlap import UNMOVED, Overlap, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fangma.bim_import.matching.features import Feature
    from fangma.bim_import.matching.ledger import Ledger

_INSIDE = 0.9  # of a part lies in the whole
_UPRIGHT = 0.7  # of its height too: a stair through two storeys is no part of either hall
_COVERED = 0.8  # of the whole is covered by its parts: walls between them take some
_LEAST_PART_M2 = 1.0  # a smaller one is a shaft or a slip of the pen ...
_LEAST_PART = 0.1  # ... unless the whole is as small


def tie_splits_and_merges(ledger: Ledger, found: Sequence[Overlap]) -> None:
    """Find old rooms that new ones tile, and new rooms that old ones tile.

    A room that stayed what it was is no part of another one: an outline drawn around a whole storey
    was not split into its rooms. A closet that a hall took in is a part, however small: who has the
    hall now has more than the hall, and a person may say otherwise.
    """
    twins = [o for o in found if o.iou >= UNMOVED]
    old_twins: dict[int, set[int]] = defaultdict(set)
    new_twins: dict[int, set[int]] = defaultdict(set)
    for o in twins:
        old_twins[o.old].add(o.new)
        new_twins[o.new].add(o.old)
    splits = _tiled(
        ledger.old,
        ledger.new,
        new_twins,
        [(o.old, o.new, o.of_old, o.of_new) for o in found if o.up_new >= _UPRIGHT],
    )
    for one, several in splits:
        ledger.split(one, several)
    merges = _tiled(
        ledger.new, ledger.old, old_twins,
        [
            (o.new, o.old, o.of_new, o.of_old)
            for o in found
            if o.up_old >= _UPRIGHT
            and o.old in ledger.free_old
            and o.new in ledger.free_new
        ],
    )  # fmt: skip
    for one, several in merges:
        ledger.merge(one, several)


def _tiled(
    wholes: Sequence[Feature],
    parts: Sequence[Feature],
    twins: Mapping[int, set[int]],
    shares: Iterable[tuple[int, int, float, float]],
) -> list[tuple[int, list[int]]]:
    """List wholes with their parts.

    Parameters
    ----------
    twins : mapping
        By part, the wholes whose outline is the same.
    shares : iterable of (whole, part, share of whole, share of part)
    """
    inside: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for whole, part, of_whole, of_part in shares:
        if of_part >= _INSIDE and twins.get(part, {whole}) <= {whole}:
            inside[whole].append((part, of_whole))
    found: list[tuple[int, list[int]]] = []
    taken: set[int] = set()
    ordered = sorted(inside.items(), key=lambda item: -sum(share for _, share in item[1]))
    for whole, candidates in ordered:
        several = [part for part, _ in candidates if part not in taken]
        covered = sum(share for part, share in candidates if part not in taken)
        if len(several) < 2 or covered < _COVERED:
            continue
        if not _lie_apart([parts[p] for p in several], wholes[whole]):
            continue
        found.append((whole, several))
        taken.update(several)
    return found


def _lie_apart(parts: Sequence[Feature], whole: Feature) -> bool:
    """Tell whether parts are rooms of their own beside each other."""
    around = plan_of(whole)
    plans = [plan for part in parts if (plan := plan_of(part)) is not None]
    if around is None or len(plans) < len(parts):
        return False
    least = min(_LEAST_PART_M2, _LEAST_PART * around.area)
    for index, plan in enumerate(plans):
        others = shapely.union_all([*plans[:index], *plans[index + 1 :]])
        if plan.area < least or plan.difference(others).area < _INSIDE * plan.area:
            return False
    return True
