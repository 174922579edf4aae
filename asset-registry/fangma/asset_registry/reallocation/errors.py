"""What can go wrong with a reallocation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.asset_registry.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Sequence


class ReallocationError(RegistryError):
    """Base of what can go wrong with a plan."""


class RequestError(ReallocationError):
    """A request that says what it may not say, or names what is not there.

    Attributes
    ----------
    problems : tuple of str
        Every fault that was found, each with its path in the document.
    """

    def __init__(self, problems: Sequence[str], remedy: str | None = None) -> None:
        shown = "; ".join(problems[:5])
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        super().__init__(
            f"the request cannot be used: {shown}{more}",
            remedy
            or "correct what is named; fangma plan template writes a request that can be used, and "
            "docs/reallocation.md says what each part means",
        )
        self.problems = tuple(problems)


class SolverError(ReallocationError):
    """The solver gave an answer that its own checker does not accept: a fault of ours."""


class NoTimeError(ReallocationError):
    """The time was over before any plan was found, or a proof that there is none."""
