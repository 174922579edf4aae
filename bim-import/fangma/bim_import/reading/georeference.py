"""How a model lies on the earth: map conversion, its IFC2X3 stand-ins, or the site's position."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from fangma.bim_import.map_extent import FAR_M, lies_within
from fangma.bim_import.model import Georeference
from fangma.bim_import.reading import attributes
from fangma.bim_import.reading.units import factor
from fangma.bim_import.refusal import note, warn

if TYPE_CHECKING:
    import ifcopenshell

    from fangma.bim_import.findings import Finding
    from fangma.bim_import.reading.attributes import Instance
    from fangma.bim_import.reading.placements import PlacementReader
    from fangma.bim_import.reading.relations import Relations

_SCALE_TOLERANCE = 0.02
# Where Revit puts every project until somebody says otherwise (degrees).
_DEFAULT_LOCATIONS = ((42.3584, -71.0598), (42.4149, -71.2583), (42.3587, -71.0567))
_UNIT_WORDS = {"MM": 0.001, "MILLIMETRE": 0.001, "MILLIMETER": 0.001, "M": 1.0, "METRE": 1.0,
               "METER": 1.0, "FOOT": 0.3048, "FEET": 0.3048, "FT": 0.3048,
               "US SURVEY FOOT": 1200 / 3937}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Conversion:
    """A map conversion as it stands in the file, its numbers in ``unit_m``."""

    source: str
    crs_name: str | None
    unit_m: float | None
    east: float
    north: float
    height: float
    abscissa: float | None
    ordinate: float | None
    scale: float | None


def read_georeference(
    file: ifcopenshell.file,
    relations: Relations,
    placements: PlacementReader,
    length_unit_m: float,
) -> tuple[Georeference, list[Finding]]:
    """Read how the model lies on the earth.

    Returns
    -------
    georeference : Georeference
        ISO 16739-1:2024, 8.17.3.8 (IfcMapConversion); in IFC2X3 the property sets that
        buildingSMART's guideline puts in its place; else the site's latitude and longitude.
    findings : list[Finding]
        Rules ``map-unit``, ``map-scale``, ``unknown-crs``, ``map-outside``,
        ``double-georeference``, ``far-from-origin``, ``default-location``.
    """
    findings: list[Finding] = []
    latitude, longitude = _site_position(file, findings)
    conversion = _map_conversion(file) or _property_conversion(file, relations)
    far = _far_placement(file, placements)
    if conversion is None:
        if far is not None:
            findings.append(
                note(
                    "far-from-origin",
                    f"The model is drawn {math.hypot(*far[:2]) / 1000:.0f} km from its origin, "
                    "perhaps in map coordinates, but names no map projection.",
                    "Say which projection it is when adding the site, or export a map conversion.",
                )
            )
        known = latitude is not None
        return (
            Georeference(
                epsg=None,
                origin=None,
                rotation=_true_north(file),
                scale=1.0,
                latitude=latitude,
                longitude=longitude,
                origin_of_facts="IfcSite" if known else "none",
            ),
            findings,
        )
    epsg = find_epsg(conversion.crs_name)
    if epsg is None:
        findings.append(
            warn(
                "unknown-crs",
                f"The map projection {conversion.crs_name or '(no name)'} is not an EPSG code that "
                "is known; the model's place on the map cannot be checked.",
                "Name the projection in the model by its EPSG code, such as EPSG:4549.",
            )
        )
    unit = _decide_unit(conversion, epsg, length_unit_m, findings)
    origin = (conversion.east * unit, conversion.north * unit, conversion.height * unit)
    scale = _decide_scale(conversion, unit, length_unit_m, findings)
    if far is not None and math.hypot(*origin[:2]) > FAR_M:
        origin = _decide_double(origin, far, epsg, findings)
    abscissa, ordinate = conversion.abscissa, conversion.ordinate
    rotation = 0.0
    if abscissa is not None and ordinate is not None and math.hypot(abscissa, ordinate) > 1e-9:
        rotation = math.atan2(ordinate, abscissa)
    return (
        Georeference(
            epsg=epsg,
            origin=origin,
            rotation=rotation,
            scale=scale,
            latitude=latitude,
            longitude=longitude,
            origin_of_facts=conversion.source,
            crs_name=conversion.crs_name,
        ),
        findings,
    )


def _map_conversion(file: ifcopenshell.file) -> _Conversion | None:
    if file.schema == "IFC2X3":
        return None
    for item in file.by_type("IfcMapConversion"):
        crs = attributes.link(item, "TargetCRS")
        east, north = attributes.number(item, "Eastings"), attributes.number(item, "Northings")
        if east is None or north is None:
            continue
        return _Conversion(
            source="IfcMapConversion",
            crs_name=attributes.text(crs, "Name"),
            unit_m=factor(attributes.link(crs, "MapUnit")),
            east=east,
            north=north,
            height=attributes.number(item, "OrthogonalHeight") or 0.0,
            abscissa=attributes.number(item, "XAxisAbscissa"),
            ordinate=attributes.number(item, "XAxisOrdinate"),
            scale=attributes.number(item, "Scale"),
        )
    return None


def _property_conversion(file: ifcopenshell.file, relations: Relations) -> _Conversion | None:
    """Read ePSet_MapConversion and ePSet_ProjectedCRS of the site, building or project."""
    facts: dict[str, dict[str, object]] = {}
    for holder in (
        *file.by_type("IfcSite"),
        *file.by_type("IfcProject"),
        *file.by_type("IfcBuilding"),
    ):
        for definition in relations.property_sets.get(holder.id(), ()):
            name = (attributes.text(definition, "Name") or "").lower()
            if name in {"epset_mapconversion", "epset_projectedcrs"} and name not in facts:
                facts[name] = {
                    attributes.text(item, "Name") or "": _plain(item)
                    for item in attributes.links(definition, "HasProperties")
                }
    conversion, crs = facts.get("epset_mapconversion"), facts.get("epset_projectedcrs", {})
    if conversion is None:
        return None
    east, north = _float(conversion.get("Eastings")), _float(conversion.get("Northings"))
    if east is None or north is None:
        return None
    crs_name = crs.get("Name") or conversion.get("TargetCRS")
    # The guideline gives map coordinates in metres unless MapUnit says otherwise.
    return _Conversion(
        source="ePSet_MapConversion",
        crs_name=str(crs_name) if crs_name else None,
        unit_m=_UNIT_WORDS.get(str(crs.get("MapUnit") or "METRE").upper(), 1.0),
        east=east,
        north=north,
        height=_float(conversion.get("OrthogonalHeight")) or 0.0,
        abscissa=_float(conversion.get("XAxisAbscissa")),
        ordinate=_float(conversion.get("XAxisOrdinate")),
        scale=_float(conversion.get("Scale")),
    )


def _plain(item: Instance) -> object:
    measure = attributes.value(item, "NominalValue")
    return attributes.value(measure, "wrappedValue") if attributes.is_instance(measure) else measure


def _float(found: object) -> float | None:
    if isinstance(found, str):
        try:
            return attributes.finite(float(found))
        except ValueError:
            return None
    return attributes.finite(found)


@cache
def find_epsg(name: str | None) -> int | None:
    """Find the EPSG code of a projected CRS from what a file calls it.

    Parameters
    ----------
    name : str or None
        ``EPSG:4549``, ``urn:ogc:def:crs:EPSG::4549``, or a name such as
        ``CGCS2000 / 3-degree Gauss-Kruger CM 120E``.
    """
    if not name:
        return None
    from pyproj import CRS  # slow to load, and many models have no georeference
    from pyproj.exceptions import CRSError, ProjError

    match = re.search(r"EPSG\W*(?:\d*\.\d+\W+)?(\d{4,6})\b", name, re.IGNORECASE) or re.fullmatch(
        r"\s*(\d{4,5})\s*", name
    )
    try:
        if match is not None:
            CRS.from_epsg(int(match[1]))
            return int(match[1])
        found = CRS.from_user_input(name).to_epsg()
        return int(found) if found else None
    except (CRSError, ProjError):
        return None


def _decide_unit(
    conversion: _Conversion, epsg: int | None, length_unit_m: float, findings: list[Finding]
) -> float:
    """Decide the unit of the eastings: MapUnit, else the project's, else what fits the map."""
    declared = conversion.unit_m or length_unit_m
    if epsg is None or lies_within(epsg, conversion.east * declared, conversion.north * declared):
        return declared
    for unit in (1.0, 0.001, 0.3048, length_unit_m):
        if lies_within(epsg, conversion.east * unit, conversion.north * unit):
            findings.append(
                warn(
                    "map-unit",
                    f"The map coordinates E {conversion.east:.10g}, N {conversion.north:.10g} lie "
                    f"outside EPSG:{epsg} in the file's unit; read as {unit:g} m they lie within.",
                    "Check the place on the map; state MapUnit in the exporter's settings.",
                )
            )
            return unit
    findings.append(
        warn(
            "map-outside",
            f"The map coordinates E {conversion.east:.10g}, N {conversion.north:.10g} lie outside "
            f"the area in which EPSG:{epsg} is used.",
            _remedy_outside(epsg, conversion.east * declared, conversion.north * declared),
        )
    )
    return declared


