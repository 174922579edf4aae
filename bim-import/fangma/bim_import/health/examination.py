"""Put together what is wrong, missing or guessed in one model, as data."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from fangma.bim_import.health import space
from fangma.bim_import.health.complaints import COMPLAINTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from uuid import UUID

    from fangma.bim_import.bodies import Body
    from fangma.bim_import.health.space import Found
    from fangma.bim_import.model import Model

#: Elements of one complaint that are told by name; the count tells all.
MOST: Final = 200
_SERVICES: Final = frozenset({"pipe", "fitting", "valve", "terminal", "device"})


def examine(
    model: Model,
    bodies: Mapping[int, Body],
    names: Mapping[UUID, str] | None = None,
    *,
    hidden: frozenset[int] = frozenset(),
) -> dict[str, Any]:
    """Examine one model.

    Parameters
    ----------
    bodies : mapping
        Measured bodies by element key, any frame with z up, metres.
    hidden : frozenset of int
        Keys of elements that no report may name: secret rooms.

    Returns
    -------
    health : dict
        ``{"counts": {...}, "checks": [{"rule", "severity", "count", "zh", "en", "remedy_zh",
        "remedy_en", "elements": [{"element", "kind", "told"}]}]}``, the gravest first;
        ``beside`` stands with the elements where ``told`` names a second one.
    """
    del names  # storeys tell themselves
    by_rule: dict[str, list[dict[str, Any]]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for rule, about, told in _found(model, bodies):
        counts[rule] += 1
        named = about if isinstance(about, tuple) else () if about is None else (about,)
        if any(each.key in hidden for each in named) or len(by_rule[rule]) >= MOST:
            continue
        by_rule[rule].append(
            {
                "element": named[0].guid if named else None,
                "kind": named[0].kind if named else None,
                "told": told,
            }
            | ({"beside": named[1].guid} if len(named) > 1 else {})
        )
    order = {"error": 0, "warning": 1, "info": 2}
    checks = [
        {
            "rule": rule, "severity": c.severity, "count": counts[rule], "zh": c.zh, "en": c.en,
            "remedy_zh": c.remedy_zh, "remedy_en": c.remedy_en, "elements": by_rule[rule],
        }
        for rule, c in COMPLAINTS.items()
        if counts.get(rule)
    ]  # fmt: skip
    rooms = [e for e in model.elements if e.kind == "room"]
    return {
        "counts": {
            "elements": len(model.elements),
            "rooms": len(rooms),
            "storeys": len(model.storeys),
            "buildings": len(model.buildings),
            "with_body": sum(e.key in bodies for e in model.elements),
            "ports": len(model.ports),
            "area_m2": round(sum(b.area_m2 or 0.0 for e in rooms if (b := bodies.get(e.key))), 2),
        },
        "checks": sorted(checks, key=lambda c: (order[str(c["severity"])], -int(c["count"]))),
    }


def _found(model: Model, bodies: Mapping[int, Body]) -> Iterator[Found]:
    rooms = [e for e in model.elements if e.kind == "room"]
    yield from space.odd_areas(rooms, bodies)
    yield from space.overlapping_rooms(rooms, bodies)
    yield from space.gaps(rooms, bodies)
    yield from space.stray_doors(model.elements, rooms, bodies)
    yield from space.odd_storeys(model.storeys)
    yield from _services(model)
    for element in model.elements:
        body = bodies.get(element.key)
        if body is not None and body.kernel == "box":
            yield "body-guessed", element, space.called(element)
        if element.storey_inferred:
            yield "storey-guessed", element, space.called(element)
    place = model.georeference
    if place.epsg is None and place.latitude is None:
        yield "georeference-absent", None, model.source.name


def _services(model: Model) -> Iterable[Found]:
    services = [e for e in model.elements if e.kind in _SERVICES]
    ported = {port.element for port in model.ports}
    for element in services:
        if element.key not in ported:
            yield "no-ports", element, space.called(element)
        if element.system is None and element.kind in {"pipe", "fitting", "valve"}:
            yield "no-system", element, space.called(element)
