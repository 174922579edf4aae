"""One reading, one rule, what is remembered: is it an alarm? Pure; no clock, no database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fangma.asset_registry.observation import Result
    from fangma.sensors_bridge.alarms.rules import Limits, Rule

FLAPS: Final = 5
"""How often an alarm may begin within :data:`FLAP_WINDOW` before it is held."""

FLAP_WINDOW: Final = timedelta(minutes=10)
"""Also how long a held alarm must be calm to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a rule remembers of a stream.

    Attributes
    ----------
    since : datetime or None
        When the condition began to hold; None while it does not.
    raised : bool
        There is an alarm.
    at, result
        The reading before.
    begun : tuple of datetime
        When alarms began within :data:`FLAP_WINDOW`.
    held_since : datetime or None
        The alarm is over but for its flapping, since then.
    """

    since: datetime | None = None
    raised: bool = False
    at: datetime | None = None
    result: Result | None = None
    begun: tuple[datetime, ...] = ()
    held_since: datetime | None = None

    @property
    def flaps(self) -> bool:
        """It came and went too often: it is held now."""
        return self.raised and len(self.begun) >= FLAPS

    @property
    def is_calm(self) -> bool:
        """There is nothing that a reading within the limits would change."""
        return self.since is None and not self.raised


CALM: Final = Memory()


@dataclass(frozen=True, slots=True)
class Usual:
    """What a stream usually reads in an hour; ``error`` of its forecast, where there is one."""

    number: float
    error: float | None = None


def judge(
    rule: Rule,
    memory: Memory,
    at: datetime,
    result: Result,
    *,
    usual: Usual | None = None,
    beside: Mapping[str, Result] | None = None,
) -> Memory:
    """Judge a reading; one that is not newer than the reading before changes nothing.

    Parameters
    ----------
    usual : Usual or None
        What the stream usually reads at such a time of the week.
    beside : mapping or None
        Newest readings of the streams at the same place, by property.

    Returns
    -------
    memory : Memory
        ``raised`` differs from before where an alarm begins or ends.
    """
    if memory.at is not None and at <= memory.at:
        return memory
    holds = _holds(rule, memory, at, result, usual) and all(
        each.property in (beside or {}) and limits_hold(each, (beside or {})[each.property])
        for each in rule.together
    )
    since = None if not holds else memory.since or at
    is_due = since is not None and at - since >= timedelta(seconds=rule.delay_s)
    now = replace(memory, since=since, at=at, result=result)
    if holds:
        if memory.raised:
            return replace(now, held_since=None)
        return _begin(now, at) if is_due else now
    if not memory.raised:
        return now
    if not memory.flaps:
        return replace(now, raised=False, held_since=None)
    held_since = memory.held_since or at
    return replace(now, held_since=held_since, raised=at - held_since < FLAP_WINDOW)


def elapse(rule: Rule, memory: Memory, now: datetime, arrived: datetime | None) -> Memory:
    """Judge by the clock alone: a delay that is over, a stream that is silent, a calm that lasts.

    Parameters
    ----------
    arrived : datetime or None
        When the stream was last heard, by our clock.
    """
    if rule.silent_s is not None:
        raised = arrived is not None and now - arrived >= timedelta(seconds=rule.silent_s)
        return memory if raised == memory.raised else replace(memory, raised=raised)
    if memory.raised and memory.held_since is not None and now - memory.held_since >= FLAP_WINDOW:
        return replace(memory, raised=False, held_since=None)
    is_due = memory.since is not None and now - memory.since >= timedelta(seconds=rule.delay_s)
    return _begin(memory, now) if is_due and not memory.raised else memory


def limits_hold(limits: Limits, result: Result, slack: float = 0.0) -> bool:
    """Tell whether a reading is beyond limits; one that is met stays so within ``slack``."""
    if limits.equals is not None:
        return truth(result) is limits.equals
    if isinstance(result, str):
        return False
    if limits.above is not None:
        return result > limits.above - slack
    return limits.below is not None and result < limits.below + slack


def truth(result: Result) -> bool | None:
    """Read yes or no, as contacts say it."""
    if isinstance(result, str):
        return _WORDS.get(result.strip().casefold())
    return bool(result)


def _begin(memory: Memory, at: datetime) -> Memory:
    recent = tuple(each for each in memory.begun if at - each < FLAP_WINDOW)
    return replace(memory, raised=True, held_since=None, begun=(*recent, at)[-FLAPS:])


def _holds(rule: Rule, memory: Memory, at: datetime, result: Result, usual: Usual | None) -> bool:
    """Tell whether the condition holds; an alarm that is there holds on by its hysteresis."""
    slack = rule.hysteresis if memory.raised else 0.0
    if rule.rate_above is None and rule.deviates is None and rule.unusual is None:
        return limits_hold(rule, result, slack)
    if isinstance(result, str):
        return False
    if rule.deviates is not None:
        return usual is not None and abs(result - usual.number) > rule.deviates - slack
    if rule.unusual is not None:
        # What was told to the digit while it was held out is not alarmed about by the last one.
        if usual is None or not usual.error:
            return False
        return abs(result - usual.number) / usual.error > rule.unusual - slack
    if memory.at is None or memory.result is None or isinstance(memory.result, str):
        return False
    minutes = (at - memory.at).total_seconds() / 60
    return rule.rate_above is not None and abs(result - memory.result) / minutes > rule.rate_above


_WORDS: Final = {
    **dict.fromkeys(("true", "on", "alarm", "open", "1", "是", "报警", "开"), True),
    **dict.fromkeys(("false", "off", "normal", "closed", "0", "否", "正常", "关"), False),
}
