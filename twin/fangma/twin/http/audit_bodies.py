"""Bodies of the answers about idle rooms, changes between audits, and pushes."""

from __future__ import annotations

from pydantic import Field

from fangma.twin.http.bodies import Answer, Body, IdleInAudit


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
