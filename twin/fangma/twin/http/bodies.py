# ruff: noqa: N815 - displayName, everySite and seesSecret are the names on the wire
"""What goes over the wire: the shapes from which OpenAPI and the TypeScript client are made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from fangma.twin.sign_in.roles import Role

Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
CodeInPath = Annotated[str, Path(min_length=1, max_length=64)]
CodeInQuery = Annotated[str | None, Query(min_length=1, max_length=64)]
WordInQuery = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")]
NameInPath = Annotated[str, Path(min_length=1, max_length=100)]
Label = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]+$"
    ),
]
_PLAIN = r"^[^\x00-\x1f]*$"
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500, pattern=_PLAIN)
]


class Body(BaseModel):
    """A body that a client sends: what is not known is refused, so that no wish is lost."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """A body that we send: fields may be added."""

    model_config = ConfigDict(extra="allow")


class SignIn(Body):
    """Who signs in."""

    user: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    code: str | None = Field(default=None, max_length=16, description="One-time code, if set up.")


class User(Answer):
    """Whoever is signed in."""

    name: str
    displayName: str
    roles: list[Role]
    seesSecret: bool = False


class SignedIn(Answer):
    """A new session; the token is told this once."""

    token: str
    expires: datetime
    user: User


class SourceRef(Answer):
    """What a thing is called in a file."""

    file: str
    guid: str | None
    superseded: bool


class Item(Answer):
    """A thing of the registry, as `fangma list` prints it."""

    code: str | None
    kind: str
    name: str | None
    number: str | None
    building: str | None
    storey: str | None
    use: str | None
    system: str | None
    area_m2: float | None
    sources: list[SourceRef]
    status: Literal["current", "retired"]
    ordinal: int | None = Field(default=None, description="What tiles and textures know it by.")


class ItemPage(Answer):
    """A page of things; ``next`` leads to the next one."""

    items: list[Item]
    next: str | None


class DeclaredArea(Answer):
    """An area as a source states it."""

    set: str | None
    name: str | None
    value_m2: float | None


class Area(Answer):
    """Areas from all that know one, side by side."""

    measured_m2: float | None
    declared: list[DeclaredArea]
    ledger_m2: float | None


class ItemFile(Item):
    """The whole dated file of a thing (一房一档), as `fangma show` prints it."""

    area: Area
    occupants: list[dict[str, Any]]
    history: list[dict[str, Any]]
    predecessors: list[str]
    successors: list[str]


class Hit(Answer):
    """Something that a search found, and why."""

    code: str | None
    kind: str
    name: str | None
    number: str | None
    building: str | None
    storey: str | None
    ordinal: int | None
    why: str


class Hits(Answer):
    """What a search found, best first."""

    items: list[Hit]


class Site(Answer):
    """A compound."""

    code: str
    name: str
    division: str
    epsg: int | None
    latitude: float | None
    longitude: float | None
    buildings: int
    rooms: int
    area_m2: float | None


class Sites(Answer):
    """All sites that the reader may see."""

    items: list[Site]


class Node(Answer):
    """A site, building or storey in the tree."""

    code: str
    name: str | None
    kind: str
    elevation_m: float | None = None
    rooms: int = 0
    area_m2: float | None = None
    children: list[Node] = Field(default_factory=list)


class SceneStorey(Answer):
    """A storey of the scene."""

    code: str
    name: str | None
    elevation_m: float | None


class SceneBuilding(Answer):
    """A building of the scene, its storeys from below."""

    code: str
    name: str | None
    storeys: list[SceneStorey]


class Scene(Answer):
    """What the viewer needs first."""

    site: str
    name: str
    tileset: str
    features: str
    revision: int
    epsg: int | None
    origin: list[float] = Field(description="East, north, height of the tiles' local origin.")
    buildings: list[SceneBuilding]


class Features(Answer):
    """One row an element with a body, as columns, ascending by ordinal."""

    revision: int
    count: int
    ordinal: list[int]
    code: list[str]
    kind: list[int]
    ifc_class: list[int]
    storey: list[int]
    building: list[int]
    use: list[int]
    system: list[int]
    layer: list[int]
    area_m2: list[float | None]
    box: list[float] = Field(description="Six numbers an element: lowest, highest corner; metres.")
    dictionaries: dict[str, list[str]]


class Picked(Item):
    """An element that was pointed at."""

    bounds: list[str] = Field(description="Codes of the rooms that a wall or slab bounds.")


class Import(Answer):
    """A file as it was imported."""

    revision: int
    at: datetime
    actor: str
    file: str
    model: str
    discipline: str
    current: bool
    report: dict[str, Any]


class Imports(Answer):
    """Past imports, newest first."""

    items: list[Import]
    next: str | None


class LabelWish(Body):
    """The things to print labels for."""

    codes: list[Code] = Field(min_length=1, max_length=5000)


class SecretMark(Body):
    """Mark or clear 涉密, with the reason that the log keeps."""

    secret: bool
    reason: Reason


class SecretMarked(Answer):
    """How a thing is marked now, and whether it was not so before."""

    code: str
    secret: bool
    changed: bool


class Grant(Body):
    """A site, or one building of it, that an account may see."""

    site: Code
    building: Code | None = None


class Account(Answer):
    """An account, without anything secret."""

    name: str
    displayName: str
    roles: list[Role]
    grants: list[Grant]
    everySite: bool
    seesSecret: bool
    disabled: bool
    locked: bool
    totp: bool
    created: datetime


class Accounts(Answer):
    """All accounts."""

    items: list[Account]


class NewAccount(Body):
    """An account to make; without a password one is made up and told once."""

    name: str = Field(max_length=100)
    displayName: str = Field(default="", max_length=100, pattern=_PLAIN)
    roles: list[Role] = Field(min_length=1, max_length=len(Role))
    grants: list[Grant] = Field(default_factory=list, max_length=1000)
    everySite: bool = False
    password: str | None = Field(default=None, max_length=1000)


class AccountChange(Body):
    """What to change of an account; what is left out, or null, stays."""

    displayName: str | None = Field(default=None, max_length=100, pattern=_PLAIN)
    roles: list[Role] | None = Field(default=None, min_length=1, max_length=len(Role))
    grants: list[Grant] | None = Field(default=None, max_length=1000)
    everySite: bool | None = None
    password: str | None = Field(default=None, max_length=1000)
    disabled: bool | None = None
    unlock: bool = False
    totp: Literal[False] | None = Field(default=None, description="false removes the code.")


class Clearance(Body):
    """Whether an account may see secret rooms, with the reason that the log keeps."""

    seesSecret: bool
    reason: Reason


class MadeAccount(Account):
    """A new account; ``password`` is there when it was made up here."""

    password: str | None


Squares = Annotated[
    list[str],
    Field(description="The address as a QR code: rows from the top, 1 for a dark square."),
]


class OneTimeCode(Answer):
    """The address that an authenticator scans; told this once."""

    address: str
    squares: Squares


class NewDevice(Body):
    """A token for a display wall."""

    label: Label
    days: int = Field(default=366, ge=1, le=366)


class Device(Answer):
    """A device token, without the token."""

    label: str
    created: datetime
    seen: datetime
    expires: datetime


class Devices(Answer):
    """The device tokens of an account."""

    items: list[Device]


class MadeDevice(Answer):
    """A new device token; told this once."""

    label: str
    token: str
    expires: datetime
    address: str = Field(description="What the display opens once.")
    squares: Squares


class PasswordChange(Body):
    """One's own new password."""

    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)


