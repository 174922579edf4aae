"""What the audit is told: plain rows as they were true on one day.

The rows are filled from the registry's facts at ``(at, known)``; nothing here reads a database, a
file or a clock. Rows that are not valid on the day of the audit may be handed over: the engine
leaves them out by their ``since`` and ``until``. The order of rows never matters.

Days are days in China (UTC+8). ``until`` is the last day on which a row is true, as 截止日期 is
in the tables; a caller who holds half-open ranges hands over the day before their upper bound.
Areas are square metres, as measured or as written, never rounded beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

CHINA: Final = timezone(timedelta(hours=8), "China")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFact:
    """A room as model, books and papers tell it.

    Attributes
    ----------
    code : str
        Its code in the registry.
    building, storey : str or None
        Codes.
    number, name : str or None
        Door number and name, for messages.
    use : str or None
        As the model tells it: a name of ``room_uses.yaml`` or one of the six classes of the
        assignments table; None when it is doubtful. A use written in an assignment goes before it.
    measured_m2 : float or None
        Usable area measured on the geometry; None without geometry. A bounding box is no
        measurement: hand over None for it.
    method : str or None
        How it was measured (``fangma.spatial.areas.Method``): evidence.
    shape : str or None
        What names the polygon that was measured (fact id or hash): evidence.
    declared : tuple of (set, name, square metres)
        What the model declares: evidence, never used as the area.
    height_m : float or None
        Clear height: evidence.
    in_ledger : bool
        Whether the ledger has a row for it.
    ledger_m2 : float or None
        台账面积.
    registered_use : str or None
        用途 of the ledger.
    certificate : str or None
        证号 of the title or occupancy certificate.
    certificate_m2 : float or None
        Area that the certificate states, where known.
    ledger_unit : str or None
        使用单位 of the ledger, a unit's code.
    annex_of : str or None
        The office to which a rest room or toilet belongs, where it is entered from there only.
        It then counts for whoever holds that office.
    rest_room_m2, toilet_m2 : float or None
        Of the room's own area, what is a rest room or toilet that is no room of its own in the
        model. Within the area anyhow; who may have it, and how large, is judged.
    since, until : date or None
        First and last day of its existence; None = unbounded.
    sealed_on : date or None
        Day of 封存.
    idle_reason : str or None
        Why it stands empty, a key of :data:`fangma.asset_registry.auditing.idle.REASONS`.
    empty_since : date or None
        First day without an assignment, where the registry knows an earlier one has ended.
    last_presence_on : date or None
        Last day on which counted occupancy was above zero; None when nothing is counted there.
    presence_from, presence_until : date or None
        First and last day on which occupancy was counted in this room.
    """

    code: str
    building: str | None = None
    storey: str | None = None
    number: str | None = None
    name: str | None = None
    use: str | None = None
    measured_m2: float | None = None
    method: str | None = None
    shape: str | None = None
    declared: tuple[tuple[str, str, float], ...] = ()
    height_m: float | None = None
    in_ledger: bool = False
    ledger_m2: float | None = None
    registered_use: str | None = None
    certificate: str | None = None
    certificate_m2: float | None = None
    ledger_unit: str | None = None
    annex_of: str | None = None
    rest_room_m2: float | None = None
    toilet_m2: float | None = None
    since: date | None = None
    until: date | None = None
    sealed_on: date | None = None
    idle_reason: str | None = None
    empty_since: date | None = None
    last_presence_on: date | None = None
    presence_from: date | None = None
    presence_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingFact:
    """A building, for the total building area (clause on K).

    Attributes
    ----------
    height_m : float or None
        From the ground to the top of the roof; decides between 多层 and 高层.
    height_basis : str
        ``record``: as the books have it. ``model``: measured up to the highest ceiling
        (:mod:`fangma.asset_registry.auditing.heights`), which lacks the roof.
    gross_m2 : float or None
        建筑面积.
    net_m2 : float or None
        使用面积 of the books; evidence.
    """

    code: str
    name: str | None = None
    height_m: float | None = None
    height_basis: str = "record"
    gross_m2: float | None = None
    net_m2: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleFact:
    """What a certificate says of a room or a building.

    Attributes
    ----------
    thing : str
        Code of the room or building.
    status : str
        已登记, 权属备案 or 未登记.
    """

    thing: str
    certificate: str
    holder: str | None = None
    status: str = "已登记"
    area_m2: float | None = None
    use: str | None = None
    registered_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LostEntry:
    """A row of the ledger whose room is not there on the day of the audit (有账无物)."""

    room: str
    area_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFact:
    """A unit (单位).

    Attributes
    ----------
    code, name, parent
        单位编码, 单位名称, 上级单位 (a code).
    organ_class : str or None
        机关类别: 中央 省级 市级 县级 乡级.
    unit_rank : str or None
        机构规格; None or empty = an ordinary unit of its class.
    authorised : int or None
        编制定员; None or 0 = none of its own: it is judged within the nearest unit above that
        has one.
    posts : tuple of (rank, count)
        Authorised posts by rank, where known; otherwise the approved offices follow from the
        people in post.
    division : str or None
        Division code (GB/T 2260) that picks provincial and city rules; None = that of the site.
    """

    code: str
    name: str | None = None
    parent: str | None = None
    organ_class: str | None = None
    unit_rank: str | None = None
    authorised: int | None = None
    posts: tuple[tuple[str, int], ...] = ()
    division: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPost:
    """A post beside the main one (兼职).

    Attributes
    ----------
    unit : str
        Code or name of the unit.
    approved : bool or None
        Whether a second office there was approved; None = not stated.
    ended_on : date or None
        Last day in that post.
    """

    unit: str
    approved: bool | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFact:
    """A person, by pseudonym: no name comes in here.

    Attributes
    ----------
    id : str
        人员编号.
    unit : str
        Code of the unit of the main post.
    rank : str or None
        职级 as in the table of ceilings; decides the ceiling.
    post : str or None
        职务; never raises a ceiling (副局长主持工作 stays 副局级), decides who may have a toilet.
    status : str
        在职 退休 调离.
    left_on : date or None
        离任日期: day of the formalities.
    second_posts : tuple of SecondPost
        Posts in other units.
    """

    id: str
    unit: str
    rank: str | None = None
    post: str | None = None
    status: str = "在职"
    left_on: date | None = None
    second_posts: tuple[SecondPost, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentFact:
    """A room given to a person or to a unit.

    Attributes
    ----------
    room : str
        Code.
    person : str or None
        人员编号; None when the room is the unit's.
    unit : str or None
        单位编码. Beside a person: the unit for whose post the room was given, where known.
    use : str or None
        办公室 领导办公室 服务用房 设备用房 附属用房 技术业务用房, or a finer name of
        ``room_uses.yaml`` such as 休息室, 卫生间.
    since, until : date or None
        起始日期, 截止日期 (the last day); None = unbounded.
    """

    room: str
    person: str | None = None
    unit: str | None = None
    use: str | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseFact:
    """A room leased out (出租) or in (租入).

    Attributes
    ----------
    direction : str
        出租 or 租入.
    due, paid : float or None
        应收租金, 实收租金, in yuan; paid None with due stated = nothing paid.
    """

    room: str
    direction: str
    tenant: str | None = None
    since: date | None = None
    until: date | None = None
    due: float | None = None
    paid: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFacts:
    """Everything that one audit is told.

    Attributes
    ----------
    at : datetime
        Valid time, with offset; the day of the audit is its day in China.
    known : datetime or None
        What had been recorded by then was used; goes into the report as it is.
    division : str or None
        Division code of the site (six digits), for units that state none.
    """

    at: datetime
    known: datetime | None = None
    division: str | None = None
    rooms: tuple[RoomFact, ...] = ()
    buildings: tuple[BuildingFact, ...] = ()
    units: tuple[UnitFact, ...] = ()
    people: tuple[PersonFact, ...] = ()
    assignments: tuple[AssignmentFact, ...] = ()
    leases: tuple[LeaseFact, ...] = ()
    titles: tuple[TitleFact, ...] = ()
    lost: tuple[LostEntry, ...] = ()

    @property
    def day(self) -> date:
        """The day of the audit, in China."""
        return self.at.astimezone(CHINA).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChanges:
    """What became of the facts of an audit from one revision to a later one.

    Attributes
    ----------
    rooms : tuple of RoomFact
        Rooms of the audit as they are told now; none new, none gone.
    people : tuple of PersonFact
        People as they are told now, new ones among them.
    gone : frozenset of str
        People without a post now.
    assigned : mapping of room to tuple of AssignmentFact
        All assignments of a room as they are now.
    leases : mapping of room to tuple of LeaseFact
        All leases of a room as they are now.
    """

    rooms: tuple[RoomFact, ...] = ()
    people: tuple[PersonFact, ...] = ()
    gone: frozenset[str] = frozenset()
    assigned: Mapping[str, tuple[AssignmentFact, ...]] = field(default_factory=dict)
    leases: Mapping[str, tuple[LeaseFact, ...]] = field(default_factory=dict)
