"""The total building area that the standard allows: S = [A + B + (A + B) x 9 %] / K + C."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from fangma.asset_registry.standards.errors import StandardError
from fangma.asset_registry.standards.standard import CENT

if TYPE_CHECKING:
    from fangma.asset_registry.standards.figures import Figure
    from fangma.asset_registry.standards.standard import Standard


def usable_ratio(standard: Standard, height_m: float | None) -> Figure | None:
    """Return K by the height of the building; None when the height is not known.

    Notes
    -----
    发改投资〔2014〕2674号: at least 65 % for multi-storey, 60 % for high-rise buildings.
    """
    if height_m is None:
        return None
    limit = standard.figures["high_rise_above_m"].value
    high = Decimal(repr(height_m)) > limit
    return standard.figures[f"usable_ratio_{'high_rise' if high else 'multi_storey'}"]


def total_building_area(
    standard: Standard,
    *,
    offices_m2: Decimal,
    services_m2: Decimal,
    ancillary_m2: Decimal,
    ratio: Decimal,
) -> Decimal:
    """Return S in square metres of building area.

    Parameters
    ----------
    offices_m2, services_m2 : Decimal
        A and B, usable area.
    ancillary_m2 : Decimal
        C, building area.
    ratio : Decimal
        K, in (0, 1]: of the standard, or measured on the building.

    Raises
    ------
    StandardError
        When K is no ratio.
    """
    if not 0 < ratio <= 1:
        raise StandardError(
            f"found a usable-area ratio of {ratio}, expected more than 0 and at most 1",
            "give usable area divided by building area, such as 0.65",
        )
    plant = standard.figures["plant_share"].value
    basic = (offices_m2 + services_m2) * (1 + plant)
    return (basic / ratio + ancillary_m2).quantize(CENT, ROUND_HALF_UP)


def ancillary_area(
    standard: Standard,
    *,
    authorised: int = 0,
    cars: int = 0,
    bicycles: int = 0,
    motorcycles: int = 0,
    guards: int = 0,
) -> Decimal:
    """Return C: canteen, garages and guard rooms, square metres of building area.

    Notes
    -----
    发改投资〔2014〕2674号, 附属用房. Civil-defence rooms follow rules of their own and are added
    by the caller.
    """
    m2 = {name: figure.value for name, figure in standard.figures.items()}
    diners = min(Decimal(authorised), m2["canteen_small_up_to"])
    parked = min(Decimal(cars), m2["garage_up_to"])
    total = (
        diners * m2["canteen_small_m2"]
        + (authorised - diners) * m2["canteen_large_m2"]
        + parked * m2["garage_m2"]
        + (cars - parked) * m2["garage_large_m2"]
        + bicycles * m2["bicycle_m2"]
        + motorcycles * m2["motorcycle_m2"]
        + guards * m2["guard_m2"]
    )
    return total.quantize(CENT, ROUND_HALF_UP)
