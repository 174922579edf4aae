"""A small IFC4 model of our own: blocks in a row, in any unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ifcopenshell
import ifcopenshell.guid

if TYPE_CHECKING:
    from pathlib import Path

FOOT_M = 0.3048


def write_blocks(
    path: Path, count: int, *, unit: str = "m", culprit: str | None = None, mapped: bool = False
) -> list[str]:
    """Write ``count`` blocks of 1 x 2 x 3 m, 5 m apart along x; return their GlobalIds.

    The third block is named ``culprit`` when given. ``mapped`` places one shape many times.
    """
    model = ifcopenshell.file(schema="IFC4")
    metre = model.createIfcSIUnit(None, "LENGTHUNIT", None, "METRE")
    scale = {"m": 1.0, "mm": 0.001, "ft": FOOT_M, "inch": 0.0254}[unit]
    if unit == "mm":
        length = model.createIfcSIUnit(None, "LENGTHUNIT", "MILLI", "METRE")
    elif unit == "m":
        length = metre
    else:
        factor = model.createIfcMeasureWithUnit(model.createIfcLengthMeasure(scale), metre)
        dimensions = model.createIfcDimensionalExponents(1, 0, 0, 0, 0, 0, 0)
        length = model.createIfcConversionBasedUnit(dimensions, "LENGTHUNIT", unit, factor)

    def at(x: float, y: float = 0.0, z: float = 0.0) -> ifcopenshell.entity_instance:
        point = model.createIfcCartesianPoint((x / scale, y / scale, z / scale))
        return model.createIfcAxis2Placement3D(point)

    context = model.createIfcGeometricRepresentationContext(None, "Model", 3, 1e-5, at(0))
    model.createIfcProject(
        ifcopenshell.guid.new(), None, "Blocks", None, None, None, None, [context],
        model.createIfcUnitAssignment([length]),
    )  # fmt: skip

    def body() -> ifcopenshell.entity_instance:
        profile = model.createIfcRectangleProfileDef("AREA", None, None, 1 / scale, 2 / scale)
        up = model.createIfcDirection((0.0, 0.0, 1.0))
        solid = model.createIfcExtrudedAreaSolid(profile, at(0.5, 1.0), up, 3 / scale)
        colour = model.createIfcColourRgb(None, 1.0, 0.5, 0.0)
        shading = model.createIfcSurfaceStyleShading(colour, 0.25)
        model.createIfcStyledItem(solid, [model.createIfcSurfaceStyle(None, "BOTH", [shading])])
        return model.createIfcShapeRepresentation(context, "Body", "SweptSolid", [solid])

    source = model.createIfcRepresentationMap(at(0), body()) if mapped else None
    guids = []
    for index in range(count):
        guid = culprit if culprit and index == 2 else ifcopenshell.guid.new()
        guids.append(guid)
        shape = body() if source is None else model.createIfcShapeRepresentation(
            context, "Body", "MappedRepresentation",
            [model.createIfcMappedItem(
                source,
                model.createIfcCartesianTransformationOperator3D(
                    None, None, model.createIfcCartesianPoint((0.0, 0.0, index / scale)), 1.0
                ),
            )],
        )  # fmt: skip
        model.createIfcBuildingElementProxy(
            guid, None, f"Block {index}", None, None,
            model.createIfcLocalPlacement(None, at(5.0 * index)),
            model.createIfcProductDefinitionShape(None, None, [shape]),
        )  # fmt: skip
    model.write(str(path))
    return guids
