"""Rounds as they are planned: due days, and what of a round is still to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Literal

from fangma.asset_registry.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

#: What can be looked at, with its Chinese name; a number may be read at those that are meters.
CHECKS: Final = {
    "leak": "有无渗漏",
    "valve_turns": "阀门能否转动",
    "valve_position": "阀门位置",
    "meter": "表计读数",
    "pressure": "压力读数",
    "temperature": "温度读数",
    "noise": "有无异响",
    "extinguisher": "灭火器",
    "hydrant": "消火栓",
    "exit": "疏散通道",
    "lighting": "照明",
    "clean": "卫生",
    "lock": "门锁",
}
READINGS: Final = frozenset({"meter", "pressure", "temperature"})
OUTCOMES: Final = ("ok", "fault", "not_reached")
MOST_STOPS: Final = 500
LONGEST_INTERVAL: Final = 366


class RoundError(RegistryError):
    """A round that cannot be planned or walked as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A place of a round and what is looked at there."""

    code: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a round is: its stops in any order, every how many days, from which day on."""

    name: str
    every_days: int
    starts_on: date
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One walk of a round.

    Attributes
    ----------
    on : date
        Its day; it is in time until the day before the next one.
    state : str
        ``coming``, ``due``, ``overdue`` or ``done``.
    visited, stops : int
        How far it is.
    """

    on: date
    state: Literal["coming", "due", "overdue", "done"]
    visited: int
    stops: int


def check_plan(plan: Plan) -> None:
    """Refuse a plan that nobody could walk.

    Raises
    ------
    RoundError
    """
    if not plan.name or len(plan.name) > 100:
        raise RoundError(
            f"the name has {len(plan.name)} characters, expected 1 to 100", "give it a short name"
        )
    if not 1 <= plan.every_days <= LONGEST_INTERVAL:
        raise RoundError(
            f"found every {plan.every_days} days, expected 1 to {LONGEST_INTERVAL}",
            "choose an interval of days",
        )
    if not 1 <= len(plan.stops) <= MOST_STOPS:
        raise RoundError(
            f"found {len(plan.stops)} stops, expected 1 to {MOST_STOPS}", "make several rounds"
        )
    codes = [stop.code for stop in plan.stops]
    if len(set(codes)) != len(codes):
        twice = next(code for code in codes if codes.count(code) > 1)
        raise RoundError(f"{twice} is a stop twice, expected once", "put its checks together")
    for stop in plan.stops:
        strange = [check for check in stop.checks if check not in CHECKS]
        if strange or not stop.checks:
            raise RoundError(
                f"found the check {(strange or ['nothing'])[0][:40]!r} at {stop.code}, expected "
                f"some of {', '.join(CHECKS)}",
                "name what is to be looked at",
            )


def due_days(plan: Plan, first: date, last: date) -> Iterator[date]:
    """Yield the days of a round from one day to another, both included.

    Examples
    --------
    >>> plan = Plan(name="泵房", every_days=7, starts_on=date(2026, 11, 2), stops=())
    >>> [d.day for d in due_days(plan, date(2026, 11, 8), date(2026, 11, 23))]
    [9, 16, 23]
    """
    steps = max(0, -(-(first - plan.starts_on).days // plan.every_days))
    day = plan.starts_on + timedelta(days=steps * plan.every_days)
    while day <= last:
        yield day
        day += timedelta(days=plan.every_days)


def is_due_day(plan: Plan, day: date) -> bool:
    """Tell whether a round falls on a day."""
    passed = (day - plan.starts_on).days
    return passed >= 0 and passed % plan.every_days == 0


def due(plan: Plan, on: date, visited: Collection[str], today: date) -> Due:
    """Tell how one walk of a round stands.

    Parameters
    ----------
    visited : collection of str
        Codes of stops that were seen on it, whatever was found.
    """
    done = sum(stop.code in visited for stop in plan.stops)
    state: Literal["coming", "due", "overdue", "done"]
    if done == len(plan.stops):
        state = "done"
    elif today < on:
        state = "coming"
    else:
        state = "due" if (today - on).days < plan.every_days else "overdue"
    return Due(on=on, state=state, visited=done, stops=len(plan.stops))
