"""Where on the earth a site's local frame lies."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pyproj import Transformer

from fangma.spatial.tiles.frames import ecef_from_enu, ecef_from_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


def ecef_from_site(
    *,
    epsg: int | None,
    origin: Sequence[float],
    latitude: float | None,
    longitude: float | None,
) -> NDArray[np.float64]:
    """Return the transform of a site's tileset, (4, 4), from its local frame to EPSG:4978.

    Parameters
    ----------
    origin : three floats
        East, north, height of the local origin in the projected CRS ``epsg``.
    latitude, longitude : float or None
        Used where there is no projected CRS; without them the site lies at the documented nowhere.
    """
    east, north, height = origin
    if epsg is not None:
        to_degrees = _to_degrees(epsg)

        def geographic(x: float, y: float) -> tuple[float, float]:
            longitude_deg, latitude_deg = to_degrees.transform(x, y)
            return longitude_deg, latitude_deg

        return ecef_from_grid(geographic, east, north, height)
    if latitude is not None and longitude is not None:
        return ecef_from_enu(longitude, latitude, height)
    return ecef_from_enu()


def degrees_of(
    *,
    epsg: int | None,
    origin: Sequence[float],
    latitude: float | None,
    longitude: float | None,
) -> tuple[float, float] | None:
    """Return longitude and latitude of a site in degrees; None when nobody said where it lies."""
    if latitude is not None and longitude is not None:
        found = (longitude, latitude)
    elif epsg is not None and any(origin[:2]):
        east, north = _to_degrees(epsg).transform(origin[0], origin[1])
        found = (float(east), float(north))
    else:
        return None
    is_on_earth = abs(found[0]) <= 180 and abs(found[1]) <= 85  # infinite outside of a projection
    return (round(found[0], 6), round(found[1], 6)) if is_on_earth else None


@lru_cache(maxsize=64)
def _to_degrees(epsg: int) -> Transformer:
    """Keep what is made: looking a CRS up takes half a second."""
    return Transformer.from_crs(epsg, "OGC:CRS84", always_xy=True)
