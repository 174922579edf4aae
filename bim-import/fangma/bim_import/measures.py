"""Measured bodies in columns, to be kept between imports and read again to the last bit."""

from __future__ import annotations

from itertools import pairwise
from math import isnan
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from fangma.bim_import.bodies import Body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Columns = dict[str, NDArray[Any]]

#: Shape fingerprint, class and kind of an element: the same bodies are measured in the same way.
Measured = tuple[str, str, str]

_NAMES: Final = ("fingerprint", "ifc_class", "kind")
_WORDS: Final = ("kernel", "mesh_hash", "method")
_NUMBERS: Final = (
    "floor_z", "ceiling_z", "area_m2", "volume_m3", "inner_diameter_m", "outer_diameter_m",
)  # fmt: skip
_SHAPES: Final = ("footprint", "axis")


def columns_of(measured: Mapping[Measured, Body]) -> Columns:
    """Put bodies into arrays without objects; None is NaN or an empty text there."""
    bodies = list(measured.values())
    columns: Columns = {
        f"body_{name}": np.array([key[place] for key in measured], np.str_)
        for place, name in enumerate(_NAMES)
    }
    columns["body_box"] = np.array([b.box for b in bodies], np.float64).reshape(-1, 6)
    for name in _WORDS:
        columns[f"body_{name}"] = np.array([getattr(b, name) or "" for b in bodies], np.str_)
    for name in _NUMBERS:
        numbers = [getattr(b, name) for b in bodies]
        columns[f"body_{name}"] = np.array([np.nan if n is None else n for n in numbers])
    for name in _SHAPES:
        shapes = np.array([getattr(b, name) for b in bodies], dtype=object)
        rows = np.flatnonzero(shapely.is_geometry(shapes))
        texts = [bytes(t) for t in shapely.to_wkb(shapes[rows], output_dimension=3)]
        columns[f"body_{name}_rows"] = rows
        columns[f"body_{name}_ends"] = np.cumsum([len(t) for t in texts], dtype=np.int64)
        columns[f"body_{name}"] = np.frombuffer(b"".join(texts), np.uint8)
    return columns


def bodies_of(columns: Mapping[str, NDArray[Any]]) -> dict[Measured, Body]:
    """Read bodies from their columns.

    Raises
    ------
    KeyError, ValueError
        When the columns are not those of :func:`columns_of`.
    """
    names = [columns[f"body_{name}"].tolist() for name in _NAMES]
    words = [columns[f"body_{name}"].tolist() for name in _WORDS]
    numbers = [
        [None if isnan(n) else n for n in columns[f"body_{name}"].tolist()] for name in _NUMBERS
    ]
    shapes = [_shapes(columns, name, len(names[0])) for name in _SHAPES]
    boxes = map(tuple, columns["body_box"].tolist())
    return {
        key: Body(
            box=box, kernel=kernel, mesh_hash=mesh_hash, method=method or None,
            floor_z=floor_z, ceiling_z=ceiling_z, area_m2=area, volume_m3=volume,
            inner_diameter_m=inner, outer_diameter_m=outer, footprint=footprint, axis=axis,
        )
        for key, box, (kernel, mesh_hash, method), (
            floor_z, ceiling_z, area, volume, inner, outer,
        ), (footprint, axis) in zip(
            zip(*names, strict=True), boxes, zip(*words, strict=True), zip(*numbers, strict=True),
            zip(*shapes, strict=True), strict=True,
        )
    }  # fmt: skip


def _shapes(columns: Mapping[str, NDArray[Any]], name: str, count: int) -> list[Any]:
    data, ends = columns[f"body_{name}"].tobytes(), columns[f"body_{name}_ends"].tolist()
    texts = [data[begin:end] for begin, end in pairwise([0, *ends])]
    found: list[Any] = [None] * count
    for row, shape in zip(
        columns[f"body_{name}_rows"].tolist(),
        shapely.from_wkb(np.array(texts, dtype=object)),
        strict=True,
    ):
        found[row] = shape
    return found
