"""Bodies of the routes about lineage and reviews."""

# No `from __future__ import annotations`: pydantic reads these annotations.
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from fangma.twin.http.bodies import Answer, Body, Code

_PLAIN = r"^[^\x00-\x1f]*$"
_Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_PLAIN)
]


class Decision(Body):
    """What every decision carries: since when (now, unless said), why, and where it is written."""

    at: str | None = Field(default=None, max_length=40)
    reason: _Words | None = None
    document: _Words | None = None


class PartBody(Body):
    """A part of a split: its size in m² (rooms) or m (pipes), or none for the rest."""

    number: _Words | None = None
    name: _Words | None = None
    size: float | None = Field(default=None, gt=0, lt=1e6)


class SplitBody(Decision):
    """Divide a thing; `cut` is x1, y1, x2, y2 of the partition, in the site's CRS.

    `accept_area`: sizes that miss the whole by far are right; needs a reason.
    """

    code: Code
    parts: list[PartBody] = Field(min_length=2, max_length=50)
    cut: list[float] | None = Field(default=None, min_length=4, max_length=4)
    accept_area: bool = False


class MergeBody(Decision):
    """Throw things together."""

    codes: list[Code] = Field(min_length=2, max_length=50)
    number: _Words | None = None
    name: _Words | None = None


class RenumberBody(Decision):
    """Put another number on a door."""

    code: Code
    number: _Words


class SwapBody(Decision):
    """Let two things exchange numbers and names."""

    codes: list[Code] = Field(min_length=2, max_length=2)


class UseBody(Decision):
    """Record another use."""

    code: Code
    use: _Words


class DecisionFinding(Answer):
    """As an import tells it."""

    severity: str
    rule: str
    element: str | None
    message: str
    remedy: str


class DecisionMade(Answer):
    """What a decision did; `followed` counts facts that went over to heirs, by table."""

    decision: str
    revision: int
    at: datetime
    retired: list[str]
    now: list[str]
    followed: dict[str, int]
    findings: list[DecisionFinding]


class UndoBody(Body):
    """Take the decision of a revision back; with `dry_run` only tell what would come back."""

    revision: int = Field(ge=1, lt=2**63)
    reason: _Words | None = None
    document: _Words | None = None
    dry_run: bool = False


class DecisionUndone(Answer):
    """What taking a decision back did, or would do.

    `again` are codes that hold again, `ended` those that ended with the decision and lead to the
    former, `changed` those told as before again; `back` counts facts that hold again, by table;
    `orders` and `stops` (of rounds) stay with codes that ended; `review` is the number of an
    import's question that is open again.
    """

    revision: int
    undone: int
    recorded_at: datetime
    decision: str
    again: list[str]
    ended: list[str]
    changed: list[str]
    back: dict[str, int]
    orders: int
    stops: int
    review: int | None
    dry_run: bool


class FamilyMember(Answer):
    """One of the family; ancestors have negative generations."""

    code: str | None
    kind: str
    generation: int
    name: str | None
    number: str | None
    area_m2: float | None
    status: str


class FamilyStep(Answer):
    """What tied two of them."""

    kind: str
    predecessor: str | None
    successor: str | None
    at: datetime
    area_share: float | None
    reason: str | None
    document: str | None
    actor: str
    recorded_at: datetime
    revision: int


class Family(Answer):
    """Ancestors and descendants of a code."""

    code: str
    members: list[FamilyMember]
    steps: list[FamilyStep]


class ReviewSide(Answer):
    """One thing of a review as it was or is; `outline` is GeoJSON in the site's CRS.

    `people` is null where there are some, but fewer than three; `findings` of the audit are null
    for who does not read audits.
    """

    code: str | None
    kind: str
    name: str | None
    number: str | None
    storey: str | None
    use: str | None
    area_m2: float | None
    ordinal: int
    status: str
    outline: dict[str, Any] | None
    people: int | None
    sensors: int
    orders: int
    leases: int
    ledger: int
    alarms: int
    findings: int | None


class ReviewItem(Answer):
    """A question of an import, open or decided."""

    id: int
    file: str
    old: list[str]
    new: list[str]
    why: str
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    document: str | None


class Reviews(Answer):
    """Open reviews, newest first; with `all` the decided ones too."""

    items: list[ReviewItem]


class ReviewDetail(ReviewItem):
    """One review with both sides; `allowed` are the decisions that fit it."""

    old_things: list[ReviewSide]
    new_things: list[ReviewSide]
    allowed: list[str]


class ReviewDecisionBody(Decision):
    """What became of the old thing."""

    decision: Literal["same", "different", "split", "merge"]
