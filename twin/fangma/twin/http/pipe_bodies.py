"""Bodies of the answers about pipes, as the OpenAPI document shows them."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fangma.twin.http.bodies import Answer, Body

HiddenBy = Literal[
    "nothing", "wall", "ceiling", "floor", "slab", "structure", "shaft", "ground", "unknown"
]


class ReachedFrom(Answer):
    """A room from which a hidden run is reached; ``room`` is null outdoors, from the ground."""

    room: str | None
    number: str | None
    side: str
    cover_m: float


class NearItem(Answer):
    """A thing near a place; ``uncertainty_m`` is one standard deviation of where it lies.

    ``hidden_by`` and ``reached_from`` only when concealment is asked for.
    """

    code: str | None
    kind: str
    system: str | None
    distance_m: float
    uncertainty_m: float | None
    hidden_by: HiddenBy | None = None
    reached_from: list[ReachedFrom] | None = None


class NearAnswer(Answer):
    """What is near, nearest first."""

    items: list[NearItem]


class DrillItem(Answer):
    """A thing beside a hole; ``clearance_m`` is negative where the two overlap."""

    code: str | None
    kind: str
    system: str | None
    clearance_m: float
    uncertainty_m: float
    hit_probability: float
    hidden_by: HiddenBy | None = None
    reached_from: list[ReachedFrom] | None = None


class Hole(BaseModel):
    """A straight hole; points as x, y, z."""

    model_config = ConfigDict(populate_by_name=True)
    from_: list[float] = Field(alias="from")
    to: list[float]


class Shutting(Answer):
    """What to close before, of one system, and who is cut off by it."""

    system: str | None
    codes: list[str]
    possible: bool
    valves: list[str]
    cut_off: int
    rooms: list[str]
    hydrants: list[str]


class DrillAnswer(Answer):
    """Whether one may drill; ``instead`` is the nearest parallel hole that is green."""

    verdict: Literal["green", "amber", "red", "unknown"]
    items: list[DrillItem]
    data_age_days: int | None
    instead: Hole | None
    systems: list[str]
    shut: list[Shutting]


class DigBody(Body):
    """A pit: an outline as GeoJSON (Polygon or MultiPolygon) or WKT, in the site's CRS."""

    polygon: dict[str, Any] | str
    depth: float = Field(gt=0.0, le=100.0, description="Below the ground, metres.")
    ground: float | None = Field(
        default=None, ge=-500.0, le=9000.0, description="Height of the ground, if it is known."
    )


class Outline(Answer):
    """The same pit elsewhere, as WKT."""

    outline: str
    shift_m: list[float]


class DigAnswer(Answer):
    """Whether one may dig; ``instead`` is the same outline where it is green."""

    verdict: Literal["green", "amber", "red", "unknown"]
    items: list[DrillItem]
    data_age_days: int | None
    instead: Outline | None
    systems: list[str]
    shut: list[Shutting]
    ground_m: float | None
    depth_m: float


class HidingElement(Answer):
    """The wall, slab or ceiling that hides a run."""

    guid: str | None
    name: str | None


class AccessWay(Answer):
    """What can be opened to get at a run: a panel, the door of a shaft, a manhole."""

    kind: Literal["panel", "door", "manhole"]
    code: str | None
    name: str | None
    guid: str | None
    room: str | None
    distance_m: float


class HiddenRun(Answer):
    """A stretch that is hidden in one way; ``evidence`` says what the answer rests on."""

    model_config = ConfigDict(populate_by_name=True, extra="allow")
    from_: list[float] = Field(alias="from")
    to: list[float]
    length_m: float
    hidden_by: HiddenBy
    element: HidingElement | None
    depth_m: float | None
    laid: str | None
    reached_from: list[ReachedFrom]
    access: list[AccessWay]
    evidence: str


class ConcealmentAnswer(Answer):
    """What hides a pipe, run by run; ``hidden_by`` is what hides the most of it."""

    code: str
    hidden_by: HiddenBy
    runs: list[HiddenRun]


class TraceAnswer(Answer):
    """What a trace reached, by code."""

    codes: list[str]
    sources: list[str]
    terminals: list[str]
    rooms: list[str]
    dead_ends: list[str]
    looped: list[str]
    cut_off: list[str]
    path: list[str] | None = None


