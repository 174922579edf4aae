"""What a unit may have and has as building area: usable area over K of the buildings it sits in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.asset_registry.auditing.areas import ZERO, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from fangma.asset_registry.auditing.results import BuildingResult, UnitResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What a unit has in one building.

    Attributes
    ----------
    usable_m2 : Decimal
        Offices, service and plant rooms.
    k : Decimal or None
        Least ratio of usable to building area by the standard; None without a height.
    ratio : Decimal or None
        The measured one; None without a building area.
    """

    building: str
    usable_m2: Decimal
    k: Decimal | None
    ratio: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingArea:
    """A unit's basic offices as building area, without C (ancillary rooms).

    Attributes
    ----------
    approved_m2 : Decimal or None
        [A + B + (A + B) x 9 %] / K; in several buildings K is weighed by what the unit has in each.
    used_m2 : Decimal or None
        What it has in each building over that building's measured ratio.
    """

    approved_m2: Decimal | None
    used_m2: Decimal | None
    seats: tuple[Seat, ...]


def building_area(unit: UnitResult, buildings: Mapping[str, BuildingResult]) -> BuildingArea:
    """Tell what a unit may have and has as building area.

    Parameters
    ----------
    buildings : mapping of code to BuildingResult
        Those that the unit sits in at least.

    Notes
    -----
    发改投资〔2014〕2674号, total building area. One of the two is None where a building lacks what
    it needs, where rooms are not measured, and where another unit answers for the total.
    """
    seats = []
    for code, usable in unit.held:
        fact = buildings.get(code)
        seats.append(
            Seat(
                building=code,
                usable_m2=rounded(usable),
                k=fact.required if fact is not None else None,
                ratio=fact.ratio if fact is not None and not fact.missing else None,
            )
        )
    whole = sum((usable for _, usable in unit.held), ZERO)
    approved = used = None
    if whole and unit.allowed_m2 is not None:
        by_k = _over(unit.held, [seat.k for seat in seats])
        approved = rounded(unit.allowed_m2 * by_k / whole) if by_k is not None else None
    if whole and rounded(whole) == unit.used_m2:  # else something is not measured
        gross = _over(unit.held, [seat.ratio for seat in seats])
        used = rounded(gross) if gross is not None else None
    return BuildingArea(approved_m2=approved, used_m2=used, seats=tuple(seats))


def _over(held: Sequence[tuple[str, Decimal]], ratios: Sequence[Decimal | None]) -> Decimal | None:
    """Add up areas over their ratios; None where one has none."""
    total = ZERO
    for (_, usable), ratio in zip(held, ratios, strict=True):
        if not ratio:
            return None
        total += usable / ratio
    return total
