"""Read everything that an opened file says into a model that knows no IFC."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from fangma.bim_import.model import DeclaredArea, Element, Model
from fangma.bim_import.reading import attributes, kinds, naming, systems
from fangma.bim_import.reading.areas import AreaReader, decide_scale
from fangma.bim_import.reading.discipline import discipline_of
from fangma.bim_import.reading.georeference import read_georeference
from fangma.bim_import.reading.identity import FingerprintReader, read_digests
from fangma.bim_import.reading.materials import plain_materials
from fangma.bim_import.reading.network import read_groups, read_ports, system_of_group
from fangma.bim_import.reading.placements import PlacementReader
from fangma.bim_import.reading.places import Place, PlaceReader
from fangma.bim_import.reading.properties import PropertyReader
from fangma.bim_import.reading.relations import Relations, read_relations
from fangma.bim_import.reading.units import Units, read_units
from fangma.bim_import.refusal import note, warn

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import ifcopenshell

    from fangma.bim_import.findings import Finding
    from fangma.bim_import.model import Value
    from fangma.bim_import.opening.model_file import OpenedModel
    from fangma.bim_import.reading.attributes import Instance
    from fangma.bim_import.reading.network import Position

# Holes and helpers are IfcElements by the schema, but no things.
_NOT_THINGS = ("IfcFeatureElement", "IfcVirtualElement")
_MOST_TOLD = 50
_WITH_SYSTEM = {"pipe", "fitting", "valve", "device", "terminal", "sensor"}


def read_model(
    opened: OpenedModel,
    digests: Mapping[int, bytes] | None = None,
    positions: Mapping[bytes, Position] = MappingProxyType({}),
) -> Model:
    """Read a model.

    Parameters
    ----------
    opened : OpenedModel
        From :func:`fangma.bim_import.opening.open_model`.
    digests : mapping of int to bytes, optional
        From :func:`fangma.bim_import.reading.identity.read_digests`; made here when left out.
    positions : mapping of bytes to position, optional
        Of ports, where they are known from a file of the same length unit; by the fingerprint of
        the placement.

    Returns
    -------
    model : Model
        ``elements`` holds every IfcSpace, IfcSpatialZone, IfcProxy and IfcElement with or without a
        body, except openings and other features, and virtual elements. ``findings`` are those of
        the opening and of the reading.
    """
    file = opened.file
    relations = read_relations(file)
    units = read_units(file)
    placements = PlacementReader(units.length_m)
    georeference, map_findings = read_georeference(file, relations, placements, units.length_m)
    things = _things(file)
    places = PlaceReader(file, relations, placements, units.length_m)
    places.infer_storeys(things)
    digests = read_digests(opened) if digests is None else digests
    fingerprints = FingerprintReader(opened, relations, digests)
    elements, area_findings = _ElementReader(opened, relations, units, digests, fingerprints).read(
        things, places.places(things)
    )
    keys = {element.key for element in elements}
    ports, port_findings = read_ports(file, relations, placements, keys, digests, positions)
    project = file.by_type("IfcProject")[0]
    site = next(iter(file.by_type("IfcSite")), None)
    findings = [
        *units.findings,
        *map_findings,
        *places.findings,
        *area_findings,
        *port_findings,
        *_guid_findings(file),
        *_number_findings(elements),
        *_name_findings(elements),
    ]
    return Model(
        source=opened.source,
        project_guid=attributes.guid(project) or "",
        project_name=attributes.text(project, "Name") or attributes.text(project, "LongName") or "",
        site_guid=None if site is None else attributes.guid(site),
        site_name=attributes.text(site, "Name") or attributes.text(site, "LongName"),
        length_unit_m=units.length_m,
        georeference=georeference,
        discipline=discipline_of(elements),
        buildings=tuple(places.buildings),
        storeys=tuple(places.storeys),
        elements=tuple(elements),
        ports=tuple(ports),
        groups=tuple(read_groups(file, relations, keys)),
        declared_rooms=len(file.by_type("IfcSpace")),
        findings=tuple(findings),
        others={item.id(): fingerprints.of(item)[1] for item in _others(file, keys)},
    )


def read_length_unit_m(opened: OpenedModel) -> float:
    """Decide how many metres one file unit is, as :func:`read_model` does, before all is read."""
    return read_units(opened.file).length_m


def _things(file: ifcopenshell.file) -> list[Instance]:
    """List what counts as an element, in the order of ``#`` numbers."""
    names = ["IfcElement", "IfcSpace"]
    if file.schema == "IFC2X3":
        names.append("IfcProxy")
    elif file.schema == "IFC4":
        names += ["IfcProxy", "IfcSpatialZone"]
    else:
        names.append("IfcSpatialZone")
    found = [item for name in names for item in file.by_type(name)]
    return sorted(
        (item for item in found if not any(item.is_a(name) for name in _NOT_THINGS)),
        key=lambda item: int(item.id()),
    )


