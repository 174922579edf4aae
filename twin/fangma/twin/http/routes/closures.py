"""Planned closures: valves, time, whom they affect, and what was done on site."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Query

from fangma.asset_registry.closures.lifecycle import STATES
from fangma.asset_registry.store import closures as stored
from fangma.asset_registry.store.closures import Planned
from fangma.asset_registry.store.connection import Connection, reading
from fangma.twin.http.access import Dispatcher
from fangma.twin.http.bodies import CodeInQuery
from fangma.twin.http.closure_bodies import (
    ClosureBody,
    ClosureFile,
    ClosurePage,
    ClosureStepBody,
    State,
)
from fangma.twin.http.dependencies import PoolOf, Registry, find_site
from fangma.twin.pipes import closures
from fangma.twin.times import parse_time

router: Final = APIRouter(prefix="/api/closures", tags=["closures"])
_States = Annotated[list[State] | None, Query(max_length=len(STATES))]


@router.get("", operation_id="listClosures", response_model=ClosurePage)
def list_closures(
    registry: Registry, site: CodeInQuery = None, state: _States = None
) -> dict[str, Any]:
    """List planned closures, the newest first."""
    found = stored.list_closures(
        registry.connection,
        registry.moment,
        site_id=find_site(registry, site).id if site is not None else None,
        states=state,
    )
    return {"items": [closure.as_dict() for closure in found]}


@router.get("/{closure}", operation_id="readClosure", response_model=ClosureFile)
def read_closure(closure: UUID, registry: Registry) -> dict[str, Any]:
    """Give a closure with its history, whom it affects, conflicts, and the notice to post."""
    connection, moment = registry.connection, registry.moment
    return closures.told(connection, stored.find(connection, closure, moment), moment)


@router.post("", operation_id="planClosure", response_model=ClosureFile, status_code=201)
def plan(body: ClosureBody, session: Dispatcher, pool: PoolOf) -> dict[str, Any]:
    """Seek the valves for a time to come, and plan to close them."""
    planned = Planned(
        id=body.id or uuid4(),
        targets=tuple(dict.fromkeys(body.codes)),
        reason=body.reason,
        start=parse_time(body.from_),
        end=parse_time(body.until),
    )
    with pool.connection() as connection:
        closures.plan(connection, session.reader, planned, actor=session.name)
        return _file(connection, session.reader, planned.id)


@router.post("/{closure}/steps", operation_id="advanceClosure", response_model=ClosureFile)
def advance(
    closure: UUID, body: ClosureStepBody, session: Dispatcher, pool: PoolOf
) -> dict[str, Any]:
    """Say what was done on site; a valve that is found stuck is replaced by the next ones."""
    now = datetime.now(UTC)
    with pool.connection() as connection:
        closures.advance(
            connection,
            session.reader,
            closure,
            body.deed,
            key=body.key or uuid4(),
            actor=session.name,
            at=now if body.at is None else min(parse_time(body.at), now),
            valve=body.valve,
            note=body.note,
        )
        return _file(connection, session.reader, closure)


def _file(connection: Connection, reader: str, closure: UUID) -> dict[str, Any]:
    with reading(connection, reader) as moment:
        return closures.told(connection, stored.find(connection, closure, moment), moment)
