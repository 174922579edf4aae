"""Rule packs that the administrator laid over those that are shipped; every version is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from fangma.asset_registry.standards.choosing import shipped
from fangma.asset_registry.standards.errors import PackError, UnknownStandardError
from fangma.asset_registry.standards.laying import check_pack, lay_over
from fangma.asset_registry.standards.reading import read_pack
from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.connection import moment_of
from fangma.asset_registry.store.queries import load
from fangma.asset_registry.store.recording import lock, revision

if TYPE_CHECKING:
    from datetime import datetime

    from fangma.asset_registry.standards.pack import Pack
    from fangma.asset_registry.store.connection import Connection, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class PackVersion:
    """What somebody laid over a shipped pack; ``body`` is None where it was taken away again."""

    number: int
    name: str
    body: str | None
    added_at: datetime
    added_by: str
    reason: str


def packs_of(conn: Connection, moment: Moment) -> tuple[Pack, ...]:
    """Return the rule packs as they were known at a moment: the shipped ones with what lies over.

    Raises
    ------
    PackError
        When this version of the program does not understand a pack that another one took.
    """
    rows = conn.execute(load("rule_packs")["in_force"], {"revision": moment.revision}).fetchall()
    return lay_over(shipped(), (_read(name, body) for name, body in rows if body is not None))


def versions(conn: Connection) -> list[PackVersion]:
    """Return what was ever laid over, newest first."""
    with conn.cursor(row_factory=class_row(PackVersion)) as cursor:
        return cursor.execute(load("rule_packs")["versions"]).fetchall()


def add_pack(conn: Connection, text: str, *, actor: str, reason: str) -> Pack:
    """Lay a pack over the others, from now on known; inside ``recording``.

    Raises
    ------
    PackError
        When no audit could be held with it, or the same text holds already.
    """
    lock(conn)
    moment = moment_of(conn)
    pack = check_pack(text, packs_of(conn, moment))
    if _body_of(conn, moment, pack.name) == text:
        raise PackError(
            f"{pack.name}: found the text that holds already, expected a change",
            "nothing needs to be done",
        )
    _write(conn, pack.name, text, actor=actor, reason=reason)
    return pack


def withdraw_pack(conn: Connection, name: str, *, actor: str, reason: str) -> None:
    """Take a pack away again: the shipped one of that name holds, or none; inside ``recording``.

    Raises
    ------
    UnknownStandardError
        When none of that name was laid over.
    """
    lock(conn)
    if _body_of(conn, moment_of(conn), name) is None:
        raise UnknownStandardError(
            f"found no pack named {name[:80]!r} that was laid over, expected one",
            "the shipped packs cannot be taken away; lay another over them",
        )
    _write(conn, name, None, actor=actor, reason=reason)


def text_of(conn: Connection, moment: Moment, name: str, version: int | None) -> str | None:
    """Return what was written of a pack that was laid over: as it holds, or in a version."""
    if version is None:
        return _body_of(conn, moment, name)
    return next(
        (each.body for each in versions(conn) if (each.name, each.number) == (name, version)), None
    )


def _body_of(conn: Connection, moment: Moment, name: str) -> str | None:
    rows = conn.execute(load("rule_packs")["in_force"], {"revision": moment.revision}).fetchall()
    return next((body for found, body in rows if found == name), None)


def _write(conn: Connection, name: str, body: str | None, *, actor: str, reason: str) -> None:
    action = "rule-pack-withdraw" if body is None else "rule-pack-add"
    with revision(conn, actor=actor, detail={"rule_pack": name}, reason=reason) as stamp:
        row = conn.execute(
            load("rule_packs")["add"],
            {
                "name": name,
                "body": body,
                "added_at": stamp.recorded_at,
                "actor": actor,
                "reason": reason,
                "revision": stamp.revision,
            },
        ).fetchone()
    detail = {"version": row[0] if row else None, "reason": reason}
    if body is not None:
        detail["sha256"] = hashlib.sha256(body.encode()).hexdigest()
    audit_log.append(conn, actor=actor, action=action, subject=name, detail=detail)


@lru_cache(maxsize=64)
def _read(name: str, body: str) -> Pack:
    return read_pack(body, name)
