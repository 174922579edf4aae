"""What an import says of each file: the ``files`` of ``fangma import --json``."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fangma.bim_import.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fangma.asset_registry.errors import RegistryError
    from fangma.bim_import.errors import ImportModelError

# Hundreds of one kind say no more than the first ones and their number; but of a table, every bad
# row has to be mended.
_MOST_OF_A_RULE = 200
_MOST_OF_A_TABLE = 10_000


@dataclass(slots=True, kw_only=True)
class FileReport:
    """The report of one file, field by field as CONTRACTS has it.

    Attributes
    ----------
    rooms : int
        IfcSpaces in the file, whatever became of them.
    elements : int
        Rooms and physical elements in the file, with a body or without.
    kernels : dict of str to int
        Elements by the geometry kernel that built them.
    fallbacks : int
        Elements that the first kernel did not build.
    seconds : float
        Wall time.
    evidence : dict of str to int
        By what known entries were recognised, and how many by each.
    uncertain : list of dict
        ``{"code", "element", "evidence", "confidence"}`` of the least certain matches, none of
        them below what a person need be asked about.
    rows : int
        Rows of a table.
    differences : list of dict
        Thing by thing, see :func:`fangma.bim_import.telling.differences_of`; empty for a model that
        was not known before.
    health : dict
        See :func:`fangma.bim_import.health.examine`.
    """

    file: str
    kind: str
    status: str = "refused"
    schema: str | None = None
    rooms: int = 0
    elements: int = 0
    added: int = 0
    changed: int = 0
    retired: int = 0
    kept: int = 0
    split: int = 0
    merged: int = 0
    review: int = 0
    kernels: dict[str, int] = field(default_factory=dict)
    fallbacks: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    site: str | None = None
    codes: int = 0
    buildings: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)
    evidence: dict[str, int] = field(default_factory=dict)
    uncertain: list[dict[str, Any]] = field(default_factory=list)
    rows: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)
    health: dict[str, Any] = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        """Tell whether the command should end with 1 because of this file."""
        return self.status == "refused" or any(f.severity == "error" for f in self.findings)

    def refuse(self, rule: str, error: ImportModelError | RegistryError) -> None:
        """Turn into the report of a file of which nothing was kept, for the reason that is told."""
        self.status = "refused"
        # What was counted for a change that did not happen would read as if it had.
        self.added = self.changed = self.retired = self.kept = self.split = self.merged = 0
        self.findings.append(
            Finding(
                severity=Severity.ERROR,
                rule=rule,
                element=None,
                message=error.message,
                remedy=error.remedy,
            )
        )

    def to_json(self) -> dict[str, Any]:
        """Turn into the document of CONTRACTS."""
        document = asdict(self)
        document["findings"] = [
            asdict(f)
            for f in shortened(self.findings, _MOST_OF_A_TABLE if self.rows else _MOST_OF_A_RULE)
        ]
        document["seconds"] = round(self.seconds, 3)
        document["stages"] = {stage: round(s, 3) for stage, s in self.stages.items()}
        return document


def shortened(findings: Iterable[Finding], most: int = _MOST_OF_A_RULE) -> list[Finding]:
    """Keep the first findings of each rule, and say how many more there are."""
    kept: list[Finding] = []
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.rule] = counts.get(finding.rule, 0) + 1
        if counts[finding.rule] <= most:
            kept.append(finding)
    for rule, count in counts.items():
        if count > most:
            first = next(f for f in kept if f.rule == rule)
            more = count - most
            kept.append(replace(first, element=None, message=f"{more} more of rule {rule}."))
    return kept


def rule_of(error: ImportModelError | RegistryError) -> str:
    """Name the rule that an error breaks by its class: PartsExhaustedError, parts-exhausted."""
    name = type(error).__name__.removesuffix("Error")
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
