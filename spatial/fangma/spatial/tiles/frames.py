"""Where a site lies on the earth: the transform of its tileset.

3D Tiles are placed in EPSG:4978, x towards longitude 0, z towards the north pole. The ellipsoid of
CGCS2000 differs from that of WGS 84 by 0.1 mm in its minor axis and is used for both.
Heights are ellipsoidal; a caller with heights of the 1985 datum adds the undulation it knows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.spatial.tiles.errors import TileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SEMI_MAJOR_M: Final = 6_378_137.0
FLATTENING: Final = 1 / 298.257222101  # CGCS2000 = GRS 80

# Where a site without any georeference is put, plainly nowhere: longitude, latitude, height.
NOWHERE: Final = (0.0, 0.0, 0.0)


def ecef(longitude_deg: float, latitude_deg: float, height_m: float) -> NDArray[np.float64]:
    """Place a geodetic point in earth-centred coordinates.

    N = a / sqrt(1 - e2 sin2 phi); x = (N + h) cos phi cos lambda; y = (N + h) cos phi sin lambda;
    z = (N (1 - e2) + h) sin phi (ISO 19111; EPSG method 9602).

    Returns
    -------
    point : (3,) float64
        Metres, EPSG:4978.
    """
    longitude, latitude = math.radians(longitude_deg), math.radians(latitude_deg)
    e2 = FLATTENING * (2 - FLATTENING)
    normal = SEMI_MAJOR_M / math.sqrt(1 - e2 * math.sin(latitude) ** 2)
    level = (normal + height_m) * math.cos(latitude)
    return np.array(
        [
            level * math.cos(longitude),
            level * math.sin(longitude),
            (normal * (1 - e2) + height_m) * math.sin(latitude),
        ]
    )


def ecef_from_enu(
    longitude_deg: float = NOWHERE[0],
    latitude_deg: float = NOWHERE[1],
    height_m: float = NOWHERE[2],
) -> NDArray[np.float64]:
    """Return the frame east, north, up at a point; without arguments the documented nowhere.

    Raises
    ------
    TileError
        When the point is not finite or not on the earth.

    Returns
    -------
    matrix : (4, 4) float64
        Column vectors, metres.
    """
    _check(longitude_deg, latitude_deg, height_m)
    longitude, latitude = math.radians(longitude_deg), math.radians(latitude_deg)
    sl, cl = math.sin(longitude), math.cos(longitude)
    sp, cp = math.sin(latitude), math.cos(latitude)
    matrix = np.eye(4)
    matrix[:3, 0] = (-sl, cl, 0.0)
    matrix[:3, 1] = (-sp * cl, -sp * sl, cp)
    matrix[:3, 2] = (cp * cl, cp * sl, sp)
    matrix[:3, 3] = ecef(longitude_deg, latitude_deg, height_m)
    return matrix


def ecef_from_grid(
    geographic: Callable[[float, float], tuple[float, float]],
    east_m: float,
    north_m: float,
    height_m: float,
) -> NDArray[np.float64]:
    """Return the frame of a projected CRS at one of its points: x grid east, y grid north, z up.

    Meridian convergence and the scale of the grid come from the derivatives of the inverse
    projection, by central differences over 200 m, whatever the conformal projection; heights take
    the same scale, 2 mm in 50 m at the edge of a 3-degree zone.
    Within 1 km of the point the plane departs from the curved earth by at most 8 cm in height and
    2 mm in plan; a site is laid out in it as in its drawings.

    Parameters
    ----------
    geographic : callable
        From east, north in metres to longitude, latitude in degrees (a pyproj transformer's
        ``transform`` with ``always_xy``).
    east_m, north_m, height_m : float
        The site's origin.

    Returns
    -------
    matrix : (4, 4) float64
        Column vectors, perpendicular and of one length; lengths in x and y are grid lengths.

    Raises
    ------
    TileError
        When the projection gives no point on the earth there.
    """
    longitude, latitude = geographic(east_m, north_m)
    _check(longitude, latitude, height_m)
    reach = 100.0

    def point(de: float, dn: float) -> NDArray[np.float64]:
        where = geographic(east_m + de, north_m + dn)
        _check(*where, height_m)
        return ecef(*where, height_m)

    matrix = ecef_from_enu(longitude, latitude, height_m)
    turned = matrix[:3, :3].T
    east = turned @ (point(reach, 0) - point(-reach, 0)) / (2 * reach)
    north = turned @ (point(0, reach) - point(0, -reach)) / (2 * reach)
    # One scale for all axes: clients measure screen error by it and complain of three.
    scale = float(np.linalg.norm(east) + np.linalg.norm(north)) / 2
    angle = math.atan2(east[1] - north[0], east[0] + north[1])
    c, s = math.cos(angle) * scale, math.sin(angle) * scale
    matrix[:3, :3] = matrix[:3, :3] @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, scale]])
    return matrix


def _check(longitude_deg: float, latitude_deg: float, height_m: float) -> None:
    good = math.isfinite(longitude_deg) and math.isfinite(latitude_deg) and math.isfinite(height_m)
    if not good or not -180 <= longitude_deg <= 180 or not -90 <= latitude_deg <= 90:
        raise TileError(
            f"found longitude {longitude_deg}, latitude {latitude_deg}, height {height_m}, "
            "expected degrees and metres of a place on the earth",
            "check the EPSG number and the map conversion: east and north may be swapped",
        )
