"""What can go wrong here. Messages say what was found, what was expected and what to do."""

from __future__ import annotations


class RegistryError(Exception):
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


class UnknownCodeError(RegistryError):
    """A well-formed code that names nothing here, or nothing that the reader may see."""

    def __init__(self, code: str, remedy: str = "search for its door number or name") -> None:
        super().__init__(f"found no entry with the code {code}", remedy)
        self.code = code
