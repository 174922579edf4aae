# ruff: noqa: N815 - the names on the wire
"""Bodies of everything live: streams, series, alarms, moments."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - Pydantic reads the annotations
from typing import Literal

from pydantic import Field

from fangma.twin.http.bodies import Answer, Body, Code, Reason

Result = float | bool | str


class StreamItem(Answer):
    """A stream with its newest value; ``lag_s`` is large when late, negative when it leads."""

    sensor: str
    declared: bool
    name: str | None
    code: str | None
    property: str | None
    unit: str | None
    protocol: str | None
    address: str | None
    time: datetime | None
    result: Result | None
    quality: str | None
    lag_s: float | None


class StreamPage(Answer):
    """Streams by id."""

    items: list[StreamItem]
    next: str | None


class StreamCount(Answer):
    """Streams of a property in a building; ``fresh`` spoke in the last half hour."""

    building: str | None
    property: str | None
    streams: int
    unbound: int
    undeclared: int
    fresh: int


class StreamCounts(Answer):
    """How many streams there are, in all and by building and property."""

    count: int
    items: list[StreamCount]


class Series(Answer):
    """What a stream observed, by columns: raw, or rolled up (then ``mean`` to ``count`` are there).

    Times ascend. ``every`` is null for raw observations. One or two people are null, not counted.
    """

    sensor: str
    code: str | None
    property: str | None
    unit: str | None
    every: Literal["minute", "hour", "day"] | None
    time: list[datetime]
    result: list[Result | None] | None = None
    quality: list[str] | None = None
    mean: list[float | None] | None = None
    min: list[float | None] | None = None
    max: list[float | None] | None = None
    first: list[float | None] | None = None
    last: list[float | None] | None = None
    count: list[int] | None = None


class SeriesAnswer(Answer):
    """A series for each sensor that was asked for."""

    items: list[Series]


class PushedObservation(Body):
    """One observation; without a time it is of now."""

    sensor: str = Field(min_length=1, max_length=200)
    result: bool | float | str
    phenomenonTime: str | None = Field(default=None, max_length=60)


class Pushed(Answer):
    """What became of observations."""

    received: int
    stored: int
    duplicates: int


class BindingBody(Body):
    """What a stream watches from a time on; no code = nothing."""

    code: Code | None = None
    property: str | None = Field(default=None, min_length=1, max_length=100)
    unit: str | None = Field(default=None, max_length=40)
    name: str | None = Field(default=None, max_length=200)
    since: str | None = Field(default=None, max_length=40, description="Now, unless said.")
    reason: Reason | None = None


class AlarmItem(Answer):
    """An alarm after ISA-18.2; ``flood``: one of many at once, ``flapping``: held."""

    id: int
    code: str | None
    sensor: str
    rule: str
    severity: Literal["critical", "high", "medium", "low"]
    state: Literal["active", "acknowledged", "shelved", "cleared"]
    since: datetime
    value: Result | None
    message: str
    cleared: datetime | None
    acknowledgedBy: str | None
    shelvedUntil: datetime | None
    flood: bool
    flapping: bool
    workOrder: int | None


class AlarmList(Answer):
    """Alarms, the latest first."""

    items: list[AlarmItem]


class AlarmStep(Answer):
    """What became of an alarm."""

    time: datetime
    state: str
    actor: str
    note: str | None


class NearThing(Answer):
    """What is needed at an alarm."""

    role: Literal["valve", "hydrant", "exit"]
    code: str
    name: str | None
    distance_m: float


class AlarmFile(AlarmItem):
    """An alarm with its steps, and the nearest valve, hydrant and exit."""

    steps: list[AlarmStep]
    nearest: list[NearThing]


class AlarmDeed(Body):
    """What is done about an alarm: ``shelve`` needs until and note, ``assign`` an order."""

    deed: Literal["acknowledge", "shelve", "unshelve", "note", "assign"]
    note: Reason | None = None
    until: str | None = Field(default=None, max_length=40)
    order: int | None = Field(default=None, ge=1, lt=2**63, description="Number of a work order.")


class SceneValue(Answer):
    """What a stream had said last."""

    sensor: str
    code: str | None
    property: str | None
    unit: str | None
    time: datetime
    result: Result | None
    quality: str


class SceneAlarm(Answer):
    """An alarm that was not over."""

    id: int
    code: str | None
    sensor: str
    rule: str
    severity: str
    state: str
    message: str
    since: datetime
    value: Result | None


class RoomPresence(Answer):
    """How a room was used: a count (null below three, then ``suppressed``), or yes or no."""

    code: str
    count: int | None
    suppressed: bool
    occupied: bool | None
    confidence: float


class SceneValve(Answer):
    """How a valve stood."""

    code: str
    position: str
    since: datetime | None


class SceneRoom(Answer):
    """A room as it was laid out."""

    code: str
    name: str | None
    number: str | None
    use: str | None
    storey: str | None
    area_m2: float | None


class SceneOrder(Answer):
    """A work order that was open."""

    number: int
    code: str | None
    fault: str
    urgency: str
    state: str
    since: datetime


class MomentAnswer(Answer):
    """The scene at a moment; ``known`` null = as known now."""

    site: str
    at: datetime
    known: datetime | None
    parts: list[str] = Field(description="The lists that were asked for.")
    values: list[SceneValue]
    occupancy: list[RoomPresence]
    alarms: list[SceneAlarm]
    valves: list[SceneValve]
    rooms: list[SceneRoom]
    orders: list[SceneOrder]


class EventItem(Answer):
    """A mark on the slider of time."""

    at: datetime
    kind: Literal["alarm", "alarm-over", "order", "valve", "registry"]
    code: str | None
    what: str
    words: str


class EventList(Answer):
    """Events, the latest first."""

    items: list[EventItem]
