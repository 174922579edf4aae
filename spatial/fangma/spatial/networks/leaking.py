"""Where does water get lost? Balance of metered zones, then pressures and floods inside a zone.

Meters cut the network into zones. What flows into a zone and neither out through another meter nor
is used was lost there: told from the least flow of the night, when little is used (minimum night
flow), or from the sums of a period where every use is metered too. A zone that some way enters
without a meter has no balance, and that is said. Within the zones that lose water, or where gauges
and flood sensors accuse pipes that no balance clears, each part has a probability
(:mod:`.leak_places`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse.csgraph import connected_components

from fangma.spatial.networks.graph import Network, directed
from fangma.spatial.networks.leak_places import (
    NO_LEAK,
    NO_LEAK_IN_LOSING_ZONE,
    Pressure,
    Wet,
    Zoned,
    weigh,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

Verdict = Literal["loses", "tight", "cannot tell"]
ZoneReason = Literal[
    "balance", "fed-past-meters", "inlet-unmetered", "direction-unknown", "unbounded"
]

#: Meters of class 2 (ISO 4064-1): 2 % of what passes; the least that a balance can tell.
METER_ERROR = 0.02
_LEAST_LOSS = 0.02  # cubic metres an hour: a dripping cistern is no burst
_SIGMAS = 2.0
# A pressure that fell by less is the day's swing.
_LEAST_DROP_M = 0.2
_WET_WITHIN_M = 15.0
# Gauges speak for a part when they make it so many times likelier.
_SPEAKING = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A reading of flow through a part.

    Attributes
    ----------
    part : int
    flow : float
        Cubic metres an hour towards downstream: of the quietest hour of the night.
    usual : float or None
        What it is on nights without a leak, where that is known.
    """

    part: int
    flow: float
    usual: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Parts between meters.

    Attributes
    ----------
    parts : (k,) int64
    inflow, outflow : tuple of int
        Meters (rows of parts) through which water enters and leaves.
    loss : float or None
        Cubic metres an hour that are neither told by another meter nor usual.
    error : float
        What the balance may be off by the errors of its meters.
    verdict : str
    reason : str
        What the verdict rests on: the ``balance`` of its meters; or why there is none: a source
        feeds it past them (``fed-past-meters``), none stands where water enters
        (``inlet-unmetered``), nobody knows which way water runs at one (``direction-unknown``),
        none bounds it at all (``unbounded``).
    net, usual : float or None
        Of the balance: what stays in it, and what usually does, cubic metres an hour.
    """

    parts: Rows
    inflow: tuple[int, ...]
    outflow: tuple[int, ...]
    loss: float | None
    error: float
    verdict: Verdict
    reason: ZoneReason
    net: float | None
    usual: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a part is suspected, or spared.

    Attributes
    ----------
    why : str
        ``zone``: its zone loses ``loss_m3h``; ``pressure``: a leak here explains the drops;
        ``against``: the pressures speak against it; ``wet``, ``dry``: so is the sensor ``of``,
        ``distance_m`` away.
    """

    why: Literal["zone", "pressure", "against", "wet", "dry"]
    of: str | None = None
    distance_m: float | None = None
    loss_m3h: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A part, likeliest first; ``score`` is the probability that it leaks."""

    part: int
    score: float
    zone: int | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leakage:
    """Which zones lose water, and where in them.

    Attributes
    ----------
    zones : tuple of Zone
    suspects : tuple of Suspect
        Likeliest first, as many as were asked for.
    probability : (n,) float64
        Of each part that it is the one that leaks; with ``unexplained`` it sums to 1, or to 0 when
        nothing is accused. Where several zones lose water each has its share by what it loses.
    unexplained : float
        That none of the parts leaks: water that is used, a sensor that is wet for another reason.
    """

    zones: tuple[Zone, ...]
    suspects: tuple[Suspect, ...]
    probability: Floats
    unexplained: float


def find_leaks(
    network: Network,
    length_m: Floats,
    *,
    meters: Sequence[Meter],
    pressures: Sequence[Pressure] = (),
    floods: Sequence[Wet] = (),
    closed: Flags | None = None,
    resistance: Floats | None = None,
    count: int = 10,
) -> Leakage:
    """Tell which zones lose water and rank their parts.

    Parameters
    ----------
    network : Network
        Of one system, with directions where they can be told.
    length_m : (n,) float64
        Of each part; longer ones leak more often.
    closed : (n,) bool, optional
        Valves that are shut: they bound zones too.
    resistance : (n,) float64, optional
        How much pressure each part takes from the same flow: its length by the 4.87th power of
        its diameter, metres (Hazen-Williams). Without it all parts are 0.1 m wide.
    count : int
        Suspects at most.
    """
    shut = np.zeros(network.count, dtype=bool) if closed is None else closed
    labels, zones = _zones(network, {meter.part: meter for meter in meters}, shut)
    resists = length_m / 0.1**4.87 if resistance is None else resistance
    bare = labels < 0
    bare[[meter.part for meter in meters]] = False
    if _is_accused(bare, pressures, floods):
        # Something is wrong where no meter stands: that too is ranked, without a balance.
        labels[bare] = len(zones)
        zones.append(
            Zone(
                parts=np.flatnonzero(bare), inflow=(), outflow=(), loss=None, error=0.0,
                verdict="cannot tell", reason="unbounded", net=None, usual=None,
            )
        )  # fmt: skip
    used = {meter.part: meter for meter in meters}
    losing = [i for i, zone in enumerate(zones) if zone.verdict == "loses"]
    asked = [(float(zones[i].loss or 0.0), [i]) for i in losing]
    doubted = [i for i, zone in enumerate(zones) if zone.verdict == "cannot tell"]
    if not asked and _is_accused(np.isin(labels, doubted), pressures, floods):
        # No balance accuses a zone: what lies wet or lost pressure still does, all of them as one.
        asked = [(1.0, doubted)]
    probability, unexplained = np.zeros(network.count), 0.0
    told = np.zeros(network.count)
    total = sum(share for share, _ in asked)
    for share, members in asked:
        inside = np.isin(labels, members)
        found = weigh(
            network,
            length_m,
            resists,
            Zoned(
                inside=inside,
                inlets=_inlets(network, inside),
                used=sum(_used(zones[i], used) for i in members),
                lost=zones[members[0]].loss if losing else None,
            ),
            pressures,
            floods,
            none=NO_LEAK_IN_LOSING_ZONE if losing else NO_LEAK,
        )
        # A zone that loses water has a leak of its own: each has its share by what it loses.
        probability[found.rows] = share / total * np.exp(found.log_weight - found.log_total)
        unexplained += share / total * math.exp(found.log_none - found.log_total)
        told[found.rows] = found.log_pressure
    likely = np.argsort(-probability, kind="stable")[:count]
    return Leakage(
        zones=tuple(zones),
        suspects=tuple(
            Suspect(
                part=row,
                score=float(probability[row]),
                zone=int(labels[row]),
                reasons=_reasons(row, zones[labels[row]], float(told[row]), floods),
            )
            for row in likely[probability[likely] > 0.0].tolist()
        ),
        probability=probability,
        unexplained=unexplained,
    )


def _reasons(row: int, zone: Zone, told: float, floods: Sequence[Wet]) -> tuple[Reason, ...]:
    reasons = []
    if zone.verdict == "loses" and zone.loss is not None:
        reasons.append(Reason(why="zone", loss_m3h=zone.loss))
    if told >= math.log(_SPEAKING):
        reasons.append(Reason(why="pressure"))
    elif told <= -math.log(_SPEAKING):
        reasons.append(Reason(why="against"))
    for sensor in floods:
        away = float(sensor.distance_m[row])
        if away <= _WET_WITHIN_M:
            state: Literal["wet", "dry"] = "wet" if sensor.is_wet else "dry"
            reasons.append(Reason(why=state, of=sensor.name, distance_m=away))
    return tuple(reasons)


def _used(zone: Zone, meters: Mapping[int, Meter]) -> float:
    """Return what is usually drawn in a zone, cubic metres an hour; 0 where nobody knows."""
    usual = 0.0
    for sign, parts in ((1.0, zone.inflow), (-1.0, zone.outflow)):
        for part in parts:
            meter = meters[part]
            usual += sign * (meter.flow if meter.usual is None else meter.usual)
    if all(meters[part].usual is None for part in (*zone.inflow, *zone.outflow)):
        usual -= zone.loss or 0.0
    return max(usual, 0.0)


def _inlets(network: Network, inside: Flags) -> Rows:
    """Return the parts of a zone at which water comes in from outside."""
    edges, flow = network.edges, network.flow
    crossing = inside[edges].sum(axis=1) == 1
    found = set()
    for (a, b), way in zip(edges[crossing].tolist(), flow[crossing].tolist(), strict=True):
        if inside[b] and way >= 0:
            found.add(b)
        if inside[a] and way <= 0:
            found.add(a)
    found |= set(np.flatnonzero(network.sources & inside).tolist())
    if not found:
        found = {int(np.flatnonzero(inside)[0])}
    return np.array(sorted(found), dtype=np.int64)


def _is_accused(bare: Flags, pressures: Sequence[Pressure], floods: Sequence[Wet]) -> bool:
    """Tell whether something wet or without pressure is among some parts."""
    for wet in floods:
        if (
            wet.is_wet
            and (bare & (np.nan_to_num(wet.distance_m, nan=np.inf) <= _WET_WITHIN_M)).any()
        ):
            return True
    return any(bare[p.part] and p.usual - p.now >= _LEAST_DROP_M for p in pressures)


def _zones(network: Network, meters: Mapping[int, Meter], shut: Flags) -> tuple[Rows, list[Zone]]:
    """Cut the network at its meters and closed valves; label the parts by zone, -1 = none."""
    cut = shut.copy()
    cut[list(meters)] = True
    edges = network.edges
    inner = edges[~cut[edges].any(axis=1)]
    matrix = directed(np.concatenate([inner, inner[:, ::-1]]), network.count)
    _, pieces = connected_components(matrix, directed=False)
    into: dict[int, set[int]] = defaultdict(set)
    out: dict[int, set[int]] = defaultdict(set)
    beside: dict[int, set[int]] = defaultdict(set)
    metered = np.zeros(network.count, dtype=bool)
    metered[list(meters)] = True
    at_meters = metered[edges].any(axis=1)
    for (a, b), flow in zip(
        edges[at_meters].tolist(), network.flow[at_meters].tolist(), strict=True
    ):
        for meter, other, way in ((a, b, flow), (b, a, -flow)):
            if meter in meters and not cut[other]:
                {1: into, -1: out, 0: beside}[way][int(pieces[other])].add(meter)
    labels = np.full(network.count, -1, dtype=np.int64)
    zones: list[Zone] = []
    touched = sorted({*into, *out, *beside})
    has_source = np.zeros(int(pieces.max(initial=-1)) + 1, dtype=bool)
    has_source[pieces[network.sources & ~cut]] = True
    for piece in touched:
        parts = np.flatnonzero((pieces == piece) & ~cut)
        labels[parts] = len(zones)
        zones.append(
            _balance(
                parts,
                sorted(into[piece]),
                sorted(out[piece]),
                sorted(beside[piece]),
                meters,
                is_fed=bool(has_source[piece]),
            )
        )
    return labels, zones


def _balance(
    parts: Rows,
    into: list[int],
    out: list[int],
    beside: list[int],
    meters: Mapping[int, Meter],
    *,
    is_fed: bool,
) -> Zone:
    loss: float | None = None
    error = 0.0
    net: float | None = None
    base: float | None = None
    reason: ZoneReason = "balance"
    verdict: Verdict = "cannot tell"
    if is_fed:
        reason = "fed-past-meters"
    elif not into:
        reason = "inlet-unmetered"
    elif beside:
        reason = "direction-unknown"
    else:
        flows = [meters[m].flow for m in into] + [-meters[m].flow for m in out]
        error = math.sqrt(sum((METER_ERROR * flow) ** 2 for flow in flows))
        net = sum(flows)
        usual = [meters[m].usual for m in (*into, *out)]
        base = 0.0
        if all(value is not None for value in usual):
            signs = [1.0] * len(into) + [-1.0] * len(out)
            base = sum(s * float(v) for s, v in zip(signs, usual, strict=True) if v is not None)
            error *= math.sqrt(2.0)
        loss = net - base
        least = max(_LEAST_LOSS, _SIGMAS * error)
        verdict = "loses" if loss > least else "tight"
    return Zone(
        parts=parts, inflow=tuple(into), outflow=tuple(out), loss=loss, error=error,
        verdict=verdict, reason=reason, net=net, usual=base,
    )  # fmt: skip
