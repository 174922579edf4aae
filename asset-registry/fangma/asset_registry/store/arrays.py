"""Columns of numbers as PostgreSQL's binary arrays: a batch is a statement with few parameters.

A row-by-row protocol costs Python a call a value; an array is one copy of memory. The layout is
that of ``array_send``: dimensions, a flag for NULLs, the element's type, the length, the lower
bound, then each element behind its length, all big-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from psycopg.adapt import Dumper
from psycopg.pq import Format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection

_HEAD: Final = struct.Struct(">iiIii")
_EPOCH_US: Final = 946_684_800_000_000
"""2000-01-01 UTC, from which PostgreSQL counts, in microseconds since 1970."""


@dataclass(frozen=True, slots=True)
class _Column:
    values: NDArray[Any]


class Int2(_Column):
    """Values of ``smallint[]``."""


class Int4(_Column):
    """Values of ``integer[]``."""


class Float8(_Column):
    """Values of ``double precision[]``; NaN stays NaN."""


class Times(_Column):
    """Values of ``timestamptz[]``, as int64 microseconds since 1970 UTC."""


class _Dumper(Dumper):
    format = Format.BINARY
    element: ClassVar[int]
    dtype: ClassVar[str]

    def dump(self, obj: Any) -> bytes:  # noqa: ANN401 - psycopg's signature
        values = obj.values - _EPOCH_US if isinstance(obj, Times) else obj.values
        body = np.zeros(len(values), dtype=[("length", ">i4"), ("value", self.dtype)])
        body["length"] = np.dtype(self.dtype).itemsize
        body["value"] = values
        return _HEAD.pack(1, 0, self.element, len(values), 1) + body.tobytes()


class _Int2Dumper(_Dumper):
    oid, element, dtype = 1005, 21, ">i2"


class _Int4Dumper(_Dumper):
    oid, element, dtype = 1007, 23, ">i4"


class _Float8Dumper(_Dumper):
    oid, element, dtype = 1022, 701, ">f8"


class _TimesDumper(_Dumper):
    oid, element, dtype = 1185, 1184, ">i8"


def teach(conn: Connection) -> None:
    """Let a connection take the columns of this module as parameters."""
    for kind, dumper in (
        (Int2, _Int2Dumper),
        (Int4, _Int4Dumper),
        (Float8, _Float8Dumper),
        (Times, _TimesDumper),
    ):
        conn.adapters.register_dumper(kind, dumper)
