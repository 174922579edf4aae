"""How an audit reckons where the standard leaves a choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from fangma.asset_registry.standards.pack import Sharing


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSettings:
    """Choices; None takes what the rule packs say.

    Attributes
    ----------
    sharing : Sharing or None
        How a shared office is divided.
    tolerance_m2 : Decimal or None
        An excess up to this is within; shown on every audit.
    lease_warning_days : int or None
        A lease that ends within so many days is told.
    """

    sharing: Sharing | None = None
    tolerance_m2: Decimal | None = None
    lease_warning_days: int | None = None
