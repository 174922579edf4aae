from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from pyproj import Transformer

from fangma.spatial.tiles.errors import TileError
from fangma.spatial.tiles.frames import NOWHERE, ecef, ecef_from_enu, ecef_from_grid

GEOCENTRIC = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
CGCS2000 = Transformer.from_crs("EPSG:4480", "EPSG:4479", always_xy=True)
GRID = Transformer.from_crs("EPSG:4549", "EPSG:4490", always_xy=True)

longitudes, latitudes = st.floats(-180, 180), st.floats(-89.9, 89.9)


@given(longitudes, latitudes, st.floats(-500, 9000))
def test_earth_centred_coordinates_agree_with_proj(lon: float, lat: float, height: float) -> None:
    assert np.allclose(ecef(lon, lat, height), CGCS2000.transform(lon, lat, height), atol=1e-6)
    assert np.allclose(ecef(lon, lat, height), GEOCENTRIC.transform(lon, lat, height), atol=2e-4)


@given(longitudes, latitudes, st.floats(-500, 9000))
def test_the_frame_is_right_handed_and_points_east_north_and_up(
    lon: float, lat: float, height: float
) -> None:
    frame = ecef_from_enu(lon, lat, height)
    axes = frame[:3, :3]
    assert np.allclose(axes.T @ axes, np.eye(3), atol=1e-12)
    assert np.linalg.det(axes) == pytest.approx(1)
    here = np.array(CGCS2000.transform(lon, lat, height))
    step = 1e-6
    for axis, there in (
        (1, CGCS2000.transform(lon, lat + step, height)),
        (2, CGCS2000.transform(lon, lat, height + 1)),
    ):
        towards = np.array(there) - here
        assert np.allclose(axes[:, axis], towards / np.linalg.norm(towards), atol=1e-6)
    assert axes[2, 0] == 0


@pytest.mark.parametrize("east", [480_000.0, 564_000.0])
@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (1000, 0), (0, -1000), (-700, 700)])
def test_a_site_on_the_gauss_krueger_grid_lies_where_proj_puts_it(
    east: float, dx: float, dy: float
) -> None:
    north, height = 3_100_000.0, 12.0
    frame = ecef_from_grid(GRID.transform, east, north, height)
    found = (frame @ [dx, dy, 5.0, 1.0])[:3]
    lon, lat = GRID.transform(east + dx, north + dy)
    true = np.array(CGCS2000.transform(lon, lat, height + 5.0))
    level = ecef_from_enu(lon, lat, 0)[:3, :3]
    off_east, off_north, off_up = level.T @ (found - true)
    assert abs(off_up) < 0.08  # a plane leaves the curved earth by d2 / 2R
    assert np.hypot(off_east, off_north) < 0.003


def test_a_site_without_georeference_is_put_at_the_documented_nowhere() -> None:
    assert NOWHERE == (0.0, 0.0, 0.0)
    frame = ecef_from_enu()
    assert np.allclose(frame @ [1, 2, 3, 1], [6378137 + 3, 1, 2, 1])


@pytest.mark.parametrize(
    "place", [(np.nan, 0, 0), (0, np.inf, 0), (181, 0, 0), (27, 120, 0), (0, 0, np.nan)]
)
def test_a_place_that_is_not_on_the_earth_is_refused(place: tuple[float, float, float]) -> None:
    with pytest.raises(TileError) as caught:
        ecef_from_enu(*place)
    assert caught.value.remedy


def test_east_and_north_swapped_are_told() -> None:
    with pytest.raises(TileError, match="expected degrees"):
        ecef_from_grid(lambda _e, _n: (float("inf"), float("inf")), 3.1e6, 5e5, 0)
