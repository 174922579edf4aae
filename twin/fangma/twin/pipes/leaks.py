"""The answer of ``leak``: which zones lose water, and the parts to look at first, with reasons."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fangma.asset_registry.codes import CodeError
from fangma.asset_registry.errors import UnknownCodeError
from fangma.asset_registry.store import networks as stored
from fangma.asset_registry.store.networks import NetworkError
from fangma.spatial.networks.leak_places import Pressure, Wet
from fangma.spatial.networks.leaking import Meter, find_leaks
from fangma.twin.pipes.leak_words import part_words, zone_words
from fangma.twin.pipes.needs import Touched
from fangma.twin.pipes.places import body_of
from fangma.twin.pipes.questions import codes_of
from fangma.twin.pipes.readings import Reading, summed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection, Moment
    from fangma.spatial.networks.leaking import Leakage, Reason
    from fangma.spatial.prisms import Prism
    from fangma.twin.pipes.bodies import Bodies
    from fangma.twin.pipes.book import PipeBook
    from fangma.twin.pipes.leak_words import Language
    from fangma.twin.pipes.needs import ReadBook
    from fangma.twin.pipes.readings import Kind, Told

_DRY_SYSTEMS: Final = frozenset({"DL", "TX", "LD", "XH", "RD", "RQ", "MQ", "TR", "JK", "DS"})
_SUSPECTS: Final = 200
_SHOWN: Final = 10
_SEGMENTS: Final = 5
_WET_COUNT: Final = 300
_WET_WITHIN_M: Final = 15.0
_WET_FROM: Final = 0.5
# So far off may the line of a pipe lie whose surface is that near: none is ten metres wide.
_READ_WITHIN_M: Final = _WET_WITHIN_M + 5.0
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


@dataclass(frozen=True, slots=True)
class _Placed:
    """What the readings of one thing come to, and where it stands.

    Attributes
    ----------
    entry_id : UUID or None
        Of what a flow or pressure was read at.
    body : list of Prism
        Of what a flood sensor watches.
    why : str or None
        Why the reading cannot be used.
    """

    told: Told
    code: str | None = None
    entry_id: UUID | None = None
    body: Sequence[Prism] = ()
    why: str | None = None


def leak(
    conn: Connection,
    read: ReadBook,
    readings: Sequence[Reading],
    bodies: Bodies,
    moment: Moment,
    language: Language = "en",
    site_id: UUID | None = None,
) -> dict[str, Any]:
    """Answer where water gets lost; what it rests on as keys with values, and in words.

    Of large networks those are read that the readings stand in, with what lies about wet and dry
    sensors. Everything is read where something is accused that no meter bounds, and no balance says
    where water is lost: any pipe of the site may be the one then.

    Parameters
    ----------
    read : callable
        Gives the book; of one site where ``site_id`` says so.

    Returns
    -------
    answer : dict
        ``zones`` between meters with verdict and balance, ``suspects`` (parts, likeliest first,
        with reasons; ``score`` is a probability), ``segments`` (the sum over all parts between the
        same valves, with the valves that shut each), ``unexplained`` (the probability that none of
        them leaks), ``credible`` (how many segments and metres of pipe hold four fifths of the
        probability), ``unused`` readings and why.
    """
    placed = [_place(conn, bodies, moment, told) for told in summed(readings)]
    book = read(_touched(conn, moment, placed))
    found, unused = _find(book, placed)
    unread = 0
    if not book.is_whole and any(zone.reason == "unbounded" for zone in found.zones):
        if any(zone.verdict == "loses" for zone in found.zones):
            unread = stored.count_parts(conn, moment, site_id) - len(book.parts)
        else:
            book = read(None)
            found, unused = _find(book, placed)
    return {**_told(book, found, unread, language), "unused": unused}


def _place(conn: Connection, bodies: Bodies, moment: Moment, told: Told) -> _Placed:
    """Find where the readings of a thing belong."""
    try:
        code = told.code or stored.code_of_sensor(conn, told.sensor or "")
        if code is None:
            return _Placed(told, why="the sensor is bound to nothing")
        if told.kind == "flood":
            return _Placed(told, code, body=body_of(conn, bodies, moment, code=code))
        return _Placed(told, code, entry_id=stored.find(conn, code).id)
    except (NetworkError, CodeError, UnknownCodeError) as failure:
        return _Placed(told, why=failure.message)


def _touched(conn: Connection, moment: Moment, placed: Iterable[_Placed]) -> Touched:
    """Tell which parts the readings touch."""
    joined: set[UUID] = set()
    beside: set[UUID] = set()
    for each in placed:
        if each.entry_id is not None:
            joined.add(each.entry_id)
        if each.body:
            corners = np.concatenate([prism.corners for prism in each.body])
            x0, y0 = (corners.min(axis=0) - _READ_WITHIN_M).tolist()
            x1, y1 = (corners.max(axis=0) + _READ_WITHIN_M).tolist()
            z0 = min(prism.low for prism in each.body) - _READ_WITHIN_M
            z1 = max(prism.high for prism in each.body) + _READ_WITHIN_M
            beside.update(stored.reaching_into(conn, moment, (x0, y0, z0), (x1, y1, z1)))
    return Touched(joined=frozenset(joined), beside=frozenset(beside))


def _find(book: PipeBook, placed: Iterable[_Placed]) -> tuple[Leakage, list[dict[str, str]]]:
    """Put readings where they belong, and weigh; tell what cannot be used, and why, beside."""
    unused: list[dict[str, str]] = []
    meters: dict[int, Meter] = {}
    pressures: list[Pressure] = []
    floods: list[Wet] = []
    for each in placed:
        why = each.why
        if why is None and each.told.kind == "flood":
            floods.append(_wet(book, each))
        elif why is None:
            why = _reading_of(book, each, meters, pressures)
        if why is not None:
            unused.append({"reading": each.told.sensor or each.told.code or "", "why": why})
    wide = np.array([part.outer_diameter_m or 0.1 for part in book.parts])
    found = find_leaks(
        book.oriented,
        book.lengths,
        meters=list(meters.values()),
        pressures=pressures,
        floods=floods,
        closed=book.closed,
        resistance=(book.lengths + 1e-3) / np.maximum(wide, 0.005) ** 4.87,
        count=_SUSPECTS,
    )
    return found, unused


def _wet(book: PipeBook, placed: _Placed) -> Wet:
    """Tell how far each part is from a flood sensor whose water may come from it."""
    distance = np.full(len(book.parts), np.nan)
    floor = min(prism.low for prism in placed.body) - _SEEPS_UP_M
    for each in book.proximity.near_body(placed.body, count=_WET_COUNT, within_m=_WET_WITHIN_M):
        part = book.parts[each.owner]
        # Water falls: what lies lower than the sensor cannot wet it.
        if (part.system or "") not in _DRY_SYSTEMS and book.top_of(each.owner) >= floor:
            distance[each.owner] = each.distance_m
    told = placed.told
    return Wet(
        name=told.sensor or placed.code or "",
        distance_m=distance,
        is_wet=told.now >= _WET_FROM,
    )


def _reading_of(
    book: PipeBook, placed: _Placed, meters: dict[int, Meter], pressures: list[Pressure]
) -> str | None:
    """Put a flow or pressure where it belongs; say why where it cannot be used."""
    told = placed.told
    row = None if placed.entry_id is None else book.row_of.get(placed.entry_id)
    if row is None:
        return f"{placed.code} is no part of a network: bind the {told.kind} to the pipe or device"
    if told.kind == "flow":
        meters[row] = Meter(part=row, flow=told.now, usual=told.usual)
    elif told.usual is None:
        return "nobody knows what pressure is usual there: three nights before, or a usual value"
    else:
        pressures.append(Pressure(part=row, now=told.now, usual=told.usual))
    return None


def _told(book: PipeBook, found: Leakage, unread: int, language: Language) -> dict[str, Any]:
    """Tell what was found; ``unread`` parts lie outside of every zone and were not read."""
    return {
        "zones": [
            {
                "verdict": zone.verdict,
                "loss_m3h": None if zone.loss is None else round(zone.loss, 4),
                "error_m3h": round(zone.error, 4),
                "inflow": codes_of(book, zone.inflow),
                "outflow": codes_of(book, zone.outflow),
                "parts": len(zone.parts) + (unread if zone.reason == "unbounded" else 0),
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
        **_segments(book, found, language),
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


def _segments(book: PipeBook, found: Leakage, language: Language) -> dict[str, Any]:
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
            "length_m": round(float(book.lengths[inside].sum()), 1),
        },
    }
