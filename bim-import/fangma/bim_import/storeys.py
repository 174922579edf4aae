"""Which storey of the registry a storey of a file is: by GlobalId, else by height and name.

Disciplines draw their own storeys for one floor (structure 8 cm below finish), in their own units
and with their own GlobalIds; a Level 1 exists in every building, so a name alone never decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from fangma.bim_import.model import Storey

# Two levels closer than this, drawn by two disciplines, are one floor.
_SAME_FLOOR_M = 0.15
_UNLIKELY = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStorey:
    """A storey of the registry; height in metres above the building's own zero."""

    id: UUID
    guids: frozenset[str]
    name: str
    elevation_m: float


def match_storeys(
    storeys: Sequence[Storey], known: Sequence[KnownStorey], *, zero_m: float = 0.0
) -> dict[int, UUID]:
    """Match the storeys of one building of a file with those that the registry has of it.

    Parameters
    ----------
    zero_m : float
        Height of the file's zero above the building's zero in the registry.

    Returns
    -------
    ids : dict of int to UUID
        By storey key; storeys that are new are missing from it.
    """
    found: dict[int, UUID] = {}
    free = {k.id: k for k in known}
    for storey in storeys:
        same = [k for k in free.values() if storey.guid is not None and storey.guid in k.guids]
        if len(same) == 1:
            found[storey.key] = same[0].id
            del free[same[0].id]
    rest = [s for s in storeys if s.key not in found]
    others = list(free.values())
    if not rest or not others:
        return found
    from scipy.optimize import linear_sum_assignment  # slow to load, and seldom needed

    cost = np.full((len(rest), len(others)), _UNLIKELY)
    for row, storey in enumerate(rest):
        for column, other in enumerate(others):
            gap = abs(storey.elevation_m + zero_m - other.elevation_m)
            same_name = bool(storey.name) and storey.name.strip() == other.name.strip()
            if gap <= _SAME_FLOOR_M:
                cost[row, column] = gap - (1.0 if same_name else 0.0)
    for row, column in zip(*linear_sum_assignment(cost), strict=True):
        if cost[row, column] < _UNLIKELY:
            found[rest[row].key] = others[column].id
    return found
