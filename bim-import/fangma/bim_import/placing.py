"""Where a model lies in its site: from the model's own frame to the site's projected CRS.

A site has one projected CRS; every coordinate of the registry is in it (x east, y north, z height,
metres). Models come with a CRS of their own, with latitude and longitude alone, or with nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.map_extent import FAR_M, lies_within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from fangma.bim_import.model import Georeference

Matrix = tuple[tuple[float, float, float, float], ...]

# Beyond this a projected coordinate is no place on earth (UTM northings end at 1e7 m).
_FARTHEST_M = 2.1e7
_LARGEST_STRETCH = 0.02
"""Of lengths between two grids at one place: below 0.003 in the next zones, 0.02 at 11 degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFrame:
    """The CRS of a site; ``epsg`` None is a local plane without a place on earth."""

    epsg: int | None
    origin: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """How a model's frame turns into the site's.

    Attributes
    ----------
    matrix_site_from_model : 4 x 4 nested tuple
        Column vectors, metres.
    georeferenced : bool
        False when the place was chosen, not read.
    findings : tuple of Finding
        What was wrong or converted.
    """

    matrix_site_from_model: Matrix
    georeferenced: bool
    findings: tuple[Finding, ...] = ()


def matrix(
    east: float, north: float, height: float, *, rotation: float = 0.0, scale: float = 1.0
) -> NDArray[np.float64]:
    """Build the 4 x 4 matrix that turns, scales in plan and moves, in that order."""
    c, s = math.cos(rotation) * scale, math.sin(rotation) * scale
    return np.array(
        [[c, -s, 0.0, east], [s, c, 0.0, north], [0.0, 0.0, 1.0, height], [0.0, 0.0, 0.0, 1.0]]
    )


def _frozen(array: NDArray[np.float64]) -> Matrix:
    return tuple(tuple(float(v) for v in row) for row in array)  # type: ignore[misc]


def _warning(rule: str, message: str, remedy: str, severity: Severity) -> Finding:
    return Finding(severity=severity, rule=rule, element=None, message=message, remedy=remedy)


def is_usable(georeference: Georeference) -> bool:
    """Tell whether a projected CRS and a credible origin are both there."""
    if georeference.epsg is None or georeference.origin is None:
        return False
    if not all(math.isfinite(v) and abs(v) < _FARTHEST_M for v in georeference.origin):
        return False
    from pyproj import CRS  # slow to load, and many models have no georeference
    from pyproj.exceptions import CRSError

    try:
        return bool(CRS.from_epsg(georeference.epsg).is_projected)
    except CRSError:
        return False


def place(georeference: Georeference, site: SiteFrame) -> Placing | None:
    """Place a model by its own georeference; None when it has none that can be used.

    A model in another CRS than the site's is carried over by its origin, with the turn between the
    two grids at that point: exact at the origin, below a millimetre over a compound.
    """
    if not is_usable(georeference) or georeference.origin is None:
        return None
    east, north, height = georeference.origin
    rotation, scale = georeference.rotation, georeference.scale
    if site.epsg is None or site.epsg == georeference.epsg:
        moved = matrix(east, north, height, rotation=rotation, scale=scale)
        return Placing(matrix_site_from_model=_frozen(moved), georeferenced=True)
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    try:
        convert = Transformer.from_crs(georeference.epsg, site.epsg, always_xy=True)
        e0, n0 = convert.transform(east, north, errcheck=True)
        e1, n1 = convert.transform(east + 100.0, north, errcheck=True)
    except ProjError as error:
        return _elsewhere(georeference, site, f"can't be converted to it ({error})")
    turn = math.atan2(n1 - n0, e1 - e0)
    stretch = math.hypot(e1 - e0, n1 - n0) / 100.0
    if abs(stretch - 1.0) > _LARGEST_STRETCH:
        return _elsewhere(
            georeference, site, f"is so far away that lengths grow {stretch:.2f}-fold"
        )
    moved = matrix(e0, n0, height, rotation=rotation + turn, scale=scale * stretch)
    return Placing(
        matrix_site_from_model=_frozen(moved),
        georeferenced=True,
        findings=(
            _warning(
                "georeference-converted",
                f"The model's EPSG:{georeference.epsg} was converted to the site's "
                f"EPSG:{site.epsg}.",
                "Nothing, if the model belongs to this site.",
                Severity.INFO,
            ),
        ),
    )


