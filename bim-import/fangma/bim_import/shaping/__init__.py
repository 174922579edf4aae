"""Stage **shape**: tessellation in killable processes, kernel after kernel.

Who only takes what was shaped need not load a geometry library: those are in the modules below.
"""

from __future__ import annotations

from fangma.bim_import.shaping.axes import SweptAxis
from fangma.bim_import.shaping.errors import ShapingError
from fangma.bim_import.shaping.stage import KERNELS, Shaped, Shaping, shape_model, start_shaping

__all__ = [
    "KERNELS",
    "Shaped",
    "Shaping",
    "ShapingError",
    "SweptAxis",
    "shape_model",
    "start_shaping",
]
