"""Where does water get lost? Balance of metered zones, then pressures and floods inside a zone.

Meters cut the network into zones. What flows into a zone and neither out through another meter nor
is used was lost there: told from the least flow of the night, when little is used (minimum night
flow), or from the sums of a period where every use is metered too. A zone that some way enters
without a meter has no balance, and that is said. Within a zone parts are ranked by what else is
known: a sensor that lies wet, with the pipes at and above it first; pressures that dropped, most
where the way to the source is shared with what dropped.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.csgraph import connected_components

from fangma.spatial.networks.graph import Network, directed, reach

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

Verdict = Literal["loses", "tight", "cannot tell"]

#: Meters of class 2 (ISO 4064-1): 2 % of what passes; the least that a balance can tell.
METER_ERROR = 0.02
_LEAST_LOSS = 0.02  # cubic metres an hour: a dripping cistern is no burst
_SIGMAS = 2.0
# A pressure that fell by less is the day's swing.
_LEAST_DROP_M = 0.2
_LEAST_RESISTANCE = 1e-6
_WET_REACH_M = 15.0
_SHARP_M = 0.25
_STANDING = 0.05


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
class Pressure:
    """A reading at a part, metres of water: now and usually."""

    part: int
    now: float
    usual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wet:
    """A flood sensor that lies wet; ``distance_m`` of every part to it, NaN = far."""

    name: str
    distance_m: Floats


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
    why : str
    """

    parts: Rows
    inflow: tuple[int, ...]
    outflow: tuple[int, ...]
    loss: float | None
    error: float
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A part, likeliest first; ``score`` only compares parts of one answer."""

    part: int
    score: float
    zone: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leakage:
    """Which zones lose water, and where in them."""

    zones: tuple[Zone, ...]
    suspects: tuple[Suspect, ...]


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
        How much pressure each part takes from the same flow, on any scale: its length by the
        fifth power of its diameter. Without it the length.
    count : int
        Suspects at most.
    """
    shut = np.zeros(network.count, dtype=bool) if closed is None else closed
    labels, zones = _zones(network, {meter.part: meter for meter in meters}, shut)
    resists = length_m if resistance is None else resistance
    evidence = _Evidence(network, shut, length_m, resists, pressures, floods)
    suspects: list[Suspect] = []
    bare = labels < 0
    bare[[meter.part for meter in meters]] = False
    if _is_accused(bare, pressures, floods):
        # Something is wrong where no meter stands: that too is ranked, without a balance.
        labels[bare] = len(zones)
        zones.append(
            Zone(
                parts=np.flatnonzero(bare), inflow=(), outflow=(), loss=None, error=0.0,
                verdict="cannot tell", why="no meter bounds it",
            )
        )  # fmt: skip
    asked = [i for i, zone in enumerate(zones) if zone.verdict == "loses"]
    if not asked and (pressures or floods):
        # No balance accuses a zone: what lies wet or lost pressure still does.
        asked = [i for i, zone in enumerate(zones) if zone.verdict == "cannot tell"]
    for i in asked:
        suspects += evidence.rank(labels == i, i, zones[i])
    suspects.sort(key=lambda suspect: (-suspect.score, suspect.part))
    return Leakage(zones=tuple(zones), suspects=tuple(suspects[:count]))


def _is_accused(bare: Flags, pressures: Sequence[Pressure], floods: Sequence[Wet]) -> bool:
    """Tell whether something wet or without pressure is among some parts."""
    for wet in floods:
        if (bare & (np.nan_to_num(wet.distance_m, nan=np.inf) <= _WET_REACH_M)).any():
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
    for (a, b), flow in zip(edges.tolist(), network.flow.tolist(), strict=True):
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
    why = ""
    verdict: Verdict = "cannot tell"
    if is_fed:
        why = "a source feeds it without a meter between"
    elif not into:
        why = "no meter is known to stand where water enters it"
    elif beside:
        why = "at a meter on its border nobody knows which way the water runs"
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
        why = (
            f"{net:.3f} m3/h stay in it at night, usually {base:.3f}; the meters may be off by "
            f"{error:.3f}"
        )
    return Zone(
        parts=parts, inflow=tuple(into), outflow=tuple(out), loss=loss, error=error,
        verdict=verdict, why=why,
    )  # fmt: skip


