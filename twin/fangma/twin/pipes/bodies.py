"""Bodies of elements as imports keep them in files, ready to be asked."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np

from fangma.bim_import.geometry import GeometryStore

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from numpy.typing import NDArray

    from fangma.bim_import.geometry import Kept

_KEPT: Final = 4


@dataclass(frozen=True, slots=True)
class _Shelved:
    changed_at: int
    kept: Kept
    rows_of: dict[UUID, list[int]]


class Bodies:
    """Reads triangles of entries; the newest few models stay in memory.

    Parameters
    ----------
    root : Path
        Folder of the files of bodies: ``FANGMA_HOME/geometry``.
    """

    def __init__(self, root: Path) -> None:
        self._store = GeometryStore(root=root)
        self._models: OrderedDict[UUID, _Shelved] = OrderedDict()
        self._lock = Lock()

    def triangles(
        self, model_id: UUID, entry_id: UUID, placement: NDArray[np.float64]
    ) -> NDArray[np.float64] | None:
        """Return the triangles of an entry, (m, 3, 3), carried by a placement.

        Parameters
        ----------
        placement : (4, 4) float64
            Wanted frame from the model's.

        Returns
        -------
        triangles : array or None
            None when the file does not hold the entry, or is not on this machine.
        """
        shelved = self._model(model_id)
        if shelved is None:
            return None
        placements = shelved.kept.placements
        found = []
        for row in shelved.rows_of.get(entry_id, ()):
            mesh = placements.meshes[placements.mesh[row]]
            matrix = placement @ placements.matrix_model_from_local[row]
            corners = mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]
            found.append(corners[mesh.triangles])
        return np.concatenate(found) if found else None

    def _model(self, model_id: UUID) -> _Shelved | None:
        try:
            changed_at = (self._store.root / f"{model_id}.npz").stat().st_mtime_ns
        except OSError:
            return None
        with self._lock:
            shelved = self._models.get(model_id)
            if shelved is not None and shelved.changed_at == changed_at:
                self._models.move_to_end(model_id)
                return shelved
        kept = self._store.load(model_id)
        if kept is None:
            return None
        rows_of: dict[UUID, list[int]] = defaultdict(list)
        for row, key in enumerate(kept.placements.element.tolist()):
            entry = kept.entry_of.get(key)
            if entry is not None:
                rows_of[entry].append(row)
        shelved = _Shelved(changed_at, kept, dict(rows_of))
        with self._lock:
            self._models[model_id] = shelved
            while len(self._models) > _KEPT:
                self._models.popitem(last=False)
        return shelved
