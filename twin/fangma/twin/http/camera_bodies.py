"""Bodies of cameras, as the OpenAPI document shows them. Lengths in metres, the site's CRS."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from typing import Annotated, Literal

from pydantic import Field

from fangma.twin.http.bodies import Answer, Body, Label, Reason

_Metres = Annotated[float, Field(ge=-1e8, le=1e8, allow_inf_nan=False)]
Rings = list[list[list[list[float]]]]
"""Polygons, rings, points (east, north), as a GeoJSON MultiPolygon has them."""

State = Literal["working", "unheard", "offline", "silent", "alarm", "order"]


class CameraPose(Body):
    """How a camera hangs and looks; degrees, the heading clockwise from grid north."""

    place: tuple[_Metres, _Metres, _Metres] = Field(description="The lens: east, north, height.")
    heading_deg: float = Field(ge=-360, le=720, allow_inf_nan=False)
    horizontal_deg: float = Field(ge=1, le=360, allow_inf_nan=False)
    vertical_deg: float | None = Field(default=None, ge=1, le=180)
    tilt_deg: float | None = Field(default=None, ge=-90, le=90, description="Below the horizon.")
    range_m: float | None = Field(default=None, ge=0.1, le=2000)
    pixels: int | None = Field(default=None, ge=1, le=100_000, description="Of a line.")


class CameraPointing(CameraPose):
    """Where a camera looks from a time on."""

    since: str | None = Field(default=None, max_length=40, description="RFC 3339; absent = now.")
    reason: Reason | None = None


class NewCamera(CameraPose):
    """A camera that no model holds; without a storey it hangs outdoors."""

    name: Label
    site: str | None = Field(default=None, max_length=64)
    storey: str | None = Field(default=None, max_length=64)


class CameraViewAnswer(Answer):
    """Where a camera looks; ``origin`` = who says so: model, table or person."""

    place: list[float]
    heading_deg: float
    horizontal_deg: float
    vertical_deg: float | None
    tilt_deg: float | None
    range_m: float | None
    pixels: int | None
    origin: str
    since: str | None


class CameraItem(Answer):
    """A camera; ``view`` null = nobody knows where it looks. ``unheard`` is held to work."""

    code: str
    kind: str
    name: str | None
    storey: str | None
    building: str | None
    state: State
    why: str | None
    since: str | None
    middle: list[float] | None
    view: CameraViewAnswer | None


class WatchAnswer(Answer):
    """The settings that an answer rests on."""

    uses: list[str]
    densities: dict[str, float]
    purpose: str
    doors: Literal["shut", "open"]
    glass: Literal["through", "opaque"]
    entrance_m: float
    target_m: float
    sight_m: float


class CameraPage(Answer):
    """Cameras of a site by code, and the settings."""

    items: list[CameraItem]
    watch: WatchAnswer


class LookingCamera(CameraItem):
    """A camera with what it sees; of one that does not work, what it would see."""

    sight: Literal["seen", "no-view", "in-wall", "nothing"]
    floor_m: float
    near_m: float | None
    far_m: float | None
    far_by: Literal["told", "pixels", "default"] | None
    seen_m2: float
    region: Rings


class WatchedPlace(Answer):
    """A room, or the ground about an entrance: ``area_m2`` is what no working camera sees of it."""

    room: str | None
    number: str | None
    name: str | None
    use: str | None
    storey: str | None
    building: str | None
    is_outdoors: bool
    floor_m: float
    watched_m2: float
    area_m2: float
    share: float
    single_m2: float
    out_of_service: list[str]
    cameras: list[str]
    blind: Rings
    single: Rings


class CoverageAnswer(Answer):
    """What is seen of a storey, or (``storey`` null) of the ground about gates and entrances."""

    storey: str | None
    walls: Literal["bodies", "rooms", "outlines", "none"]
    watched_m2: float
    blind_m2: float
    cameras: list[LookingCamera]
    places: list[WatchedPlace]
    watch: WatchAnswer


class BlindAnswer(Answer):
    """Blind spots, the largest first."""

    items: list[WatchedPlace]
    blind_m2: float
    watch: WatchAnswer
