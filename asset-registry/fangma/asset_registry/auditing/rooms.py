"""Judge a room: what its occupants may have in it, and what the books say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fangma.asset_registry.auditing.areas import ZERO
from fangma.asset_registry.auditing.books import reconcile
from fangma.asset_registry.auditing.findings import Finding, Severity, Verdict, found
from fangma.asset_registry.auditing.results import Holding, RoomResult
from fangma.asset_registry.auditing.uses import Part, UseClass, use_in_fact

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.results import PersonResult


_NO_OFFICE: Final = (None, None, None)


def judge_room(estate: Estate, code: str, persons: Mapping[str, PersonResult]) -> RoomResult:
    """Judge one room after the people who hold it.

    An office is over when it is larger than what all its occupants may have in it together; a rest
    room or toilet when somebody may not have it; other rooms are judged in their unit's total.
    """
    room, area = estate.rooms[code], estate.areas[code]
    holders = estate.holders(code)
    rows = estate.assigned.get(code, ())
    units = tuple(sorted({row.unit for row in rows if row.unit and not row.person})) if rows else ()
    assignment = rows[0] if rows else None
    use = use_in_fact(room, assignment)
    findings: list[Finding] = []
    held: list[Holding] = []
    too_much = False
    for holder in holders:
        result = persons[holder]
        if len(result.holdings) == 1:
            held.append(result.holdings[0])
        else:
            held += [holding for holding in result.holdings if holding.room == code]
        for finding in result.findings:
            too_much |= finding.rule == "over-ceiling"
            if finding.room == code:
                findings.append(finding)
    allowed, excess, verdict = _office(estate, code, held, findings) if held else _NO_OFFICE
    # An office that somebody who left still holds is not too large: it is told as what it is.
    if verdict is Verdict.OVER and excess is not None and (too_much or not findings):
        findings.append(
            found(
                estate.standard(),
                "over-ceiling",
                f"{code} 室内人员标准合计{allowed}㎡，超{excess}㎡",
                f"{code}: its occupants may have {allowed} m2 here, {excess} m2 over",
                room=code,
            )
        )
    if verdict is None:
        if area is None:
            verdict = Verdict.UNKNOWN
            if not held and use in {UseClass.OFFICE, UseClass.SERVICE, UseClass.PLANT}:
                findings.append(
                    found(
                        estate.standard(),
                        "unknown-area",
                        f"{code} 没有实测面积",
                        f"{code} has no measured area",
                        severity=Severity.UNKNOWN,
                        room=code,
                    )
                )
        elif use is UseClass.OFFICE and units and not holders:
            verdict = Verdict.UNKNOWN
            findings.append(
                found(
                    estate.standard(units[0]),
                    "unknown-rank",
                    f"{code} 分配给单位，未登记使用人，无法按人判定",
                    f"{code} is assigned to a unit; who sits there is not registered",
                    severity=Severity.UNKNOWN,
                    room=code,
                )
            )
        else:
            verdict = Verdict.WITHIN
    findings += reconcile(estate, code)
    return RoomResult(
        code=code,
        building=room.building,
        use=str(use) if use is not None else None,
        area_m2=area,
        allowed_m2=allowed,
        excess_m2=excess,
        verdict=verdict,
        persons=holders,
        units=units,
        findings=tuple(findings),
    )


def _office(
    estate: Estate, code: str, held: list[Holding], findings: list[Finding]
) -> tuple[Decimal | None, Decimal | None, Verdict | None]:
    """Return ceiling, excess and verdict of a room that people hold; no verdict for other rooms."""
    area, allowed = estate.areas[code], ZERO
    is_inside = is_office = False
    is_known = area is not None
    for holding in held:
        if holding.part is Part.OTHER:
            continue
        is_inside = True
        is_office |= holding.part is Part.OFFICE
        if holding.ceiling_m2 is None:
            is_known = False
        else:
            allowed += holding.ceiling_m2
    if not is_inside:
        return _NO_OFFICE
    if not is_office:
        refused = any(f.severity is Severity.VIOLATION for f in findings)
        return None, None, Verdict.OVER if refused else None
    if area is None or not is_known:
        return None, None, Verdict.UNKNOWN
    whole = area
    for annex in estate.annexes(code):
        whole += estate.areas[annex] or ZERO
    excess = max(ZERO, whole - allowed)
    if excess <= estate.tolerance_m2():
        return allowed, excess, Verdict.WITHIN
    return allowed, excess, Verdict.OVER
