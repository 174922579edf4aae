"""The answer of ``leak``: which zones lose water, and the parts to look at first, with reasons."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.asset_registry.codes import CodeError
from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store import networks as stored
from fangma.asset_registry.store.networks import NetworkError
from fangma.spatial.networks.leak_places import Pressure, Wet
from fangma.spatial.networks.leaking import Meter, find_leaks
from fangma.twin.pipes.leak_words import part_words, zone_words
from fangma.twin.pipes.places import body_of
from fangma.twin.pipes.questions import codes_of
from fangma.twin.pipes.readings import Reading, summed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.spatial.networks.leaking import Leakage, Reason
    from fangma.twin.pipes.bodies import Bodies
    from fangma.twin.pipes.book import PipeBook
    from fangma.twin.pipes.leak_words import Language
    from fangma.twin.pipes.readings import Kind, Told

_DRY_SYSTEMS: Final = frozenset({"DL", "TX", "LD", "XH", "RD", "RQ", "MQ", "TR", "JK", "DS"})
_SUSPECTS: Final = 200
_SHOWN: Final = 10
_SEGMENTS: Final = 5
_WET_COUNT: Final = 300
_WET_WITHIN_M: Final = 15.0
_WET_FROM: Final = 0.5
# Under a screed it rises before it runs away.
_SEEPS_UP_M: Final = 0.3
#: The fewest segments that hold this share of the probability are told beside.
CREDIBLE: Final = 0.8
_CODES_OF_SEGMENT: Final = 60
_PROPERTIES: Final[dict[str, Kind]] = {
    "flow": "flow", "water": "volume", "pressure": "pressure", "leak": "flood", "flood": "flood",
    "water-leak": "flood",
}  # fmt: skip
_NIGHTS_READ: Final = 15


def observed(conn: Connection, moment: Moment) -> list[Reading]:
    """Return what bound streams of flow, counters, pressure and floods observed of late."""
    rows = stored.water_readings(conn, moment, list(_PROPERTIES), _NIGHTS_READ)
    found = []
    for row in rows:
        kind = _PROPERTIES[row.property]
        value = row.value
        if kind == "pressure":
            value *= {"MPa": 101.97, "kPa": 0.10197, "bar": 10.197}.get(row.unit or "", 1.0)
        found.append(Reading(code=row.code, sensor=row.sensor, kind=kind, value=value, time=row.at))
    return found


def leak(
    conn: Connection,
    book: PipeBook,
    readings: Sequence[Reading],
    bodies: Bodies,
    moment: Moment,
    language: Language = "en",
) -> dict[str, Any]:
    """Answer where water gets lost; what it rests on as keys with values, and in words.

    Returns
    -------
    answer : dict
        ``zones`` between meters with verdict and balance, ``suspects`` (parts, likeliest first,
        with reasons; ``score`` is a probability), ``segments`` (the sum over all parts between the
        same valves, with the valves that shut each), ``unexplained`` (the probability that none of
        them leaks), ``credible`` (how many segments and metres of pipe hold four fifths of the
        probability), ``unused`` readings and why.
    """
    unused: list[dict[str, str]] = []
    meters: dict[int, Meter] = {}
    pressures: list[Pressure] = []
    floods: list[Wet] = []
    for told in summed(readings):
        name = told.sensor or told.code or ""
        try:
            code = told.code or stored.code_of_sensor(conn, told.sensor or "")
            if code is None:
                unused.append({"reading": name, "why": "the sensor is bound to nothing"})
                continue
            why = _place(conn, book, bodies, moment, told, code, (meters, pressures, floods))
        except (NetworkError, CodeError, UnknownCodeError) as failure:
            why = failure.message
        if why is not None:
            unused.append({"reading": name, "why": why})
    length = np.array([_length(book, row) for row in range(len(book.parts))])
    wide = np.array([part.outer_diameter_m or 0.1 for part in book.parts])
    found = find_leaks(
        book.oriented,
        length,
        meters=list(meters.values()),
        pressures=pressures,
        floods=floods,
        closed=book.closed,
        resistance=(length + 1e-3) / np.maximum(wide, 0.005) ** 4.87,
        count=_SUSPECTS,
    )
    return {**_told(book, found, length, language), "unused": unused}


def _place(
    conn: Connection,
    book: PipeBook,
    bodies: Bodies,
    moment: Moment,
    told: Told,
    code: str,
    into: tuple[dict[int, Meter], list[Pressure], list[Wet]],
) -> str | None:
    """Put a reading where it belongs; say why where it cannot be used."""
    meters, pressures, floods = into
    if told.kind == "flood":
        body = body_of(conn, bodies, moment, code=code)
        distance = np.full(len(book.parts), np.nan)
        floor = min(prism.low for prism in body) - _SEEPS_UP_M
        for each in book.proximity.near_body(body, count=_WET_COUNT, within_m=_WET_WITHIN_M):
            part = book.parts[each.owner]
            # Water falls: what lies lower than the sensor cannot wet it.
            if (part.system or "") not in _DRY_SYSTEMS and book.top_of(each.owner) >= floor:
                distance[each.owner] = each.distance_m
        floods.append(
            Wet(name=told.sensor or code, distance_m=distance, is_wet=told.now >= _WET_FROM)
        )
        return None
    row = book.row_of.get(stored.find(conn, code).id)
    if row is None:
        return f"{code} is no part of a network: bind the {told.kind} to the pipe or device"
    if told.kind == "flow":
        meters[row] = Meter(part=row, flow=told.now, usual=told.usual)
    elif told.usual is None:
        return "nobody knows what pressure is usual there: three nights before, or a usual value"
    else:
        pressures.append(Pressure(part=row, now=told.now, usual=told.usual))
    return None


def _length(book: PipeBook, row: int) -> float:
    axis = book.axes[row]
    if axis is None:
        return 0.0
    return float(np.linalg.norm(np.diff(axis, axis=0), axis=1).sum())


def _told(
    book: PipeBook, found: Leakage, length: NDArray[np.float64], language: Language
) -> dict[str, Any]:
    return {
        "zones": [
            {
                "verdict": zone.verdict,
                "loss_m3h": None if zone.loss is None else round(zone.loss, 4),
                "error_m3h": round(zone.error, 4),
                "inflow": codes_of(book, zone.inflow),
                "outflow": codes_of(book, zone.outflow),
                "parts": len(zone.parts),
                "why": zone_words(zone, language),
                "reason": zone.reason,
                "net_m3h": None if zone.net is None else round(zone.net, 4),
                "usual_m3h": None if zone.usual is None else round(zone.usual, 4),
            }
            for zone in found.zones
        ],
        "suspects": [
            {
                "code": book.parts[suspect.part].code,
                "kind": book.parts[suspect.part].kind,
                "system": book.parts[suspect.part].system,
                "score": round(suspect.score, 6),
                "zone": suspect.zone,
                **_because(suspect.reasons, language),
            }
            for suspect in found.suspects[:_SHOWN]
        ],
        **_segments(book, found, length, language),
        "unexplained": round(found.unexplained, 4),
    }


def _because(reasons: Iterable[Reason], language: Language) -> dict[str, Any]:
    """Tell reasons as keys with values, which a page says in its own language, and in words."""
    told = list(reasons)
    return {
        "because": [
            {
                "why": each.why,
                "of": each.of,
                "distance_m": None if each.distance_m is None else round(each.distance_m, 3),
                "loss_m3h": None if each.loss_m3h is None else round(each.loss_m3h, 4),
            }
            for each in told
        ],
        "reasons": [part_words(each, language) for each in told],
    }


def _segments(
    book: PipeBook, found: Leakage, length: NDArray[np.float64], language: Language
) -> dict[str, Any]:
    """Sum the probabilities of all parts by valve segment: what is closed and opened as one."""
    if not found.suspects:
        return {"segments": [], "credible": None}
    segment = book.segments.segment
    mass = np.bincount(segment, weights=found.probability)
    order = np.argsort(-mass, kind="stable")
    order = order[mass[order] > 0.0]
    enough = int(np.searchsorted(np.cumsum(mass[order]), CREDIBLE * mass.sum())) + 1
    reasons_of: dict[int, dict[Reason, None]] = defaultdict(dict)
    for suspect in found.suspects:
        reasons_of[int(segment[suspect.part])].update(dict.fromkeys(suspect.reasons))
    answers = []
    for label in order[:_SEGMENTS].tolist():
        rows = np.flatnonzero((segment == label) & (found.probability > 0.0))
        rows = rows[np.argsort(-found.probability[rows], kind="stable")]
        isolation = book.segments.isolate(rows[:1], alternatives=False)
        answers.append(
            {
                "codes": codes_of(book, rows[:_CODES_OF_SEGMENT].tolist()),
                "share": round(float(mass[label]), 4),
                "valves": codes_of(book, isolation.best.valves.tolist()),
                **_because(list(reasons_of[label])[:5], language),
            }
        )
    inside = np.isin(segment, order[:enough]) & (found.probability > 0.0)
    return {
        "segments": answers,
        "credible": {
            "probability": CREDIBLE,
            "segments": enough,
            "length_m": round(float(length[inside].sum()), 1),
        },
    }
