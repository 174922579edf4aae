"""Rooms that were divided or thrown together, by shares of area."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import shapely

from fangma.bim_import.matching.overlap import Overlap, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fangma.bim_import.matching.features import Feature
    from fangma.bim_import.matching.ledger import Ledger

_INSIDE = 0.9  # of a part lies in the whole
_COVERED = 0.8  # of the whole is covered by its parts: walls between them take some
_LEAST_PART = 0.1  # a smaller one is a closet cut off, and the room stays what it was
_ONCE_ONLY = 1.05  # parts lie beside each other: together they are not larger than their union


def tie_splits_and_merges(ledger: Ledger, found: Sequence[Overlap]) -> None:
    """Find old rooms that free new ones tile, and new rooms that free old ones tile."""
    free = [o for o in found if o.old in ledger.free_old and o.new in ledger.free_new]
    for one, several in _tiled(
        ledger.old, ledger.new, [(o.old, o.new, o.of_old, o.of_new) for o in free]
    ):
        ledger.split(one, several)
    free = [o for o in free if o.old in ledger.free_old and o.new in ledger.free_new]
    for one, several in _tiled(
        ledger.new, ledger.old, [(o.new, o.old, o.of_new, o.of_old) for o in free]
    ):
        ledger.merge(one, several)


def _tiled(
    wholes: Sequence[Feature],
    parts: Sequence[Feature],
    shares: Iterable[tuple[int, int, float, float]],
) -> list[tuple[int, list[int]]]:
    """List wholes with their parts; ``shares`` are whole, part, share of whole, of part."""
    inside: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for whole, part, of_whole, of_part in shares:
        if of_part >= _INSIDE and of_whole >= _LEAST_PART:
            inside[whole].append((part, of_whole))
    found: list[tuple[int, list[int]]] = []
    taken: set[int] = set()
    ordered = sorted(inside.items(), key=lambda item: -sum(share for _, share in item[1]))
    for whole, candidates in ordered:
        several = [part for part, _ in candidates if part not in taken]
        covered = sum(share for part, share in candidates if part not in taken)
        if len(several) < 2 or covered < _COVERED:
            continue
        plans = [plan_of(parts[p]) for p in several]
        together = shapely.union_all(plans).area
        if sum(p.area for p in plans if p is not None) > _ONCE_ONLY * together:
            continue
        found.append((whole, several))
        taken.update(several)
    return found