class AuditFinding(Answer):
    """A rule that is broken, or that cannot be told."""

    rule: str
    clause: str
    message: str
    message_en: str
    severity: str
    room: str | None


class AuditShare(Answer):
    """What a person has of a room."""

    room: str
    share_m2: float | None
    part: str
    second: bool


class AuditedQuantity(Answer):
    """One kind of space of a unit: what it may have, what it has."""

    allowed_m2: float | None
    used_m2: float | None


class AuditedPerson(Answer):
    """A person, by pseudonym."""

    person: str
    unit: str
    rank: str
    allowed_m2: float | None
    used_m2: float | None
    excess_m2: float | None
    at_least: bool
    verdict: Literal["over", "within", "unknown"]
    rooms: list[AuditShare]
    findings: list[AuditFinding]
    name: str | None = Field(default=None, description="With ``names`` alone.")


class UnitSeat(Answer):
    """What a unit has in one building."""

    building: str
    usable_m2: float
    k: float | None = Field(description="Least usable ratio by the standard.")
    ratio: float | None = Field(description="The measured one.")


class UnitBuildingArea(Answer):
    """A unit's offices, service and plant rooms as building area."""

    approved_m2: float | None
    used_m2: float | None
    buildings: list[UnitSeat]


class AuditedUnit(Answer):
    """A unit against its approved area."""

    unit: str
    name: str | None
    judged_in: str
    allowed_m2: float | None
    used_m2: float | None
    excess_m2: float | None
    persons_excess_m2: float
    offices: AuditedQuantity
    services: AuditedQuantity
    plant: AuditedQuantity
    building_area: UnitBuildingArea
    verdict: Literal["over", "within", "unknown"]
    findings: list[AuditFinding]