class PipePiece(Answer):
    """Where a piece lies and how well that is known: one standard deviation in plan and depth.

    ``axis`` as x, y, z in the site's CRS, metres. ``plan_m`` and ``depth_m`` are null where not
    even the size of the piece is known.
    """

    code: str | None
    kind: str
    system: str | None
    axis: list[tuple[float, float, float]]
    diameter_m: float | None
    plan_m: float | None
    depth_m: float | None
    source: Literal["surveyed", "drawn", "guessed", "modelled"]
    surveyed_on: date | None


class PiecePage(Answer):
    """Pieces of a site's networks."""

    items: list[PipePiece]
    next: str | None


class PipeRun(Answer):
    """A pipe with what carries on from it, to where it branches or ends; axes follow each other."""

    codes: list[str]
    pieces: list[PipePiece]
    length_m: float


class SkippedValve(Answer):
    """A valve that cannot be relied on: ``reason`` as a code, ``why`` in English.

    ``unbroken``: a pipe runs through it in one piece in the model. ``since`` is when it was found
    so; null = nobody said when.
    """

    valve: str
    why: str
    reason: Literal["stuck", "unknown", "unbroken"]
    since: str | None


class ValveChoice(Answer):
    """Valves to close, and what goes dry."""

    valves: list[str]
    isolated: list[str]


class Conflict(Answer):
    """A valve that others close the same day, and what goes dry only by both closures.

    ``closure`` is the number of the planned closure that is going to close it; null where it was
    recorded as closed.
    """

    model_config = ConfigDict(populate_by_name=True, extra="allow")
    valve: str | None
    from_: str | None = Field(alias="from")
    until: str | None
    closure: int | None
    dry_by_both: list[str]


class IsolationAnswer(ValveChoice):
    """The choice that leaves the fewest dry; beside it one with fewer valves, if there is one."""

    rooms: list[str]
    skipped: list[SkippedValve]
    possible: bool
    alternatives: list[ValveChoice]
    reopening: list[str]
    people: int | None = Field(description="Null below three.")
    devices: list[str]
    hydrants: list[str]
    conflicts: list[Conflict]


class LeakBody(Body):
    """Readings; without any those that bound streams observed.

    Each has ``code`` or ``sensor``, ``kind`` (flow, volume, pressure, flood), ``value``, and may
    have ``usual``, ``time`` and ``unit`` (m3/h, m3, MPa, m).
    """

    readings: list[dict[str, Any]] | None = Field(default=None, max_length=200_000)


class LeakZone(Answer):
    """Parts between meters; ``loss_m3h`` is null where the balance cannot be drawn."""

    verdict: Literal["loses", "tight", "cannot tell"]
    loss_m3h: float | None
    error_m3h: float
    inflow: list[str]
    outflow: list[str]
    parts: int
    why: str
    reason: Literal[
        "balance", "fed-past-meters", "inlet-unmetered", "direction-unknown", "unbounded"
    ]
    net_m3h: float | None
    usual_m3h: float | None


class LeakReason(Answer):
    """Why a part is suspected: a key, and the values that it is told with."""

    why: Literal["zone", "pressure", "against", "wet", "dry"]
    of: str | None = Field(description="The sensor that is wet or dry.")
    distance_m: float | None
    loss_m3h: float | None


class LeakSuspect(Answer):
    """A part; ``score`` is the probability that it is the one that leaks."""

    code: str | None
    kind: str
    system: str | None
    score: float
    zone: int | None
    because: list[LeakReason]
    reasons: list[str]


class LeakSegment(Answer):
    """Parts between the same valves, and the valves that shut them off.

    ``share`` is the probability that one of them leaks; of many parts the likeliest are named.
    """

    codes: list[str]
    share: float
    valves: list[str]
    because: list[LeakReason]
    reasons: list[str]


class CredibleSegments(Answer):
    """How many of the likeliest segments hold a probability together, and how much pipe."""

    probability: float
    segments: int
    length_m: float


class UnusedReading(Answer):
    """A reading that could not be used."""

    reading: str
    why: str


class LeakAnswer(Answer):
    """Which zones lose water, and where to look first."""

    zones: list[LeakZone]
    suspects: list[LeakSuspect]
    segments: list[LeakSegment]
    unexplained: float = Field(description="The probability that none of these pipes leaks.")
    credible: CredibleSegments | None = Field(description="Null when nothing is accused.")
    unused: list[UnusedReading]
