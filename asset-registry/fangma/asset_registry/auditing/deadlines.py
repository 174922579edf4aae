"""Months as the law counts them."""

from __future__ import annotations

from calendar import monthrange
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


def months_after(day: date, months: int) -> date:
    """Return the last day of a period of months that begins after ``day``.

    The day itself does not count; the period ends on the same day of the last month, or on that
    month's last day (民法典 arts. 201, 202; from memory). Holidays are not moved.

    Examples
    --------
    >>> from datetime import date
    >>> months_after(date(2026, 1, 31), 1), months_after(date(2026, 12, 15), 2)
    (datetime.date(2026, 2, 28), datetime.date(2027, 2, 15))
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))
