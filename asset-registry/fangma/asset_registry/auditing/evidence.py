"""Open a person's figure to what it rests on, and say what would change the verdict."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fangma.asset_registry.auditing.areas import ZERO, rounded
from fangma.asset_registry.auditing.errors import AuditError
from fangma.asset_registry.auditing.findings import Severity, Verdict
from fangma.asset_registry.auditing.uses import Part
from fangma.asset_registry.standards.pack import Sharing

if TYPE_CHECKING:
    from decimal import Decimal

    from fangma.asset_registry.auditing.engine import Audit
    from fangma.asset_registry.auditing.results import Holding, PersonResult
    from fangma.asset_registry.standards.standard import Entitlement


@dataclass(frozen=True, slots=True, kw_only=True)
class CeilingEvidence:
    """The row of the table that holds, and how sure it is."""

    rank: str
    m2: float
    document: str
    clause: str
    flag: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharerEvidence:
    """One of those who hold a room; square metres to 0.01."""

    person: str
    rank: str | None
    ceiling_m2: float | None
    share_m2: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEvidence:
    """A room as it was measured and as the books have it.

    Attributes
    ----------
    area_m2 : float or None
        As reckoned with, to 0.01; ``measured_m2`` as it came from the geometry.
    shape, method : str or None
        Which polygon, and how it was made.
    since, until : str or None
        Of the assignment.
    formula : str
        How the share came about.
    """

    room: str
    building: str | None
    storey: str | None
    number: str | None
    part: str
    second: bool
    area_m2: float | None
    measured_m2: float | None
    method: str | None
    shape: str | None
    declared: tuple[tuple[str, str, float], ...]
    ledger_m2: float | None
    certificate: str | None
    since: str | None
    until: str | None
    sharers: tuple[SharerEvidence, ...]
    formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that would change the verdict."""

    message: str
    message_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one person's verdict rests on."""

    person: str
    unit: str
    organ_class: str | None
    unit_rank: str | None
    rank: str | None
    post: str | None
    status: str
    verdict: str
    ceiling: CeilingEvidence | None
    rooms: tuple[RoomEvidence, ...]
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the evidence as JSON holds it."""
        return asdict(self)


def explain(audit: Audit, person: str) -> Evidence:
    """Open the verdict of a person.

    Raises
    ------
    AuditError
        When the audit knows no such person.
    """
    result = audit.persons.get(person)
    if result is None:
        raise AuditError(
            f"found no person {person} in this audit, expected one of {len(audit.persons)}",
            "take the id from the list of people, or choose another day",
        )
    estate = audit.estate
    fact = estate.people[person]
    unit = estate.units.get(fact.unit)
    right = estate.entitlement(person)
    return Evidence(
        person=person,
        unit=fact.unit,
        organ_class=unit.organ_class if unit else None,
        unit_rank=unit.unit_rank if unit else None,
        rank=fact.rank,
        post=fact.post,
        status=fact.status,
        verdict=str(result.verdict),
        ceiling=_ceiling(right),
        rooms=tuple(_room(audit, person, holding) for holding in result.holdings),
        changes=tuple(_changes(audit, result, right)),
    )


def _ceiling(right: Entitlement) -> CeilingEvidence | None:
    if right.ceiling is None:
        return None
    basis = right.ceiling.m2.basis
    moved = right.status.basis.note if right.status and right.status.basis else ""
    return CeilingEvidence(
        rank=right.ceiling.rank,
        m2=float(right.ceiling.m2.value),
        document=basis.document,
        clause=basis.clause,
        flag=str(basis.flag),
        note="；".join(note for note in (basis.note, moved) if note),
    )


def _room(audit: Audit, person: str, holding: Holding) -> RoomEvidence:
    estate = audit.estate
    code = holding.room
    room = estate.rooms.get(code)
    area = estate.areas.get(code)
    assignment = estate.assignment(code, person)
    if assignment is None and room is not None and room.annex_of is not None:
        assignment = estate.assignment(room.annex_of, person)
    shares = estate.division(code).shares
    sharers = []
    for holder in estate.holders(code):
        ceiling = estate.entitlement(holder).ceiling
        share = shares.get(holder)
        sharers.append(
            SharerEvidence(
                person=holder,
                rank=estate.people[holder].rank,
                ceiling_m2=float(ceiling.m2.value) if ceiling is not None else None,
                share_m2=float(rounded(share)) if share is not None else None,
            )
        )
    return RoomEvidence(
        room=code,
        building=room.building if room else None,
        storey=room.storey if room else None,
        number=room.number if room else None,
        part=str(holding.part),
        second=holding.is_second,
        area_m2=float(area) if area is not None else None,
        measured_m2=room.measured_m2 if room else None,
        method=room.method if room else None,
        shape=room.shape if room else None,
        declared=room.declared if room else (),
        ledger_m2=room.ledger_m2 if room else None,
        certificate=room.certificate if room else None,
        since=str(assignment.since) if assignment and assignment.since else None,
        until=str(assignment.until) if assignment and assignment.until else None,
        sharers=tuple(sharers),
        formula=_formula(estate.sharing, area, person, sharers),
    )


def _formula(
    sharing: Sharing, area: Decimal | None, person: str, sharers: list[SharerEvidence]
) -> str:
    """Write how the share came about, as one would on paper."""
    own = next((sharer for sharer in sharers if sharer.person == person), None)
    if area is None or own is None or own.share_m2 is None:
        return ""
    if len(sharers) == 1:
        return f"{area}"
    if sharing is Sharing.EQUAL:
        return f"{area} ÷ {len(sharers)} = {own.share_m2:.2f}"
    total = " + ".join(f"{sharer.ceiling_m2:g}" for sharer in sharers)
    return f"{area} × {own.ceiling_m2:g} ÷ ({total}) = {own.share_m2:.2f}"


def _changes(audit: Audit, result: PersonResult, right: Entitlement) -> list[Change]:
    if result.verdict is Verdict.UNKNOWN:
        return [
            Change(message=f"补齐:{finding.message}", message_en=f"supply: {finding.message_en}")
            for finding in result.findings
            if finding.severity is Severity.UNKNOWN
        ]
    used, allowed, excess = result.used_m2, result.allowed_m2, result.excess_m2
    if used is None or allowed is None or excess is None:
        return []
    if result.verdict is Verdict.WITHIN:
        if not result.holdings:
            return []
        left = allowed - used
        return [
            Change(
                message=f"使用面积再增加{left}㎡以上即超标",
                message_en=f"over with more than {left} m2 more",
            )
        ]
    if not allowed:
        return [
            Change(message="腾退全部办公室", message_en="when all offices have been given back")
        ]
    changes = [
        Change(message=f"腾退不少于{excess}㎡", message_en=f"giving back at least {excess} m2")
    ]
    offices = [holding for holding in result.holdings if holding.part is Part.OFFICE]
    if len(offices) == 1 and audit.estate.sharing is Sharing.PRO_RATA:
        room = audit.rooms.get(offices[0].room)
        lacking = room.excess_m2 if room is not None else None
        if lacking:
            changes.append(
                Change(
                    message=f"同室再安排无其他办公室、标准合计不少于{lacking}㎡的在职人员",
                    message_en="seating people without another office there, with ceilings of "
                    f"{lacking} m2 together",
                )
            )
    changes += _higher_rank(audit, result, used, right)
    return changes


def _higher_rank(
    audit: Audit, result: PersonResult, used: Decimal, right: Entitlement
) -> list[Change]:
    """Name the lowest rank of the same table under which the area would do."""
    unit = audit.estate.units.get(result.unit)
    standard = audit.estate.standard(result.unit)
    if unit is None or right.ceiling is None or len(result.holdings) != 1:
        return []
    shared = len(audit.estate.holders(result.holdings[0].room)) > 1
    rows = standard.rows(unit.organ_class, unit.unit_rank)
    fitting = [row for row in rows if row.m2.value >= used]
    if shared or not fitting or used <= ZERO:
        return []
    least = min(fitting, key=lambda row: row.m2.value)
    return [
        Change(
            message=f"职级为{least.rank}(标准{least.m2.value}㎡)时不超标",
            message_en=f"within for the rank {least.rank} (ceiling {least.m2.value} m2)",
        )
    ]
