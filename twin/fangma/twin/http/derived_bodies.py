"""Bodies of derived streams, the energy book and forecasts."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - Pydantic reads the annotations
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from fangma.twin.http.bodies import Answer, Body, Code, Reason

_Word = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00]+$")]
_Function = Literal["sum", "mean", "area-mean", "max", "min", "count"]
_Of = Literal["newest", "hour", "used"]
_Level = Literal["room", "storey", "building", "site", "unit"]


class DerivationBody(Body):
    """What is derived under a name from now on; see docs/live.md."""

    property: _Word
    function: _Function
    of: _Of = "newest"
    unit: _Word | None = None
    levels: list[_Level] = Field(default=["room", "storey", "building"], min_length=1, max_length=5)
    fresh_s: float = Field(default=1800.0, gt=0, le=366 * 86_400, allow_inf_nan=False)
    least_share: float = Field(default=1.0, ge=0, le=1, allow_inf_nan=False)
    site: Code | None = None
    reason: Reason | None = None


class DerivationItem(Answer):
    """A definition; ``until`` null = it holds."""

    site: str
    name: str
    property: str
    function: _Function
    of: _Of
    unit: str | None
    levels: list[_Level]
    fresh_s: float
    least_share: float
    since: datetime
    until: datetime | None
    by: str
    reason: str | None


class DerivationList(Answer):
    """Definitions by site and name, the earlier first."""

    items: list[DerivationItem]


class EnergyItem(Answer):
    """What a place used; ``whole`` false = a lower bound, ``used`` null = not known."""

    code: str
    kind: _Level
    name: str | None
    within: str | None = Field(description="What it lies in; null of sites and units.")
    area_m2: float
    metered_m2: float
    used: float | None
    used_per_m2: float | None
    by: Literal["own", "parts"] | None
    parts: float | None
    whole: bool
    meters: int
    peak: float | None
    peak_at: datetime | None
    baseline: float | None
    night_share: float | None
    hours_known: int


class EnergyFinding(Answer):
    """What is wrong with the measuring."""

    severity: str
    rule: str
    code: str
    sensor: str | None
    message: str
    remedy: str
    figures: dict[str, float] = Field(description="The numbers of the message, by name.")


class EnergyBook(Answer):
    """What a site used, in ``unit``; of an hour, in that an hour."""

    site: str
    from_: datetime = Field(alias="from")
    to: datetime
    property: str
    unit: str | None
    items: list[EnergyItem]
    findings: list[EnergyFinding]


class Expected(Answer):
    """What is expected of an hour; ``error`` is how far off such a word was on average."""

    time: datetime
    result: float
    error: float
    made: datetime


class ForecastAnswer(Answer):
    """Hours in their order."""

    sensor: str
    items: list[Expected]
