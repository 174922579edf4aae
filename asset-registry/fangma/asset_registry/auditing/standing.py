"""Whether a person still has a post, and until when the office of a lost one may be kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from fangma.asset_registry.auditing.deadlines import months_after
from fangma.asset_registry.standards.ranks import fold

if TYPE_CHECKING:
    from datetime import date

    from fangma.asset_registry.auditing.facts import PersonFact, SecondPost
    from fangma.asset_registry.standards.standard import Standard

LEFT: Final = frozenset({"退休", "调离", "离职", "辞职", "辞退", "免职", "开除", "离休", "死亡"})


class State(Enum):
    """Standing in a post on the day of the audit."""

    IN_POST = auto()
    LEAVING = auto()  # left, within the months that the rule gives
    OVERDUE = auto()  # left, the office should have gone back
    UNDATED = auto()  # left, nobody wrote when


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A state and the last day on which the office may be kept."""

    state: State
    deadline: date | None = None


_IN_POST: Final = Standing(state=State.IN_POST)


def standing(person: PersonFact, standard: Standard, day: date) -> Standing:
    """Tell a person's standing in the main post (办法 art. 19: one month).

    Without that rule in force everybody keeps what they have: nothing is judged by a rule that
    did not exist.
    """
    rule = standard.figures.get("months_after_leaving")
    if rule is None or fold(person.status) not in LEFT:
        return _IN_POST
    if person.left_on is None:
        return Standing(state=State.UNDATED)
    return _standing(person.left_on, int(rule.value), day)


def second_standing(post: SecondPost, standard: Standard, day: date) -> Standing:
    """Tell the standing in a second post (办法 art. 19: two months)."""
    rule = standard.figures.get("months_after_second_post")
    if rule is None or post.ended_on is None:
        return _IN_POST
    return _standing(post.ended_on, int(rule.value), day)


def _standing(left_on: date, months: int, day: date) -> Standing:
    if left_on > day:
        return _IN_POST
    deadline = months_after(left_on, months)
    state = State.LEAVING if day <= deadline else State.OVERDUE
    return Standing(state=state, deadline=deadline)
