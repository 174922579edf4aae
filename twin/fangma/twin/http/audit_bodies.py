"""Bodies of the answers about the audit: verdicts, idle rooms, changes between audits, pushes."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from typing import Literal

from pydantic import Field

from fangma.twin.http.bodies import Answer, Body


class AuditFinding(Answer):
    """A rule that is broken, or that cannot be told."""

    rule: str
    clause: str
    message: str
    message_en: str
    severity: str
    room: str | None


class AuditShare(Answer):
    """What a person has of a room."""

    room: str
    share_m2: float | None
    part: str
    second: bool


class AuditedQuantity(Answer):
    """One kind of space of a unit: what it may have, what it has."""

    allowed_m2: float | None
    used_m2: float | None


class AuditedPerson(Answer):
    """A person, by pseudonym."""

    person: str
    unit: str
    rank: str
    allowed_m2: float | None
    used_m2: float | None
    excess_m2: float | None
    at_least: bool
    verdict: Literal["over", "within", "unknown"]
    rooms: list[AuditShare]
    findings: list[AuditFinding]
    name: str | None = Field(default=None, description="With ``names`` alone.")


class UnitSeat(Answer):
    """What a unit has in one building."""

    building: str
    usable_m2: float
    k: float | None = Field(description="Least usable ratio by the standard.")
    ratio: float | None = Field(description="The measured one.")


class UnitBuildingArea(Answer):
    """A unit's offices, service and plant rooms as building area."""

    approved_m2: float | None
    used_m2: float | None
    buildings: list[UnitSeat]


class AuditedUnit(Answer):
    """A unit against its approved area."""

    unit: str
    name: str | None
    judged_in: str
    allowed_m2: float | None
    used_m2: float | None
    excess_m2: float | None
    persons_excess_m2: float
    offices: AuditedQuantity
    services: AuditedQuantity
    plant: AuditedQuantity
    building_area: UnitBuildingArea
    verdict: Literal["over", "within", "unknown"]
    findings: list[AuditFinding]


class AuditedRoom(Answer):
    """A room against its occupants' ceilings and against the books."""

    room: str
    building: str | None
    use: str | None
    area_m2: float | None
    allowed_m2: float | None
    excess_m2: float | None
    verdict: Literal["over", "within", "unknown"]
    persons: list[str]
    units: list[str]
    findings: list[AuditFinding]


class AuditedBuilding(Answer):
    """A building's usable-area ratio against the least that the standard asks for."""

    building: str
    usable_m2: float
    gross_m2: float | None
    ratio: float | None
    required_ratio: float | None
    verdict: Literal["over", "within", "unknown"]
    missing: list[str]


class IdleInAudit(Answer):
    """A room that nobody uses, with the lawful order of handling."""

    room: str
    area_m2: float | None
    use: str | None
    since: str | None
    days: int | None
    kind: str
    reason: str | None
    steps: list[str]


class Audit(Answer):
    """An audit of one day, as `fangma audit --json` prints it."""

    standard: str
    layers: list[str]
    at: str
    known: str | None
    tolerance_m2: float
    sharing: str
    persons: list[AuditedPerson]
    units: list[AuditedUnit]
    rooms: list[AuditedRoom]
    buildings: list[AuditedBuilding]
    idle: list[IdleInAudit]
    not_in_ledger: list[str]


class IdleTally(Answer):
    """How many rooms are idle in one way, and how much they have."""

    rooms: int
    area_m2: float


class HandlingStep(Answer):
    """A step of handling idle premises, with where it stands and how sure that is."""

    step: str
    clause: str
    flag: str
    note: str
    note_en: str


class IdleRooms(Answer):
    """Rooms that nobody uses, longest first, as `fangma idle --json` prints them."""

    at: str
    known: str | None
    standard: str
    summary: dict[str, IdleTally] = Field(description="By kind: no-assignment, sealed, unused.")
    handling: list[HandlingStep] = Field(description="In its lawful order.")
    rooms: list[IdleInAudit]


class AuditMoment(Answer):
    """The moment and the rules of one of two audits."""

    at: str
    known: str | None
    standard: str
    layers: list[str]


class AuditCause(Answer):
    """A fact that is another one than before."""

    what: str
    before: str | None
    after: str | None
    message: str
    message_en: str


class ChangedFigures(Answer):
    """What an audit said of one thing."""

    verdict: str
    allowed_m2: float | None
    used_m2: float | None
    excess_m2: float | None
    rules: list[str]


class AuditChange(Answer):
    """A person, unit or room of which two audits say different things."""

    change: str = Field(description="new, gone or changed")
    before: ChangedFigures | None
    after: ChangedFigures | None
    causes: list[AuditCause]
    person: str | None = None
    unit: str | None = None
    room: str | None = None


class AuditChanges(Answer):
    """What changed from one audit to another, and why."""

    from_: AuditMoment = Field(alias="from")
    to: AuditMoment
    persons: list[AuditChange]
    units: list[AuditChange]
    rooms: list[AuditChange]
    idle: dict[str, list[str]]
    summary: dict[str, dict[str, dict[str, int]]]


class PushOrder(Body):
    """Which audit is to be pushed; what is left out is now, and the only site."""

    at: str | None = Field(default=None, max_length=40)
    known: str | None = Field(default=None, max_length=40)
    site: str | None = Field(default=None, max_length=60)
    standard: str | None = Field(default=None, max_length=100)


class Push(Answer):
    """A message to an address outside, and how its last attempt went."""

    key: str
    destination: str
    kind: str
    subject: str | None
    queuedBy: str  # noqa: N815 - as the other answers spell it
    queuedAt: str  # noqa: N815
    state: str = Field(description="waiting, delivered or given-up")
    attempts: int
    nextAt: str | None  # noqa: N815
    triedAt: str | None  # noqa: N815
    status: int | None
    error: str | None


class Pushes(Answer):
    """Messages, newest first."""

    items: list[Push]
