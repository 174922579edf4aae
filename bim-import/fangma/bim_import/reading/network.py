"""Ports with their connections, and groups: what makes a network of pipes and devices."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from fangma.bim_import.model import Group, Port
from fangma.bim_import.reading import attributes, systems
from fangma.bim_import.refusal import note

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import ifcopenshell

    from fangma.bim_import.findings import Finding
    from fangma.bim_import.reading.attributes import Instance
    from fangma.bim_import.reading.placements import PlacementReader
    from fangma.bim_import.reading.relations import Relations

    Position = tuple[float, float, float]

_FLOWS = {"SOURCE", "SINK", "SOURCEANDSINK"}


def read_ports(
    file: ifcopenshell.file,
    relations: Relations,
    placements: PlacementReader,
    elements: Collection[int],
    digests: Mapping[int, bytes] = MappingProxyType({}),
    positions: Mapping[bytes, Position] = MappingProxyType({}),
) -> tuple[list[Port], list[Finding]]:
    """Read the ports of elements.

    Parameters
    ----------
    elements : collection of int
        ``#`` numbers of the elements that were read.
    digests : mapping of int to bytes, optional
        Fingerprint by ``#`` number.
    positions : mapping of bytes to position, optional
        What is known already, by the fingerprint of the placement: ports are many.

    Returns
    -------
    ports : list[Port]
        Those of elements; connections to other ports are left out.
    findings : list[Finding]
        Rules ``loose-port``, ``type-port``, ``shared-port``.
    """
    real: list[Instance] = []
    loose: list[Instance] = []
    typed: list[Instance] = []
    for port in file.by_type("IfcPort"):
        owner = relations.port_element.get(port.id())
        if owner is not None and owner.id() in elements:
            real.append(port)
        elif owner is not None and owner.is_a("IfcTypeObject"):
            typed.append(port)
        else:
            loose.append(port)
    known = {port.id() for port in real}
    ports: list[Port] = []
    shared: list[Instance] = []
    several = 0
    for port in real:
        partners = tuple(key for key in relations.port_links.get(port.id(), ()) if key in known)
        if relations.port_uses[port.id()] > 1:
            shared.append(port)
            several += len(partners) > 1
        flow = attributes.text(port, "FlowDirection")
        placement = attributes.link(port, "ObjectPlacement", "IfcObjectPlacement")
        mark = b"" if placement is None else digests.get(placement.id(), b"")
        ports.append(
            Port(
                key=port.id(),
                guid=attributes.guid(port),
                element=relations.port_element[port.id()].id(),
                name=attributes.text(port, "Name"),
                flow=flow if flow in _FLOWS else None,
                position=positions.get(mark) or placements.position(port),
                connected_to=partners,
                place_fingerprint=mark,
            )
        )
    findings: list[Finding] = []
    for found, rule, message, remedy in (
        (
            loose,
            "loose-port",
            "ports belong to no element; they were left out",
            "Check that the pipes concerned are connected in the model.",
        ),
        (
            typed,
            "type-port",
            "ports belong to type objects, not to things that are built; they were left out",
            "Nothing to do.",
        ),
        (
            shared,
            "shared-port",
            (
                f"ports stand in more than one connection, {several} with different partners; "
                "every partner was kept, each once"
            ),
            "Check these joints in the model: a port joins one other.",
        ),
    ):
        if found:
            first = attributes.guid(found[0]) or f"#{found[0].id()}"
            findings.append(note(rule, f"{len(found)} {message}.", remedy, first))
    return ports, findings


def read_groups(
    file: ifcopenshell.file, relations: Relations, elements: Collection[int]
) -> list[Group]:
    """Read systems and zones with those of their members that were read, nested groups resolved."""
    out: list[Group] = []
    known = set(elements)
    done: set[int] = set()
    for kind in ("IfcSystem", "IfcZone"):
        for group in file.by_type(kind):
            if group.is_a("IfcStructuralAnalysisModel"):
                continue
            if group.id() in done:  # an IfcZone is an IfcSystem in IFC4
                continue
            done.add(group.id())
            members = sorted(_members(group, relations) & known)
            is_zone = group.is_a("IfcZone")
            out.append(
                Group(
                    key=group.id(),
                    guid=attributes.guid(group),
                    ifc_class=group.is_a(),
                    name=attributes.text(group, "Name") or attributes.text(group, "LongName"),
                    system=None if is_zone else system_of_group(group),
                    members=tuple(members),
                )
            )
    return out


def system_of_group(group: Instance) -> str | None:
    """Tell the two-letter system of a group from its type and its texts."""
    found = systems.by_predefined_type(attributes.text(group, "PredefinedType"))
    for name in ("Name", "LongName", "ObjectType", "Description"):
        found = found or systems.by_words(attributes.text(group, name))
    return found


def _members(group: Instance, relations: Relations) -> set[int]:
    """Collect what a group holds, through the groups that it holds."""
    out: set[int] = set()
    seen: set[int] = set()
    pending = [group]
    while pending:
        holder = pending.pop()
        if holder.id() in seen:
            continue
        seen.add(holder.id())
        for member in relations.group_members.get(holder.id(), ()):
            if member.is_a("IfcGroup"):
                pending.append(member)
            else:
                out.add(member.id())
    return out
