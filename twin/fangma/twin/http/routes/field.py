"""What a phone takes along, and what it brings back."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter

from fangma.asset_registry.store.connection import Connection
from fangma.twin.field import packs, syncing
from fangma.twin.http.access import Reader
from fangma.twin.http.bodies import Code
from fangma.twin.http.dependencies import PoolOf, Registry
from fangma.twin.http.field_bodies import FieldPack, SyncBody, SyncDone, SyncReport, SyncStep
from fangma.twin.http.routes.orders import deed_of, report_of
from fangma.twin.sign_in.sessions import Session
from fangma.twin.times import TimeFormatError, parse_time

router: Final = APIRouter(prefix="/api/field", tags=["field"])


@router.get("/pack", operation_id="packField", response_model=FieldPack)
def pack(registry: Registry, building: Code) -> dict[str, Any]:
    """Give what one needs of a building to work in it without a network."""
    return packs.pack_of(
        registry.connection,
        building,
        registry.moment,
        now=datetime.now(UTC),
        actor=registry.session.name,
        roles=registry.session.roles,
    )


@router.post("/sync", operation_id="syncField", response_model=SyncDone)
def sync(body: SyncBody, session: Reader, pool: PoolOf) -> dict[str, Any]:
    """Take what was done without a network; sent again, nothing is doubled (docs/field.md)."""
    with pool.connection() as connection:
        outcomes = [_taken(connection, item, session) for item in body.items]
    return {"items": [outcome.as_dict() for outcome in outcomes]}


def _taken(connection: Connection, item: Any, session: Session) -> syncing.Outcome:  # noqa: ANN401 - one of SyncItem
    """Take one thing; what is no time in one of them must not keep the others on the phone."""
    try:
        brought = _brought(item, session)
    except TimeFormatError as error:
        return syncing.Outcome(
            key=item.key, outcome="refused", message=error.message, remedy=error.remedy
        )
    return syncing.take(
        connection, session.reader, brought, actor=session.name, roles=session.roles
    )


def _brought(item: Any, session: Session) -> syncing.Brought:  # noqa: ANN401 - one of SyncItem
    if isinstance(item, SyncReport):
        return syncing.BroughtReport(key=item.key, report=report_of(item, session, item.key))
    if isinstance(item, SyncStep):
        return syncing.BroughtStep(key=item.key, order=item.order, deed=deed_of(item))
    return syncing.BroughtVisit(
        key=item.key,
        round_id=item.round,
        due_on=item.due_on,
        code=item.code,
        outcome=item.outcome,
        found=item.found,
        note=item.note,
        at=parse_time(item.at),
        order=item.order,
    )
