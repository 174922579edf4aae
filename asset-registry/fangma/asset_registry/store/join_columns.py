"""Joins of networks as columns: an estate has a million, too many for an object each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

import numpy as np

from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from fangma.asset_registry.store.connection import Connection, Moment

# As the database packs them: two ids and which way the medium runs, big-endian.
_PACKED: Final = np.dtype([("entry", "S16"), ("other", "S16"), ("flow", ">i2")])


@dataclass(frozen=True, slots=True, eq=False)
class JoinColumns:
    """Joins as of a moment, in the order of their ids.

    Attributes
    ----------
    entry, other : (m,) bytes
        Ids of the joined things, sixteen bytes each.
    flow : (m,) int8
        1 runs from entry to other, -1 back, 0 = not known.
    """

    entry: NDArray[np.bytes_]
    other: NDArray[np.bytes_]
    flow: NDArray[np.int8]

    @classmethod
    def of(cls, joins: Iterable[tuple[UUID, UUID, int]]) -> JoinColumns:
        """Make them of joins one by one."""
        told = list(joins)
        return cls(
            ids_of([entry for entry, _, _ in told]),
            ids_of([other for _, other, _ in told]),
            np.array([flow for _, _, flow in told], dtype=np.int8),
        )

    def __len__(self) -> int:
        """Tell how many there are."""
        return len(self.flow)

    def __iter__(self) -> Iterator[tuple[UUID, UUID, int]]:
        """Go through them one by one: ids of both ends, and flow."""
        for entry, other, flow in zip(self.entry, self.other, self.flow.tolist(), strict=True):
            # numpy takes zeros at the end for padding.
            yield UUID(bytes=entry.ljust(16, b"\0")), UUID(bytes=other.ljust(16, b"\0")), flow

    def between(self, ids: NDArray[np.bytes_]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """Return the joins of which both ends are among some things, in the same order.

        Parameters
        ----------
        ids : (n,) bytes
            As :func:`ids_of` gives them.

        Returns
        -------
        rows : (k, 2) int64
            Of both ends, in ``ids``.
        flow : (k,) int8
        """
        if not len(ids) or not len(self):
            return np.zeros((0, 2), dtype=np.int64), np.zeros(0, dtype=np.int8)
        order = np.argsort(ids, kind="stable")
        ordered = ids[order]
        ends = np.stack([self.entry, self.other], axis=1)
        found = np.minimum(np.searchsorted(ordered, ends), len(ids) - 1)
        both = (ordered[found] == ends).all(axis=1)
        return order[found[both]].astype(np.int64), self.flow[both]


def ids_of(entries: Sequence[UUID]) -> NDArray[np.bytes_]:
    """Return ids as sixteen bytes each, (n,)."""
    return np.frombuffer(b"".join(entry.bytes for entry in entries), dtype="S16")


def join_columns(
    conn: Connection, moment: Moment, least: float, ids: Sequence[UUID] | None = None
) -> JoinColumns:
    """Return the joins of at least some confidence; with ``ids`` those of some things."""
    name = "join_columns" if ids is None else "join_columns_of"
    asked = {"at": moment.at, "known": moment.known, "least": least, "ids": ids}
    row = conn.execute(load("networks")[name], asked, binary=True).fetchone()
    packed = np.frombuffer(b"" if row is None else row[0], dtype=_PACKED)
    return JoinColumns(
        np.ascontiguousarray(packed["entry"]),
        np.ascontiguousarray(packed["other"]),
        packed["flow"].astype(np.int8),
    )
