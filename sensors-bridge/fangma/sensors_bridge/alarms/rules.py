"""Rules that make a reading an alarm, read from YAML; ``judging`` applies them."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec

from fangma.asset_registry.ucum import is_unit
from fangma.asset_registry.unit_conversion import scale
from fangma.sensors_bridge.errors import BridgeError
from fangma.sensors_bridge.setup_files import SetupError, decoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.asset_registry.observation import Result

SEVERITIES: Final = ("critical", "high", "medium", "low")
ANY: Final = "*"
_CONDITIONS: Final = ("above", "below", "equals", "rate_above", "silent_s", "deviates", "unusual")


class RuleError(BridgeError):
    """A file of rules that cannot be used."""


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a reading of a property is beyond; exactly one limit.

    Attributes
    ----------
    above, below : float or None
        Limit in the rule's unit, else in the stream's.
    equals : bool or None
        The reading that is.
    unit : str or None
        UCUM; limits are told in it whatever the streams' units are.
    """

    property: str
    unit: str | None = None
    above: float | None = None
    below: float | None = None
    equals: bool | None = None


class Rule(Limits, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a stream's reading is an alarm; exactly one condition.

    Attributes
    ----------
    title : str or None
        What people read; None = the name.
    property : str
        Of the streams that it is about; ``*`` for all.
    uses : tuple of str
        Room uses (asset_registry.room_uses); empty = wherever the sensor is.
    hysteresis : float
        How far inside the limit a value must come back to clear the alarm.
    rate_above : float or None
        Largest change a minute.
    deviates : float or None
        Largest distance from what it usually reads at that hour of the week.
    unusual : float or None
        The same, in multiples of how far off its forecast usually is.
    silent_s : float or None
        Seconds after which a stream that says nothing is an alarm.
    delay_s : float
        How long the condition must last.
    together : tuple of Limits
        What must hold besides, of the newest readings at the same place.
    """

    name: str
    severity: str
    title: str | None = None
    uses: tuple[str, ...] = ()
    hysteresis: float = 0.0
    rate_above: float | None = None
    deviates: float | None = None
    unusual: float | None = None
    silent_s: float | None = None
    delay_s: float = 0.0
    together: tuple[Limits, ...] = ()

    def concerns(self, observed_property: str | None, use: str | None) -> bool:
        """Tell whether the rule is about streams of a property in a room of a use."""
        return self.property in (ANY, observed_property) and (not self.uses or use in self.uses)

    def told_in(self, unit: str | None) -> Rule | None:
        """Return the rule with its limits in a stream's unit.

        As it is where one of the two is not known, and where the limit is a multiple; None where
        the stream measures something that the limits cannot be told in: a level in %, of metres.
        """
        if self.unit is None or unit is None or unit == self.unit or self.unusual is not None:
            return self
        if not is_unit(unit):
            return self
        told = scale(self.unit, unit)
        if told is None:
            return None
        changes = ("hysteresis", "rate_above", "deviates")
        return msgspec.structs.replace(
            self,
            unit=unit,
            above=None if self.above is None else told.of(self.above),
            below=None if self.below is None else told.of(self.below),
            **{
                name: None if (value := getattr(self, name)) is None else told.difference(value)
                for name in changes
            },
        )


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
        rules = decoded(text, tuple[Rule, ...])
    except SetupError as error:
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
        for unit in (rule.unit, *(each.unit for each in rule.together)):
            if unit is not None and not is_unit(unit):
                raise RuleError(
                    f"rule {rule.name} has the unit {unit!r}, which is none of UCUM",
                    "write it as UCUM does: Cel, %, [ppm], MPa, m",
                )
        for each in rule.together:
            if sum(v is not None for v in (each.above, each.below, each.equals)) != 1:
                raise RuleError(
                    f"rule {rule.name}: {each.property} in together needs exactly one of above, "
                    "below, equals",
                    "write {property: smoke, equals: true}",
                )
    return rules


def rules_for(
    rules: Sequence[Rule], observed_property: str | None, use: str | None, unit: str | None = None
) -> tuple[Rule, ...]:
    """Choose the rules for a stream, in its unit: of each name the first that concerns it."""
    chosen: dict[str, Rule] = {}
    for rule in rules:
        told = rule.told_in(unit) if rule.concerns(observed_property, use) else None
        if told is not None:
            chosen.setdefault(told.name, told)
    return tuple(chosen.values())


def in_unit(result: Result, unit: str | None, to: str | None) -> Result | None:
    """Return a reading in the unit of limits: as it is where one of the units is not known.

    None where it cannot be told in that unit.
    """
    if to is None or unit is None or not is_unit(unit) or isinstance(result, bool | str):
        return result
    told = scale(unit, to)
    return None if told is None else told.of(result)
