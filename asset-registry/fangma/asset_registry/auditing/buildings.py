"""Judge a building: its usable-area ratio against K of the standard."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from fangma.asset_registry.auditing.areas import ZERO, read_area, rounded
from fangma.asset_registry.auditing.findings import Verdict
from fangma.asset_registry.auditing.heights import ROOF_M
from fangma.asset_registry.auditing.results import BuildingResult
from fangma.asset_registry.auditing.uses import UseClass, use_class
from fangma.asset_registry.standards.building_area import usable_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.facts import BuildingFact

_RATIO = Decimal("0.0001")


def judge_buildings(estate: Estate, buildings: Iterable[BuildingFact]) -> list[BuildingResult]:
    """Compare usable with building area, by the height of each building.

    Notes
    -----
    K of the standard is a least ratio for basic offices in a design; here it is measured over all
    rooms that are not circulation. Low ratios waste area, they are no offence of its users.
    """
    usable: dict[str, Decimal] = {}
    unmeasured: dict[str, int] = {}
    for room, area in zip(estate.rooms.values(), estate.areas.values(), strict=True):
        if room.building is None or use_class(room.use) is UseClass.CIRCULATION:
            continue
        if area is None:
            unmeasured[room.building] = unmeasured.get(room.building, 0) + 1
        else:
            usable[room.building] = usable.get(room.building, ZERO) + area
    results = []
    for fact in sorted(buildings, key=lambda building: building.code):
        gross = read_area(fact.gross_m2)
        height = _height(estate, fact)
        required = usable_ratio(estate.standard(), height)
        missing = []
        if not gross:
            missing.append("gross_m2")
        if height is None:
            missing.append("height_m")
        if unmeasured.get(fact.code):
            missing.append("measured_m2")
        own = rounded(usable.get(fact.code, ZERO))
        ratio = (own / gross).quantize(_RATIO, ROUND_HALF_UP) if gross else None
        verdict = Verdict.UNKNOWN
        if not missing and ratio is not None and required is not None:
            verdict = Verdict.WITHIN if ratio >= required.value else Verdict.OVER
        results.append(
            BuildingResult(
                code=fact.code,
                usable_m2=own,
                gross_m2=gross,
                ratio=ratio,
                required=required.value if required is not None else None,
                verdict=verdict,
                missing=tuple(missing),
                height_m=fact.height_m,
                height_basis=fact.height_basis if fact.height_m is not None else None,
                net_m2=read_area(fact.net_m2),
            )
        )
    return results


def _height(estate: Estate, fact: BuildingFact) -> float | None:
    """Return the height that decides K; None when a measured one may lie on either side."""
    if fact.height_m is None or fact.height_basis == "record":
        return fact.height_m
    limit = float(estate.standard().figures["high_rise_above_m"].value)
    return None if limit - ROOF_M < fact.height_m <= limit else fact.height_m
