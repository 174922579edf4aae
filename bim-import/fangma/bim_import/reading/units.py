"""Units of a file, in SI: which are declared, and whether that can be true."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from fangma.bim_import.reading import attributes
from fangma.bim_import.refusal import warn

if TYPE_CHECKING:
    import ifcopenshell

    from fangma.bim_import.findings import Finding
    from fangma.bim_import.reading.attributes import Instance

# ISO 16739-1:2024, 8.11.2.4 IfcSIPrefix.
_PREFIXES = {
    "EXA": 1e18,
    "PETA": 1e15,
    "TERA": 1e12,
    "GIGA": 1e9,
    "MEGA": 1e6,
    "KILO": 1e3,
    "HECTO": 1e2,
    "DECA": 1e1,
    "DECI": 1e-1,
    "CENTI": 1e-2,
    "MILLI": 1e-3,
    "MICRO": 1e-6,
    "NANO": 1e-9,
    "PICO": 1e-12,
    "FEMTO": 1e-15,
    "ATTO": 1e-18,
}
_NAMED = {
    "INCH": 0.0254,
    "FOOT": 0.3048,
    "FEET": 0.3048,
    "YARD": 0.9144,
    "MILE": 1609.344,
    "US SURVEY FOOT": 1200 / 3937,
    "SQUARE INCH": 0.0254**2,
    "SQUARE FOOT": 0.3048**2,
    "SQUARE YARD": 0.9144**2,
    "CUBIC FOOT": 0.3048**3,
    "DEGREE": math.pi / 180,
    "GRAD": math.pi / 200,
}
_POWERS = {"LENGTHUNIT": 1, "AREAUNIT": 2, "VOLUMEUNIT": 3}
_CANDIDATES_M = (1.0, 0.001, 0.01, 0.3048, 0.0254)


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Factors to SI.

    Attributes
    ----------
    length_m, area_m2, volume_m3, angle_rad : float
        Size of one file unit.
    has_area : bool
        The file declares an area unit; otherwise ``area_m2`` is the square of the length unit.
    findings : tuple[Finding, ...]
        Rules ``length-unit-missing``, ``length-unit-conflict``, ``length-unit-implausible``.
    """

    length_m: float
    area_m2: float
    volume_m3: float
    angle_rad: float
    has_area: bool = True
    findings: tuple[Finding, ...] = ()


def factor(unit: Instance | None, *, level: int = 0) -> float | None:
    """Compute how much of the SI unit one unit is; None when the file does not say.

    Parameters
    ----------
    unit : Instance or None
        An IfcSIUnit or IfcConversionBasedUnit.
    level : int
        How many conversions led here: units of units of units are no units.
    """
    if unit is None or level > 8:
        return None
    kind = attributes.text(unit, "UnitType") or ""
    if unit.is_a("IfcSIUnit"):
        prefix = attributes.text(unit, "Prefix")
        return float(_PREFIXES.get(prefix or "", 1.0) ** _POWERS.get(kind, 1))
    if unit.is_a("IfcConversionBasedUnit"):
        measure = attributes.link(unit, "ConversionFactor")
        size = attributes.number(measure, "ValueComponent")
        base = attributes.link(measure, "UnitComponent")
        inner = 1.0 if base is None or base.id() == unit.id() else factor(base, level=level + 1)
        if size is not None and size > 0 and inner is not None:
            return size * inner
        name = (attributes.text(unit, "Name") or "").upper().rstrip("S")
        return _NAMED.get(name)
    return None


def read_units(file: ifcopenshell.file) -> Units:
    """Read the units of a file; decide between conflicting ones by plausibility."""
    project = file.by_type("IfcProject")[0]
    own = attributes.links(attributes.link(project, "UnitsInContext", "IfcUnitAssignment"), "Units")
    others = [
        unit
        for assignment in file.by_type("IfcUnitAssignment")
        for unit in attributes.links(assignment, "Units")
    ]
    findings: list[Finding] = []
    lengths = _sizes(own, "LENGTHUNIT") or _sizes(others, "LENGTHUNIT")
    every_length = [
        *lengths,
        *(size for size in _sizes(others, "LENGTHUNIT") if size not in lengths),
    ]
    heights = _heights(file)
    if not every_length:
        length = max(_CANDIDATES_M, key=lambda unit: _plausibility(unit, heights))
        findings.append(
            warn(
                "length-unit-missing",
                f"The file declares no length unit; {_name(length)} was taken because doors and "
                "storeys then have the heights that buildings have.",
                "Check one measure in the viewer; declare the unit in the exporter's settings.",
            )
        )
    elif len(every_length) > 1:
        length = max(every_length, key=lambda unit: _plausibility(unit, heights))
        names = ", ".join(_name(size) for size in every_length)
        findings.append(
            warn(
                "length-unit-conflict",
                f"The file declares several length units ({names}); {_name(length)} was taken "
                "because doors and storeys then have the heights that buildings have.",
                "Check one measure in the viewer; export again with one length unit.",
            )
        )
    else:
        length = every_length[0]
        better = max(_CANDIDATES_M, key=lambda unit: _plausibility(unit, heights))
        if _plausibility(length, heights) < 0.1 and _plausibility(better, heights) > 0.7:
            findings.append(
                warn(
                    "length-unit-implausible",
                    f"The file declares {_name(length)}, but with it storeys and doors would be "
                    f"{median(heights) * length:.4g} m high; {_name(better)} was taken.",
                    "Check one measure in the viewer; correct the unit in the exporter's settings.",
                )
            )
            length = better
    area = _sizes(own, "AREAUNIT")
    volume = _sizes(own, "VOLUMEUNIT")
    angle = _sizes(own, "PLANEANGLEUNIT")
    return Units(
        length_m=length,
        area_m2=area[0] if area else length**2,
        volume_m3=volume[0] if volume else length**3,
        angle_rad=angle[0] if angle else 1.0,
        has_area=bool(area),
        findings=tuple(findings),
    )


def _sizes(units: list[Instance], kind: str) -> list[float]:
    """List the different sizes of the units of one kind, in the order of the file."""
    out: list[float] = []
    for unit in units:
        if attributes.text(unit, "UnitType") != kind:
            continue
        size = factor(unit)
        if size and not any(math.isclose(size, other, rel_tol=1e-3) for other in out):
            out.append(size)
    return out


def _heights(file: ifcopenshell.file) -> list[float]:
    """Collect heights in file units that are near 3 m in every building."""
    doors = [attributes.number(door, "OverallHeight") for door in file.by_type("IfcDoor")[:500]]
    levels = sorted(
        level
        for storey in file.by_type("IfcBuildingStorey")
        if (level := attributes.number(storey, "Elevation")) is not None
    )
    gaps = [upper - lower for lower, upper in itertools.pairwise(levels)]
    widest = max(gaps, default=0.0)
    # Reference levels lie close to a storey: only gaps of the order of the widest are storeys.
    return [height for height in doors if height] + [gap for gap in gaps if gap > widest / 8]


def _plausibility(unit: float, heights: list[float]) -> float:
    """Measure how many heights are those of doors and storeys when the unit is so long."""
    if not heights:
        return 0.5 if unit == 0.001 else 0.4 if unit == 1.0 else 0.1
    return sum(0.8 <= height * unit <= 12.0 for height in heights) / len(heights)


def _name(size: float) -> str:
    names = {1.0: "metre", 0.001: "millimetre", 0.01: "centimetre", 0.3048: "foot", 0.0254: "inch"}
    return next(
        (name for known, name in names.items() if math.isclose(known, size, rel_tol=1e-3)),
        f"{size:g} m",
    )