class AuditedRoom(Answer):
    """A room against its occupants' ceilings and against the books."""

    room: str
    building: str | None
    use: str | None
    area_m2: float | None
    allowed_m2: float | None
    excess_m2: float | None
    verdict: Literal["over", "within", "unknown"]
    persons: list[str]
    units: list[str]
    findings: list[AuditFinding]


class AuditedBuilding(Answer):
    """A building's usable-area ratio against the least that the standard asks for."""

    building: str
    usable_m2: float
    gross_m2: float | None
    ratio: float | None
    required_ratio: float | None
    verdict: Literal["over", "within", "unknown"]
    missing: list[str]


class IdleInAudit(Answer):
    """A room that nobody uses, with the lawful order of handling."""

    room: str
    area_m2: float | None
    use: str | None
    since: str | None
    days: int | None
    kind: str
    reason: str | None
    steps: list[str]


class Audit(Answer):
    """An audit of one day, as `fangma audit --json` prints it."""

    standard: str
    layers: list[str]
    at: str
    known: str | None
    tolerance_m2: float
    sharing: str
    persons: list[AuditedPerson]
    units: list[AuditedUnit]
    rooms: list[AuditedRoom]
    buildings: list[AuditedBuilding]
    idle: list[IdleInAudit]
    not_in_ledger: list[str]


class FeatureValues(Answer):
    """One value a room that has a body, ascending by ordinal.

    ``value`` holds numbers, or indices into ``dictionary`` where there is one; null = cannot be
    told. ``limits`` are the ceilings that the standard sets those who hold rooms here, ascending.
    """

    by: str
    standard: str
    ordinal: list[int]
    value: list[float | None]
    dictionary: list[str] | None
    titles: list[str] | None
    limits: list[float]


class PlanRoomAnswer(Answer):
    """A room in plan; rings of x, y in metres of the tileset's local frame, the outer one first."""

    code: str
    number: str | None
    name: str | None
    use: str | None
    area_m2: float | None
    rings: list[list[list[float]]]


class StoreyPlanAnswer(Answer):
    """A storey seen from above; ``box`` is least x, y and greatest x, y around its rooms."""

    storey: str
    building: str | None
    box: list[float] | None
    rooms: list[PlanRoomAnswer]


class LogEntry(Answer):
    """An entry of the audit log."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str | None
    outcome: Literal["done", "refused", "failed"]
    detail: dict[str, Any]


class LogPage(Answer):
    """Entries of the audit log, newest first."""

    items: list[LogEntry]
    next: str | None


class Health(Answer):
    """Whether the server can answer."""

    ok: bool
    version: str


class ValvePositionBody(Body):
    """How a valve stands, and since when (now, unless said)."""

    position: Literal["open", "closed", "stuck", "unknown"]
    at: str | None = Field(default=None, max_length=40)


class ValvePositionSet(Answer):
    """The position as it was recorded."""

    code: str
    position: str
    at: datetime
