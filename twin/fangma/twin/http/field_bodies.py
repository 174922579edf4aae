"""What goes over the wire about work in the field."""

# No `from __future__ import annotations`: pydantic reads these annotations.
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from fangma.twin.http.bodies import Answer, Body, Code

Text = Annotated[str, Field(max_length=4000)]
Time = Annotated[str, Field(max_length=40, description="RFC 3339 with an offset.")]
Word = Annotated[str, Field(max_length=40)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class ReportBody(Body):
    """A fault as somebody who is signed in reports it."""

    id: UUID | None = Field(default=None, description="Made by the client: sent twice, it is one.")
    code: Code
    fault: Word = "other"
    urgency: Word = "normal"
    text: Text = ""
    point: tuple[Finite, Finite, Finite] | None = Field(
        default=None, description="Where exactly: x, y, z in the site's CRS, metres."
    )
    at: Time | None = Field(default=None, description="When it was seen; else now.")


class PartBody(Body):
    """A part that was used."""

    name: str = Field(max_length=200)
    count: float = Field(gt=0, le=1e6, allow_inf_nan=False)
    unit: str = Field(default="个", max_length=20)


class StepBody(Body):
    """A step with an order."""

    key: UUID | None = Field(default=None, description="Made by the client: sent twice, it is one.")
    deed: Word
    note: Text | None = None
    person: str | None = Field(default=None, max_length=100)
    due: Time | None = None
    parts: list[PartBody] = Field(default=[], max_length=50)
    minutes: int | None = Field(default=None, ge=0, le=100_000)
    cost: Decimal | None = Field(default=None, ge=0, max_digits=12, decimal_places=2)
    at: Time | None = Field(default=None, description="When it was done; else now.")


class OrderBrief(Answer):
    """A work order in a list."""

    id: UUID
    number: int
    code: str
    kind: str
    name: str | None
    door: str | None
    system: str | None
    building: str | None
    storey: str | None
    fault: str
    urgency: str
    text: str
    origin: str
    reporter: str | None
    at: datetime
    state: str
    responsible: str | None
    since: datetime
    due: datetime | None
    minutes: int | None
    cost: float | None
    photos: int


class OrderPage(Answer):
    """Work orders, the newest first."""

    items: list[OrderBrief]
    next: str | None


class OrderStep(Answer):
    """A step as it was taken."""

    key: UUID
    deed: str
    state: str
    responsible: str | None
    actor: str
    note: str | None
    due: datetime | None
    parts: list[dict[str, Any]]
    minutes: int | None
    cost: float | None
    at: datetime
    recorded_at: datetime


class OrderPicture(Answer):
    """A photo of an order."""

    sha256: str
    width: int
    height: int


class OrderFile(OrderBrief):
    """A work order with every step, and what the asker may do with it now."""

    steps: list[OrderStep]
    pictures: list[OrderPicture]
    deeds: list[str]


class PhotoKept(Answer):
    """A photo as it is kept."""

    sha256: str
    new: bool


class Worker(Answer):
    """Somebody whom an order can be given to."""

    name: str
    displayName: str  # noqa: N815 - the name on the wire


class WorkerList(Answer):
    """Whom orders can be given to."""

    items: list[Worker]


class LinkBody(Body):
    """A link that a passer-by scanned."""

    link: str = Field(max_length=120)


class LinkChecked(Answer):
    """What a passer-by may know: the kind of the place, and nothing of it."""

    place: str
    expires: datetime
    faults: list[str]


class LinkReport(LinkBody):
    """A fault as a passer-by reports it."""

    id: UUID
    fault: Word = "other"
    text: Text = ""


class Received(Answer):
    """The report is kept; of what becomes of it a passer-by is told nothing."""

    received: Literal[True] = True


class StopBody(Body):
    """A stop of a round."""

    code: Code
    checks: list[Word] = Field(min_length=1, max_length=20)


class RoundBody(Body):
    """A round that is planned."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")
    every_days: int = Field(ge=1, le=366)
    starts_on: date
    stops: list[StopBody] = Field(min_length=1, max_length=500)


class Walk(Answer):
    """One walk of a round."""

    on: date
    state: Literal["coming", "due", "overdue", "done"]
    visited: int
    stops: int


class RoundBrief(Answer):
    """A round in a list."""

    id: UUID
    number: int
    site: str
    name: str
    every_days: int
    starts_on: date
    stop_count: int
    walks: list[Walk]


class RoundList(Answer):
    """The rounds of a site."""

    items: list[RoundBrief]


class RoundStop(Answer):
    """A stop in the order of the walk."""

    code: str
    kind: str
    name: str | None
    door: str | None
    system: str | None
    building: str | None
    storey: str | None
    storey_name: str | None
    checks: list[str]
    leg_m: float | None


class RoundVisit(Answer):
    """What was found at a stop."""

    key: UUID
    due_on: date
    code: str
    outcome: str
    found: dict[str, Any]
    note: str | None
    order: UUID | None
    actor: str
    at: datetime


class RoundFile(RoundBrief):
    """A round with its way and what was found on it."""

    length_m: float
    stops: list[RoundStop]
    visits: list[RoundVisit]


class SyncReport(ReportBody):
    """A fault that was reported without a network."""

    kind: Literal["report"]
    key: UUID


class SyncStep(StepBody):
    """A step that was taken without a network."""

    kind: Literal["step"]
    key: UUID
    order: UUID


class SyncVisit(Body):
    """A visit that was made without a network."""

    kind: Literal["visit"]
    key: UUID
    round: UUID
    due_on: date
    code: Code
    outcome: Word
    found: dict[Word, bool | Finite] = Field(default={}, max_length=30)
    note: Text | None = None
    at: Time
    order: UUID | None = None


SyncItem = Annotated[SyncReport | SyncStep | SyncVisit, Field(discriminator="kind")]


class SyncBody(Body):
    """What a phone kept while it had no network, in the order in which it was done."""

    items: list[SyncItem] = Field(max_length=200)


class SyncOutcome(Answer):
    """What became of one thing that a phone sent."""

    key: UUID
    outcome: Literal["recorded", "already", "kept_as_note", "refused"]
    message: str | None
    remedy: str | None
    number: int | None


class SyncDone(Answer):
    """What became of everything, in the order in which it came."""

    items: list[SyncOutcome]


class PackItem(Answer):
    """A coded thing of a building."""

    code: str
    kind: str
    name: str | None
    door: str | None
    storey: str | None
    system: str | None
    use: str | None
    room: str | None
    position: str | None


class PackStorey(Answer):
    """A storey."""

    code: str
    name: str | None


class FieldPack(Answer):
    """What a phone takes along of a building, to work without a network."""

    building: str
    name: str | None
    made_at: datetime
    revision: int
    storeys: list[PackStorey]
    items: list[PackItem]
    orders: list[OrderFile]
    rounds: list[RoundFile]
