"""Cylinders said as extruded circles: no kernel of IfcOpenShell knows IfcRightCircularCylinder.

Alone it would have no shape, and cut from a block it would cut nothing, without a word.
"""

from __future__ import annotations

import ifcopenshell
import ifcopenshell.util.element


def restate_cylinders(model: ifcopenshell.file) -> None:
    """Put an extruded circle wherever a model names a cylinder; the model is changed."""
    for cylinder in model.by_type("IfcRightCircularCylinder"):
        # ISO 16739-1:2024, 8.8.3.34: the base lies in the plane of Position, the height along Z.
        base = model.create_entity("IfcAxis2Placement2D", model.createIfcCartesianPoint((0.0, 0.0)))
        solid = model.createIfcExtrudedAreaSolid(
            model.createIfcCircleProfileDef("AREA", None, base, cylinder.Radius),
            cylinder.Position,
            model.createIfcDirection((0.0, 0.0, 1.0)),
            cylinder.Height,
        )
        for user in model.get_inverse(cylinder):
            # A CSG solid may hold primitives and booleans only: it gives way as a whole.
            if user.is_a("IfcCsgSolid"):
                for holder in model.get_inverse(user):
                    ifcopenshell.util.element.replace_attribute(holder, user, solid)
            else:
                ifcopenshell.util.element.replace_attribute(user, cylinder, solid)
