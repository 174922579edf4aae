"""Colours of representation items, as the file states them.

A style hangs on the item itself, else on what the item is made of (the source of a mapped item, the
first operand of a boolean), else on the product's material (ISO 16739-1:2024, IfcStyledItem).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import ifcopenshell


def pack_colour(red: float, green: float, blue: float, transparency: float) -> int:
    """Pack ratios into ``0xRRGGBBAA``; a colour is never 0, which means that there is none."""
    parts = [
        min(255, max(0, round(255.0 * ratio))) for ratio in (red, green, blue, 1.0 - transparency)
    ]
    return max(1, parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3])


def _surface_styles(
    styles: Iterable[ifcopenshell.entity_instance],
) -> Iterator[ifcopenshell.entity_instance]:
    for style in styles:
        if style.is_a("IfcPresentationStyleAssignment"):
            yield from _surface_styles(style.Styles)
        elif style.is_a("IfcSurfaceStyle"):
            yield style


def colour_of_style(style: ifcopenshell.entity_instance) -> int | None:
    """Read the diffuse colour of an IfcSurfaceStyle; None when it shades nothing."""
    for part in style.Styles:
        if not part.is_a("IfcSurfaceStyleShading"):
            continue
        base = part.SurfaceColour
        red, green, blue = base.Red, base.Green, base.Blue
        # IFC2X3 has it on the subclass only.
        shades_only = is_ifc2x3(part) and not part.is_a("IfcSurfaceStyleRendering")
        transparency = 0.0 if shades_only else part.Transparency or 0.0
        if part.is_a("IfcSurfaceStyleRendering") and part.DiffuseColour is not None:
            diffuse = part.DiffuseColour
            if diffuse.is_a("IfcColourRgb"):
                red, green, blue = diffuse.Red, diffuse.Green, diffuse.Blue
            else:
                factor = float(diffuse.wrappedValue)
                red, green, blue = red * factor, green * factor, blue * factor
        return pack_colour(red, green, blue, transparency)
    return None


def is_ifc2x3(instance: ifcopenshell.entity_instance) -> bool:
    """Tell whether an instance is of the old schema; asking the file takes twenty times as long."""
    return str(instance.is_a(True)).startswith("IFC2X3")


class Colours:
    """Colours of one file, each item read once."""

    def __init__(self) -> None:
        self._items: dict[int, frozenset[int]] = {}
        self._styles: dict[int, int | None] = {}

    def _of_styled(self, styled: Iterable[ifcopenshell.entity_instance]) -> int | None:
        for entry in styled:
            for style in _surface_styles(entry.Styles):
                key = style.id()
                if key not in self._styles:
                    self._styles[key] = colour_of_style(style)
                colour = self._styles[key]
                if colour is not None:
                    return colour
        return None

    def of_item(self, item: ifcopenshell.entity_instance, *, depth: int = 0) -> frozenset[int]:
        """Collect the colours of an item; 0 stands for a part without one."""
        known = self._items.get(item.id())
        if known is not None:
            return known
        own = self._of_styled(item.StyledByItem)
        if own is not None:
            found = frozenset({own})
        elif depth > 8:
            found = frozenset({0})
        elif item.is_a("IfcMappedItem"):
            found = self.of_items(item.MappingSource.MappedRepresentation.Items, depth=depth + 1)
        elif item.is_a("IfcBooleanResult"):
            found = self.of_item(item.FirstOperand, depth=depth + 1)
        else:
            found = frozenset({0})
        self._items[item.id()] = found
        return found

    def of_items(
        self, items: Iterable[ifcopenshell.entity_instance], *, depth: int = 0
    ) -> frozenset[int]:
        """Collect the colours of all items of a representation."""
        found: frozenset[int] = frozenset()
        for item in items:
            found |= self.of_item(item, depth=depth)
        return found


def material_key(product: ifcopenshell.entity_instance) -> tuple[int, ...]:
    """Name the materials of a product and of its type: equal keys mean equal default styles."""
    if not product.is_a("IfcObject"):
        return ()
    # IFC2X3 keeps types among the other definitions. An attribute that isn't there is dear to ask.
    relations = product.IsDefinedBy if is_ifc2x3(product) else product.IsTypedBy
    types = [r.RelatingType for r in relations if r.is_a("IfcRelDefinesByType")]
    return tuple(
        sorted(
            relation.RelatingMaterial.id()
            for owner in (product, *types)
            if owner is not None  # real files relate products to types that aren't there
            for relation in owner.HasAssociations
            if relation.is_a("IfcRelAssociatesMaterial")
        )
    )
