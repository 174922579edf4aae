"""Bodies of the routes about single imports."""

# No `from __future__ import annotations`: pydantic reads these annotations.
from datetime import datetime

from pydantic import Field

from fangma.twin.http.bodies import Answer


class ToldFinding(Answer):
    """A finding as an import tells it."""

    severity: str
    rule: str
    element: str | None
    message: str
    remedy: str


class CheckedElement(Answer):
    """An element that a check complains of."""

    element: str | None
    kind: str | None
    told: str


class HealthCheck(Answer):
    """One thing that is wrong, missing or guessed, in both languages."""

    rule: str
    severity: str
    count: int
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str
    elements: list[CheckedElement]


class Health(Answer):
    """What a model holds, and what is to be said of it."""

    counts: dict[str, float]
    checks: list[HealthCheck]


class HealthReport(Answer):
    """The health of one file as it was imported."""

    file: str
    revision: int
    at: datetime
    schema_: str | None = Field(alias="schema")
    health: Health
    findings: list[ToldFinding]


class ToldDifference(Answer):
    """What differs in one property."""

    what: str
    before: str | float | None
    after: str | float | None
    by: float | None


class ImportDifference(Answer):
    """What became of one thing, and how many of what hung on it.

    Of fewer than three people `impact` does not tell how many: null.
    """

    outcome: str
    code: str | None
    ordinal: int | None
    element: str | None
    kind: str
    name: str | None
    number: str | None
    changes: list[ToldDifference]
    became: list[str | None]
    impact: dict[str, int | None]


class ImportDifferences(Answer):
    """Thing by thing, what an import changed."""

    file: str
    revision: int
    at: datetime
    counts: dict[str, int]
    items: list[ImportDifference]