def _others(file: ifcopenshell.file, keys: Collection[int]) -> list[Instance]:
    """List the products with a representation that are no elements: the ground, projections."""
    kinds = [
        kind
        for kind in file.types()
        if attributes.descends(file.schema_identifier, kind, "IfcProduct")
        and (
            not attributes.descends(file.schema_identifier, kind, "IfcElement")
            or any(attributes.descends(file.schema_identifier, kind, n) for n in _NOT_THINGS)
        )
        and not attributes.descends(file.schema_identifier, kind, "IfcPort")
    ]
    return [
        item
        for kind in kinds
        for item in file.by_type(kind, include_subtypes=False)
        if item.id() not in keys and attributes.link(item, "Representation") is not None
    ]


class _ElementReader:
    """Reads the elements of one file."""

    def __init__(
        self,
        opened: OpenedModel,
        relations: Relations,
        units: Units,
        digests: Mapping[int, bytes],
        fingerprints: FingerprintReader,
    ) -> None:
        self._schema = opened.file.schema_identifier
        self._relations = relations
        self._units = units
        self._fingerprints = fingerprints
        self._properties = PropertyReader(relations, units, digests)
        self._areas = AreaReader(relations, self._properties, units)
        self._material_names: dict[int, dict[str, None]] = {}

    def read(
        self, things: list[Instance], places: dict[int, Place]
    ) -> tuple[list[Element], list[Finding]]:
        """Read all elements; a second pass settles what only all of them together can tell."""
        known = {thing.id() for thing in things}
        elements = [self._element(thing, places[thing.id()], known) for thing in things]
        scale, findings = decide_scale(
            [element.declared_areas for element in elements], self._units
        )
        if scale != 1.0:
            elements = [
                replace(
                    element,
                    declared_areas=tuple(
                        DeclaredArea(
                            set=area.set,
                            name=area.name,
                            value_m2=area.value_m2 * scale,
                            basis=area.basis,
                        )
                        for area in element.declared_areas
                    ),
                )
                for element in elements
            ]
        return elements, findings

    def _element(self, thing: Instance, place: Place, known: set[int]) -> Element:
        kind_object = self._relations.types.get(thing.id())
        told = kinds.told_class(thing, kind_object, self._schema)
        name = attributes.text(thing, "Name")
        type_name = attributes.text(kind_object, "Name") or attributes.text(thing, "ObjectType")
        words = " ".join(filter(None, (name, type_name, attributes.text(thing, "ObjectType"))))
        kind = kinds.kind_of(thing.is_a(), told, self._schema, words)
        properties = self._properties.properties(thing)
        is_room = kind == "room"
        system = None
        if kind in _WITH_SYSTEM:
            system = self._system(thing, kind_object, told, properties)
        parent = self._relations.parent.get(thing.id())
        fingerprint, shape_fingerprint = self._fingerprints.of(thing)
        return Element(
            key=thing.id(),
            guid=attributes.guid(thing),
            ifc_class=thing.is_a(),
            predefined_type=kinds.predefined_type(thing, kind_object),
            kind=kind,
            name=name,
            long_name=naming.room_name(thing) if is_room else attributes.text(thing, "LongName"),
            number=naming.room_number(thing, properties) if is_room else None,
            storey=place.storey,
            building=place.building,
            parent=parent.id() if parent is not None and parent.id() in known else None,
            system=system,
            declared_areas=self._areas.declared(thing) if is_room else (),
            properties=properties,
            fingerprint=fingerprint,
            storey_inferred=place.inferred,
            shape_fingerprint=shape_fingerprint,
            tag=attributes.text(thing, "Tag"),
            type_name=type_name,
            materials=self._materials(thing, kind_object),
        )

    def _system(
        self,
        thing: Instance,
        kind_object: Instance | None,
        told: str,
        properties: dict[str, dict[str, Value]],
    ) -> str | None:
        """Tell the system of a thing: its groups, its properties, its names, its class."""
        for group in self._relations.groups.get(thing.id(), ()):
            if group.is_a("IfcSystem") and (found := system_of_group(group)):
                return found
        for values in properties.values():
            for name, value in values.items():
                if isinstance(value, str) and systems.is_system_property(name):
                    found = systems.by_words(value)
                    if found is not None:
                        return found
        by_class = systems.by_class(told)
        texts = (
            attributes.text(thing, "ObjectType"),
            attributes.text(kind_object, "Name"),
            attributes.text(thing, "Name"),
            attributes.text(thing, "Description"),
        )
        by_words = next((found for text in texts if (found := systems.by_words(text))), None)
        return by_words or by_class

    def _materials(self, thing: Instance, kind_object: Instance | None) -> tuple[str, ...]:
        found = self._relations.materials.get(thing.id()) or (
            self._relations.materials.get(kind_object.id()) if kind_object is not None else None
        )
        names: dict[str, None] = {}
        for definition in found or ():
            names |= self._names_of_materials(definition)
        return tuple(names)

    def _names_of_materials(self, definition: Instance) -> dict[str, None]:
        found = self._material_names.get(definition.id())
        if found is None:
            materials = plain_materials(definition)
            names = (attributes.text(material, "Name") for material in materials)
            found = dict.fromkeys(name for name in names if name is not None)
            self._material_names[definition.id()] = found
        return found


