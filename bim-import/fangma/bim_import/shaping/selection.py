"""Which products of a model have a body, and which representation is that body.

``IfcShapeRepresentation.RepresentationIdentifier`` names the purpose of a representation (ISO
16739-1:2024, 8.11 IfcRepresentationResource; ``Body``, ``Axis``, ``FootPrint``, ``Box`` ...).
Exporters leave it out or invent their own, so the representation's type decides where the name
does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ifcopenshell import ifcopenshell_wrapper

from fangma.bim_import.shaping.reading import READ_ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import ifcopenshell

# Things that are drawn or computed with, not built; and holes, which their host subtracts.
_NO_BODY_CLASSES = (
    "IfcFeatureElementSubtraction",
    "IfcAnnotation",
    "IfcGrid",
    "IfcPort",
    "IfcStructuralActivity",
    "IfcStructuralItem",
    "IfcPositioningElement",
    "IfcLinearElement",
    "IfcVirtualElement",
)

_BODY_IDENTIFIERS = (
    "body",
    "facetation",
    "tessellation",
    "body-fallback",
    "surface",
    "reference",
)
_OTHER_IDENTIFIERS = frozenset(
    {
        "axis", "footprint", "box", "profile", "plan", "annotation", "clearance", "lighting",
        "walkingline", "boundary", "cog", "mapconversion", "survey points",
    }
)  # fmt: skip
_BODY_TYPES = frozenset(
    {
        "sweptsolid", "advancedsweptsolid", "brep", "advancedbrep", "csg", "clipping",
        "solidmodel", "tessellation", "surfacemodel", "surface3d", "advancedsurface",
        "sectionedspine", "lightsource",
    }
)  # fmt: skip
_SOLID_ITEMS = (
    "IfcSolidModel",
    "IfcBooleanResult",
    "IfcCsgPrimitive3D",
    "IfcTessellatedFaceSet",
    "IfcShellBasedSurfaceModel",
    "IfcFaceBasedSurfaceModel",
    "IfcSurface",
    "IfcFacetedBrep",
    "IfcSectionedSpine",
    "IfcSectionedSurface",
)


# What stands in for the body of a room that has none, the better one first.
_ROOM_STANDINS = ("footprint", "box")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """A product with a body; of a room without one its outline or box stands in for it."""

    product: ifcopenshell.entity_instance
    body: ifcopenshell.entity_instance
    is_outline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A product that has a representation but no body, and why."""

    key: int
    reason: str


def is_a(instance: ifcopenshell.entity_instance, classes: tuple[str, ...]) -> bool:
    """Tell whether an instance is of one of the classes; a class unknown to the schema is none."""
    return _is_among(instance.is_a(True), classes)


@cache
def _is_among(qualified: str, classes: tuple[str, ...]) -> bool:
    """Tell it of a class such as ``IFC4.IfcWall``: files have few classes and many instances."""
    schema, _, name = qualified.partition(".")
    declaration = ifcopenshell_wrapper.schema_by_name(schema).declaration_by_name(name)
    return any(_descends(declaration, ancestor) for ancestor in classes)


def _descends(declaration: Any, ancestor: str) -> bool:  # noqa: ANN401 - SWIG's own
    wanted = ancestor.lower()
    entity = declaration.as_entity()
    while entity is not None:
        if entity.name().lower() == wanted:
            return True
        entity = entity.supertype()
    return False


def has_surface(item: ifcopenshell.entity_instance, *, depth: int = 0) -> bool:
    """Tell whether a representation item bounds a solid or at least is a surface."""
    if depth > 8:
        return False
    if item.is_a("IfcMappedItem"):
        return any(
            has_surface(inner, depth=depth + 1)
            for inner in item.MappingSource.MappedRepresentation.Items
        )
    if item.is_a("IfcGeometricSet"):
        return any(element.is_a("IfcSurface") for element in item.Elements)
    return is_a(item, _SOLID_ITEMS)


def rank(representation: ifcopenshell.entity_instance) -> int | None:
    """Order representations by how surely they are the body; None for those that are not."""
    identifier = (representation.RepresentationIdentifier or "").strip().lower()
    if identifier in _OTHER_IDENTIFIERS:
        return None
    if not any(has_surface(item) for item in representation.Items):
        return None
    if identifier in _BODY_IDENTIFIERS:
        return _BODY_IDENTIFIERS.index(identifier)
    kind = (representation.RepresentationType or "").strip().lower()
    return len(_BODY_IDENTIFIERS) + (0 if kind in _BODY_TYPES else 1)


def with_bodies(model: ifcopenshell.file, keys: Iterable[int] | None = None) -> set[int]:
    """List the products that have a body, or whose representation can't be read to tell.

    Parameters
    ----------
    keys : iterable of int, optional
        Only these products; None for all.
    """
    asked = products(model, None) if keys is None else map(model.by_id, keys)
    found: set[int] = set()
    for product in asked:
        if product.Representation is None:
            continue
        try:
            has_none = isinstance(choose(product), Skipped)
        except READ_ERRORS:
            has_none = False
        if not has_none:
            found.add(product.id())
    return found


def products(
    model: ifcopenshell.file, keys: frozenset[int] | None
) -> Iterator[ifcopenshell.entity_instance]:
    """Walk the products that have a representation; only those of ``keys`` unless it is None."""
    asked = model.by_type("IfcProduct") if keys is None else map(model.by_id, sorted(keys))
    for product in asked:
        if product.Representation is not None:
            yield product


def choose(product: ifcopenshell.entity_instance) -> Selected | Skipped:
    """Find the body of a product, or say why it has none: either way it is accounted for."""
    if is_a(product, _NO_BODY_CLASSES):
        return Skipped(key=product.id(), reason=f"{product.is_a()} is not a body")
    representations = product.Representation.Representations
    ranked = [
        (place, index, representation)
        for index, representation in enumerate(representations)
        if representation.is_a("IfcShapeModel") and (place := rank(representation)) is not None
    ]
    if ranked:
        return Selected(product=product, body=min(ranked, key=lambda entry: entry[:2])[2])
    if product.is_a("IfcSpace"):
        named = {(r.RepresentationIdentifier or "").strip().lower(): r for r in representations}
        for name in _ROOM_STANDINS:
            if name in named and named[name].Items:
                return Selected(product=product, body=named[name], is_outline=name == "footprint")
    names = sorted({str(r.RepresentationIdentifier) for r in representations})
    return Skipped(key=product.id(), reason=f"only {', '.join(names)}, without solid or surface")
