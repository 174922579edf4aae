"""The shapes of a model, near and from afar, each made once: what its tiles are cut from."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from fangma.spatial.tiles.bodies import Skins
from fangma.spatial.tiles.coarse import left_afar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from fangma.spatial.mesh import Placements
    from fangma.spatial.tiles.coarse import Level
    from fangma.spatial.tiles.skins import Skin


class Stock:
    """Bodies and their skins, at full detail and at the coarse levels that were asked for.

    Parameters
    ----------
    placements : Placements
        Bodies in the model frame.
    known : mapping of bytes to Skin, optional
        What an earlier stock of alike bodies had to give: its :attr:`named`.
    errors_m : mapping of int to float, optional
        How far the surface of a mesh may move, metres, by its index; for a coarse level.

    Attributes
    ----------
    placements : Placements
        The same; of a coarse level without the bodies that are too small.
    skins : Skins
        Of its meshes.
    """

    def __init__(
        self,
        placements: Placements,
        known: Mapping[bytes, Skin] = MappingProxyType({}),
        errors_m: Mapping[int, float] = MappingProxyType({}),
    ) -> None:
        self.placements = placements
        self.skins = Skins(placements.meshes, errors_m, known)
        self._known = known
        self._afar: dict[Level, Stock] = {}

    @property
    def named(self) -> dict[bytes, Skin]:
        """Every skin that was asked for, near and from afar, by what it was made of."""
        found = self.skins.named
        for stock in self._afar.values():
            found |= stock.named
        return found

    def afar(self, level: Level) -> Stock:
        """Return the same bodies as they look from a distance."""
        found = self._afar.get(level)
        if found is None:
            left, errors_m = left_afar(self.placements, level)
            found = self._afar[level] = Stock(left, self._known, errors_m)
        return found

    def prepare(self, levels: Iterable[Level]) -> None:
        """Make what tiles are sure to need, before it is known which tiles there are."""
        for stock in (self, *(self.afar(level) for level in levels)):
            stock.skins.make(np.unique(stock.placements.mesh).tolist())

    def triangles(self, elements: NDArray[np.int64]) -> int:
        """Count the triangles of some elements over all their places."""
        rows = np.isin(self.placements.element, elements)
        return int(self.skins.triangle_counts(self.placements.mesh[rows]).sum())
