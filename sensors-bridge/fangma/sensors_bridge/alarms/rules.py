"""Rules that make a reading an alarm: read from YAML, judged by pure functions.

A judgement depends on the rule, on what is remembered of the stream, and on one reading; nothing
here knows a clock or a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec

from fangma.sensors_bridge.errors import BridgeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.asset_registry.observation import Result

SEVERITIES: Final = ("critical", "high", "medium", "low")
ANY: Final = "*"
_CONDITIONS: Final = ("above", "below", "equals", "rate_above", "silent_s")


class RuleError(BridgeError):
    """A file of rules that cannot be used."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a stream's reading is an alarm; exactly one condition.

    Attributes
    ----------
    property : str
        Of the streams that it is about; ``*`` for all.
    uses : tuple of str
        Room uses (asset_registry.room_uses); empty = wherever the sensor is.
    above, below : float or None
        Limit in the stream's unit.
    hysteresis : float
        How far inside the limit a value must come back to clear the alarm.
    equals : bool or None
        The reading that is an alarm.
    rate_above : float or None
        Largest change a minute, in the stream's unit.
    silent_s : float or None
        Seconds after which a stream that says nothing is an alarm.
    delay_s : float
        How long the condition must last.
    """

    name: str
    property: str
    severity: str
    uses: tuple[str, ...] = ()
    above: float | None = None
    below: float | None = None
    hysteresis: float = 0.0
    equals: bool | None = None
    rate_above: float | None = None
    silent_s: float | None = None
    delay_s: float = 0.0

    def concerns(self, observed_property: str | None, use: str | None) -> bool:
        """Tell whether the rule is about streams of a property in a room of a use."""
        return self.property in (ANY, observed_property) and (not self.uses or use in self.uses)


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
    """

    since: datetime | None = None
    raised: bool = False
    at: datetime | None = None
    result: Result | None = None


CALM: Final = Memory()


def read_rules(text: str | None = None) -> tuple[Rule, ...]:
    """Read rules from YAML; None = those that come with the program.

    Raises
    ------
    RuleError
        Names the rule that is wrong.
    """
    if text is None:
        text = files("fangma.sensors_bridge").joinpath("alarms", "rules.yaml").read_text("utf-8")
    try:
        rules = msgspec.yaml.decode(text, type=tuple[Rule, ...])
    except msgspec.DecodeError as error:
        raise RuleError(f"the rules cannot be read: {error}", "docs/live.md has examples") from None
    for rule in rules:
        given = [name for name in _CONDITIONS if getattr(rule, name) is not None]
        if len(given) != 1:
            raise RuleError(
                f"rule {rule.name} has the conditions {given}, expected exactly one of "
                f"{', '.join(_CONDITIONS)}",
                "make a rule of each",
            )
        if rule.severity not in SEVERITIES or rule.hysteresis < 0 or rule.delay_s < 0:
            raise RuleError(
                f"rule {rule.name} has severity {rule.severity!r}, hysteresis {rule.hysteresis:g}, "
                f"delay {rule.delay_s:g}",
                f"severity is one of {', '.join(SEVERITIES)}; the others are not negative",
            )
    return rules


def rules_for(
    rules: Sequence[Rule], observed_property: str | None, use: str | None
) -> tuple[Rule, ...]:
    """Choose the rules for a stream: of each name the first that concerns it."""
    chosen: dict[str, Rule] = {}
    for rule in rules:
        if rule.concerns(observed_property, use):
            chosen.setdefault(rule.name, rule)
    return tuple(chosen.values())


def judge(rule: Rule, memory: Memory, at: datetime, result: Result) -> Memory:
    """Judge a reading; one that is not newer than the reading before changes nothing.

    Returns
    -------
    memory : Memory
        ``raised`` differs from before where an alarm begins or ends.
    """
    if memory.at is not None and at <= memory.at:
        return memory
    holds = _holds(rule, memory, at, result)
    since = None if not holds else memory.since or at
    is_due = since is not None and at - since >= timedelta(seconds=rule.delay_s)
    return Memory(since=since, raised=holds and (memory.raised or is_due), at=at, result=result)


def elapse(rule: Rule, memory: Memory, now: datetime, arrived: datetime | None) -> Memory:
    """Judge by the clock alone: a delay that is over, a stream that is silent.

    Parameters
    ----------
    arrived : datetime or None
        When the stream was last heard, by our clock.
    """
    raised = memory.raised
    if rule.silent_s is not None:
        raised = arrived is not None and now - arrived >= timedelta(seconds=rule.silent_s)
    elif memory.since is not None and now - memory.since >= timedelta(seconds=rule.delay_s):
        raised = True
    if raised == memory.raised:
        return memory
    return Memory(since=memory.since, raised=raised, at=memory.at, result=memory.result)


def _holds(rule: Rule, memory: Memory, at: datetime, result: Result) -> bool:
    """Tell whether the condition holds; an alarm that is there holds on by its hysteresis."""
    if rule.equals is not None:
        return _truth(result) is rule.equals
    if isinstance(result, str):
        return False
    slack = rule.hysteresis if memory.raised else 0.0
    if rule.above is not None:
        return result > rule.above - slack
    if rule.below is not None:
        return result < rule.below + slack
    if rule.rate_above is not None:
        if memory.at is None or memory.result is None or isinstance(memory.result, str):
            return False
        minutes = (at - memory.at).total_seconds() / 60
        return abs(result - memory.result) / minutes > rule.rate_above
    return False


def _truth(result: Result) -> bool | None:
    """Read yes or no, as contacts say it."""
    if isinstance(result, str):
        return _WORDS.get(result.strip().casefold())
    return bool(result)


_WORDS: Final = {
    **dict.fromkeys(("true", "on", "alarm", "open", "1", "是", "报警", "开"), True),
    **dict.fromkeys(("false", "off", "normal", "closed", "0", "否", "正常", "关"), False),
}
