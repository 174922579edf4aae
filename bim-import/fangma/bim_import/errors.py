"""What can go wrong here. Messages say what was found, what was expected and what to do."""

from __future__ import annotations


class ImportModelError(Exception):
    """Base of every error that this folder raises.

    Attributes
    ----------
    message : str
        What was found and what was expected.
    remedy : str
        What to do about it.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[ImportModelError], tuple[str, str], dict[str, object]]:
        """Cross to another process: by default an exception is made anew from its message alone."""
        return type(self), (self.message, self.remedy), self.__dict__


class ClusterError(ImportModelError):
    """No cluster at that address, or none of ours, or it went away."""
