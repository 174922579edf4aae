"""What a rule pack holds, once it has been read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from fangma.asset_registry.standards.figures import Basis, Figure

ORGAN_CLASSES: Final = ("中央", "省级", "市级", "县级", "乡级")
"""Table 1 of the 2014 standard."""

LEVELS: Final = ("national", "management", "province", "city")
"""Layers, the later over the earlier."""


class ToiletRight(StrEnum):
    """Who of a rank may have a toilet within the office (2014 standard, note 4 to table 3)."""

    ALL = "all"
    CHIEF = "chief"  # heads, not deputies of the same rank
    PARTY_GOVERNMENT_CHIEF = "party-government-chief"  # 党政正职, told by the post
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The ceiling of a rank.

    Attributes
    ----------
    rank : str
        As the table prints it.
    m2 : Figure
        Usable area, square metres a person.
    aliases : tuple of str
        Other words for the rank.
    leads : bool or None
        领导人员, who may have a rest room inside the ceiling; None = as the layer below, or no.
    toilet : ToiletRight or None
        Who of the rank may have a toilet inside it; None = as the layer below, or nobody.
    """

    rank: str
    m2: Figure
    aliases: tuple[str, ...] = ()
    leads: bool | None = None
    toilet: ToiletRight | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitStatus:
    """Units whose rank (机构规格) moves them to other rows.

    Attributes
    ----------
    organ_class : str
        Class of organ of the units concerned.
    words : tuple of str
        Ranks of units.
    as_class : str or None
        Class whose rows hold; rows of its own class hold where that has none.
    ceilings : tuple of Ceiling
        Rows that hold before any other.
    basis : Basis or None
        Note of the table; None for ordinary units, whose rank changes nothing.
    """

    organ_class: str
    words: tuple[str, ...]
    as_class: str | None = None
    ceilings: tuple[Ceiling, ...] = ()
    basis: Basis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRooms:
    """Service rooms a person of the authorised strength x (服务用房).

    ``small`` up to ``up_to``, ``(numerator - x) / divisor`` between, ``large`` from ``at_least``.
    """

    up_to: int
    small: Figure
    at_least: int
    large: Figure
    numerator: int
    divisor: int
    between: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that findings name.

    Attributes
    ----------
    id : str
        Of CONTRACTS, or one of this product's own.
    zh, en : str
        What it asks, in a short sentence.
    """

    id: str
    zh: str
    en: str
    basis: Basis


class Sharing(StrEnum):
    """How the area of a shared office is divided; no standard that could be read says it."""

    PRO_RATA = "pro-rata"  # by the ceilings of those who share it
    EQUAL = "equal"  # by heads


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One rule pack: a national standard, or what a province or a city lays over it.

    Attributes
    ----------
    name : str
        ``cn-2014``; what ``--standard`` takes.
    level : str
        One of :data:`LEVELS`.
    division : str
        Leading digits of the division codes where it holds; empty for the whole country.
    valid_from, valid_to : date or None
        First and last day in force.
    ceilings : mapping of organ class to tuple of Ceiling
    figures : mapping of str to Figure
        Single figures by name (:mod:`fangma.asset_registry.standards.reading` lists them).
    halls : mapping of organ class to Figure
        Entrance halls, square metres.
    rules : mapping of rule id to Rule
    toilet_posts : tuple of str
        Posts that are 党政正职.
    sharing : Sharing or None
        None = as the layer below says, else by ceilings.
    """

    name: str
    title: str
    document: str
    level: str
    division: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    ceilings: Mapping[str, tuple[Ceiling, ...]] = field(default_factory=dict)
    unit_statuses: tuple[UnitStatus, ...] = ()
    service_rooms: Mapping[str, ServiceRooms] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    halls: Mapping[str, Figure] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    toilet_posts: tuple[str, ...] = ()
    sharing: Sharing | None = None

    def is_in_force(self, day: date) -> bool:
        """Whether the pack holds on a day; both ends belong to it."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)