def _remedy_outside(epsg: int, east: float, north: float) -> str:
    """Say what to do about coordinates outside their projection: two slips are common."""
    if lies_within(epsg, north, east):
        return "Exchange eastings and northings in the exporter's settings."
    zone, within_zone = divmod(east, 1e6)
    if zone > 0 and lies_within(epsg, within_zone, north):
        return (
            f"Leave out the number of the zone ({zone:.0f}) before the eastings, or name the "
            "projection that has it."
        )
    return "Check projection and coordinates with the surveyor."


def _decide_scale(
    conversion: _Conversion, unit: float, length_unit_m: float, findings: list[Finding]
) -> float:
    """Reduce Scale to a factor near 1 between metres and metres.

    By the standard Scale takes project units to map units, so a file in millimetres on a map in
    metres needs 0.001; many exporters write 1 all the same.
    """
    stated = conversion.scale
    if stated is None:
        return 1.0
    by_standard = stated * unit / length_unit_m
    for scale in (by_standard, stated):
        if abs(scale - 1.0) <= _SCALE_TOLERANCE:
            return scale
    findings.append(
        warn(
            "map-scale",
            f"The map conversion scales by {stated:g}, which would make the model {by_standard:g} "
            "times as large as it is drawn; 1 was taken.",
            "Check one distance on the map; correct Scale in the exporter's settings.",
        )
    )
    return 1.0


