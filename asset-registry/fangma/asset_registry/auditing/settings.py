"""How an audit reckons where the standard leaves a choice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


class Sharing(StrEnum):
    """How the area of a shared office is divided."""

    PRO_RATA = "pro-rata"  # by the ceilings of those who share it
    EQUAL = "equal"  # by heads


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """Choices; None takes the figure of the rule packs.

    Attributes
    ----------
    sharing : Sharing
        The standard gives no formula for shared offices that could be read.
    tolerance_m2 : Decimal or None
        An excess up to this is within; shown on every audit.
    lease_warning_days : int or None
        A lease that ends within so many days is told.
    """

    sharing: Sharing = Sharing.PRO_RATA
    tolerance_m2: Decimal | None = None
    lease_warning_days: int | None = None
