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
        return _ecef_from_grid(epsg, east, north, height)
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
        found = _degrees(epsg, origin[0], origin[1])
    else:
        return None
    is_on_earth = abs(found[0]) <= 180 and abs(found[1]) <= 85  # infinite outside of a projection
    return (round(found[0], 6), round(found[1], 6)) if is_on_earth else None


# Results are kept, not only the transformer: PROJ looks a CRS up again in each of the server's
# threads, which takes a quarter of a second.
@lru_cache(maxsize=4096)
def _degrees(epsg: int, east: float, north: float) -> tuple[float, float]:
    longitude_deg, latitude_deg = _to_degrees(epsg).transform(east, north)
    return float(longitude_deg), float(latitude_deg)


@lru_cache(maxsize=1024)
def _ecef_from_grid(epsg: int, east: float, north: float, height: float) -> NDArray[np.float64]:
    found = ecef_from_grid(_to_degrees(epsg).transform, east, north, height)
    found.setflags(write=False)
    return found


@lru_cache(maxsize=64)
def _to_degrees(epsg: int) -> Transformer:
    """Keep what is made: looking a CRS up takes half a second."""
    return Transformer.from_crs(epsg, "OGC:CRS84", always_xy=True)
