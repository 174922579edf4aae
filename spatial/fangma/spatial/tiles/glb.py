"""A binary glTF 2.0 container whose vertex and index data go through meshopt compression.

glTF 2.0 (ISO/IEC 12113:2022), chapter 4.4 GLB; EXT_meshopt_compression (Khronos, vendor), where the
compressed bytes lie in the GLB's own buffer and the plain ones in a buffer that is never stored.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any, Final, Literal

import meshoptimizer
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

BYTE: Final = 5120
UNSIGNED_BYTE: Final = 5121
UNSIGNED_SHORT: Final = 5123
UNSIGNED_INT: Final = 5125
FLOAT: Final = 5126
ARRAY_BUFFER: Final = 34962
ELEMENT_ARRAY_BUFFER: Final = 34963

Json = dict[str, Any]


class Glb:
    """Collects buffer views and accessors, then writes one file.

    The first buffer is the GLB's binary chunk; the second exists in the JSON only, as the place
    to which a reader decompresses.
    """

    def __init__(self) -> None:
        self._binary = bytearray()
        self._plain_length = 0
        self.views: list[Json] = []
        self.accessors: list[Json] = []

    def add_plain(self, data: bytes) -> int:
        """Store bytes as they are, 8-aligned as EXT_structural_metadata demands; give the view."""
        offset = self._appended(data, 8)
        self.views.append({"buffer": 0, "byteOffset": offset, "byteLength": len(data)})
        return len(self.views) - 1

    def add_column(
        self,
        rows: NDArray[Any],
        *,
        component: int,
        shape: str,
        width: int,
        normalized: bool = False,
        bounds: bool = False,
        octahedral: bool = False,
        is_vertex: bool = True,
    ) -> int:
        """Store one attribute, compressed; give the accessor.

        Parameters
        ----------
        rows : (n, c) array
            Each row a multiple of four bytes, padded with zeros beyond ``width`` components.
        component : int
            glTF component type.
        shape : str
            ``SCALAR``, ``VEC3`` or ``VEC4``.
        width : int
            Components that count; the rest of a row is padding.
        normalized, bounds : bool
            As in the accessor; ``bounds`` adds min and max.
        octahedral : bool
            Rows are (x, y, one, 0) int8 for the decoder's OCTAHEDRAL filter.
        is_vertex : bool
            False for attributes of instances, which have no stride of their own.
        """
        rows = np.ascontiguousarray(rows)
        stride = rows.dtype.itemsize * rows.shape[1]
        # Vertex codec 0 is what EXT_meshopt_compression defines; newer ones have another name.
        meshoptimizer.encode_vertex_version(0)
        packed = meshoptimizer.encode_vertex_buffer(rows, len(rows), stride)
        view = self._compressed(
            packed, len(rows), stride, "ATTRIBUTES", "OCTAHEDRAL" if octahedral else None
        )
        if is_vertex:
            self.views[view] |= {"byteStride": stride, "target": ARRAY_BUFFER}
        accessor: Json = {
            "bufferView": view,
            "componentType": component,
            "count": len(rows),
            "type": shape,
        }
        if normalized:
            accessor["normalized"] = True
        if bounds:
            columns = [rows[:, column] for column in range(width)]  # far faster than over axis 0
            accessor["min"] = [column.min().item() for column in columns]
            accessor["max"] = [column.max().item() for column in columns]
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def add_triangles(self, triangles: NDArray[np.uint32], vertex_count: int) -> int:
        """Store triangle indices, compressed; give the accessor."""
        indices = np.ascontiguousarray(triangles.reshape(-1))
        meshoptimizer.encode_index_version(1)
        packed = meshoptimizer.encode_index_buffer(indices, len(indices), vertex_count)
        # 65535 itself is the restart value of 16-bit indices (glTF 2.0, 3.7.2.1).
        size = 2 if vertex_count <= 65535 else 4
        view = self._compressed(packed, len(indices), size, "TRIANGLES", None)
        self.views[view]["target"] = ELEMENT_ARRAY_BUFFER
        self.accessors.append(
            {
                "bufferView": view,
                "componentType": UNSIGNED_SHORT if size == 2 else UNSIGNED_INT,
                "count": len(indices),
                "type": "SCALAR",
            }
        )
        return len(self.accessors) - 1

    def written(self, document: Mapping[str, Any]) -> bytes:
        """Write the file: the collected data and the rest of the glTF document."""
        buffers: list[Json] = [{"byteLength": len(self._binary)}]
        if self._plain_length:
            buffers.append(
                {
                    "byteLength": self._plain_length,
                    "extensions": {"EXT_meshopt_compression": {"fallback": True}},
                }
            )
        whole = dict(document) | {
            "buffers": buffers,
            "bufferViews": self.views,
            "accessors": self.accessors,
        }
        text = json.dumps(
            whole, separators=(",", ":"), ensure_ascii=False, sort_keys=True, allow_nan=False
        ).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self._binary) + b"\0" * (-len(self._binary) % 4)
        return b"".join(
            (
                struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary)),
                struct.pack("<I4s", len(text), b"JSON"),
                text,
                struct.pack("<I4s", len(binary), b"BIN\0"),
                binary,
            )
        )

    def _compressed(
        self,
        packed: bytes,
        count: int,
        stride: int,
        mode: Literal["ATTRIBUTES", "TRIANGLES"],
        decoder_filter: str | None,
    ) -> int:
        extension: Json = {
            "buffer": 0,
            "byteOffset": self._appended(packed, 4),
            "byteLength": len(packed),
            "byteStride": stride,
            "count": count,
            "mode": mode,
        }
        if decoder_filter is not None:
            extension["filter"] = decoder_filter
        self._plain_length += -self._plain_length % 4
        self.views.append(
            {
                "buffer": 1,
                "byteOffset": self._plain_length,
                "byteLength": count * stride,
                "extensions": {"EXT_meshopt_compression": extension},
            }
        )
        self._plain_length += count * stride
        return len(self.views) - 1

    def _appended(self, data: bytes, alignment: int) -> int:
        self._binary += b"\0" * (-len(self._binary) % alignment)
        offset = len(self._binary)
        self._binary += data
        return offset