def _elsewhere(georeference: Georeference, site: SiteFrame, why: str) -> Placing:
    """Leave a model in its own shape and size: where it says that it lies can't be its place."""
    east, north, height = georeference.origin or (0.0, 0.0, 0.0)
    return Placing(
        matrix_site_from_model=_frozen(matrix(east, north, height, rotation=georeference.rotation)),
        georeferenced=False,
        findings=(
            _warning(
                "georeference-elsewhere",
                f"The model lies in EPSG:{georeference.epsg} at {east:.0f}, {north:.0f}, which for "
                f"the site's EPSG:{site.epsg} {why}.",
                "Check that the model belongs to this site, or correct its georeference.",
                Severity.WARNING,
            ),
        ),
    )


def place_as_drawn(
    box: Sequence[float], site: SiteFrame, standing: Iterable[Sequence[float]]
) -> Placing | None:
    """Place a model that is drawn in the site's coordinates, though it names no projection.

    That is how many Chinese programs export: the placements hold the map coordinates.

    Parameters
    ----------
    box : sequence of 6 floats
        Of the model in its own frame, least corner then greatest.
    standing : iterable of sequences of 6 floats
        Boxes of what stands in the site already.

    Returns
    -------
    placing : Placing or None
        None when it is drawn about its own origin, outside of where the site's projection is used,
        or far from all that stands there.
    """
    east, north = (box[0] + box[3]) / 2, (box[1] + box[4]) / 2
    if site.epsg is None or math.hypot(east, north) <= FAR_M:
        return None
    if not lies_within(site.epsg, east, north):
        return None
    others = [((o[0] + o[3]) / 2, (o[1] + o[4]) / 2) for o in standing]
    if others and min(math.dist((east, north), other) for other in others) > FAR_M:
        return None
    return Placing(
        matrix_site_from_model=_frozen(np.eye(4)),
        georeferenced=True,
        findings=(
            _warning(
                "georeference-as-drawn",
                f"The model names no map projection; its own coordinates, E {east:.0f}, N "
                f"{north:.0f}, lie in the site's EPSG:{site.epsg} and were taken as such.",
                "Check its place on the map; export a map conversion to be sure.",
                Severity.INFO,
            ),
        ),
    )


def place_beside(
    occupied_east_m: float | None,
    model_west_m: float,
    site: SiteFrame,
    unused: Georeference | None = None,
) -> Placing:
    """Choose a place for a model without georeference: east of what stands there, 20 m apart.

    Parameters
    ----------
    occupied_east_m : float or None
        Easternmost coordinate of the site's buildings; None when the site is empty.
    model_west_m : float
        Westernmost coordinate of the model in its own frame.
    unused : Georeference or None
        Where the model says that it lies, of a site whose coordinates are those of no CRS.
    """
    east, north, height = site.origin
    if occupied_east_m is not None:
        east = occupied_east_m + 20.0 - model_west_m
    if unused is not None:
        e, n, _ = unused.origin or (0.0, 0.0, 0.0)
        return Placing(
            matrix_site_from_model=_frozen(matrix(east, north, height)),
            georeferenced=False,
            findings=(
                _warning(
                    "georeference-unused",
                    f"The model lies in EPSG:{unused.epsg} at {e:.0f}, {n:.0f}; the site has no "
                    "projected CRS and holds models that do not say where they lie. It was set "
                    "beside them.",
                    f"Make a site with --epsg {unused.epsg} and import the models into it, those "
                    "with a georeference first.",
                    Severity.WARNING,
                ),
            ),
        )
    return Placing(
        matrix_site_from_model=_frozen(matrix(east, north, height)),
        georeferenced=False,
        findings=(
            _warning(
                "georeference-missing",
                "The model does not say where it lies in a projected CRS; it was set beside the "
                "site's other buildings.",
                "Export it with IfcMapConversion, or place the building in the viewer.",
                Severity.INFO,
            ),
        ),
    )


def moved_points(
    matrix_site_from_model: Matrix, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Carry (n, 3) points, metres, from the model's frame to the site's."""
    m = np.asarray(matrix_site_from_model)
    moved: NDArray[np.float64] = points @ m[:3, :3].T + m[:3, 3]
    return moved
