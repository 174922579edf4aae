"""Streams derived over the tree: room, storey, building, site, and unit beside it. Pure.

A place's part is made of the readings of its own streams and of the parts of the places in it. A
changed reading makes anew the parts of its place and of what that lies in, nothing else. What has
not been heard for too long counts as missing, never as nothing: of a sum that lacks one reading
nothing is told.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.presence import counts_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FUNCTIONS: Final = ("sum", "mean", "area-mean", "max", "min", "count")
OF_WHAT: Final = ("newest", "hour", "used")
LEVELS: Final = ("room", "storey", "building", "site", "unit")

_HOURLY_UNITS: Final = {"kW.h": "kW", "m3": "m3/h"}
_NAME_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_LONGEST_NAME: Final = 60


class DerivationError(RegistryError):
    """A derivation that cannot be as asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What is derived of the streams of one property.

    Attributes
    ----------
    name : str
        Also the property of the streams that it makes.
    observed_property : str
        Of the streams that it is made of.
    function : str
        One of :data:`FUNCTIONS`. ``count`` = how many say yes; ``area-mean`` = the mean of rooms by
        their areas. In a ``sum`` a place's own stream stands for all that lies in the place.
    of_what : str
        ``newest`` values, means of the ``hour``, or what meters have ``used`` within the hour.
    unit : str or None
        UCUM of those streams; others are left out. None takes any.
    levels : tuple of str
        Of which places there are streams.
    fresh_s : float
        Seconds after which a newest value is no longer one.
    least_share : float
        Share of the streams that must be heard, 0 to 1, or nothing is told.
    """

    name: str
    observed_property: str
    function: str
    of_what: str = "newest"
    unit: str | None = None
    levels: tuple[str, ...] = ("room", "storey", "building")
    fresh_s: float = 1800.0
    least_share: float = 1.0

    @property
    def made_unit(self) -> str | None:
        """UCUM of the streams that it makes."""
        if self.function == "count":
            return "1"
        if self.of_what == "used" and self.unit is not None:
            return _HOURLY_UNITS.get(self.unit, self.unit)
        return self.unit

    def as_dict(self) -> dict[str, Any]:
        """Return the form of the API."""
        return {
            "name": self.name,
            "property": self.observed_property,
            "function": self.function,
            "of": self.of_what,
            "unit": self.unit,
            "levels": list(self.levels),
            "fresh_s": self.fresh_s,
            "least_share": self.least_share,
        }

    def check(self) -> Definition:
        """Return it, when it can be.

        Raises
        ------
        DerivationError
        """
        is_name = 0 < len(self.name) <= _LONGEST_NAME and not set(self.name) - _NAME_LETTERS
        if not is_name or not self.name[0].isalpha():
            raise DerivationError(
                f"found the name {self.name[:80]!r}, expected a-z, 0-9 and - after a letter, at "
                f"most {_LONGEST_NAME}",
                "call it like mean-temperature",
            )
        if not self.observed_property or self.name == self.observed_property:
            raise DerivationError(
                f"{self.name} is made of {self.observed_property[:80]!r}, expected another "
                "property",
                "name the property of the sensors, and another for what is made of them",
            )
        if (
            self.function != "count"
            and counts_people(self.observed_property, self.unit)
            and not counts_people(self.name, self.made_unit)
        ):
            raise DerivationError(
                f"{self.name} is made of counts of people, expected a name that says so",
                "call it like people-present: by it one and two people are told nowhere",
            )
        for word, known in ((self.function, FUNCTIONS), (self.of_what, OF_WHAT)):
            if word not in known:
                raise DerivationError(
                    f"found {word[:40]!r}, expected one of {', '.join(known)}", "name one of them"
                )
        wrong = [level for level in self.levels if level not in LEVELS]
        if wrong or not self.levels or len(set(self.levels)) < len(self.levels):
            raise DerivationError(
                f"found the levels {', '.join(self.levels)[:80]!r}, expected some of "
                f"{', '.join(LEVELS)}, each once",
                "name at least one",
            )
        if not 0 < self.fresh_s <= 366 * 86_400 or not 0 <= self.least_share <= 1:
            raise DerivationError(
                f"found fresh_s {self.fresh_s:g} and least_share {self.least_share:g}, expected "
                "seconds up to a year and a share from 0 to 1",
                "1800 and 1 are usual",
            )
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A node of the tree.

    Attributes
    ----------
    key : str
        Its code, or of a unit ``SITE/UNIT``.
    kind : str
        One of :data:`LEVELS`; anything else is a leaf with streams of its own, such as a device.
    area_m2 : float or None
        Of rooms.
    within : tuple of (str, float)
        Keys of the places that it lies in or belongs to, with its share of each: 1 but for rooms
        that several units hold.
    """

    key: str
    kind: str
    area_m2: float | None = None
    within: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of a place's streams, and of those of the places in it.

    Attributes
    ----------
    of, heard : int
        Streams that count, and those of them that were heard.
    """

    of: int = 0
    heard: int = 0
    number: float = 0.0
    total: float = 0.0
    weight: float = 0.0
    weighted: float = 0.0
    yes: int = 0
    most: float = -math.inf
    least: float = math.inf

    def value(self, definition: Definition) -> float | None:
        """Return what is told; None where too little is heard."""
        if self.heard == 0 or self.heard < definition.least_share * self.of:
            return None
        match definition.function:
            case "sum":
                return self.total
            case "mean":
                return self.total / self.number if self.number else None
            case "area-mean":
                return self.weighted / self.weight if self.weight else None
            case "max":
                return self.most
            case "min":
                return self.least
            case _:
                return float(self.yes)


@dataclass(slots=True, kw_only=True)
class _Node:
    place: Place
    depth: int
    streams: list[int] = field(default_factory=list)
    below: list[tuple[str, float]] = field(default_factory=list)
    part: Part | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What changed of a place; ``value`` is None when it can no longer be told."""

    place: Place
    value: float | None
    part: Part


