"""What the audit log was told already, where a session asks for the same thing a hundred times."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_MOST: Final = 10_000


class ToldOnce:
    """Keys of lines that stand in the log; of the oldest it is forgotten that they do.

    Kept by the process: after a restart a session's next look is told once more.

    Examples
    --------
    >>> told = ToldOnce()
    >>> told.add([("session", "site", 1)])
    >>> ("session", "site", 1) in told, ("session", "site", 2) in told
    (True, False)
    """

    def __init__(self, most: int = _MOST) -> None:
        self._lock = Lock()
        self._keys: OrderedDict[Hashable, None] = OrderedDict()
        self._most = most

    def __contains__(self, key: Hashable) -> bool:
        """Tell whether the line of a key was written."""
        with self._lock:
            return key in self._keys

    def add(self, keys: Iterable[Hashable]) -> None:
        """Remember lines once they are written."""
        with self._lock:
            self._keys.update(dict.fromkeys(keys))
            while len(self._keys) > self._most:
                self._keys.popitem(last=False)
