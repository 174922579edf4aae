"""The earlier revision of a model, whose bodies are taken over where they did not change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from fangma.bim_import.geometry import GeometryStore, Kept
    from fangma.spatial.tiles.cutting import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The bodies of an earlier revision.

    Attributes
    ----------
    is_current : bool
        They are those of the newest revision, whose tiles the tileset shows.
    """

    model_id: UUID
    kept: Kept
    is_current: bool

    def digests_of(self, model_id: UUID) -> Mapping[Group, str]:
        """Say what the tiles of a model were made of; nothing where that is not certain."""
        return self.kept.digests if self.is_current and self.model_id == model_id else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """The model that a file is probably a new export of, and its newest revision."""

    model_id: UUID
    revision: UUID

    def load(self, geometry: GeometryStore) -> Earlier | None:
        """Load the bodies that were kept of it; None when there are none."""
        kept = geometry.load(self.model_id)
        if kept is None:
            return None
        return Earlier(model_id=self.model_id, kept=kept, is_current=kept.revision == self.revision)