class _Evidence:
    """What pressures and wet sensors say of each part."""

    def __init__(
        self,
        network: Network,
        shut: Flags,
        length_m: Floats,
        resistance: Floats,
        pressures: Sequence[Pressure],
        floods: Sequence[Wet],
    ) -> None:
        self.network = network
        self.shut = shut
        self.length = length_m
        self.resistance = resistance / max(float(resistance.mean()), 1e-300)
        self.pressures = pressures
        self.floods = floods

    def rank(self, inside: Flags, number: int, zone: Zone) -> list[Suspect]:
        """Score the parts of a zone: length, times what each piece of evidence makes likelier."""
        rows = np.flatnonzero(inside & ~self.network.ends_flow)
        if not len(rows):
            return []
        total = float(self.length[rows].sum())
        share = (self.length[rows] + 1e-3) / max(total + 1e-3 * len(rows), 1e-9)
        score = share * (1.0 if zone.loss is None else 1.0 + zone.loss)
        reasons: list[list[str]] = [[] for _ in rows]
        if zone.verdict == "loses" and zone.loss is not None:
            for told in reasons:
                told.append(f"its zone loses {zone.loss:.3f} m3/h at night")
        score = score * self._by_pressure(rows, inside, reasons) * self._by_floods(rows, reasons)
        return [
            Suspect(part=int(row), score=float(s), zone=number, reasons=tuple(told))
            for row, s, told in zip(rows, score, reasons, strict=True)
        ]

    def _by_pressure(self, rows: Rows, inside: Flags, reasons: list[list[str]]) -> Floats:
        """Compare the drops with what a leak at each part would do.

        A leak lowers the pressure along the way from the source down to itself, and of all that
        hangs on that way as far as the way is shared.
        """
        factor = np.ones(len(rows))
        gauges = [p for p in self.pressures if inside[p.part]]
        drops = np.array([gauge.usual - gauge.now for gauge in gauges])
        if not gauges or drops.max(initial=0.0) < _LEAST_DROP_M:
            return factor
        shared = self._shared_ways(rows, [gauge.part for gauge in gauges], inside)
        wanted = np.maximum(drops, 0.0)
        for k in range(len(rows)):
            way = shared[k]
            if not way.any():
                factor[k] = _STANDING
                continue
            # The best scale is left free: nobody knows how big the leak is.
            scale = float(way @ wanted) / float(way @ way)
            misfit = float(np.linalg.norm(wanted - scale * way)) / float(np.linalg.norm(wanted))
            factor[k] = math.exp(-((misfit / _SHARP_M) ** 2))
            if misfit < _SHARP_M:
                reasons[k].append(
                    f"a leak here explains the drops of pressure (misfit {misfit:.0%})"
                )
        return np.maximum(factor, 1e-6)

    def _shared_ways(self, rows: Rows, gauges: Sequence[int], inside: Flags) -> Floats:
        """Return the drop at each gauge for a small leak at each part, on any scale.

        The network is taken as linear: the drop is the transfer resistance between gauge and part,
        which in a tree is that of the way which both share, and is the same both ways round.
        """
        from scipy.sparse.linalg import splu

        own = np.flatnonzero(inside)
        row_of = np.full(self.network.count, -1)
        row_of[own] = np.arange(len(own))
        edges = row_of[self.network.edges[inside[self.network.edges].all(axis=1)]]
        flow = 1.0 / ((self.resistance[own][edges].sum(axis=1)) / 2 + _LEAST_RESISTANCE)
        a, b = edges[:, 0], edges[:, 1]
        inlets = row_of[self._inlets(inside)]
        # Pieces that no inlet reaches stand still: a little goes everywhere, so that they do.
        ground = np.full(len(own), 1e-9 * float(flow.mean() if len(flow) else 1.0))
        ground[inlets] += 1e6 * float(flow.max(initial=1.0))
        diagonal = np.bincount(np.concatenate([a, b]), np.concatenate([flow, flow]), len(own))
        every = np.arange(len(own))
        matrix = csc_array(
            (
                np.concatenate([-flow, -flow, diagonal + ground]),
                (np.concatenate([a, b, every]), np.concatenate([b, a, every])),
            ),
            shape=(len(own), len(own)),
        )
        drawn = np.zeros((len(own), len(gauges)))
        drawn[row_of[np.array(gauges)], np.arange(len(gauges))] = 1.0
        drops: Floats = splu(matrix).solve(drawn)
        shared: Floats = drops[row_of[rows]]
        return shared

    def _inlets(self, inside: Flags) -> Rows:
        """Return the parts of a zone at which water comes in from outside."""
        edges, flow = self.network.edges, self.network.flow
        crossing = inside[edges].sum(axis=1) == 1
        found = set()
        for (a, b), way in zip(edges[crossing].tolist(), flow[crossing].tolist(), strict=True):
            if inside[b] and way >= 0:
                found.add(b)
            if inside[a] and way <= 0:
                found.add(a)
        found |= set(np.flatnonzero(self.network.sources & inside).tolist())
        if not found:
            found = {int(np.flatnonzero(inside)[0])}
        return np.array(sorted(found), dtype=np.int64)

    def _by_floods(self, rows: Rows, reasons: list[list[str]]) -> Floats:
        """Raise what lies near a wet sensor, and what feeds it."""
        factor = np.ones(len(rows))
        upstream_of = self.network.downstream.T.tocsr()
        for wet in self.floods:
            near = np.nan_to_num(wet.distance_m, nan=np.inf)
            closest = np.flatnonzero(near <= _WET_REACH_M)
            if not len(closest):
                continue
            feeding = reach(upstream_of, closest[np.argsort(near[closest])[:3]], self.shut)
            for k, row in enumerate(rows.tolist()):
                if near[row] <= _WET_REACH_M:
                    factor[k] *= 1.0 + 60.0 * math.exp(-near[row] / 2.0)
                    reasons[k].append(f"{wet.name} lies wet {near[row]:.1f} m away")
                elif feeding[row]:
                    factor[k] *= 1.5
        return factor
