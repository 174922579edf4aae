"""Where in a zone does it leak? Bayes over its parts: length, then what gauges and sensors tell.

Before anything is read a leak is as likely on every metre. Each reading then weighs every part by
how likely it would be if the leak were there:

- pressures: the drop that a leak of that size at that part brings at each gauge, from the flows in
  the whole zone (Hazen-Williams; loops by the gradient method of Todini and Pilati). Roughness is
  not known, nor what the main outside lost: both are integrated out;
- flood sensors: one that lies wet speaks for what is near, one that is dry against it. A sensor may
  be wet for another reason, and water may miss it.

What remains is that no pipe of these leaks at all: that too has a probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csc_array
from scipy.sparse.linalg import splu
from scipy.special import logsumexp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fangma.spatial.networks.graph import Network

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

_EXPONENT = 1.852
#: Hazen-Williams in SI: metres of head over L / d^4.87 and (m3/s)^1.852, for C = 110.
_SCALE = 10.67 / 110.0**_EXPONENT
# C lies between 70 (old cast iron) and 150 (plastics): one standard deviation of its effect, log.
_SCALE_SIGMA = 0.4
_SCALE_STEPS = np.linspace(-2.5, 2.5, 21)
# A mean of a night against the means of other nights, metres; and of what the model tells.
_GAUGE_SIGMA_M = 0.1
_MODEL_SIGMA = 0.15
# How much the head at the inlets may have changed by itself, metres.
_INLET_SIGMA_M = 0.5
# Beyond so many parts all leaks are told by one linear network about the usual flows.
_MOST_SOLVED = 250
_ROUNDS = 40
_LEAST_FLOW = 1e-7
# A sensor beside a leak is wet in nine of ten cases, one far away in one of a thousand.
_WET_BESIDE = 0.9
_WET_FOR_NOTHING = 1e-3
_WET_REACH_M = 3.0
#: Before anything is read: as likely as not no pipe leaks at all where no balance says so.
NO_LEAK = 0.5
#: Where a balance says that water is lost, it may yet be used by somebody.
NO_LEAK_IN_LOSING_ZONE = 0.1
# A fitting leaks as often as so many metres of pipe.
_FITTING_M = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """A reading at a part, metres of water: now and usually."""

    part: int
    now: float
    usual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wet:
    """What a flood sensor says; ``distance_m`` of every part to it, NaN = its water stays away."""

    name: str
    distance_m: Floats
    is_wet: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How likely each part of some zones leaks.

    Attributes
    ----------
    rows : (k,) int64
        Parts.
    log_weight : (k,) float64
        Logarithm of prior times likelihood.
    log_none : float
        The same that none of them leaks.
    log_pressure : (k,) float64
        What the pressures alone make of each, against none; 0 where no gauge stands.
    """

    rows: Rows
    log_weight: Floats
    log_none: float
    log_pressure: Floats

    @property
    def log_total(self) -> float:
        """Logarithm of the evidence of all of it."""
        return float(np.logaddexp(logsumexp(self.log_weight), self.log_none))


@dataclass(frozen=True, slots=True, kw_only=True)
class Zoned:
    """A zone that is looked into.

    Attributes
    ----------
    inside : (n,) bool
    inlets : (k,) int64
        Parts at which water comes in.
    used : float
        Cubic metres an hour that are usually drawn in it; 0 = not known.
    lost : float or None
        Cubic metres an hour that are lost, where a balance tells.
    """

    inside: Flags
    inlets: Rows
    used: float
    lost: float | None


def weigh(
    network: Network,
    length_m: Floats,
    resistance: Floats,
    zone: Zoned,
    pressures: Sequence[Pressure],
    floods: Sequence[Wet],
    *,
    none: float,
) -> Places:
    """Weigh every part of a zone.

    Parameters
    ----------
    resistance : (n,) float64
        Length by the 4.87th power of the inner diameter, metres.
    none : float
        How likely it is, before anything is read, that no part leaks.
    """
    rows = np.flatnonzero(zone.inside & ~network.ends_flow)
    long = length_m[rows] + _FITTING_M
    weight = np.log(long / long.sum()) + np.log1p(-none)
    nothing = np.log(none)
    gauges = [each for each in pressures if zone.inside[each.part]]
    told = np.zeros(len(rows))
    if gauges and len(rows):
        drops = np.array([gauge.usual - gauge.now for gauge in gauges])
        calm = _of_drops(np.zeros((1, len(gauges))), drops, known_size=True)[0]
        expected = _Hydraulics(network, resistance, zone).drops(rows, [g.part for g in gauges])
        told = _of_drops(expected, drops, known_size=zone.lost is not None) - calm
        weight = weight + told
    for sensor in floods:
        beside = np.nan_to_num(np.exp(-sensor.distance_m[rows] / _WET_REACH_M), nan=0.0)
        chance = _WET_FOR_NOTHING + (_WET_BESIDE - _WET_FOR_NOTHING) * beside
        weight = weight + np.log(chance if sensor.is_wet else 1.0 - chance)
        nothing += np.log(_WET_FOR_NOTHING if sensor.is_wet else 1.0 - _WET_FOR_NOTHING)
    return Places(rows=rows, log_weight=weight, log_none=float(nothing), log_pressure=told)


