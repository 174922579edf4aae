"""How long to wait before sending again, and when to give up."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

FIRST_PAUSE_S: Final = 2.0
LONGEST_PAUSE_S: Final = 3600.0
GIVE_UP_AFTER: Final = timedelta(days=7)


def pause_after(attempts: int, *, asked_s: float | None = None, jitter: float = 0.0) -> timedelta:
    """Return how long to wait after the n-th failed attempt: 2, 4, 8 ... s, at most an hour.

    Parameters
    ----------
    asked_s : float or None
        What the receiver asked for; never waited less.
    jitter : float
        In [0, 1): up to a quarter is added, so that messages do not come back all at once.
    """
    own = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 20))
    return timedelta(seconds=max(own, asked_s or 0.0) * (1 + jitter / 4))
