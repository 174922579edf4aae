"""How often somebody without an account may ask for something: so many in a window of time."""

from __future__ import annotations

from collections import OrderedDict, deque
from threading import Lock
from typing import Final

from fangma.twin.field.errors import BusyError

_MOST_KEYS: Final = 10_000


class Pace:
    """Counts by key within a sliding window; the oldest keys are forgotten first.

    Parameters
    ----------
    allowed : int
        Per key and window.
    window_s : float
    """

    def __init__(self, *, allowed: int, window_s: float) -> None:
        self._allowed, self._window_s = allowed, window_s
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str, now: float) -> None:
        """Count one.

        Parameters
        ----------
        now : float
            Seconds of a clock that never goes back.

        Raises
        ------
        BusyError
            When the key has had its share; that one is not counted.
        """
        with self._lock:
            times = self._times.setdefault(key, deque())
            self._times.move_to_end(key)
            while times and times[0] <= now - self._window_s:
                times.popleft()
            if len(times) >= self._allowed:
                raise BusyError(round(times[0] + self._window_s - now) + 1)
            times.append(now)
            while len(self._times) > _MOST_KEYS:
                self._times.popitem(last=False)
