"""Where a camera looks: a fact about a device."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from fangma.asset_registry.errors import RegistryError

if TYPE_CHECKING:
    from uuid import UUID

Origin = Literal["model", "table", "person"]
FARTHEST_M: Final = 2000.0
MOST_PIXELS: Final = 100_000
#: Things of other kinds do not look anywhere.
CAMERA_KINDS: Final = ("device", "sensor", "terminal", "asset")


class CameraError(RegistryError):
    """A view that cannot be, or a thing that is no camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """Where a camera looks; what nobody told is None.

    Attributes
    ----------
    place : (float, float, float)
        The lens: metres east, north, height in the site's CRS.
    heading_deg : float
        Middle of the picture, clockwise from grid north, 0 to less than 360.
    horizontal_deg : float
        Horizontal angle of view; 360 for a camera that looks all around.
    vertical_deg, tilt_deg : float or None
        Vertical angle of view, and how far the middle of the picture lies below the horizon.
    range_m : float or None
        As the maker or the planner tells it.
    pixels : int or None
        Of a line of the picture.
    origin : str
        Who says so: a model's property sets, a table, or a person.
    """

    entry_id: UUID
    place: tuple[float, float, float]
    heading_deg: float
    horizontal_deg: float
    vertical_deg: float | None = None
    tilt_deg: float | None = None
    range_m: float | None = None
    pixels: int | None = None
    origin: Origin = "person"


def check_view(view: CameraView) -> CameraView:
    """Return a view whose heading lies within the circle, after a look at its numbers.

    Raises
    ------
    CameraError
        When one of them cannot be.
    """
    numbers = [*view.place, view.heading_deg, view.horizontal_deg]
    numbers += [n for n in (view.vertical_deg, view.tilt_deg, view.range_m) if n is not None]
    if not all(math.isfinite(number) for number in numbers):
        raise CameraError("found a number that is none, expected finite ones", "correct it")
    for told, name, low, high in (
        (view.horizontal_deg, "horizontal angle of view", 1.0, 360.0),
        (view.vertical_deg, "vertical angle of view", 1.0, 180.0),
        (view.tilt_deg, "tilt", -90.0, 90.0),
        (view.range_m, "range", 0.1, FARTHEST_M),
        (view.pixels, "pixels of a line", 1, MOST_PIXELS),
    ):
        if told is not None and not low <= told <= high:
            raise CameraError(
                f"found the {name} {told:g}, expected {low:g} to {high:g}", "correct it"
            )
    heading = view.heading_deg % 360.0
    return CameraView(
        entry_id=view.entry_id,
        place=view.place,
        heading_deg=heading if heading < 360.0 else 0.0,
        horizontal_deg=view.horizontal_deg,
        vertical_deg=view.vertical_deg,
        tilt_deg=view.tilt_deg,
        range_m=view.range_m,
        pixels=view.pixels,
        origin=view.origin,
    )
