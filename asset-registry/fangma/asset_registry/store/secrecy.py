"""Mark rooms secret (涉密): at once, for the whole history, and in the tiles too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg.rows import class_row

from fangma.asset_registry.changes import ChangeSet
from fangma.asset_registry.codes import parse
from fangma.asset_registry.errors import RegistryError, UnknownCodeError
from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.applying import apply
from fangma.asset_registry.store.connection import OPERATOR, recording
from fangma.asset_registry.store.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from fangma.asset_registry.store.connection import Connection

_ROOM: Final = "room"


class SecrecyError(RegistryError):
    """Something that cannot be marked secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Marked:
    id: UUID
    kind: str
    site_id: UUID
    building_id: UUID | None
    part: str
    secret: bool
    storey_id: UUID | None


def is_secret(conn: Connection, code: str) -> bool:
    """Tell whether what the reader sees under a canonical code is secret."""
    row = conn.execute(load("secrecy")["is_secret"], {"code": code}).fetchone()
    return bool(row and row[0])


def secret_among(conn: Connection, codes: Iterable[str]) -> list[str]:
    """List which canonical codes that the reader sees are secret, ascending."""
    asked = sorted(set(codes))
    if not asked:
        return []
    rows = conn.execute(load("secrecy")["secret_among"], {"codes": asked}).fetchall()
    return [row[0] for row in rows]


def holds_secret(conn: Connection, site_id: UUID) -> bool:
    """Tell whether the reader sees anything secret on a site."""
    row = conn.execute(load("secrecy")["holds_secret"], {"site_id": site_id}).fetchone()
    return bool(row and row[0])


def set_secret(
    conn: Connection, reader: str, code: str, *, secret: bool, actor: str, reason: str
) -> bool:
    """Mark a room secret, or clear it; the log's entry is in the same transaction.

    Row-level security hides a room from whoever marks it, unless they are cleared, and would refuse
    the mark itself. So the place is checked as the reader, and the mark is made as the operator.

    The tiles that show the room (old ones too) go out of the sight of those not entitled, with the
    other rooms of its storey, until the next import writes them anew. When the last secret room of
    a storey is cleared, its tiles are seen again.

    Parameters
    ----------
    conn : Connection
        Outside a transaction.
    reader : str
        Who marks: an account's id or the operator.

    Returns
    -------
    changed : bool
        False when it was marked so before; nothing is recorded then.

    Raises
    ------
    CodeError, UnknownCodeError, SecrecyError
    """
    sql = load("secrecy")
    canonical = str(parse(code))
    with recording(conn, OPERATOR), conn.cursor(row_factory=class_row(_Marked)) as cursor:
        found = cursor.execute(sql["find"], {"code": canonical}).fetchone()
    if found is None:
        raise UnknownCodeError(canonical)
    place = {"site_id": found.site_id, "building_id": found.building_id, "part": found.part}
    with recording(conn, reader):
        seen = conn.execute(sql["sees_place"], place).fetchone()
    if not (seen and seen[0]):
        raise UnknownCodeError(canonical)
    if found.kind != _ROOM:
        raise SecrecyError(
            f"found the {found.kind} {canonical}, expected a room",
            "mark the rooms in which it stands",
        )
    if found.secret == secret:
        return False
    with recording(conn, OPERATOR):
        applied = apply(
            conn,
            ChangeSet(site_id=found.site_id, valid_from=None, marked_secret=((found.id, secret),)),
            actor=actor,
            action="edit",
            reason=reason,
        )
        on_storey = place | {"storey_id": found.storey_id}
        if secret:
            conn.execute(sql["hide_tiles"], on_storey)
        elif not _secret_rooms_on(conn, found.storey_id):
            conn.execute(sql["show_tiles"], on_storey)
            conn.execute(
                sql["retire_masks"],
                {"storey_id": found.storey_id, "revision": applied.revision_id},
            )
        audit_log.append(
            conn,
            actor=actor,
            action="secret-mark" if secret else "secret-clear",
            subject=canonical,
            detail={"reason": reason},
        )
    return True


def _secret_rooms_on(conn: Connection, storey_id: UUID | None) -> int:
    row = conn.execute(load("secrecy")["secret_rooms_on"], {"storey_id": storey_id}).fetchone()
    return int(row[0]) if row else 0
