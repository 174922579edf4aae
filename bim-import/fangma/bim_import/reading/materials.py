"""What materials a definition comes to, and how they look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fangma.bim_import.reading import attributes

if TYPE_CHECKING:
    import ifcopenshell

    from fangma.bim_import.reading.attributes import Instance

_INNER = (
    "ForLayerSet", "MaterialLayers", "ForProfileSet", "MaterialProfiles",
    "MaterialConstituents", "Materials", "Material",
)  # fmt: skip
_DEEPEST = 4


def plain_materials(definition: Instance, level: int = 0) -> list[Instance]:
    """List the materials of a set, list or use of them, in its order."""
    if level > _DEEPEST:
        return []
    if definition.is_a("IfcMaterial"):
        return [definition]
    out: list[Instance] = []
    for name in _INNER:
        for inner in attributes.links(definition, name):
            out.extend(plain_materials(inner, level + 1))
    return out


def looks_of_materials(file: ifcopenshell.file) -> dict[int, list[Instance]]:
    """List the styled representations of each material, by its ``#`` number; few files have any.

    A body without a style of its own is shown as its material looks.
    """
    out: dict[int, list[Instance]] = {}
    for told in file.by_type("IfcMaterialDefinitionRepresentation"):
        material = attributes.link(told, "RepresentedMaterial")
        if material is not None:
            out.setdefault(material.id(), []).extend(attributes.links(told, "Representations"))
    return out
