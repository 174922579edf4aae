"""Where on a map a model can lie at all."""

from __future__ import annotations

import math
from functools import cache
from typing import Final

#: Metres from the origin beyond which coordinates are those of a map, not of a drawing.
FAR_M: Final = 20_000.0
_AREA_MARGIN_DEGREES: Final = 1.5


@cache
def lies_within(epsg: int, east: float, north: float) -> bool:
    """Tell whether a point lies where a projection is meant to be used."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError, ProjError

    try:
        crs = CRS.from_epsg(epsg)
        area = crs.area_of_use
        longitude, latitude = Transformer.from_crs(crs, 4326, always_xy=True).transform(east, north)
    except (CRSError, ProjError):
        return False
    if area is None or not (math.isfinite(longitude) and math.isfinite(latitude)):
        return False
    margin = _AREA_MARGIN_DEGREES
    return bool(
        area.south - margin <= latitude <= area.north + margin
        and area.west - margin <= longitude <= area.east + margin
    )
