"""Readings in another unit: kPa as MPa, K as Cel. Pure arithmetic over UCUM."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fangma.asset_registry.ucum import is_unit

_Dimensions = dict[str, int]
_PASCAL: Final = {"g": 1, "m": -1, "s": -2}
_JOULE: Final = {"g": 1, "m": 2, "s": -2}
_WATT: Final = {"g": 1, "m": 2, "s": -3}
_SCALED: Final[dict[str, tuple[float, _Dimensions]]] = {
    "m": (1.0, {"m": 1}),
    "g": (1.0, {"g": 1}),
    "t": (1e6, {"g": 1}),
    "s": (1.0, {"s": 1}),
    "K": (1.0, {"K": 1}),
    "A": (1.0, {"A": 1}),
    "V": (1000.0, {**_WATT, "A": -1}),
    "Hz": (1.0, {"s": -1}),
    "Pa": (1000.0, _PASCAL),
    "bar": (1e8, _PASCAL),
    "J": (1000.0, _JOULE),
    "cal": (4184.0, _JOULE),
    "Wh": (3.6e6, _JOULE),
    "W": (1000.0, _WATT),
    "L": (1e-3, {"m": 3}),
    "l": (1e-3, {"m": 3}),
}
"""Atoms that take a prefix, in m, g, s, K and A. What is measured otherwise (VA, dB) is none."""

_WHOLE: Final[dict[str, tuple[float, _Dimensions]]] = {
    "%": (1e-2, {}),
    "[ppth]": (1e-3, {}),
    "[ppm]": (1e-6, {}),
    "[ppb]": (1e-9, {}),
    "min": (60.0, {"s": 1}),
    "h": (3600.0, {"s": 1}),
    "d": (86400.0, {"s": 1}),
    "wk": (604800.0, {"s": 1}),
    "[in_i]": (0.0254, {"m": 1}),
    "[ft_i]": (0.3048, {"m": 1}),
    "[psi]": (6.894757293168361e6, _PASCAL),
    "mm[Hg]": (133322.0, _PASCAL),
    "m[H2O]": (9.80665e6, _PASCAL),
    "cm[H2O]": (98066.5, _PASCAL),
}
_PREFIXES: Final = {
    "G": 1e9, "M": 1e6, "k": 1e3, "h": 1e2, "da": 10.0, "d": 0.1, "c": 1e-2, "m": 1e-3, "u": 1e-6,
    "n": 1e-9,
}  # fmt: skip
_OFFSET: Final = {"Cel": (1.0, 273.15), "[degF]": (5 / 9, 459.67 * 5 / 9)}
"""Temperatures with a zero of their own: kelvins a degree, and kelvins at their zero."""

_TERM: Final = re.compile(r"(.*?)([+-]?\d+)?(?:\{[^{}]*\})?")


@dataclass(frozen=True, slots=True)
class Scale:
    """How a number of one unit is told in another: ``number * factor + shift``."""

    factor: float
    shift: float = 0.0

    def of(self, number: float) -> float:
        """Return a number in the other unit, without the noise of the arithmetic."""
        return _calm(number * self.factor + self.shift)

    def difference(self, number: float) -> float:
        """Return a difference, or a change, in the other unit."""
        return _calm(number * self.factor)


@lru_cache(maxsize=1000)
def scale(unit: str, to: str) -> Scale | None:
    """Return how numbers of a unit are told in another; None where they measure different things.

    Examples
    --------
    >>> scale("kPa", "MPa").of(150), scale("K", "Cel").of(300.15), scale("%", "[ppm]").of(0.1)
    (0.15, 27.0, 1000.0)
    >>> scale("Cel", "[degF]").difference(5), scale("m3/h", "L/s").of(3.6), scale("m", "%")
    (9.0, 1.0, None)
    """
    if unit == to:
        return Scale(1.0)
    here, there = _base(unit), _base(to)
    if here is None or there is None or here[2] != there[2]:
        return None
    return Scale(here[0] / there[0], (here[1] - there[1]) / there[0])


def _base(unit: str) -> tuple[float, float, _Dimensions] | None:
    """Return factor, zero and dimensions of a unit in m, g, s, K, A; None when it has none."""
    if unit in _OFFSET:
        return (*_OFFSET[unit], {"K": 1})
    if not is_unit(unit):
        return None
    factor, dimensions = 1.0, _Dimensions()
    for divided, term in re.findall(r"(^|[./])([^./]+)", unit):
        found = _term(term)
        if found is None:
            return None
        sign = -1 if divided == "/" else 1
        factor *= found[0] ** sign
        for name, power in found[1].items():
            dimensions[name] = dimensions.get(name, 0) + sign * power
    return factor, 0.0, {name: power for name, power in dimensions.items() if power}


def _term(term: str) -> tuple[float, _Dimensions] | None:
    match = _TERM.fullmatch(term)
    atom, number = (match[1], match[2]) if match is not None else ("", None)
    if not atom:  # a number, or what is counted: {persons}
        return (float(number), {}) if number else (1.0, {term: 1})
    power = int(number or 1)
    found = _WHOLE.get(atom) or _SCALED.get(atom)
    for prefix, times in _PREFIXES.items():
        if found is None and atom.removeprefix(prefix) in _SCALED and atom.startswith(prefix):
            factor, dimensions = _SCALED[atom.removeprefix(prefix)]
            found = times * factor, dimensions
    if found is None:
        return None
    return found[0] ** power, {name: each * power for name, each in found[1].items()}


def _calm(number: float) -> float:
    return float(f"{number:.12g}")
