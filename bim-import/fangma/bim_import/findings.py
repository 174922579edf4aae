"""What an import found wrong, missing or guessed: collected, never raised one by one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; only an error makes the import exit with 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a technician should know, in words that he understands.

    Attributes
    ----------
    severity : Severity
        Errors refuse the file.
    rule : str
        Stable kebab-case id such as ``"duplicate-guid"``; documented in docs/findings.md.
    element : str or None
        GlobalId, ``#`` number or row that it is about; None for the whole file.
    message : str
        What was found and what was expected.
    remedy : str
        What to do.
    """

    severity: Severity
    rule: str
    element: str | None
    message: str
    remedy: str
