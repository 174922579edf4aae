"""Where elements are in their own model's frame: what viewpoints look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray


def centres(rows: Iterable[Mapping[str, Any]]) -> dict[str, NDArray[np.float64]]:
    """Carry centres from the site's CRS back into the model's frame.

    Parameters
    ----------
    rows : iterable of mapping
        ``{"guid", "centre", "placement"}`` as ``store.imports.names_in_model`` gives them.

    Returns
    -------
    places : dict of str to (3,) float
        By GlobalId, metres.
    """
    found: dict[str, NDArray[np.float64]] = {}
    inverse: NDArray[np.float64] | None = None
    for row in rows:
        if row["centre"] is None:
            continue
        if inverse is None:
            placement = row["placement"]
            matrix = np.array(placement).reshape(4, 4) if placement else np.eye(4)
            inverse = np.linalg.inv(matrix)
        found[row["guid"]] = (inverse @ np.array([*row["centre"], 1.0]))[:3]
    return found
