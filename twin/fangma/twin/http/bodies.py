"""What goes over the wire: the shapes from which OpenAPI and the TypeScript client are made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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
PLAIN = r"^[^\x00-\x1f]*$"
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500, pattern=PLAIN)
]


class Body(BaseModel):
    """A body that a client sends: what is not known is refused, so that no wish is lost."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """A body that we send: fields may be added."""

    model_config = ConfigDict(extra="allow")


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


class Slices(Answer):
    """By what parts the features of a large site are asked for."""

    width: int = Field(description="Ordinals a slice; a thing is in slice ordinal // width.")
    numbers: list[int] = Field(description="Of the slices that hold anything of the site.")


class Scene(Answer):
    """What the viewer needs first."""

    site: str
    name: str
    tileset: str
    features: str
    slices: Slices
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
