"""The life of a plan: what may be done to it in which state, and who may approve it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.reallocation.errors import ReallocationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_APPROVALS: Final = 4
"""A plan is approved in at most four steps."""


class Status(StrEnum):
    """Where a plan stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    APPLIED = "applied"
    REVERTED = "reverted"
    WITHDRAWN = "withdrawn"


class LifeError(ReallocationError):
    """Something is done to a plan that its state does not allow."""


class ApproverError(ReallocationError):
    """Somebody approves a plan who may not: its author, an editor, or the same person twice."""


# What may be done in which state, and what the plan becomes. "approve" becomes APPROVED with the
# last approval that is needed.
TRANSITIONS: Final[Mapping[tuple[Status, str], Status]] = {
    (Status.DRAFT, "edit"): Status.DRAFT,
    (Status.DRAFT, "solve"): Status.DRAFT,
    (Status.DRAFT, "submit"): Status.SUBMITTED,
    (Status.DRAFT, "withdraw"): Status.WITHDRAWN,
    (Status.SUBMITTED, "approve"): Status.SUBMITTED,
    (Status.SUBMITTED, "reject"): Status.DRAFT,
    (Status.SUBMITTED, "withdraw"): Status.DRAFT,
    (Status.APPROVED, "withdraw"): Status.DRAFT,
    (Status.APPROVED, "apply"): Status.APPLIED,
    (Status.APPLIED, "revert"): Status.REVERTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done to a plan.

    Attributes
    ----------
    actor, action : str
    """

    actor: str
    action: str


def after(status: Status, action: str) -> Status:
    """Return what a plan becomes.

    Raises
    ------
    LifeError
        When the action is not for a plan in this state.
    """
    found = TRANSITIONS.get((status, action))
    if found is None:
        may = ", ".join(name for (state, name) in TRANSITIONS if state is status) or "nothing"
        raise LifeError(
            f"found a plan that is {status}, which cannot take “{action}”; expected {may}",
            "see the plan's events; a plan that is submitted is withdrawn before it is edited, one "
            "that was carried out is reverted",
        )
    return found


def approvers(deeds: Iterable[Deed]) -> tuple[str, ...]:
    """Return who has approved since the plan was last submitted."""
    found: list[str] = []
    for deed in deeds:
        if deed.action == "submit":
            found = []
        elif deed.action == "approve":
            found.append(deed.actor)
    return tuple(found)


def check_approver(author: str, deeds: Iterable[Deed], actor: str) -> None:
    """Refuse who has a hand in the plan, or has approved it already.

    Raises
    ------
    ApproverError
    """
    held = tuple(deeds)
    hands = {author} | {
        deed.actor for deed in held if deed.action in {"create", "edit", "solve", "merge", "submit"}
    }
    if actor in hands:
        raise ApproverError(
            f"found {actor}, who wrote, changed or submitted this plan; expected another person",
            "let somebody else decide: a plan is approved by others than those who made it",
        )
    if actor in approvers(held):
        raise ApproverError(
            f"found {actor}, who has approved this plan already; expected another person",
            "each of the approvals is by a different person",
        )