def _far_placement(
    file: ifcopenshell.file, placements: PlacementReader
) -> tuple[float, float, float] | None:
    """Give where the model stands when that is tens of kilometres from its own origin."""
    for kind in ("IfcSite", "IfcBuilding", "IfcBuildingStorey"):
        for item in file.by_type(kind):
            position = placements.position(item)
            if position is not None and math.hypot(position[0], position[1]) > FAR_M:
                return position
    return None


def _decide_double(
    origin: tuple[float, float, float],
    far: tuple[float, float, float],
    epsg: int | None,
    findings: list[Finding],
) -> tuple[float, float, float]:
    """Decide which to believe when both placement and map conversion carry map coordinates."""
    is_sum_good = epsg is not None and lies_within(epsg, origin[0] + far[0], origin[1] + far[1])
    is_far_good = epsg is not None and lies_within(epsg, far[0], far[1])
    near = math.dist(origin[:2], far[:2]) < FAR_M
    if not near and (is_sum_good or not is_far_good):
        return origin
    findings.append(
        warn(
            "double-georeference",
            f"Map coordinates stand both in the placements (E {far[0]:.0f}, N {far[1]:.0f}) and in "
            "the map conversion; they were counted once.",
            "Check the place on the map; export with local coordinates and a map conversion.",
        )
    )
    return (0.0, 0.0, origin[2])


def _site_position(
    file: ifcopenshell.file, findings: list[Finding]
) -> tuple[float | None, float | None]:
    for site in file.by_type("IfcSite"):
        latitude = compound_angle(attributes.numbers(site, "RefLatitude"))
        longitude = compound_angle(attributes.numbers(site, "RefLongitude"))
        if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
            continue
        if latitude == 0.0 and longitude == 0.0:
            continue  # nobody builds in the Gulf of Guinea: the exporter had nothing to say
        if any(math.dist(known, (latitude, longitude)) < 2e-3 for known in _DEFAULT_LOCATIONS):
            findings.append(
                note(
                    "default-location",
                    f"The site lies at {latitude:.4f}, {longitude:.4f}: where the authoring "
                    "program puts every new project. It is hardly the real place.",
                    "Give the site its real position in the model or in the registry.",
                    attributes.guid(site),
                )
            )
        return latitude, longitude
    return None, None


def compound_angle(parts: tuple[float, ...]) -> float | None:
    """Turn degrees, minutes, seconds and millionths (IfcCompoundPlaneAngleMeasure) into degrees.

    All parts should carry the sign; where only some do, the first that is not zero decides.
    """
    if len(parts) < 3:
        return None
    sign = next((math.copysign(1.0, part) for part in parts if part), 1.0)
    scales = (1.0, 60.0, 3600.0, 3.6e9)
    return sign * sum(abs(part) / scale for part, scale in zip(parts, scales, strict=False))


def _true_north(file: ifcopenshell.file) -> float:
    """Read by how much a model is turned from true north, as Georeference.rotation."""
    for context in file.by_type("IfcGeometricRepresentationContext"):
        ratios = attributes.numbers(attributes.link(context, "TrueNorth"), "DirectionRatios")
        if len(ratios) >= 2 and math.hypot(ratios[0], ratios[1]) > 1e-9:
            return math.atan2(ratios[0], ratios[1])
    return 0.0
