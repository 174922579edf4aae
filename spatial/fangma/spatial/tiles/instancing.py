"""Which shapes of a tile are worth drawing as instances.

Every instanced shape costs a draw call, which a merged one does not; every merged repeat costs
bytes. Both are measured, not guessed: the bytes by encoding the shape once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import meshoptimizer
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fangma.spatial.tiles.bodies import Body
    from fangma.spatial.tiles.skins import Skin

# What one more draw call may save at least, in compressed bytes.
BYTES_A_DRAW: Final = 16_384
# A place as an instance: translation, rotation, scale and feature id, as float32.
_BYTES_A_PLACE: Final = 44
_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The bodies of a tile by the way in which they are written."""

    merged: tuple[Body, ...]
    instanced: tuple[Body, ...]


def split(bodies: Sequence[Body]) -> Split:
    """Part bodies into those merged and those instanced."""
    chosen = [is_worth_instancing(body) for body in bodies]
    return Split(
        merged=tuple(b for b, yes in zip(bodies, chosen, strict=True) if not yes),
        instanced=tuple(b for b, yes in zip(bodies, chosen, strict=True) if yes),
    )


def is_worth_instancing(body: Body) -> bool:
    """Say whether the bytes saved pay for the draw call, and the places can be instances at all."""
    repeats = len(body.feature) - 1
    # The plain bytes bound the compressed ones from above: most shapes are ruled out for nothing.
    plain = 16 * len(body.skin.positions) + 3 * body.skin.triangle_count
    if repeats < 1 or plain * repeats < BYTES_A_DRAW:
        return False
    saved = repeats * encoded_bytes(body.skin) - _BYTES_A_PLACE * len(body.feature)
    return saved >= BYTES_A_DRAW and _is_turned_and_scaled(body)


def encoded_bytes(shape: Skin) -> int:
    """Measure what one copy of a shape takes in a merged mesh."""
    low = shape.positions.min(axis=0)
    rows = np.zeros((len(shape.positions), 4), np.uint16)
    rows[:, :3] = np.clip(np.round((shape.positions - low) / 0.0005), 0, 65535)
    meshoptimizer.encode_vertex_version(0)
    meshoptimizer.encode_index_version(1)
    total = len(meshoptimizer.encode_vertex_buffer(rows, len(rows), 8))
    indices = np.concatenate((shape.opaque, shape.glassy)).reshape(-1)
    return total + len(meshoptimizer.encode_index_buffer(indices, len(indices), len(rows)))


def _is_turned_and_scaled(body: Body) -> bool:
    """Say whether instances can hold the places: translation, rotation, scale, no mirror."""
    linear = body.matrix_content_from_local[:, :3, :3]
    squares = linear.transpose(0, 2, 1) @ linear
    off = np.abs(squares[:, [0, 0, 1], [1, 2, 2]]).max()
    return bool(off < _TOLERANCE and (np.linalg.det(linear) > 0).all())
