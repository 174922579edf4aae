"""The map of all sites as a deck.gl specification, made with pydeck; the viewer draws it.

Nothing is loaded from outside: without a background of the operator's own the map is a graticule
with the sites on it. Boundaries are left out on purpose; a map with them needs an approval number
(审图号) that only its publisher has.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SITES: Final = "sites"
"""Id of the layer whose dots are sites."""

_SEQUENCE: Final = ((232, 241, 201), (185, 220, 184), (131, 195, 180), (85, 163, 176),
                    (60, 127, 163), (51, 88, 140))  # fmt: skip
"""As ``SEQUENCE`` of viewer/src/core/palette.ts: light to dark, readable as grey."""

_NONE: Final = (174, 180, 187)
_LINE: Final = (120, 135, 150)
_SMALLEST_PX: Final = 4.0
_LARGEST_PX: Final = 26.0
_STEPS_DEG: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_LINES: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedSite:
    """A site on the map.

    Attributes
    ----------
    position : tuple of float
        Longitude, latitude in degrees (CGCS2000).
    value : float
        The figure that sizes and colours it.
    """

    code: str
    name: str
    position: tuple[float, float]
    value: float


def sites_map(
    sites: Sequence[MappedSite], *, tiles: str | None = None, attribution: str = ""
) -> dict[str, Any]:
    """Write the specification.

    Parameters
    ----------
    sites : sequence of MappedSite
    tiles : str or None
        Address of background tiles with ``{z}``, ``{x}``, ``{y}``, relative to the application.

    Returns
    -------
    specification : dict
        JSON for ``@deck.gl/json``. ``@@#tileImage`` is the viewer's own function.
    """
    import pydeck

    layers = []
    if tiles is not None:
        layers.append(
            pydeck.Layer(
                "TileLayer",
                id="background",
                data=tiles,
                min_zoom=0,
                max_zoom=18,
                tile_size=256,
                render_sub_layers=pydeck.types.String("@@#tileImage"),
            )
        )
    west, south, east, north = _around([site.position for site in sites])
    lines, names = _graticule(west, south, east, north)
    layers.append(
        pydeck.Layer(
            "PathLayer",
            id="graticule",
            data=lines,
            get_path="path",
            get_color=[*_LINE, 70 if tiles is None else 40],
            width_min_pixels=1,
            width_max_pixels=1,
        )
    )
    layers.append(
        pydeck.Layer(
            "TextLayer",
            id="degrees",
            data=names,
            get_position="position",
            get_text="text",
            get_size=12,
            get_color=[*_LINE, 255],
            get_text_anchor=pydeck.types.String("start"),
            get_alignment_baseline=pydeck.types.String("bottom"),
            get_pixel_offset=[4, -3],
            character_set=pydeck.types.String("0123456789.°NSEW"),
        )
    )
    most = max((site.value for site in sites), default=0.0)
    steps = breaks(site.value for site in sites)
    layers.append(
        pydeck.Layer(
            "ScatterplotLayer",
            id=SITES,
            data=[
                {
                    "code": site.code,
                    "name": site.name,
                    "position": list(site.position),
                    "value": site.value,
                    "size": round(_size(site.value, most), 1),
                    "colour": list(colour(site.value, steps)),
                }
                # The small ones lie over the large ones, so that each can be pressed.
                for site in sorted(sites, key=lambda site: (-site.value, site.code))
            ],
            get_position="position",
            get_radius="size",
            get_fill_color="colour",
            get_line_color=[31, 41, 51, 200],
            radius_units=pydeck.types.String("pixels"),
            line_width_units=pydeck.types.String("pixels"),
            get_line_width=1,
            stroked=True,
            opacity=0.9,
            pickable=True,
            auto_highlight=True,
        )
    )
    deck = pydeck.Deck(
        layers=layers,
        initial_view_state=pydeck.ViewState(
            longitude=(west + east) / 2,
            latitude=(south + north) / 2,
            zoom=_zoom(west, south, east, north),
            pitch=0,
            bearing=0,
        ),
        views=[pydeck.View("MapView", controller=True)],
        map_provider=None,
        map_style=None,
        tooltip=False,
    )
    specification: dict[str, Any] = json.loads(deck.to_json())
    specification["fangma"] = {
        "bounds": [west, south, east, north],
        "breaks": steps,
        "colours": [list(each) for each in _SEQUENCE],
        "attribution": attribution,
    }
    return specification


def breaks(values: Iterable[float]) -> list[float]:
    """Return the lower ends of the classes above the first: equal counts, of values above zero.

    Examples
    --------
    >>> breaks([0, 1, 2, 3, 4, 5, 6])
    [2, 3, 4, 5, 6]
    >>> breaks([0, 0])
    []
    """
    there = sorted(value for value in values if value > 0)
    if not there:
        return []
    ends = [there[len(there) * step // len(_SEQUENCE)] for step in range(1, len(_SEQUENCE))]
    return sorted({end for end in ends if end > there[0]})


def colour(value: float, steps: Sequence[float]) -> tuple[int, int, int]:
    """Return the colour of a value; nothing is grey."""
    if value <= 0:
        return _NONE
    classes = len(steps) + 1
    at = sum(value >= step for step in steps)
    # Few classes take colours far apart.
    index = (
        len(_SEQUENCE) // 2 if classes == 1 else round(at * (len(_SEQUENCE) - 1) / (classes - 1))
    )
    return _SEQUENCE[index]


def _size(value: float, most: float) -> float:
    """Return a radius in pixels: the area of a dot is as its value."""
    if most <= 0 or value <= 0:
        return _SMALLEST_PX
    return max(_SMALLEST_PX, _LARGEST_PX * math.sqrt(value / most))


def _around(places: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Return west, south, east, north around places with some air; the whole country for none."""
    if not places:
        return 73.0, 18.0, 135.0, 54.0
    longitudes, latitudes = [place[0] for place in places], [place[1] for place in places]
    west, east, south, north = (
        min(longitudes), max(longitudes), min(latitudes), max(latitudes),
    )  # fmt: skip
    air = max(0.01, 0.08 * max(east - west, north - south))
    return west - air, max(-85.0, south - air), east + air, min(85.0, north + air)


