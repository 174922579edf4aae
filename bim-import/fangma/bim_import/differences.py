"""What is different about a known thing in a new export, and whether it is more than noise.

Exporters move points by a millimetre each time they write a model. The registry takes the new
measurement over, whatever it is; but only what a person could see on site counts as a change.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from fangma.asset_registry.changes import Shape, State

# Each placement of a chain (site, building, storey, thing) and each point may be off by a
# millimetre, and setting out on site is no better than this (GB 50204: 8 to 10 mm for walls).
SAME_PLACE_M: Final = 0.01
SAME_AREA_SHARE: Final = 0.005
SAME_AREA_M2: Final = 0.02
_SAME_VOLUME_SHARE: Final = 0.01
_SAME_VOLUME_M3: Final = 0.0005
_WORDS: Final = ("name", "number", "use", "system", "building_id", "storey_id", "ifc_class",
                 "predefined_type", "inferred")  # fmt: skip
_CALLED: Final = {"building_id": "building", "storey_id": "storey", "ifc_class": "class",
                  "predefined_type": "class"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One property that differs.

    Attributes
    ----------
    what : str
        ``name number use system building storey class place shape area diameter declared``.
    before, after : str, float or None
        Words, or figures in metres and square metres.
    by : float or None
        How much: metres moved (place), greatest displacement of a side or outline in metres
        (shape), square metres (area).
    """

    what: str
    before: str | float | None = None
    after: str | float | None = None
    by: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Turn into what JSON carries."""
        return asdict(self)


def state_differences(old: State, new: State, names: Mapping[UUID, str]) -> tuple[Difference, ...]:
    """List which words differ.

    Parameters
    ----------
    names : mapping of UUID to str
        How buildings and storeys are told: by code, or by name where they are new.
    """

    def told(value: object) -> str | None:
        if value is None or isinstance(value, str):
            return value
        return names.get(value, str(value))  # type: ignore[call-overload, no-any-return]

    return tuple(
        Difference(what=_CALLED.get(key, key), before=told(a), after=told(b))
        for key in _WORDS
        if (a := getattr(old, key)) != (b := getattr(new, key)) and key != "inferred"
    )


def shape_differences(old: Shape, new: Shape | None) -> tuple[Difference, ...]:
    """List what a new measurement changes beyond noise; empty where a person would see nothing."""
    if new is None:
        gone = old.extent is not None
        found = [Difference(what="shape", before="measured", after=None)] if gone else []
        return (*found, *_declared(old.declared, ()))
    found = list(_declared(old.declared, new.declared))
    if old.extent is None or new.extent is None:
        if (old.extent is None) != (new.extent is None):
            was, now = (None if s.extent is None else "measured" for s in (old, new))
            found.append(Difference(what="shape", before=was, after=now))
    elif old.mesh_hash != new.mesh_hash:
        found += _moved(old, new)
    found += _area(old.area_m2, new.area_m2)
    a, b = old.outer_diameter_m, new.outer_diameter_m
    if (a is None) != (b is None) or (a and b and abs(a - b) > SAME_PLACE_M / 2):
        found.append(Difference(what="diameter", before=a, after=b))
    return tuple(found)


def _moved(old: Shape, new: Shape) -> list[Difference]:
    """Tell a thing that went elsewhere from one that has another form."""
    a, b = np.array(old.extent), np.array(new.extent)
    step = float(np.abs(b - a).max())
    centre = (b - a).mean(axis=0)
    resized = float(np.abs((b[1] - b[0]) - (a[1] - a[0])).max())
    found: list[Difference] = []
    if step > SAME_PLACE_M and float(np.abs(centre).max()) > SAME_PLACE_M:
        found.append(Difference(what="place", by=round(float(np.linalg.norm(centre)), 3)))
    form = max(resized, _reshaped(old, new, centre))
    if form > 2 * SAME_PLACE_M or (form > SAME_PLACE_M and not found):
        found.append(Difference(what="shape", by=round(form, 3)))
    elif _has_other_volume(old, new):
        found.append(
            Difference(what="shape", before=old.volume_m3, after=new.volume_m3, by=round(form, 3))
        )
    return found


def _reshaped(old: Shape, new: Shape, centre: np.ndarray) -> float:
    """Measure how far apart two outlines are, laid centre on centre; 0 where there is none."""
    if old.footprint is None or new.footprint is None:
        return 0.0
    one, other = shapely.from_wkb(old.footprint), shapely.from_wkb(new.footprint)
    if np.abs(centre[:2]).max() > SAME_PLACE_M:
        other = shapely.transform(other, lambda xy: xy - centre[:2])
    return float(shapely.hausdorff_distance(one.boundary, other.boundary))


def _has_other_volume(old: Shape, new: Shape) -> bool:
    """Tell whether material was taken away or added inside the same box: an opening in a wall."""
    if old.volume_m3 is None or new.volume_m3 is None or old.extent is None:
        return False
    if old.footprint is not None:
        return False  # a room: its area says it
    size = np.array(old.extent[1]) - np.array(old.extent[0])
    skin = 2.0 * float(size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    tolerance = max(_SAME_VOLUME_M3, _SAME_VOLUME_SHARE * abs(old.volume_m3), 0.002 * skin)
    return abs(old.volume_m3 - new.volume_m3) > tolerance


def _area(old: float | None, new: float | None) -> list[Difference]:
    if old is None or new is None:
        return [] if old == new else [Difference(what="area", before=old, after=new)]
    if abs(old - new) <= max(SAME_AREA_M2, SAME_AREA_SHARE * old):
        return []
    return [Difference(what="area", before=old, after=new, by=round(new - old, 4))]


def _declared(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> list[Difference]:
    before, after = _figures(old), _figures(new)
    if before == after:
        return []

    def told(areas: Sequence[tuple[str, str, float]]) -> str | None:
        return ", ".join(f"{set_}.{name} {value:g}" for set_, name, value in areas) or None

    return [Difference(what="declared", before=told(before), after=told(after))]


def _figures(areas: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, float]]:
    """Put declared areas in one order, to the square centimetre: exporters shuffle and convert."""
    if not areas:
        return []
    return sorted((str(a["set"]), str(a["name"]), round(float(a["value_m2"]), 4)) for a in areas)


def is_same_measurement(old: Shape, new: Shape | None) -> bool:
    """Tell whether the registry holds exactly this measurement already."""
    if new is None:
        return old.extent is None and not old.declared
    if old.mesh_hash != new.mesh_hash or _figures(old.declared) != _figures(new.declared):
        return False
    # How an area is measured may be mended without the body having changed.
    return _close(old.area_m2, new.area_m2, 0.005)


def _close(a: float | None, b: float | None, tolerance: float) -> bool:
    return a == b if a is None or b is None else abs(a - b) < tolerance
