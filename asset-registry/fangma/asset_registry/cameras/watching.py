"""What cameras are to watch, and what is reckoned with where nobody told: ``watch.yaml``."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final, Literal

import yaml

from fangma.asset_registry.cameras.views import CameraError
from fangma.asset_registry.plain_yaml import UNREADABLE, check_plain
from fangma.asset_registry.room_uses import room_uses

if TYPE_CHECKING:
    from collections.abc import Mapping

Doors = Literal["shut", "open"]
Glass = Literal["through", "opaque"]
_CHOICES: Final = {"doors": ("shut", "open"), "glass": ("through", "opaque")}
#: Least and greatest of each number.
_BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    "entrance_m": (1.0, 50.0), "range_m": (1.0, 500.0), "aspect": (0.2, 5.0),
    "target_m": (0.0, 3.0), "sight_m": (0.2, 3.0), "least_width_m": (0.0, 5.0),
    "least_m2": (0.0, 100.0), "silent_s": (60.0, 30 * 86_400.0),
}  # fmt: skip
_MOST_PURPOSES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The settings, as ``watch.yaml`` explains them."""

    uses: frozenset[str]
    densities: Mapping[str, float]
    purpose: str
    entrance_m: float
    range_m: float
    aspect: float
    target_m: float
    sight_m: float
    doors: Doors
    glass: Glass
    least_width_m: float
    least_m2: float
    silent_s: float


@cache
def shipped_watch() -> Watch:
    """Return the settings that the product begins with."""
    folder = resources.files("fangma.asset_registry.cameras")
    return read_watch(folder.joinpath("watch.yaml").read_text("utf-8"))


def read_watch(text: str) -> Watch:
    """Read settings as somebody may have edited them.

    Raises
    ------
    CameraError, YamlError
        When a field is missing, unknown, or cannot be.
    """
    check_plain(text, "cameras.yaml")
    try:
        told = yaml.safe_load(text)
    except UNREADABLE as error:
        raise CameraError(
            f"cameras.yaml cannot be read: {error}", "mend what is named here"
        ) from None
    expected = {each.name for each in fields(Watch)}
    if not isinstance(told, dict) or set(map(str, told)) != expected:
        found = sorted(map(str, told)) if isinstance(told, dict) else type(told).__name__
        raise CameraError(
            f"found {found} in cameras.yaml, expected {', '.join(sorted(expected))}",
            "begin with what the product ships, and change its values",
        )
    for name, allowed in _CHOICES.items():
        if told[name] not in allowed:
            raise _wrong(name, told[name], " or ".join(allowed))
    for name, (low, high) in _BOUNDS.items():
        if not _is_number(told[name]) or not low <= told[name] <= high:
            raise _wrong(name, told[name], f"a number from {low:g} to {high:g}")
    uses = told["uses"]
    known = {use.name for use in room_uses()}
    if not isinstance(uses, list) or not all(isinstance(u, str) and u in known for u in uses):
        raise _wrong("uses", uses, "a list of uses of rooms")
    densities = told["densities"]
    if (
        not isinstance(densities, dict)
        or not 0 < len(densities) <= _MOST_PURPOSES
        or not all(_is_number(n) and 0.1 <= n <= 10_000 for n in densities.values())
    ):
        raise _wrong("densities", densities, "pixels a metre by purpose")
    densities = {str(name): float(number) for name, number in densities.items()}
    if told["purpose"] not in densities:
        raise _wrong("purpose", told["purpose"], " or ".join(densities))
    return Watch(
        **{name: float(told[name]) for name in _BOUNDS},
        uses=frozenset(uses),
        densities=densities,
        purpose=told["purpose"],
        doors=told["doors"],
        glass=told["glass"],
    )


def _is_number(told: object) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool)


def _wrong(name: str, told: object, expected: str) -> CameraError:
    return CameraError(f"found {name}: {str(told)[:80]}, expected {expected}", "correct it")
