"""Every relation of a file, read once and turned round: from an instance to what is tied to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fangma.bim_import.reading import attributes

if TYPE_CHECKING:
    import ifcopenshell

    from fangma.bim_import.reading.attributes import Instance


def _many() -> defaultdict[int, list[Instance]]:
    return defaultdict(list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relations:
    """What is tied to what, by ``#`` number.

    Attributes
    ----------
    parent : dict[int, Instance]
        Whole of a part (IfcRelAggregates, IfcRelNests); ports are kept apart.
    container : dict[int, Instance]
        Spatial element that an element is contained in, else the one that it is referenced in.
    types : dict[int, Instance]
        Type object of an occurrence.
    property_sets : dict[int, list[Instance]]
        IfcPropertySet and IfcElementQuantity of an occurrence, in the order of the file.
    openings : dict[int, list[Instance]]
        Openings in an element.
    host : dict[int, Instance]
        By a door or window, the opening that it fills; by an opening, the element it is in.
    materials : dict[int, list[Instance]]
        Material definitions of an element or type.
    group_members : dict[int, list[Instance]]
        Members of a group.
    groups : dict[int, list[Instance]]
        Groups of a member.
    port_element : dict[int, Instance]
        Element (or type object) that a port belongs to.
    port_links : dict[int, list[int]]
        Ports that a port is connected to, both ways, each once.
    port_uses : Counter[int]
        Number of IfcRelConnectsPorts that a port stands in; one is right.
    """

    parent: dict[int, Instance] = field(default_factory=dict)
    container: dict[int, Instance] = field(default_factory=dict)
    types: dict[int, Instance] = field(default_factory=dict)
    property_sets: defaultdict[int, list[Instance]] = field(default_factory=_many)
    openings: defaultdict[int, list[Instance]] = field(default_factory=_many)
    host: dict[int, Instance] = field(default_factory=dict)
    materials: defaultdict[int, list[Instance]] = field(default_factory=_many)
    group_members: defaultdict[int, list[Instance]] = field(default_factory=_many)
    groups: defaultdict[int, list[Instance]] = field(default_factory=_many)
    port_element: dict[int, Instance] = field(default_factory=dict)
    port_links: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    port_uses: Counter[int] = field(default_factory=Counter)


def read_relations(file: ifcopenshell.file) -> Relations:
    """Read the relations that an import needs."""
    out = Relations()
    _read_decomposition(file, out)
    for relation in file.by_type("IfcRelDefinesByType"):
        kind = attributes.link(relation, "RelatingType", "IfcTypeObject")
        for item in attributes.links(relation, "RelatedObjects"):
            if kind is not None:
                out.types.setdefault(item.id(), kind)
    for relation in file.by_type("IfcRelDefinesByProperties"):
        # A set of sets (IfcPropertySetDefinitionSet) arrives as a list.
        sets = attributes.links(relation, "RelatingPropertyDefinition")
        for item in attributes.links(relation, "RelatedObjects"):
            out.property_sets[item.id()].extend(sets)
    for relation in file.by_type("IfcRelVoidsElement"):
        element = attributes.link(relation, "RelatingBuildingElement")
        opening = attributes.link(relation, "RelatedOpeningElement")
        if element is not None and opening is not None:
            out.openings[element.id()].append(opening)
            out.host.setdefault(opening.id(), element)
    for relation in file.by_type("IfcRelFillsElement"):
        opening = attributes.link(relation, "RelatingOpeningElement")
        filler = attributes.link(relation, "RelatedBuildingElement")
        if filler is not None and opening is not None:
            out.host.setdefault(filler.id(), opening)
    for relation in file.by_type("IfcRelAssociatesMaterial"):
        material = attributes.link(relation, "RelatingMaterial")
        for item in attributes.links(relation, "RelatedObjects"):
            if material is not None:
                out.materials[item.id()].append(material)
    for relation in file.by_type("IfcRelAssignsToGroup"):
        group = attributes.link(relation, "RelatingGroup", "IfcGroup")
        for item in attributes.links(relation, "RelatedObjects"):
            if group is not None:
                out.group_members[group.id()].append(item)
                out.groups[item.id()].append(group)
    _read_ports(file, out)
    return out


def _read_decomposition(file: ifcopenshell.file, out: Relations) -> None:
    for name in ("IfcRelAggregates", "IfcRelNests"):
        for relation in file.by_type(name):
            whole = attributes.link(relation, "RelatingObject", "IfcObjectDefinition")
            for part in attributes.links(relation, "RelatedObjects", "IfcObjectDefinition"):
                if whole is None or part.id() == whole.id():
                    continue
                if part.is_a("IfcPort"):
                    out.port_element.setdefault(part.id(), whole)
                else:
                    out.parent.setdefault(part.id(), whole)
    for name, place in (
        ("IfcRelContainedInSpatialStructure", "RelatingStructure"),
        ("IfcRelReferencedInSpatialStructure", "RelatingStructure"),
    ):
        for relation in file.by_type(name):
            structure = attributes.link(relation, place)
            for element in attributes.links(relation, "RelatedElements"):
                if structure is not None and element.id() != structure.id():
                    out.container.setdefault(element.id(), structure)


def _read_ports(file: ifcopenshell.file, out: Relations) -> None:
    for relation in file.by_type("IfcRelConnectsPortToElement"):
        port = attributes.link(relation, "RelatingPort", "IfcPort")
        element = attributes.link(relation, "RelatedElement")
        if port is not None and element is not None:
            out.port_element.setdefault(port.id(), element)
    for relation in file.by_type("IfcRelConnectsPorts"):
        one = attributes.link(relation, "RelatingPort", "IfcPort")
        other = attributes.link(relation, "RelatedPort", "IfcPort")
        if one is None or other is None or one.id() == other.id():
            continue
        for here, there in ((one, other), (other, one)):
            out.port_uses[here.id()] += 1
            if there.id() not in out.port_links[here.id()]:
                out.port_links[here.id()].append(there.id())
