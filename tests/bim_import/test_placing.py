import math

import numpy as np
import pytest
from pyproj import Transformer

from fangma.bim_import.model import Georeference
from fangma.bim_import.placing import (
    SiteFrame,
    moved_points,
    place,
    place_as_drawn,
    place_beside,
)

SITE = SiteFrame(epsg=4549, origin=(500_000.0, 3_100_000.0, 5.0))


def georeference(
    epsg: int | None, origin: tuple[float, float, float] | None, rotation: float = 0.0
):
    return Georeference(
        epsg=epsg, origin=origin, rotation=rotation, scale=1.0, latitude=None, longitude=None,
        origin_of_facts="IfcMapConversion",
    )  # fmt: skip


def test_a_model_in_the_sites_crs_is_moved_and_turned():
    placing = place(georeference(4549, (500_100.0, 3_100_200.0, 8.0), math.pi / 2), SITE)
    assert placing is not None
    assert placing.georeferenced
    moved = moved_points(placing.matrix_site_from_model, np.array([[10.0, 0.0, 1.0]]))
    assert moved[0] == pytest.approx([500_100.0, 3_100_210.0, 9.0])


def test_a_model_in_another_zone_lands_where_pyproj_puts_its_points():
    # 4548 is the 3-degree zone of 117E, 4549 that of 120E: grid north differs between them.
    convert = Transformer.from_crs(4549, 4548, always_xy=True)
    east, north = convert.transform(500_000.0, 3_100_000.0)
    placing = place(georeference(4548, (east, north, 0.0)), SITE)
    assert placing is not None
    local = np.array([[0.0, 0.0, 0.0], [150.0, 80.0, 3.0], [-60.0, 200.0, 0.0]])
    back = Transformer.from_crs(4548, 4549, always_xy=True)
    expected = [(*back.transform(east + x, north + y), z) for x, y, z in local]
    moved = moved_points(placing.matrix_site_from_model, local)
    assert np.abs(moved - np.array(expected)).max() < 0.01


@pytest.mark.parametrize(
    ("epsg", "origin"),
    [
        (None, (1.0, 2.0, 3.0)),
        (4549, None),
        (4549, (7.29e10, 9.0e10, 0.0)),
        (4549, (float("nan"), 0.0, 0.0)),
        (4490, (120.0, 28.0, 0.0)),  # geographic, not projected
        (999_999, (1.0, 1.0, 0.0)),
    ],
)
def test_what_is_no_projected_place_is_not_used(epsg, origin):
    assert place(georeference(epsg, origin), SITE) is None


@pytest.mark.parametrize("zone", [4548, 4550, 32650, 32651])
def test_the_grids_around_a_site_are_converted(zone):
    convert = Transformer.from_crs(4549, zone, always_xy=True)
    placing = place(georeference(zone, (*convert.transform(500_000.0, 3_100_000.0), 0.0)), SITE)
    assert placing is not None
    assert (placing.georeferenced, placing.findings[0].rule) == (True, "georeference-converted")


def test_a_place_on_another_continent_is_told_and_stretches_no_model():
    """Luxembourg's grid, as the georeferenced duplex of the shared models has it, in Zhejiang."""
    placing = place(georeference(9897, (76_670.0, 77_179.0, 293.0), 0.5), SITE)
    assert placing is not None
    assert (placing.georeferenced, placing.findings[0].rule) == (False, "georeference-elsewhere")
    lengths = np.linalg.norm(np.array(placing.matrix_site_from_model)[:3, :3], axis=0)
    assert lengths == pytest.approx([1.0, 1.0, 1.0])


def test_a_model_without_a_place_is_set_east_of_the_others():
    placing = place_beside(500_050.0, -12.0, SITE)
    assert not placing.georeferenced
    moved = moved_points(placing.matrix_site_from_model, np.array([[-12.0, 0.0, 0.0]]))
    assert moved[0, 0] == pytest.approx(500_070.0)
    assert placing.findings[0].rule == "georeference-missing"


def test_a_georeference_that_the_site_cannot_use_is_not_called_missing():
    stated = georeference(4549, (564_000.0, 3_099_500.0, 0.0))
    placing = place_beside(50.0, 0.0, SiteFrame(epsg=None, origin=(0.0, 0.0, 0.0)), stated)
    assert not placing.georeferenced
    (finding,) = placing.findings
    assert finding.rule == "georeference-unused"
    assert "EPSG:4549 at 564000, 3099500" in finding.message
    assert "--epsg 4549" in finding.remedy


# A storey of 40 x 12 m whose placements hold map coordinates: east, north, height twice.
DRAWN = (500_080.0, 3_100_150.0, 4.0, 500_120.0, 3_100_162.0, 8.0)
NEIGHBOUR = (500_000.0, 3_100_000.0, 4.0, 500_050.0, 3_100_020.0, 20.0)


@pytest.mark.parametrize("standing", [(), (NEIGHBOUR,)])
def test_a_model_drawn_in_the_sites_coordinates_lies_where_it_is_drawn(standing):
    placing = place_as_drawn(DRAWN, SITE, standing)
    assert placing is not None
    corner = np.array([DRAWN[:3]])
    assert moved_points(placing.matrix_site_from_model, corner) == pytest.approx(corner)
    assert (placing.georeferenced, placing.findings[0].rule) == (True, "georeference-as-drawn")


@pytest.mark.parametrize(
    ("box", "site", "standing"),
    [
        ((0.0, 0.0, 0.0, 40.0, 12.0, 4.0), SITE, ()),  # about its own origin
        (DRAWN, SiteFrame(epsg=None, origin=SITE.origin), ()),
        # northings first, where EPSG:4549 has nothing
        ((3_100_150.0, 500_080.0, 4.0, 3_100_162.0, 500_120.0, 8.0), SITE, ()),
        # what stands there was itself not placed by the map
        (DRAWN, SITE, ((0.0, 0.0, 0.0, 40.0, 12.0, 4.0),)),
    ],
)
def test_coordinates_that_do_not_fit_the_site_place_nothing(box, site, standing):
    assert place_as_drawn(box, site, standing) is None
