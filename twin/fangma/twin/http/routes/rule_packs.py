"""Rule packs: which hold, what was ever laid over them, and a new one."""

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Response

from fangma.asset_registry.standards.choosing import shipped, shipped_text
from fangma.asset_registry.standards.laying import check_pack, describe, what_changes
from fangma.asset_registry.standards.pack import Pack
from fangma.asset_registry.store.connection import moment_of, reading, recording
from fangma.asset_registry.store.rule_packs import (
    add_pack,
    packs_of,
    text_of,
    versions,
    withdraw_pack,
)
from fangma.twin.http.access import Administrator, RuleReader
from fangma.twin.http.administration_bodies import (
    NewPack,
    PackCheck,
    PackDraft,
    PackList,
    PackSummary,
    PackText,
    PackWithdrawal,
)
from fangma.twin.http.dependencies import At, Known, PoolOf
from fangma.twin.http.errors import NotFoundError
from fangma.twin.planning import today

router: Final = APIRouter(prefix="/api/rule-packs", tags=["administration"])
_Name = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]


@router.get("", operation_id="listPacks", response_model=PackList)
def list_packs(session: RuleReader, pool: PoolOf, at: At, known: Known) -> dict[str, Any]:
    """List the packs as they hold now, of all levels, and every version that was laid over."""
    with pool.connection() as connection, reading(connection, session.reader, at, known) as moment:
        found = versions(connection)
        held = packs_of(connection, moment)
    own = {each.name: each.body is not None for each in reversed(found)}  # the newest of a name
    day = today(moment.at)
    return {
        "items": [_told(pack, own, day) for pack in held],
        "versions": [
            {
                "version": each.number,
                "name": each.name,
                "withdrawn": each.body is None,
                "at": each.added_at,
                "by": each.added_by,
                "reason": each.reason,
            }
            for each in found
        ],
    }


@router.get("/{name}", operation_id="readPack", response_model=PackText)
def read_pack(
    name: _Name,
    session: RuleReader,
    pool: PoolOf,
    at: At,
    known: Known,
    version: Annotated[int | None, Query(ge=1, lt=2**31, description="Else as it holds.")] = None,
) -> dict[str, Any]:
    """Give a pack as it was written: YAML."""
    with pool.connection() as connection, reading(connection, session.reader, at, known) as moment:
        text = text_of(connection, moment, name, version)
    if text is None and version is None:
        text = shipped_text(name)
    if text is None:
        raise NotFoundError("rule pack", name)
    return {"name": name, "text": text}


@router.post("/check", operation_id="checkPack", response_model=PackCheck)
def check(
    body: PackDraft, session: Administrator, pool: PoolOf, at: At, known: Known
) -> dict[str, Any]:
    """Look whether an audit could be held with a pack, and what it changes; nothing is kept."""
    with pool.connection() as connection, reading(connection, session.reader, at, known) as moment:
        held = packs_of(connection, moment)
    pack = check_pack(body.text, held)
    told = _told(pack, {pack.name: True}, today(moment.at))
    return told | {"changes": what_changes(held, pack)}


@router.post("", operation_id="addPack", status_code=201, response_model=PackSummary)
def add(body: NewPack, session: Administrator, pool: PoolOf) -> dict[str, Any]:
    """Lay a pack over the others; audits of any day are held with it from now on."""
    with pool.connection() as connection, recording(connection, session.reader):
        pack = add_pack(connection, body.text, actor=session.name, reason=body.reason)
        day = today(moment_of(connection).at)
    return _told(pack, {pack.name: True}, day)


@router.post("/{name}/withdrawal", operation_id="withdrawPack", status_code=204)
def withdraw(name: _Name, body: PackWithdrawal, session: Administrator, pool: PoolOf) -> Response:
    """Take a pack away again: the shipped one of that name holds, or none."""
    with pool.connection() as connection, recording(connection, session.reader):
        withdraw_pack(connection, name, actor=session.name, reason=body.reason)
    return Response(status_code=204)


def _told(pack: Pack, own: dict[str, bool], day: date) -> dict[str, Any]:
    names = {each.name for each in shipped()}
    replaced = "replaced" if pack.name in names else "own"
    return describe(pack) | {
        "origin": replaced if own.get(pack.name) else "shipped",
        "inForce": pack.is_in_force(day),
    }
