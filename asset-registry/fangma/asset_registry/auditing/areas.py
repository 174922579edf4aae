"""Areas as the audit reckons with them: square metres to 0.01, halves rounded up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

from fangma.asset_registry.auditing.errors import AuditError

CENT: Final = Decimal("0.01")
ZERO: Final = Decimal(0)
# A polygon far from the origin carries noise of some 1e-8 m2; a half must not hang on it.
_NOISE: Final = Decimal("0.000001")
_SHARE: Final = Decimal("0.000000001")


def rounded(area: Decimal) -> Decimal:
    """Round to 0.01 m2, halves up, after taking arithmetic noise away.

    Examples
    --------
    >>> rounded(Decimal("18.005")), rounded(Decimal("9.004999999999999"))
    (Decimal('18.01'), Decimal('9.01'))
    """
    return area.quantize(_NOISE, ROUND_HALF_UP).quantize(CENT, ROUND_HALF_UP)


def read_area(value: float | None) -> Decimal | None:
    """Return an area to 0.01 m2; None stays None.

    Parameters
    ----------
    value : float or None
        Square metres as measured or written.

    Raises
    ------
    AuditError
        When it is negative, infinite or not a number.
    """
    if value is None:
        return None
    if not 0 <= value < 1e9:
        raise AuditError(
            f"found an area of {value} m2, expected a number from 0",
            "measure the room again, or hand over no area when there is none",
        )
    # Away from a half, whole hundredths round alike and take a fifth of the time.
    hundredths = value * 100
    if not 0.4999 < hundredths % 1 < 0.5001:
        return _hundredths(int(hundredths + 0.5))
    # repr is the shortest text of a float: 18.005 stays 18.005 and rounds up.
    return Decimal(repr(round(value, 6))).quantize(CENT, ROUND_HALF_UP)


@lru_cache(maxsize=65_536)  # rooms of up to 600 m2; a few megabytes
def _hundredths(number: int) -> Decimal:
    return Decimal(number).scaleb(-2)


def part(area: Decimal, weight: Decimal, total: Decimal) -> Decimal:
    """Return ``area * weight / total``, exact to 1e-9 so that parts add up before rounding."""
    return (area * weight / total).quantize(_SHARE, ROUND_HALF_UP)
