"""Why a table is refused as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence


class RefusedTable(ImportModelError):  # noqa: N818 - as opening.RefusedFile
    """A table of which nothing is imported; ``findings`` say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(findings[0].message, findings[0].remedy)
        self.findings = list(findings)


def refuse(rule: str, message: str, remedy: str, element: str | None = None) -> RefusedTable:
    """Make the refusal of a whole table."""
    return RefusedTable([error(rule, message, remedy, element)])


def error(rule: str, message: str, remedy: str, element: str | None = None) -> Finding:
    """Make a finding that refuses the table."""
    return Finding(
        severity=Severity.ERROR, rule=rule, element=element, message=message, remedy=remedy
    )
