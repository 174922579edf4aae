"""How reading a damaged statement fails, and what an element is called even then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import ifcopenshell

# What reading a damaged statement through ifcopenshell raises.
READ_ERRORS = (
    AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError, RecursionError,
    ZeroDivisionError, np.linalg.LinAlgError,
)  # fmt: skip


def called(model: ifcopenshell.file, key: int) -> str:
    """Say which element is meant: its number, class and name."""
    product = model.by_id(key)
    try:
        name = product.Name
    except READ_ERRORS:
        name = None
    told = f"#{key} {product.is_a()}"
    return f"{told} “{name[:60]}”" if isinstance(name, str) and name else told
