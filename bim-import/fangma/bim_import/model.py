"""What was read from a building model, free of any file format.

``open`` and ``read`` produce a :class:`Model`; ``shape`` adds
:class:`fangma.spatial.mesh.Placements`; ``match`` and ``plan`` turn both into registry changes.
Elements are referred to by ``key``: the ``#`` number of the IFC statement, unique within a file
(GlobalIds are not: real files repeat them).
Lengths are metres, areas m2, angles radians, whatever the file's units were.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fangma.bim_import.findings import Finding

Value = str | float | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """The bytes that a model came from."""

    name: str  # without its folder
    sha256: str
    size: int
    schema: str  # IFC2X3, IFC4, IFC4X3
    application: str  # exporting application, "" when the header has none
    written_at: str  # time stamp of the header as it stands there


@dataclass(frozen=True, slots=True, kw_only=True)
class Georeference:
    """How the model's frame lies on the earth, if the file says.

    Attributes
    ----------
    epsg : int or None
        Projected CRS; None when only latitude and longitude are known.
    origin : (float, float, float) or None
        East, north, height in metres of the model's origin in that CRS.
    rotation : float
        Radians by which the model is turned counter-clockwise to lie on the grid:
        ``east = origin[0] + scale * (x * cos(rotation) - y * sin(rotation))``,
        ``north = origin[1] + scale * (x * sin(rotation) + y * cos(rotation))``.
    scale : float
        Factor on lengths in plan, both in metres: 1 or very near it.
    latitude, longitude : float or None
        Degrees, of IfcSite.
    origin_of_facts : str
        ``IfcMapConversion``, ``ePSet_MapConversion``, ``IfcSite`` or ``none``.
    crs_name : str or None
        What the file calls its projected CRS, whether or not an EPSG code was found for it.
    """

    epsg: int | None
    origin: tuple[float, float, float] | None
    rotation: float
    scale: float
    latitude: float | None
    longitude: float | None
    origin_of_facts: str
    crs_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """An IfcBuilding (IFC4X3: any IfcFacility), or the one that had to be inferred (negative key).

    ``outdoors`` says that the file holds neither building nor room: pipes in the ground, terrain.
    """

    key: int
    guid: str | None
    name: str  # empty when the file gives none
    elevation_m: float
    inferred: bool = False
    outdoors: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Storey:
    """An IfcBuildingStorey, or one inferred from elevations (negative ``key``).

    ``elevation_m`` is in the model's frame: z of the storey's base.
    """

    key: int
    guid: str | None
    name: str  # empty when the file gives none
    elevation_m: float
    building: int
    inferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredArea:
    """An area that the file states for a room, kept beside the measured one."""

    set: str
    name: str
    value_m2: float
    basis: str = "other"  # net, gross, other: as far as the name tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One physical or spatial thing: room, wall, door, pipe, device.

    Attributes
    ----------
    kind : str
        ``room zone pipe fitting valve device terminal sensor asset element`` as CONTRACTS has it.
    number : str or None
        Door number or tag of a room (IfcSpace.Name when it is a number, else from LongName).
    storey, building : int or None
        Keys; None when the file does not say and nothing could be inferred.
    system : str or None
        Two-letter pipe system (JS, WS, XF ...) where it could be told.
    fingerprint : str
        Hash of the element's subgraph of statements: equal means nothing about it changed.
        GlobalIds, owner histories and the numbers of statements do not count.
    name, long_name : str or None
        As the file has them; for rooms ``long_name`` is the descriptive name where there is one.
    properties : dict[str, dict[str, Value]]
        By set and name, the type's beneath the occurrence's; lengths, areas, volumes and angles in
        SI units. The inner dicts are shared between elements: read only.
    storey_inferred : bool
        Storey (or building) was told from the height, not from the file.
    shape_fingerprint : str
        Hash of what the body depends on alone: representation, placement, openings, styles, units;
        empty without a body. Equal means that the triangles are the same, whatever else changed.
    tag : str or None
        The authoring program's own number of the element: it often outlives the GlobalId.
    type_name : str or None
        Name of the type object.
    materials : tuple[str, ...]
        Names of materials, the type's when the element has none.
    """

    key: int
    guid: str | None
    ifc_class: str
    predefined_type: str | None
    kind: str
    name: str | None
    long_name: str | None
    number: str | None
    storey: int | None
    building: int | None
    parent: int | None
    system: str | None
    declared_areas: tuple[DeclaredArea, ...]
    properties: dict[str, dict[str, Value]]
    fingerprint: str
    storey_inferred: bool = False
    shape_fingerprint: str = ""
    tag: str | None = None
    type_name: str | None = None
    materials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A connection point of a distribution element, in the model frame.

    Attributes
    ----------
    place_fingerprint : bytes
        Hash of the statements that ``position`` follows from; empty without a placement. In a file
        of the same length unit, equal means the same position.
    """

    key: int
    guid: str | None
    element: int
    name: str | None
    flow: str | None  # SOURCE, SINK, SOURCEANDSINK
    position: tuple[float, float, float] | None
    connected_to: tuple[int, ...]  # keys of other ports
    place_fingerprint: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A named set of elements: IfcSystem, IfcDistributionSystem or IfcZone."""

    key: int
    guid: str | None
    ifc_class: str
    name: str | None
    system: str | None
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything read from one file.

    Attributes
    ----------
    others : dict of int to str
        Shape fingerprints of the products that have a representation and are no elements, such as
        the ground of the site: they are built, and nothing shows them.
    """

    source: SourceFile
    project_guid: str
    project_name: str
    site_guid: str | None
    site_name: str | None
    length_unit_m: float  # metres in one file unit
    georeference: Georeference
    discipline: str  # architecture, structure, services
    buildings: tuple[Building, ...]
    storeys: tuple[Storey, ...]
    elements: tuple[Element, ...]
    ports: tuple[Port, ...] = ()
    groups: tuple[Group, ...] = ()
    declared_rooms: int = 0  # IfcSpaces in the file, whatever became of them
    findings: tuple[Finding, ...] = field(default=())
    others: dict[int, str] = field(default_factory=dict)