class Derived:
    """One definition over one tree, kept current reading by reading.

    Parameters
    ----------
    places : iterable of Place
        Whatever ``within`` names is among them.
    sources : mapping of int to str
        Key of the place that each stream is bound to.
    """

    def __init__(
        self, definition: Definition, places: Iterable[Place], sources: Mapping[int, str]
    ) -> None:
        self.definition = definition
        self.steps = 0  # parts that were made; for those who measure
        self._place_of = dict(sources)
        self._readings: dict[int, tuple[float, float]] = {}
        by_key = {place.key: place for place in places}
        depths = _depths(by_key)
        self._nodes = {key: _Node(place=place, depth=depths[key]) for key, place in by_key.items()}
        for key, place in by_key.items():
            for upper, share in place.within:
                self._nodes[upper].below.append((key, share))
        for stream, key in sorted(self._place_of.items()):
            self._nodes[key].streams.append(stream)
        self._dirty = set(self._nodes)

    def hear(self, stream: int, heard_at: float, number: float) -> None:
        """Take the newest value of a stream; what it says of no place is let be.

        Parameters
        ----------
        heard_at : float
            By our clock, seconds since 1970.
        """
        key = self._place_of.get(stream)
        if key is None:
            return
        before = self._readings.get(stream)
        if before is not None and heard_at < before[0]:
            return
        self._readings[stream] = (heard_at, number)
        if before is None or before[1] != number:
            self._dirty.add(key)

    def forget(self, stream: int) -> None:
        """Let a value go that can no longer be used."""
        if self._readings.pop(stream, None) is not None:
            self._dirty.add(self._place_of[stream])

    def forget_stale(self, now: float) -> None:
        """Let go what has not been heard for too long."""
        limit = now - self.definition.fresh_s
        for stream in [s for s, (heard, _) in self._readings.items() if heard < limit]:
            self.forget(stream)

    def changes(self) -> list[Told]:
        """Make anew the parts that changed, from below; return what that changes of the levels."""
        waiting: dict[int, set[str]] = defaultdict(set)
        for key in self._dirty:
            waiting[self._nodes[key].depth].add(key)
        self._dirty.clear()
        told = []
        while waiting:
            for key in waiting.pop(max(waiting)):
                node = self._nodes[key]
                before, part = node.part, self._made(node)
                if part == before:
                    continue
                node.part = part
                for upper, _ in node.place.within:
                    waiting[self._nodes[upper].depth].add(upper)
                if node.place.kind in self.definition.levels:
                    value = part.value(self.definition)
                    old = None if before is None else before.value(self.definition)
                    if value != old:
                        told.append(Told(place=node.place, value=value, part=part))
        return told

    def present(self) -> list[Told]:
        """Return what holds now of every place of the levels."""
        return [
            Told(place=node.place, value=node.part.value(self.definition), part=node.part)
            for node in self._nodes.values()
            if node.part is not None and node.place.kind in self.definition.levels
        ]

    def _made(self, node: _Node) -> Part:
        self.steps += 1
        own = self._own(node)
        if self.definition.function == "sum" and node.streams:
            return own  # its own meter counts what lies in it, too
        if not node.below:
            return own
        parts = [(self._nodes[key].part or Part(), share) for key, share in sorted(node.below)]
        return Part(
            own.of + sum(p.of for p, _ in parts),
            own.heard + sum(p.heard for p, _ in parts),
            math.fsum([own.number, *(p.number * share for p, share in parts)]),
            math.fsum([own.total, *(p.total * share for p, share in parts)]),
            math.fsum([own.weight, *(p.weight * share for p, share in parts)]),
            math.fsum([own.weighted, *(p.weighted * share for p, share in parts)]),
            own.yes + sum(p.yes for p, _ in parts),
            max(own.most, *(p.most for p, _ in parts)),
            min(own.least, *(p.least for p, _ in parts)),
        )

    def _own(self, node: _Node) -> Part:
        found = [self._readings[s][1] for s in node.streams if s in self._readings]
        of = len(node.streams)
        if self.definition.function == "area-mean":
            if node.place.kind != "room":
                return Part()  # what is no room has no area that it speaks for
            area = node.place.area_m2
            if not area or not found:
                return Part(of=of)
            mean = math.fsum(found) / len(found)
            return Part(of=of, heard=len(found), weight=area, weighted=area * mean)
        if not found:
            return Part(of=of)
        return Part(
            of=of,
            heard=len(found),
            number=float(len(found)),
            total=math.fsum(found),
            yes=sum(1 for each in found if each),
            most=max(found),
            least=min(found),
        )


def reckon(
    definition: Definition,
    places: Sequence[Place],
    sources: Mapping[int, str],
    readings: Mapping[int, float],
) -> dict[str, float]:
    """Return what is told of each place when the streams read so; for hours that are over."""
    derived = Derived(definition, places, sources)
    for stream, number in readings.items():
        derived.hear(stream, 0.0, number)
    return {told.place.key: told.value for told in derived.changes() if told.value is not None}


def _depths(places: Mapping[str, Place]) -> dict[str, int]:
    """Return how deep each place lies: deeper than everything that it lies in."""
    depths: dict[str, int] = {}

    def depth(key: str, seen: tuple[str, ...]) -> int:
        if key in seen:
            raise DerivationError(
                f"{key} lies in itself: {' in '.join((*seen, key))}", "correct the tree"
            )
        if key not in depths:
            upper = [depth(each, (*seen, key)) for each, _ in places[key].within]
            depths[key] = 1 + max(upper, default=-1)
        return depths[key]

    for key in places:
        depth(key, ())
    return depths
