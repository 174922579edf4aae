"""The facts of the people side, as tables tell them and as the registry holds them.

Each fact is true of its ``subject`` from ``valid_from`` to before ``valid_to`` (None = unbounded).
Two facts of one subject never hold at the same time. Units and people are named by ids that the
planner makes (uuid4), so that one change set may bring a unit and its people.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """What every fact has. ``table`` is where the registry keeps it."""

    table: ClassVar[str]
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def subject(self) -> tuple[object, ...]:
        """What the fact is about."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitState(Dated):
    """What a unit is; see :class:`fangma.asset_registry.auditing.facts.UnitFact`."""

    table: ClassVar[str] = "unit_state"
    unit_id: UUID
    name: str | None = None
    parent_id: UUID | None = None
    organ_class: str | None = None
    unit_rank: str | None = None
    authorised: int | None = None
    credit_code: str | None = None
    posts: tuple[tuple[str, int], ...] = ()
    division: str | None = None
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> tuple[object, ...]:
        """Return the unit."""
        return (self.unit_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Dated):
    """The main post of a person, and the posts beside it.

    Attributes
    ----------
    second : tuple of dict
        ``{"unit": code or name, "approved": bool or None, "ended": day or None}``.
    """

    table: ClassVar[str] = "post"
    person_id: UUID
    unit_id: UUID
    rank: str | None = None
    post: str | None = None
    status: str = "在职"
    left_on: date | None = None
    second: tuple[dict[str, Any], ...] = ()

    @property
    def subject(self) -> tuple[object, ...]:
        """Return the person."""
        return (self.person_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment(Dated):
    """A room given to a person or to a unit; one of the two is always there."""

    table: ClassVar[str] = "assignment"
    entry_id: UUID
    person_id: UUID | None = None
    unit_id: UUID | None = None
    use: str | None = None
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> tuple[object, ...]:
        """Return the room and who holds it."""
        return (self.entry_id, self.person_id or self.unit_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease(Dated):
    """A room leased out (出租) or in (租入); rent in yuan."""

    table: ClassVar[str] = "lease"
    entry_id: UUID
    direction: str
    tenant: str = ""
    due: float | None = None
    paid: float | None = None
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> tuple[object, ...]:
        """Return the room, the direction and the other party."""
        return (self.entry_id, self.direction, self.tenant)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry(Dated):
    """What the books say of a room, and its certificate; areas in square metres.

    Attributes
    ----------
    annex_of : UUID or None
        The office to which a rest room or toilet belongs.
    rest_room_m2, toilet_m2 : float or None
        Parts of the room itself, where the model shows them as no rooms of their own.
    sealed_on : date or None
        Day of 封存.
    """

    table: ClassVar[str] = "ledger"
    entry_id: UUID
    area_m2: float
    use: str | None = None
    unit_id: UUID | None = None
    certificate: str | None = None
    certificate_m2: float | None = None
    annex_of: UUID | None = None
    rest_room_m2: float | None = None
    toilet_m2: float | None = None
    sealed_on: date | None = None
    idle_reason: str | None = None
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> tuple[object, ...]:
        """Return the room."""
        return (self.entry_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingRecord(Dated):
    """What the books say of a building: height in metres, 建筑面积 and 使用面积."""

    table: ClassVar[str] = "building_record"
    entry_id: UUID
    height_m: float | None = None
    gross_m2: float | None = None
    net_m2: float | None = None
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> tuple[object, ...]:
        """Return the building."""
        return (self.entry_id,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Title(Dated):
    """What a certificate says of a room or a building; ``status`` 已登记, 权属备案 or 未登记."""

    table: ClassVar[str] = "title"
    entry_id: UUID
    certificate: str
    holder: str | None = None
    status: str = "已登记"
    area_m2: float | None = None
    use: str | None = None
    registered_on: date | None = None
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def subject(self) -> tuple[object, ...]:
        """Return the thing and its certificate."""
        return (self.entry_id, self.certificate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A unit or person that the registry does not know yet, by its code in the tables."""

    id: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDetail:
    """What can be erased of a person: the name, and columns of the table that are none of ours."""

    person_id: UUID
    name: str | None = None
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupationChanges:
    """What an import of a table would do to the people side; part of a change set.

    Attributes
    ----------
    closed : dict of str to tuple of int
        Rows that are no longer held, by table.
    added : tuple of Dated
        Facts of any kind.
    """

    units: tuple[Named, ...] = ()
    people: tuple[Named, ...] = ()
    details: tuple[PersonalDetail, ...] = ()
    closed: dict[str, tuple[int, ...]] = field(default_factory=dict)
    added: tuple[Dated, ...] = ()