def _of_drops(expected: Floats, drops: Floats, *, known_size: bool) -> Floats:
    """Return the log likelihood of some drops for each leak, (k,) from (k, gauges).

    The scale (roughness, and the size of the leak where no balance tells it) is integrated over a
    grid, and so is, in closed form, what the head at the inlets changed for all gauges alike.
    """
    count = len(drops)
    if known_size:
        steps = np.exp(_SCALE_SIGMA * _SCALE_STEPS)
        prior = -0.5 * _SCALE_STEPS**2
    else:
        # Any size: every scale from a thousandth to thirty times one cubic metre an hour.
        steps = np.exp(np.linspace(np.log(1e-3), np.log(300.0), 41))
        prior = np.zeros(len(steps))
    prior = prior - logsumexp(prior)
    found = np.zeros((len(steps), len(expected)))
    for i, step in enumerate(steps.tolist()):
        mean = step * expected
        variance = _GAUGE_SIGMA_M**2 + (_MODEL_SIGMA * mean) ** 2
        off = drops - mean
        # Sherman-Morrison: independent errors and one that all gauges share.
        inverse = 1.0 / variance
        shared = 1.0 / _INLET_SIGMA_M**2 + inverse.sum(axis=1)
        squares = (off**2 * inverse).sum(axis=1) - (off * inverse).sum(axis=1) ** 2 / shared
        spread = np.log(variance).sum(axis=1) + np.log(shared * _INLET_SIGMA_M**2)
        found[i] = -0.5 * (squares + spread + count * np.log(2.0 * np.pi)) + prior[i]
    total: Floats = logsumexp(found, axis=0)
    return total


class _Hydraulics:
    """Heads in a zone whose inlets are held: usually, and with a leak somewhere."""

    def __init__(self, network: Network, resistance: Floats, zone: Zoned) -> None:
        own = np.flatnonzero(zone.inside)
        self.row_of = np.full(network.count, -1)
        self.row_of[own] = np.arange(len(own))
        edges = self.row_of[network.edges[zone.inside[network.edges].all(axis=1)]]
        self.a, self.b = edges[:, 0], edges[:, 1]
        self.count = len(own)
        resists = resistance[own]
        # Half of either part: the middle of one to the middle of the other.
        self.resists = _SCALE * np.maximum((resists[self.a] + resists[self.b]) / 2, 1.0)
        self.held = np.zeros(self.count, dtype=bool)
        self.held[self.row_of[zone.inlets]] = True
        # Pieces that no inlet reaches stand still: a leak in them lowers nothing that is gauged.
        self.weak = 1e-9
        draws = network.ends_flow[own] & ~self.held
        if not draws.any():
            draws = ~self.held
        self.usual = np.where(draws, zone.used / 3600.0 / max(int(draws.sum()), 1), 0.0)
        self.leak = (1.0 if zone.lost is None else max(zone.lost, 1e-3)) / 3600.0

    def drops(self, rows: Rows, gauges: Sequence[int]) -> Floats:
        """Return how much each leak lowers each gauge, (k, gauges) metres."""
        at = self.row_of[np.array(gauges)]
        places = self.row_of[rows]
        if len(rows) > _MOST_SOLVED:
            return self._linear(places, at)
        heads, _ = self._solve(self.usual, None)
        found = np.zeros((len(rows), len(gauges)))
        for k, place in enumerate(places.tolist()):
            drawn = self.usual.copy()
            drawn[place] += self.leak
            lowered, _ = self._solve(drawn, None)
            found[k] = heads[at] - lowered[at]
        return found

    def _linear(self, places: Rows, at: Rows) -> Floats:
        """Tell the drops of many leaks at once.

        The network is linear about what flows when the same loss is spread over all of it. The drop
        at a gauge for a leak at a part is that at the part for a leak at the gauge.
        """
        spread = self.usual + np.where(self.held, 0.0, self.leak / max(self.count, 1))
        _, flows = self._solve(spread, None)
        slope = self._slopes(flows)
        drawn = np.zeros((self.count, len(at)))
        drawn[at, np.arange(len(at))] = self.leak
        drawn[self.held] = 0.0
        drops: Floats = splu(self._matrix(1.0 / slope)).solve(drawn)
        return drops[places]

    def _slopes(self, flows: Floats) -> Floats:
        steep: Floats = (
            _EXPONENT * self.resists * np.maximum(np.abs(flows), _LEAST_FLOW) ** (_EXPONENT - 1.0)
        )
        return steep

    def _matrix(self, conducts: Floats) -> csc_array:
        a, b, every = self.a, self.b, np.arange(self.count)
        least = self.weak * float(conducts.max(initial=1.0))
        ground = np.where(self.held, 1e6 * float(conducts.max(initial=1.0)), least)
        diagonal = np.bincount(
            np.concatenate([a, b]), np.concatenate([conducts, conducts]), self.count
        )
        return csc_array(
            (
                np.concatenate([-conducts, -conducts, diagonal + ground]),
                (np.concatenate([a, b, every]), np.concatenate([b, a, every])),
            ),
            shape=(self.count, self.count),
        )

    def _solve(self, drawn: Floats, flows: Floats | None) -> tuple[Floats, Floats]:
        """Solve heads and flows for what is drawn at each part, m3/s; heads of inlets are 0."""
        if flows is None:
            flows = np.full(len(self.a), max(float(drawn.sum()), _LEAST_FLOW) / 10.0)
        heads = np.zeros(self.count)
        for _ in range(_ROUNDS):
            conducts = 1.0 / self._slopes(flows)
            rest = flows - conducts * self.resists * np.sign(flows) * np.abs(flows) ** _EXPONENT
            balance = -drawn.copy()
            np.subtract.at(balance, self.a, rest)
            np.add.at(balance, self.b, rest)
            balance[self.held] = 0.0
            heads = splu(self._matrix(conducts)).solve(balance)
            after = rest + conducts * (heads[self.a] - heads[self.b])
            done = np.abs(after - flows).sum() <= 1e-4 * max(np.abs(after).sum(), _LEAST_FLOW)
            flows = after
            if done:
                break
        return heads, flows
