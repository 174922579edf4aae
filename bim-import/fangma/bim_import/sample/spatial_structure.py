"""Project, site, building and storeys, the same in every discipline except for GlobalIds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyproj

from fangma.bim_import.sample.site import EPSG, ROTATION

if TYPE_CHECKING:
    from fangma.bim_import.sample.drafting import Draft, Entity
    from fangma.bim_import.sample.plan import Building


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The spatial structure of a file: entities and placements by storey name."""

    building: Entity
    storeys: dict[str, Entity]
    places: dict[str, Entity]


def open_model(draft: Draft, building: Building) -> Frame:
    """Write the spatial structure and the georeference of a building's model."""
    turn = math.radians(ROTATION)
    draft.georeference(
        epsg=EPSG,
        east=round(building.east, 4),
        north=round(building.north, 4),
        height=building.height,
        axis=(round(math.cos(turn), 9), round(math.sin(turn), 9)),
    )
    to_earth = pyproj.Transformer.from_crs(EPSG, 4490, always_xy=True)
    longitude, latitude = to_earth.transform(building.east, building.north)
    origin = draft.add("IfcLocalPlacement", None, draft.axes((0.0, 0.0, 0.0)))
    site = draft.add(
        "IfcSite",
        draft.guid("site"),
        None,
        "机关大院",
        None,
        None,
        origin,
        None,
        "市级机关大院",
        "ELEMENT",
        _degrees(latitude),
        _degrees(longitude),
        building.height,
        None,
        None,
    )
    site.RefElevation = draft.length(building.height * 1000)
    base = draft.place(origin, (0.0, 0.0, 0.0))
    house = draft.add(
        "IfcBuilding",
        draft.guid("building"),
        None,
        building.name,
        None,
        None,
        base,
        None,
        f"{building.code} {building.name}",
        "ELEMENT",
        draft.length(building.height * 1000),
        None,
        None,
    )
    draft.aggregate(draft.project, [site])
    draft.aggregate(site, [house])
    storeys: dict[str, Entity] = {}
    places: dict[str, Entity] = {}
    for storey in building.storeys:
        places[storey.name] = draft.place(base, (0.0, 0.0, float(storey.elevation)))
        storeys[storey.name] = draft.add(
            "IfcBuildingStorey",
            draft.guid(f"storey/{storey.name}"),
            None,
            storey.name,
            None,
            None,
            places[storey.name],
            None,
            None,
            "ELEMENT",
            draft.length(storey.elevation),
        )
    draft.aggregate(house, list(storeys.values()))
    return Frame(building=house, storeys=storeys, places=places)


def _degrees(value: float) -> tuple[int, int, int, int]:
    """Split degrees into an IfcCompoundPlaneAngleMeasure (to a millionth of a second)."""
    total = round(value * 3600 * 1_000_000)
    seconds, micro = divmod(total, 1_000_000)
    minutes, second = divmod(seconds, 60)
    degree, minute = divmod(minutes, 60)
    return degree, minute, second, micro
