"""Edits of an open model that leave it valid: take out, copy, move, turn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import ifcopenshell
import ifcopenshell.guid

if TYPE_CHECKING:
    from collections.abc import Sequence

    Instance = ifcopenshell.entity_instance


def _place_in(
    file: ifcopenshell.file, product: Instance, heir: Instance | None, rel: Instance
) -> None:
    """Take a product out of one statement that refers to it."""
    for index, value in enumerate(rel):
        if value == product:
            if rel.is_a("IfcRelContainedInSpatialStructure") and heir is not None:
                rel[index] = heir
            elif rel.is_a("IfcRelationship"):
                _drop(file, rel)
            return
        if isinstance(value, tuple) and product in value:
            rest = [v for v in value if v != product]
            if rest:
                rel[index] = rest
            elif rel.is_a("IfcRelationship") or rel.is_a("IfcPresentationLayerAssignment"):
                _drop(file, rel)
            return


def _drop(file: ifcopenshell.file, rel: Instance) -> None:
    """Remove a relation that is left without members, and what may not stand without it."""
    material = getattr(rel, "RelatingMaterial", None)
    file.remove(rel)
    if material is None or not material.is_a().endswith("SetUsage"):
        return
    if not file.get_total_inverses(material):
        file.remove(material)


def take_out(file: ifcopenshell.file, product: Instance, heir: Instance | None = None) -> None:
    """Remove a product with its relations and its own representation.

    Parameters
    ----------
    heir : instance or None
        Gets what a room contained.
    """
    for rel in list(file.get_inverse(product)):
        _place_in(file, product, heir, rel)
    shape = product.Representation
    file.remove(product)
    if shape is None or file.get_total_inverses(shape):
        return
    representations = shape.Representations
    file.remove(shape)
    for representation in representations:
        users = list(file.get_inverse(representation))
        if any(not u.is_a("IfcPresentationLayerAssignment") for u in users):
            continue
        for layer in users:
            _place_in(file, representation, None, layer)
        file.remove(representation)


def located(
    file: ifcopenshell.file, point: Sequence[float], relative_to: Instance | None
) -> Instance:
    """Make a placement at a point given in file units, unturned."""
    axes = file.createIfcAxis2Placement3D(
        file.createIfcCartesianPoint(tuple(float(v) for v in point)), None, None
    )
    return file.createIfcLocalPlacement(relative_to, axes)


def shifted_placement(
    file: ifcopenshell.file, placement: Instance, offset: Sequence[float]
) -> Instance:
    """Copy a local placement, moved by file units along the axes of what it is relative to."""
    old = placement.RelativePlacement
    point = [*old.Location.Coordinates, 0.0][:3]
    moved = file.createIfcCartesianPoint(
        tuple(float(p + o) for p, o in zip(point, offset, strict=True))
    )
    axes = file.createIfcAxis2Placement3D(
        moved, getattr(old, "Axis", None), getattr(old, "RefDirection", None)
    )
    return file.createIfcLocalPlacement(placement.PlacementRelTo, axes)


def copied(file: ifcopenshell.file, product: Instance) -> Instance:
    """Copy a product with its shape into the same storey; type and properties are shared."""
    copy = file.create_entity(product.is_a())
    for index, value in enumerate(product):
        copy[index] = value
    copy.GlobalId = ifcopenshell.guid.new()
    old = product.Representation
    if old is not None:
        copy.Representation = file.createIfcProductDefinitionShape(
            old.Name,
            old.Description,
            [
                file.createIfcShapeRepresentation(
                    r.ContextOfItems, r.RepresentationIdentifier, r.RepresentationType, r.Items
                )
                for r in old.Representations
            ],
        )
    for rel in list(file.get_inverse(product)):
        members = {
            "IfcRelContainedInSpatialStructure": "RelatedElements",
            "IfcRelAggregates": "RelatedObjects",
            "IfcRelDefinesByType": "RelatedObjects",
            "IfcRelDefinesByProperties": "RelatedObjects",
            "IfcRelAssociatesMaterial": "RelatedObjects",
            "IfcRelAssignsToGroup": "RelatedObjects",
        }.get(rel.is_a())
        if members is not None and product in getattr(rel, members):
            setattr(rel, members, [*getattr(rel, members), copy])
    return copy


def turn_and_move(file: ifcopenshell.file, turn: float, offset: Sequence[float]) -> None:
    """Turn about the origin and then move everything that hangs on no other placement."""
    c, s = math.cos(turn), math.sin(turn)

    def turned(direction: Instance | None, usual: tuple[float, ...]) -> Instance:
        ratios = [*(usual if direction is None else direction.DirectionRatios), 0.0][:3]
        x, y, z = ratios
        return file.createIfcDirection((c * x - s * y, s * x + c * y, float(z)))

    for placement in list(file.by_type("IfcLocalPlacement")):
        if placement.PlacementRelTo is not None:
            continue
        old = placement.RelativePlacement
        x, y, z = [*old.Location.Coordinates, 0.0][:3]
        flat = old.is_a("IfcAxis2Placement2D")
        axis = None if flat else old.Axis
        placement.RelativePlacement = file.createIfcAxis2Placement3D(
            file.createIfcCartesianPoint(
                (c * x - s * y + offset[0], s * x + c * y + offset[1], float(z) + offset[2])
            ),
            turned(axis, (0.0, 0.0, 1.0)),
            turned(old.RefDirection, (1.0, 0.0, 0.0)),
        )
