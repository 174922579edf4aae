"""What an import or an edit would do to the registry: pure data, planned first, applied at once.

Entries are named by ids that the planner makes (uuid4), so that rows of one change set can refer to
entries that do not exist yet. Codes are given when the change set is applied, under a lock, because
only the database knows which are free.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from fangma.asset_registry.cameras.views import CameraView
    from fangma.asset_registry.networks import NetworkChanges
    from fangma.asset_registry.occupation.facts import OccupationChanges
    from fangma.spatial.tiles.rows import TileRow

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """A thing that the registry does not know yet.

    Attributes
    ----------
    kind : str
        See :mod:`fangma.asset_registry.kinds`.
    building_id, storey_id : UUID or None
        Where it is born, which its code will say; None for a site, and for things outdoors.
    code_part : str or None
        Wished part of the code: ``A02`` (building), ``F05`` (storey), a door number (room), the two
        letters of a system or kind (the rest). Elements such as walls get no code.
    secret : bool
        Born 涉密.
    """

    id: UUID
    kind: str
    site_id: UUID
    building_id: UUID | None = None
    storey_id: UUID | None = None
    code_part: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The state fact of an entry from the change set's ``valid_from`` on."""

    entry_id: UUID
    name: str | None = None
    number: str | None = None
    building_id: UUID | None = None
    storey_id: UUID | None = None
    use: str | None = None
    system: str | None = None
    ifc_class: str | None = None
    predefined_type: str | None = None
    elevation_m: float | None = None
    inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The shape fact of an entry; coordinates in the site's projected CRS, metres.

    Attributes
    ----------
    footprint : bytes or None
        WKB of a MultiPolygon, 2D.
    axis : bytes or None
        WKB of a LineStringZ, pipes only.
    extent : (Point, Point) or None
        Lowest and highest corner.
    declared : tuple of dict
        ``{"set", "name", "value_m2"}`` as the source states them.
    """

    entry_id: UUID
    footprint: bytes | None = None
    axis: bytes | None = None
    extent: tuple[Point, Point] | None = None
    floor_z: float | None = None
    ceiling_z: float | None = None
    area_m2: float | None = None
    volume_m3: float | None = None
    method: str | None = None
    declared: tuple[dict[str, Any], ...] = ()
    inner_diameter_m: float | None = None
    outer_diameter_m: float | None = None
    kernel: str | None = None
    mesh_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an entry is called in the file that is being imported."""

    entry_id: UUID
    guid: str | None
    step_key: int | None
    fingerprint: str
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A split, merge or replacement."""

    predecessor_id: UUID
    successor_id: UUID
    kind: str
    area_share: float | None = None
    reason: str | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A row of ``fangma.tile``; its files are already written under their hashes.

    ``row`` names building and storey by their codes, which the registry turns into ids.
    """

    building_id: UUID | None
    storey_id: UUID | None
    row: TileRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TileSwitch:
    """What the tileset points at from now on, and no longer."""

    added: tuple[Tile, ...] = ()
    retired: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRevision:
    """One imported file. ``model_id`` may be new: then the model's own columns are written too.

    Attributes
    ----------
    placement : tuple of 16 float or None
        Row-major 4 x 4, from the model's frame to the site's, metres.
    georeferenced : bool
        The file itself said where it lies.
    outlines : dict of str to 6 floats
        Box of the model's elements in the site's frame, by building id.
    """

    id: UUID
    model_id: UUID
    new_model: bool
    site_id: UUID
    building_ids: tuple[UUID, ...]
    kind: str
    discipline: str
    project_guid: str | None
    building_guids: tuple[str, ...]
    name: str
    file: str
    sha256: str
    size: int
    schema: str | None
    application: str | None
    written_at: str | None
    report: dict[str, Any]
    project_name: str | None = None
    placement: tuple[float, ...] = ()
    georeferenced: bool = False
    outlines: dict[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an import could not tell: whether old entries became new ones.

    Attributes
    ----------
    old : tuple of UUID
        Known entries, which stay as they are until somebody decides.
    new : tuple of UUID
        Entries that the same change set adds.
    why : str
        What speaks for it, in words.
    """

    old: tuple[UUID, ...]
    new: tuple[UUID, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """Everything that one import or edit would do; applied whole or not at all.

    Attributes
    ----------
    valid_from : datetime or None
        When the facts become true in the world; None = since ever (a first import).
    valid_to : datetime or None
        When they cease to be true, as a correction of the past may know; None = until told
        otherwise, whatever was said before about later times.
    retired : tuple of UUID
        Entries whose state ends at ``valid_from``.
    superseded : tuple of UUID
        Entries whose source row of this model ends with this revision (changed or gone).
    moved : tuple of (UUID, UUID)
        Entry and its new building, for row-level security.
    marked_secret : tuple of (UUID, bool)
        Entries that become 涉密, or cease to be; at once and for the whole history.
    occupation : OccupationChanges or None
        The people side; its facts carry their own times.
    network : NetworkChanges or None
        Joins, valve positions and accuracies, for the same time as the states.
    questions : tuple of Question
        Become the review list; only with a model.
    cameras : tuple of CameraView
        Where cameras look, for the same time as the states.
    blinded : tuple of UUID
        Cameras of which nobody knows any more where they look.
    """

    site_id: UUID
    valid_from: datetime | None
    new: tuple[NewEntry, ...] = ()
    states: tuple[State, ...] = ()
    shapes: tuple[Shape, ...] = ()
    sources: tuple[Source, ...] = ()
    retired: tuple[UUID, ...] = ()
    superseded: tuple[UUID, ...] = ()
    moved: tuple[tuple[UUID, UUID], ...] = ()
    marked_secret: tuple[tuple[UUID, bool], ...] = ()
    lineage: tuple[Lineage, ...] = ()
    model: ModelRevision | None = None
    valid_to: datetime | None = None
    network: NetworkChanges | None = None
    occupation: OccupationChanges | None = None
    questions: tuple[Question, ...] = ()
    cameras: tuple[CameraView, ...] = ()
    blinded: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of a change set: its revision and the codes that were given.

    Attributes
    ----------
    followed : dict of str to int
        Facts that went from ancestors to their heirs, by table.
    """

    revision_id: int
    recorded_at: datetime
    codes: dict[UUID, str]
    followed: dict[str, int] = field(default_factory=dict)
