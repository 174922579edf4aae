"""Bodies of planned closures, as the OpenAPI document shows them."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from fangma.twin.http.bodies import Answer, Body

State = Literal["planned", "under_way", "ended", "cancelled"]


class ClosureBody(Body):
    """What is to be shut off: parts or rooms by code, from when until when (RFC 3339), and why."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")
    id: UUID | None = Field(default=None, description="Of your own: sent twice, it is one.")
    codes: list[str] = Field(min_length=1, max_length=100)
    from_: str = Field(alias="from", max_length=40)
    until: str = Field(max_length=40)
    reason: str = Field(max_length=500, description="Stands in the notice.")


class ClosureStepBody(Body):
    """What was done: start, shut, stuck, replan, reopen, end, cancel or note."""

    key: UUID | None = Field(default=None, description="Of your own: sent twice, it is one.")
    deed: Literal["start", "shut", "stuck", "replan", "reopen", "end", "cancel", "note"]
    valve: str | None = Field(default=None, max_length=64)
    note: str | None = Field(default=None, max_length=2000)
    at: str | None = Field(default=None, max_length=40)


class ClosureItem(Answer):
    """A planned closure: ``valves`` in closing order, ``shut`` those that stand closed by it."""

    model_config = ConfigDict(populate_by_name=True, extra="allow")
    id: UUID
    number: int
    state: State
    reason: str
    from_: str = Field(alias="from")
    until: str
    targets: list[str]
    valves: list[str]
    shut: list[str]
    rooms: list[str]
    planner: str
    recorded_at: str


class ClosurePage(Answer):
    """Closures, the newest first."""

    items: list[ClosureItem]


class ClosureStepTaken(Answer):
    """A step as it was taken."""

    key: UUID
    deed: str
    state: State
    valve: str | None
    actor: str
    note: str | None
    at: str
    recorded_at: str


class ClosureConflict(Answer):
    """Another closure of the same time: what both share, and what goes dry only by both."""

    model_config = ConfigDict(populate_by_name=True, extra="allow")
    number: int
    from_: str = Field(alias="from")
    until: str
    state: State
    at_once: bool = Field(description="At the same time, not only on the same day.")
    valves: list[str]
    rooms: list[str]
    dry_by_both: list[str]


class TouchedOrder(Answer):
    """A work order that is open at a target, valve or room of a closure."""

    number: int
    code: str
    fault: str
    state: str


class ClosureFile(ClosureItem):
    """A closure with its history, whom it affects, conflicts, and the notice to post."""

    reopening: list[str]
    left_to_shut: list[str]
    unworkable: list[str]
    units: list[str]
    people: int | None = Field(description="Null below three.")
    hydrants: int
    deeds: list[str]
    steps: list[ClosureStepTaken]
    conflicts: list[ClosureConflict]
    orders: list[TouchedOrder]
    notice: str
