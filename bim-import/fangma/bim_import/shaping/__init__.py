"""Stage **shape**: tessellation in killable processes, kernel after kernel."""

from __future__ import annotations

from fangma.bim_import.shaping.axes import SweptAxis
from fangma.bim_import.shaping.errors import ShapingError
from fangma.bim_import.shaping.selection import with_bodies
from fangma.bim_import.shaping.stage import KERNELS, Shaped, Shaping, shape_model, start_shaping

__all__ = [
    "KERNELS",
    "Shaped",
    "Shaping",
    "ShapingError",
    "SweptAxis",
    "shape_model",
    "start_shaping",
    "with_bodies",
]
