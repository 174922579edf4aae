"""What goes over the wire about reallocation plans."""

# No `from __future__ import annotations`: Pydantic reads these annotations.
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from fangma.twin.http.bodies import Answer, Body, Code, Reason

Title = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$"
    ),
]
Said = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, pattern=r"^[^\x00]+$"),
]
PersonId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
PlanStatus = Literal["draft", "submitted", "approved", "applied", "reverted", "withdrawn"]


class Figures(Answer):
    """The aims of a plan, reckoned."""

    moves: int
    excess_m2: float
    scatter: int
    distance_m: int
    fragments_m2: float


class Fault(Answer):
    """A rule that a draft breaks, in words."""

    rule: str
    zh: str
    en: str
    people: list[str]
    rooms: list[str]
    requirement: str | None
    step: int | None


class Move(Answer):
    """One step of the order of moves; those of one number are done at the same time."""

    step: int
    person: str | None = Field(default=None, description="Absent: a unit's room without names.")
    unit: str
    from_: str | None = Field(alias="from")
    to: str | None
    on: date
    newcomer: bool
    temporary: bool
    simultaneous: bool


class UnitFigures(Answer):
    """What a unit holds."""

    people: int
    rooms: int
    storeys: int
    area_m2: float
    allowed_m2: float
    excess_m2: float


class UnitChange(Answer):
    """What a plan changes for a unit."""

    unit: str
    name: str | None
    before: UnitFigures | None
    after: UnitFigures | None


class RoomChange(Answer):
    """Who holds a room before and after; only rooms that change."""

    room: str
    building: str
    storey: str
    area_m2: float
    capacity: int
    before: list[str]
    after: list[str]
    units_before: list[str]
    units_after: list[str]


class PlanCheck(Answer):
    """A draft judged as things stand."""

    ok: bool
    violations: list[Fault]
    before: Figures
    objective: Figures
    units: list[UnitChange]
    rooms: list[RoomChange]
    moves: list[Move]
    cost_yuan: float


class Placed(Answer):
    """Whom a plan places, and where; `to` null gives the room back."""

    person: str
    from_: str | None = Field(alias="from")
    to: str | None


class PlanEvent(Answer):
    """Who did what to a plan."""

    at: datetime
    actor: str
    action: str
    version: int
    comment: str | None
    detail: dict[str, Any]


class RoomNote(Answer):
    """A comment or sketch in a room's file."""

    id: int
    room: str
    author: str
    written_at: datetime
    text: str
    sketch: dict[str, Any] | None
    plan: int | None = None


class PlanSummary(Answer):
    """A plan in a list."""

    number: int
    site: str
    title: str
    author: str
    status: PlanStatus
    version: int
    planned_on: date
    approvals: int | None
    placed: int
    created_at: datetime
    changed_at: datetime


class PlanList(Answer):
    """Plans, newest first."""

    items: list[PlanSummary]


class Conflicting(Answer):
    """Somebody whom two plans place differently."""

    person: str
    present: str | None
    left: str | None
    right: str | None


class PlanDocument(Answer):
    """A plan with everything that is told of it."""

    plan: int
    site: str
    title: str
    status: PlanStatus
    version: int = Field(description="Send it back as If-Match: what changed meanwhile is refused.")
    author: str
    on: date
    approvals_needed: int | None
    approved_by: list[str]
    parents: list[int]
    created_at: datetime
    changed_at: datetime
    request: dict[str, Any]
    answer: dict[str, Any] = Field(description="What the solver said, as `fangma plan solve`.")
    assignments: list[Placed]
    events: list[PlanEvent]
    notes: list[RoomNote]
    conflicts: list[Conflicting]
    check: PlanCheck | None = Field(description="null once it was carried out or laid aside.")


class PlanSide(Answer):
    """One of two plans that are compared."""

    plan: int
    title: str
    status: PlanStatus
    version: int
    on: date
    author: str
    ok: bool | None
    violations: list[Fault]
    before: Figures | None
    objective: Figures | None
    units: list[UnitChange]
    rooms: list[RoomChange]
    moves: int
    cost_yuan: float | None


class PlanComparison(Answer):
    """Two plans side by side."""

    left: PlanSide
    right: PlanSide
    differences: list[Conflicting]


class NewPlan(Body):
    """A request to draw a plan up for."""

    request: dict[str, Any] = Field(description="As docs/plan-request.schema.json.")
    title: Title | None = None
    solve: bool = Field(
        default=True, description="false keeps an empty draft, to be filled by hand."
    )


class PlanWish(Body):
    """A request to be solved and not kept; it may bring rooms and people of its own."""

    request: dict[str, Any]


class PlanChange(Body):
    """What to change of a draft; what is left out stays."""

    title: Title | None = None
    request: dict[str, Any] | None = None


class PlanSolve(Body):
    """How to solve a draft anew."""

    keep: bool = Field(default=False, description="Pin those whom the draft places now.")


class PlanAssignment(Body):
    """Where somebody is placed by hand; null gives the room back."""

    room: Code | None


class PlanMerge(Body):
    """Two plans to make one of."""

    left: int = Field(ge=1)
    right: int = Field(ge=1)
    title: Title | None = None
    choose: dict[PersonId, Literal["left", "right"]] = Field(default_factory=dict, max_length=5000)


class PlanSubmission(Body):
    """Hand a draft in, to be approved by so many others."""

    approvals: int = Field(default=1, ge=1, le=4)
    comment: Said | None = None


class PlanDecision(Body):
    """Approve or reject."""

    decision: Literal["approve", "reject"]
    comment: Said | None = None


class PlanComment(Body):
    """Something said about a plan."""

    text: Said


class PlanWithdrawal(Body):
    """Take a plan back, with a word why."""

    comment: Said | None = None


class PlanReversal(Body):
    """Undo a plan that was carried out, with the reason that stays on record."""

    reason: Reason


class NewRoomNote(Body):
    """A comment or sketch for a room's file."""

    text: Said
    sketch: dict[str, Any] | None = Field(
        default=None, description="A GeoJSON geometry in the site's CRS, at most 64 KiB."
    )
    plan: int | None = Field(default=None, ge=1)
