"""The one way in which a file is turned away: with findings that say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.errors import ImportModelError
from fangma.bim_import.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence


class RefusedFile(ImportModelError):  # noqa: N818 - the verdict is the name
    """A file is not a whole model; nothing of it is imported.

    Attributes
    ----------
    findings : tuple[Finding, ...]
        Never empty; at least one has severity error.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        worst = next(item for item in findings if item.severity is Severity.ERROR)
        super().__init__(worst.message, worst.remedy)
        self.findings = tuple(findings)


def refuse(rule: str, message: str, remedy: str, element: str | None = None) -> RefusedFile:
    """Make the exception for one broken rule."""
    return RefusedFile(
        [
            Finding(
                severity=Severity.ERROR, rule=rule, element=element, message=message, remedy=remedy
            )
        ]
    )


def warn(rule: str, message: str, remedy: str, element: str | None = None) -> Finding:
    """Make a finding that a person should look at; the import goes on."""
    return Finding(
        severity=Severity.WARNING, rule=rule, element=element, message=message, remedy=remedy
    )


def note(rule: str, message: str, remedy: str, element: str | None = None) -> Finding:
    """Make a finding that says what was done; nobody need act."""
    return Finding(
        severity=Severity.INFO, rule=rule, element=element, message=message, remedy=remedy
    )
