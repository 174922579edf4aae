"""What the audit answers: one row a person, a room, a unit, a building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from fangma.asset_registry.auditing.findings import Finding, Verdict
    from fangma.asset_registry.auditing.uses import Part, UseClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A room, or a share of one, that a person holds.

    Attributes
    ----------
    share : Decimal or None
        Square metres, not rounded; None when it cannot be told.
    part : Part
        What the room is to the person.
    use : UseClass or None
    ceiling_m2 : Decimal or None
        What the standard allows the person in this very room; None when it cannot be told.
    is_second : bool
        Beside the office at the main post.
    """

    room: str
    share: Decimal | None
    part: Part
    use: UseClass | None
    ceiling_m2: Decimal | None
    is_second: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonResult:
    """What a person uses and may use; square metres to 0.01.

    Attributes
    ----------
    allowed_m2 : Decimal or None
        Ceiling of the rank; twice of it with an approved second office; 0 once the office should
        have gone back.
    used_m2 : Decimal or None
        Rounded once, after adding. With ``is_at_least`` it counts known rooms only.
    excess_m2 : Decimal or None
        Never negative.
    """

    id: str
    unit: str
    rank: str | None
    allowed_m2: Decimal | None
    used_m2: Decimal | None
    excess_m2: Decimal | None
    verdict: Verdict
    holdings: tuple[Holding, ...]
    findings: tuple[Finding, ...]
    is_at_least: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomResult:
    """A room against its occupants' ceilings and against the books."""

    code: str
    building: str | None
    use: str | None
    area_m2: Decimal | None
    allowed_m2: Decimal | None
    excess_m2: Decimal | None
    verdict: Verdict
    persons: tuple[str, ...]
    units: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One kind of space of a unit: what it may have, what it has."""

    allowed_m2: Decimal | None
    used_m2: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitResult:
    """A unit against its approved area.

    Attributes
    ----------
    judged_in : str
        The unit whose total it belongs to: itself, or one above.
    persons_excess_m2 : Decimal
        Sum of the excesses of its people; what one lacks never makes up for another.
    held : tuple of (building, Decimal)
        Measured offices, service and plant rooms in use, by building, ascending.
    """

    code: str
    name: str | None
    judged_in: str
    allowed_m2: Decimal | None
    used_m2: Decimal | None
    excess_m2: Decimal | None
    verdict: Verdict
    persons_excess_m2: Decimal
    offices: Quantity
    services: Quantity
    plant: Quantity
    findings: tuple[Finding, ...]
    held: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingResult:
    """Usable area against building area: K of the standard.

    Attributes
    ----------
    ratio, required : Decimal or None
        Measured and least usable-area ratio.
    height_m, height_basis : float or None, str or None
        ``record`` or ``model``.
    net_m2 : Decimal or None
        使用面积 of the books, beside the measured ``usable_m2``.
    missing : tuple of str
        What the ratio could not be told without.
    """

    code: str
    usable_m2: Decimal
    gross_m2: Decimal | None
    ratio: Decimal | None
    required: Decimal | None
    verdict: Verdict
    missing: tuple[str, ...]
    height_m: float | None = None
    height_basis: str | None = None
    net_m2: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """A step of handling idle premises, with where it stands and how sure that is."""

    step: str
    clause: str
    flag: str
    note: str
    note_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleRoom:
    """A room that nobody uses.

    Attributes
    ----------
    since : date or None
        First day of being idle; None when nobody knows.
    kind : str
        ``no-assignment``, ``sealed`` or ``unused`` (assigned, and nobody is counted there).
    evidence, evidence_en : str
        What says so.
    reason : str or None
        Condition of the rules under which it may be handled.
    handling : tuple of Handling
        The lawful order of handling from here.
    """

    code: str
    building: str | None
    storey: str | None
    area_m2: Decimal | None
    use: str | None
    since: date | None
    days: int | None
    kind: str
    evidence: str
    evidence_en: str
    reason: str | None
    handling: tuple[Handling, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps by name."""
        return tuple(each.step for each in self.handling)
