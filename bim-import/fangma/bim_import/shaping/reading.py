"""How reading a damaged statement fails."""

from __future__ import annotations

import numpy as np

# What reading a damaged statement through ifcopenshell raises.
READ_ERRORS = (
    AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError, RecursionError,
    ZeroDivisionError, np.linalg.LinAlgError,
)  # fmt: skip
