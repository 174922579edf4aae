"""What a reader may see, as a value: for a hub that reads a change once and tells it to many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fangma.asset_registry.store.connection import Connection, reading
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The scopes that a reader may see; the policies of streams and alarms in one line.

    Attributes
    ----------
    scopes : frozenset of int
    beyond : bool
        Sees what is bound to nothing, too.
    """

    scopes: frozenset[int]
    beyond: bool

    def let_see(self, scope: int | None) -> bool:
        """Tell whether row-level security would let the reader see what is in a scope."""
        return self.beyond if scope is None else scope in self.scopes


def rights_of(conn: Connection, reader: str | UUID) -> Rights:
    """Ask row-level security what a reader may see now; outside of a transaction."""
    with reading(conn, reader):
        row = conn.execute(load("connection")["rights"]).fetchone()
    if row is None:
        raise AssertionError  # an aggregate gives one row
    return Rights(scopes=frozenset(row[0]), beyond=bool(row[1]))
