"""What an audit finds: a rule, where it stands, and what was seen, in two languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fangma.asset_registry.standards.figures import Basis
    from fangma.asset_registry.standards.standard import Standard


class Verdict(StrEnum):
    """Whether something is within the standard."""

    OVER = "over"
    WITHIN = "within"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """What a finding asks of its reader."""

    VIOLATION = "violation"  # put it right
    WARNING = "warning"  # act before it becomes one
    UNKNOWN = "unknown"  # supply what is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding.

    Attributes
    ----------
    rule : str
        Rule id of CONTRACTS, or ``vacate-by``.
    clause : str
        Document and clause; an unconfirmed basis says so.
    message, message_en : str
        What was found and what is allowed, Chinese and English.
    room : str or None
        The room concerned.
    """

    rule: str
    clause: str
    message: str
    message_en: str
    severity: Severity
    room: str | None = None

    def to_dict(self) -> dict[str, str | None]:
        """Return the finding as JSON holds it."""
        return {
            "rule": self.rule,
            "clause": self.clause,
            "message": self.message,
            "message_en": self.message_en,
            "severity": str(self.severity),
            "room": self.room,
        }


def found(
    standard: Standard,
    rule: str,
    message: str,
    message_en: str,
    *,
    severity: Severity = Severity.VIOLATION,
    room: str | None = None,
    basis: Basis | None = None,
) -> Finding:
    """Make a finding with the clause of its rule in the standard in force.

    Parameters
    ----------
    basis : Basis or None
        Where the figure stands that was broken; told instead when that is another document.
    """
    clause, held = standard.clauses.get(rule, ""), standard.rules.get(rule)
    if basis is not None and held is not None and basis.document != held.basis.document:
        clause = str(basis)
    return Finding(
        rule=rule,
        clause=clause,
        message=message,
        message_en=message_en,
        severity=severity,
        room=room,
    )
