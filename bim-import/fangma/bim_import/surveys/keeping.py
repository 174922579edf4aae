"""Which things of a survey are those that it laid before: by number, else by place."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.asset_registry.store.known import EntryRow
    from fangma.bim_import.surveys.laying import Laid

#: A line that was measured again lies within this of where it lay, at every corner of its box.
_SAME_PLACE_M: Final = 0.25


def same_things(laid: Sequence[Laid], held: Sequence[EntryRow]) -> list[UUID | None]:
    """Find what each thing was in the registry; None for what is new.

    A thing with the number of one before, of the same kind and system, is that one. Of the rest, a
    thing is the one before in whose place it lies, when each is nearest to the other: a survey that
    was numbered anew keeps its codes.
    """
    by_number = {(row.guid, row.kind): row for row in held}
    same: list[UUID | None] = []
    for each in laid:
        row = by_number.get((each.key, each.kind))
        is_same = row is not None and row.system in {each.system, None}
        same.append(row.entry_id if row is not None and is_same else None)
    taken = set(same)
    waiting: dict[tuple[str, str | None], list[EntryRow]] = defaultdict(list)
    for row in held:
        if row.entry_id not in taken and row.extent is not None:
            waiting[row.kind, row.system].append(row)
    fresh: dict[tuple[str, str | None], list[int]] = defaultdict(list)
    for i, each in enumerate(laid):
        if same[i] is None:
            fresh[each.kind, each.system].append(i)
    for group, rows in fresh.items():
        others = waiting.get(group)
        if not others:
            continue
        for i, k in _nearest_both_ways(
            np.array([laid[i].box for i in rows]), np.array([row.extent for row in others])
        ):
            same[rows[i]] = others[k].entry_id
    return same


def _nearest_both_ways(
    new: np.typing.NDArray[np.float64], old: np.typing.NDArray[np.float64]
) -> list[tuple[int, int]]:
    from scipy.spatial import cKDTree

    away, at = cKDTree(old).query(new, p=np.inf)
    _, back = cKDTree(new).query(old, p=np.inf)
    return [
        (i, int(k))
        for i, (k, distance) in enumerate(zip(at.tolist(), away.tolist(), strict=True))
        if distance <= _SAME_PLACE_M and back[k] == i
    ]
