"""The shapes of a model, near and from afar, each made once: what its tiles are cut from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fangma.spatial.tiles.bodies import Skins
from fangma.spatial.tiles.coarse import coarsened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from fangma.spatial.mesh import Placements
    from fangma.spatial.tiles.coarse import Level


class Stock:
    """Bodies and their skins, at full detail and at the coarse levels that were asked for.

    Attributes
    ----------
    placements : Placements
        Bodies in the model frame.
    skins : Skins
        Of its meshes.
    """

    def __init__(self, placements: Placements) -> None:
        self.placements = placements
        self.skins = Skins(placements.meshes)
        self._afar: dict[Level, Stock] = {}

    def afar(self, level: Level) -> Stock:
        """Return the same bodies as they look from a distance."""
        found = self._afar.get(level)
        if found is None:
            found = self._afar[level] = Stock(coarsened(self.placements, level))
        return found

    def prepare(self, levels: Iterable[Level]) -> None:
        """Make what tiles are sure to need, before it is known which tiles there are."""
        for stock in (self, *(self.afar(level) for level in levels)):
            stock.skins.make(np.unique(stock.placements.mesh).tolist())

    def triangles(self, elements: NDArray[np.int64]) -> int:
        """Count the triangles of some elements over all their places."""
        rows = np.isin(self.placements.element, elements)
        return int(self.skins.triangle_counts(self.placements.mesh[rows]).sum())