def _guid_findings(file: ifcopenshell.file) -> list[Finding]:
    """Find GlobalIds that more than one thing has, or that are none."""
    holders: defaultdict[str, list[Instance]] = defaultdict(list)
    missing: list[Instance] = []
    for kind in ("IfcObjectDefinition", "IfcPropertyDefinition"):
        for item in file.by_type(kind):
            guid = attributes.guid(item)
            if guid is None or len(guid) != 22:
                if item.is_a("IfcProduct"):
                    missing.append(item)
            else:
                holders[guid].append(item)
    findings: list[Finding] = []
    repeated = [(guid, items) for guid, items in holders.items() if len(items) > 1]
    for guid, items in repeated[:_MOST_TOLD]:
        shown = ", ".join(f"#{item.id()} {item.is_a()}" for item in items[:4])
        findings.append(
            warn(
                "duplicate-guid",
                f"{len(items)} things have the GlobalId {guid}: {shown}. They were told apart "
                "by their statement numbers.",
                "Copy elements in the authoring program with new ids; export again.",
                guid,
            )
        )
    if len(repeated) > _MOST_TOLD:
        findings.append(
            warn(
                "duplicate-guid",
                f"{len(repeated) - _MOST_TOLD} more GlobalIds are on more than one thing.",
                "Copy elements in the authoring program with new ids; export again.",
            )
        )
    if missing:
        findings.append(
            warn(
                "bad-guid",
                f"{len(missing)} things have no valid GlobalId (22 characters), first "
                f"#{missing[0].id()} {missing[0].is_a()}; they can only be matched by their place.",
                "Export the model again with a certified exporter.",
                f"#{missing[0].id()}",
            )
        )
    return findings


def _name_findings(elements: list[Element]) -> list[Finding]:
    """Find names that are none: texts of thousands of characters, which were cut."""
    cut = [
        element
        for element in elements
        if attributes.is_cut(element.name) or attributes.is_cut(element.long_name)
    ]
    if not cut:
        return []
    return [
        warn(
            "long-name",
            f"{len(cut)} things have names of more than {attributes.LONGEST} characters, where IFC "
            "allows 255; the names were cut.",
            "Give them shorter names in the model; put descriptions into properties.",
            cut[0].guid or f"#{cut[0].key}",
        )
    ]


def _number_findings(elements: list[Element]) -> list[Finding]:
    """Find door numbers that repeat on a storey, and rooms without any."""
    rooms = [element for element in elements if element.kind == "room"]
    findings: list[Finding] = []
    unnumbered = [room for room in rooms if room.number is None]
    if unnumbered:
        findings.append(
            note(
                "no-room-number",
                f"{len(unnumbered)} of {len(rooms)} rooms have no text that could be a door "
                "number; they get serial numbers.",
                "Give the rooms their door numbers in the model or in the registry.",
                unnumbered[0].guid or f"#{unnumbered[0].key}",
            )
        )
    counts = Counter((room.building, room.storey, room.number) for room in rooms if room.number)
    repeated = [place for place, times in counts.items() if times > 1]
    if repeated:
        _, storey, number = repeated[0]
        first = next(room for room in rooms if room.number == number and room.storey == storey)
        shown = ", ".join(str(number) for _, _, number in repeated[:10])
        findings.append(
            warn(
                "duplicate-room-number",
                f"{len(repeated)} door numbers are on more than one room of a storey: {shown}.",
                "Correct the door numbers in the model.",
                first.guid or f"#{first.key}",
            )
        )
    return findings
