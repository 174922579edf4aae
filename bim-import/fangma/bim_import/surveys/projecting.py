"""A drawing into the frame of its site: unit, projection, and what cannot be right told."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.bim_import.findings import Finding, Severity
from fangma.bim_import.surveys.weaving import scaled
from fangma.bim_import.tables.errors import RefusedTable, error, refuse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pyproj import CRS

    from fangma.bim_import.surveys.drawn import Drawing

_NEAR_M: Final = 50_000.0
_GRID_M: Final = 50_000.0
_DEGREES: Final = 180.0
_LATITUDES: Final = (3.0, 54.0)
_LONGITUDES: Final = (73.0, 136.0)
_LON_LAT: Final = "EPSG:4326"


def project(
    drawing: Drawing, name: str, epsg: int | None, origin: tuple[float, float] | None
) -> Drawing:
    """Bring a drawing into metres of the site's CRS.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    epsg : int or None
        Of the site; None = a local plane.
    origin : (float, float) or None
        East and north of the site.

    Returns
    -------
    drawing : Drawing
        With a finding for whatever was done to it.

    Raises
    ------
    RefusedTable
        When longitude and latitude are told the wrong way round (by feature), cannot be projected,
        or the declared CRS is none or does not fit the numbers.
    """
    places = _places(drawing)
    if not len(places):
        return drawing
    if drawing.unit_m is not None and drawing.unit_m != 1.0:
        drawing = _in_metres(drawing, places, origin)
        places = _places(drawing)
    degrees = bool((np.abs(places) <= _DEGREES).all())
    if degrees:
        _expect_longitude_first(drawing, name)
    declared = drawing.crs
    if declared is None and degrees and drawing.is_geographic and _is_in_china(places):
        declared = _LON_LAT  # RFC 7946, section 4
    if declared is None:
        return drawing
    return _transformed(drawing, name, declared, epsg, is_degrees=degrees)


def _transformed(
    drawing: Drawing, name: str, declared: str, epsg: int | None, *, is_degrees: bool
) -> Drawing:
    from pyproj import CRS, Transformer
    from pyproj.exceptions import CRSError

    try:
        source = CRS.from_user_input(declared)
    except CRSError:
        raise refuse(
            "survey-crs",
            f"{name} declares a CRS that is none: {declared[:80]!r}.",
            "Name it by EPSG code, or leave it out when the coordinates are those of the site.",
        ) from None
    if source.is_geographic != is_degrees:
        found, said = ("degrees", "metres") if is_degrees else ("metres", "degrees")
        raise refuse(
            "survey-crs",
            f"{name} declares {_title(source)}, which is in {said}; its coordinates are {found}.",
            "Export it with the CRS in which its coordinates really are.",
        )
    if epsg is None:
        if source.is_geographic:
            raise refuse(
                "survey-degrees",
                f"{name} is in degrees, and the site has no CRS into which they could be "
                "projected.",
                "Name one when the site is made (fangma site add --epsg), or give metres.",
            )
        return drawing
    target = CRS.from_epsg(epsg)
    if _title(source) == _title(target) or source.equals(target, ignore_axis_order=True):
        return drawing
    moved = Transformer.from_crs(source, target, always_xy=True)

    def carried(path: NDArray[np.float64]) -> NDArray[np.float64]:
        east, north = moved.transform(path[:, 0], path[:, 1])
        return np.column_stack([east, north, path[:, 2]])

    lines = tuple(replace(line, path=carried(line.path)) for line in drawing.lines)
    spots = tuple(
        replace(spot, place=tuple(carried(np.array([spot.place]))[0].tolist()))
        for spot in drawing.spots
    )
    whole = replace(drawing, lines=lines, spots=spots)
    if not np.isfinite(_places(whole)).all():
        raise refuse(
            "survey-crs",
            f"{name} declares {_title(source)}; some of its coordinates lie outside of that.",
            "Export it with the CRS in which its coordinates really are.",
        )
    told = Finding(
        severity=Severity.INFO,
        rule="survey-projected",
        element=None,
        message=f"{name} was projected from {_title(source)} to EPSG:{epsg}.",
        remedy="Check one point. WGS 84 is taken for CGCS2000, from which it differs by less than "
        "a metre; web maps of China (GCJ-02) are off by hundreds.",
    )
    return replace(whole, findings=(*whole.findings, told))


def _in_metres(
    drawing: Drawing, places: NDArray[np.float64], origin: tuple[float, float] | None
) -> Drawing:
    """Apply the declared unit, unless the numbers are those of a grid in metres as they stand.

    Drawing programs declare millimetres by default, whatever a survey is drawn in.
    """
    middle = np.median(places, axis=0)
    unit = drawing.unit_m or 1.0
    as_metres = 0.0 < middle[0] < 1_000_000.0 and 1_800_000.0 < middle[1] < 6_200_000.0
    if origin is not None and math.hypot(*origin) > _GRID_M:
        off = [float(np.hypot(*(middle * factor - np.array(origin)))) for factor in (1.0, unit)]
        as_metres = off[0] <= _NEAR_M < off[1]
    if not as_metres:
        return scaled(drawing, unit)
    told = Finding(
        severity=Severity.INFO,
        rule="drawing-unit",
        element=None,
        message=f"The drawing declares units of {unit:g} m; its coordinates are metres.",
        remedy="Check one distance in the view; set the unit of the drawing ($INSUNITS) to metres.",
    )
    return replace(drawing, findings=(*drawing.findings, told))


def _places(drawing: Drawing) -> NDArray[np.float64]:
    paths: Sequence[NDArray[np.float64]] = [
        *(line.path[:, :2] for line in drawing.lines),
        np.array([spot.place[:2] for spot in drawing.spots]).reshape(-1, 2),
    ]
    return np.concatenate(paths)


def _is_in_china(places: NDArray[np.float64]) -> bool:
    low, high = places.min(axis=0), places.max(axis=0)
    return bool(
        _LONGITUDES[0] <= low[0]
        and high[0] <= _LONGITUDES[1]
        and _LATITUDES[0] <= low[1]
        and high[1] <= _LATITUDES[1]
    )


def _expect_longitude_first(drawing: Drawing, name: str) -> None:
    if not drawing.is_geographic and drawing.crs is None:
        return
    wrong = [
        error(
            "survey-swapped",
            f"{label[0].upper()}{label[1:]} of {name}: found latitude before longitude, expected "
            "longitude first.",
            "Swap them.",
            label,
        )
        for label, path in (
            *((line.label, line.path) for line in drawing.lines),
            *((spot.label, np.array([spot.place])) for spot in drawing.spots),
        )
        if _is_turned(path)
    ]
    if wrong:
        raise RefusedTable(wrong)


def _is_turned(path: NDArray[np.float64]) -> bool:
    x, y = path[:, 0], path[:, 1]
    is_latitude = (x >= _LATITUDES[0]) & (x <= _LATITUDES[1])
    return bool((is_latitude & (y >= _LONGITUDES[0])).any())


def _title(crs: CRS) -> str:
    code = crs.to_epsg()
    return str(crs.name) if code is None else f"EPSG:{code}"