def _zoom(west: float, south: float, east: float, north: float) -> float:
    """Return the zoom at which a box fits some 1000 x 600 pixels (the world is 512 at 0)."""
    wide = math.log2(360 / max(1e-6, east - west) * 1000 / 512)
    tall = math.log2(170 / max(1e-6, north - south) * 600 / 512)
    return round(max(1.0, min(16.0, wide, tall)), 2)


def _graticule(
    west: float, south: float, east: float, north: float
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return meridians and parallels far beyond a box, and what is written where they begin."""
    span = max(east - west, north - south)
    step = next((each for each in _STEPS_DEG if span / each <= _LINES), _STEPS_DEG[-1])
    digits = 2 if step < 0.1 else 1 if step < 1 else 0
    west, east, south, north = west - 2 * span, east + 2 * span, south - 2 * span, north + 2 * span
    south, north, west, east = (
        max(-80.0, south),
        min(80.0, north),
        max(-180.0, west),
        min(180.0, east),
    )
    lines: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    for index in range(math.ceil(west / step), math.floor(east / step) + 1):
        at = index * step
        lines.append({"path": [[at, south], [at, north]]})
        names += _names(
            at, f"{abs(at):.{digits}f}°{'E' if at >= 0 else 'W'}", south, north, step, 0
        )
    for index in range(math.ceil(south / step), math.floor(north / step) + 1):
        at = index * step
        lines.append({"path": [[west, at], [east, at]]})
        names += _names(at, f"{abs(at):.{digits}f}°{'N' if at >= 0 else 'S'}", west, east, step, 1)
    return lines, names


def _names(
    at: float, text: str, start: float, end: float, step: float, axis: int
) -> list[dict[str, Any]]:
    """Write a degree at every fourth crossing of its line, so that one is always in sight."""
    first = math.ceil(start / step / 4) * 4
    places = [index * step for index in range(first, math.floor(end / step) + 1, 4)]
    return [
        {"position": [at, place] if axis == 0 else [place, at + step / 12], "text": text}
        for place in places
    ]
