"""What can go wrong in the field."""

from __future__ import annotations

from fangma.twin.errors import TwinError


class FieldError(TwinError):
    """Base of this folder's errors."""


class PhotoError(FieldError):
    """A file that is no photo we take."""


class LinkError(FieldError):
    """A link for passers-by that was not made here, was changed, or is of no use any more."""


class ExpiredLinkError(LinkError):
    """A link that was good once."""


class BusyError(FieldError):
    """Too many reports from one place or one sender."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            "Too many reports have come this way in a short time.",
            f"Wait {max(1, seconds // 60)} minutes and send it again; in an emergency telephone.",
        )
        self.seconds = seconds
