"""How a room that several people hold is divided among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.asset_registry.auditing.areas import ZERO, part
from fangma.asset_registry.standards.pack import Sharing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from fangma.asset_registry.auditing.estate import Estate


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """How a room is divided.

    Attributes
    ----------
    shares : mapping of person to Decimal
        Square metres, not rounded; empty when they cannot be told.
    unranked : tuple of str
        Those without whose ceilings pro-rata shares cannot be told.
    is_measured : bool
        Whether the room has an area.
    """

    shares: Mapping[str, Decimal]
    unranked: tuple[str, ...] = ()
    is_measured: bool = True


def divide(estate: Estate, room: str) -> Division:
    """Divide a room among those who hold it.

    Pro rata of ceilings: area x ceiling / sum of the ceilings of all who hold the room, so that
    somebody is over exactly when the room is larger than all ceilings together. Whoever has left
    and still holds the room keeps that share: a colleague must not answer for it. The formula of
    the standard could not be read (docs/audit.md); a rule pack may ask for equal shares.
    """
    area = estate.areas.get(room)
    if area is None:
        return Division(shares={}, is_measured=False)
    holders = estate.holders(room)
    if len(holders) == 1:
        return Division(shares={holders[0]: area})
    if estate.sharing is Sharing.EQUAL:
        weights = dict.fromkeys(holders, ZERO + 1)
    else:
        ceilings = {holder: estate.entitlement(holder).ceiling for holder in holders}
        unranked = tuple(holder for holder, ceiling in ceilings.items() if ceiling is None)
        if unranked:
            return Division(shares={}, unranked=unranked)
        weights = {holder: row.m2.value for holder, row in ceilings.items() if row is not None}
    total = sum(weights.values(), ZERO)
    by_weight = {weight: part(area, weight, total) for weight in set(weights.values())}
    return Division(shares={holder: by_weight[weight] for holder, weight in weights.items()})
