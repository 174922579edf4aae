"""Judge a unit: offices, service rooms and plant against the approved area."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.auditing.areas import ZERO, rounded
from fangma.asset_registry.auditing.findings import Finding, Severity, Verdict, found
from fangma.asset_registry.auditing.results import Quantity, UnitResult
from fangma.asset_registry.auditing.standing import LEFT, State, standing
from fangma.asset_registry.auditing.uses import Part, UseClass, use_in_fact
from fangma.asset_registry.standards.ranks import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from fangma.asset_registry.auditing.estate import Estate
    from fangma.asset_registry.auditing.results import PersonResult


_COUNTED: Final = (UseClass.OFFICE, UseClass.SERVICE, UseClass.PLANT)
_GONE: Final = frozenset({State.OVERDUE, State.UNDATED})


@dataclass(slots=True)
class _Use:
    """Square metres in use; ``missing`` counts rooms that could not be added."""

    m2: Decimal = ZERO
    missing: int = 0

    @property
    def whole(self) -> Decimal | None:
        return None if self.missing else rounded(self.m2)


def judge_unit(
    estate: Estate,
    code: str,
    persons: Mapping[str, PersonResult],
    members: Iterable[str],
) -> UnitResult:
    """Judge one unit with the units below it that have no authorised strength of their own.

    Approved: A, the ceilings of its authorised posts or else of the people in post; B, service
    rooms by the authorised strength; plant, 9 % of A + B. The excess is never less than the sum of
    what its people have too much: what one lacks makes up for nobody.

    Parameters
    ----------
    members : iterable of str
        Units for which ``code`` answers, itself among them; none when another answers for it.
    """
    fact = estate.units[code]
    answering = estate.group[code]
    own = sorted(members) if answering == code else [code]
    staff = sorted(
        person
        for person in estate.staff.get(answering, ())
        if answering == code or estate.people[person].unit == code
    )
    used, held = _used(estate, own, [persons[person] for person in staff])
    standard = estate.standard(code)
    findings: list[Finding] = []
    offices = _approved_offices(estate, code, staff)
    services = None
    plant = None
    if answering == code:
        rooms = standard.service_area(fact.organ_class, fact.authorised or 0)
        services = rooms.total_m2 if rooms is not None else None
        share = standard.figures.get("plant_share")
        if offices is not None and services is not None and share is not None:
            plant = rounded((offices + services) * share.value)
    total = None
    if offices is not None and services is not None and plant is not None:
        total = offices + services + plant
    persons_excess = sum((persons[person].excess_m2 or ZERO for person in staff), ZERO)
    in_use = _Use(
        sum((kind.m2 for kind in used.values()), ZERO),
        sum(kind.missing for kind in used.values()),
    )
    beyond = rounded(in_use.m2) - total if total is not None else ZERO
    excess = max(persons_excess, beyond, ZERO)
    is_known = total is not None and in_use.whole is not None
    if answering != code:  # the total is another unit's; the people are its own
        is_known = all(persons[person].verdict is not Verdict.UNKNOWN for person in staff)
    is_over = excess > estate.tolerance_m2(code)
    if is_over:
        if beyond > estate.tolerance_m2(code):
            findings.append(
                found(
                    standard,
                    "unit-total",
                    f"核定{total}㎡，使用{rounded(in_use.m2)}㎡，超{beyond}㎡",
                    f"approved {total} m2, in use {rounded(in_use.m2)} m2, {beyond} m2 over",
                )
            )
        if persons_excess > 0:
            findings.append(
                found(
                    standard,
                    "over-ceiling",
                    f"超标人员超标面积之和{persons_excess}㎡(不以他人结余抵扣)",
                    f"its people have {persons_excess} m2 too much together; nothing is set off",
                )
            )
    elif not is_known and answering == code and (staff or in_use.m2 or in_use.missing):
        zh, en = _missing(fact.authorised, services, offices, in_use.missing)
        rule = "unknown-area" if in_use.missing and total is not None else "unknown-rank"
        findings.append(found(standard, rule, zh, en, severity=Severity.UNKNOWN))
    verdict = Verdict.OVER if is_over else Verdict.WITHIN if is_known else Verdict.UNKNOWN
    return UnitResult(
        code=code,
        name=fact.name,
        judged_in=answering,
        allowed_m2=total,
        used_m2=in_use.whole if not is_over else rounded(in_use.m2),
        excess_m2=None if verdict is Verdict.UNKNOWN else excess,
        verdict=verdict,
        persons_excess_m2=persons_excess,
        offices=Quantity(allowed_m2=offices, used_m2=used[UseClass.OFFICE].whole),
        services=Quantity(allowed_m2=services, used_m2=used[UseClass.SERVICE].whole),
        plant=Quantity(allowed_m2=plant, used_m2=used[UseClass.PLANT].whole),
        findings=tuple(findings),
        held=tuple(sorted(held.items())),
    )


def _used(
    estate: Estate, units: Iterable[str], staff: Iterable[PersonResult]
) -> tuple[dict[UseClass, _Use], dict[str, Decimal]]:
    """Add up what people hold, by share, and what units hold, by equal parts.

    Returns
    -------
    used : by class of use
    held : by building; what stands in none is left out
    """
    # Shares are listed in order and added up at the end: most of a large audit's additions.
    shares: dict[UseClass, list[Decimal | None]] = {kind: [] for kind in _COUNTED}
    rooms, areas, assigned = estate.rooms, estate.areas, estate.assigned
    standing_in: defaultdict[str, list[Decimal]] = defaultdict(list)

    def add(code: str, kind: UseClass, share: Decimal | None) -> None:
        shares[kind].append(share)
        room = rooms.get(code)
        if share is not None and room is not None and room.building is not None:
            standing_in[room.building].append(share)

    for person in staff:
        for holding in person.holdings:
            if holding.part is not Part.OTHER:
                add(holding.room, UseClass.OFFICE, holding.share)
            elif holding.use in shares:
                add(holding.room, holding.use, holding.share)
    thirds: list[tuple[str, UseClass, Decimal]] = []
    for unit in units:
        for code in estate.unit_rooms.get(unit, ()):
            room = rooms.get(code)
            rows = assigned[code]
            first = rows[0]
            if room is None or first.person is not None:
                continue  # its people's shares have been counted
            if len(rows) > 1 and any(row.person is not None for row in rows):
                continue
            kind = use_in_fact(room, first)
            if kind in shares:
                area = areas[code]
                heads = len({row.unit for row in rows}) if len(rows) > 1 else 1
                if area is None or heads == 1:
                    add(code, kind, area)
                else:
                    thirds.append((code, kind, area / heads))
    # Whole areas add up the same in any order; thirds of them in one order only.
    for code, kind, share in sorted(thirds):
        add(code, kind, share)
    used = {}
    for kind, told in shares.items():
        known = [share for share in told if share is not None]
        used[kind] = _Use(m2=sum(known, ZERO), missing=len(told) - len(known))
    return used, {building: sum(parts, ZERO) for building, parts in standing_in.items()}


def _approved_offices(estate: Estate, code: str, staff: Iterable[str]) -> Decimal | None:
    """Return A: by authorised posts where they are known by rank, else by people in post."""
    fact = estate.units[code]
    standard = estate.standard(code)
    if fact.posts:
        total = ZERO
        for rank, count in fact.posts:
            right = standard.entitlement(fact.organ_class, fact.unit_rank, rank)
            if right.ceiling is None:
                return None
            total += right.ceiling.m2.value * count
        return total
    total = ZERO
    for person in staff:
        member = estate.people[person]
        if fold(member.status) in LEFT:
            state = standing(member, standard, estate.day).state
            if state in _GONE:
                continue
        ceiling = estate.entitlement(person).ceiling
        if ceiling is None:
            return None
        total += ceiling.m2.value
    return total


def _missing(
    authorised: int | None, services: Decimal | None, offices: Decimal | None, unmeasured: int
) -> tuple[str, str]:
    """Say what the total could not be told without."""
    zh, en = [], []
    if not authorised:
        zh.append("编制定员")
        en.append("the authorised strength")
    elif services is None:
        zh.append("服务用房标准")
        en.append("the standard for service rooms")
    if offices is None:
        zh.append("部分人员的标准")
        en.append("ceilings of some people")
    if unmeasured:
        zh.append(f"{unmeasured}间房的面积")
        en.append(f"areas of {unmeasured} rooms")
    return f"缺少{'、'.join(zh)}，无法核定", f"cannot be told without {', '.join(en)}"
