"""Alarms: what is wrong, what became of it, and what people do about it."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query

from fangma.asset_registry.alarming import OPEN
from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.alarms import (
    Alarm,
    alarms,
    assign,
    change,
    find_alarm,
    history,
    nearest,
    note,
)
from fangma.asset_registry.store.connection import Connection, recording
from fangma.twin.http.access import Operator
from fangma.twin.http.dependencies import USUAL_LIMIT, Limit, PoolOf, Registry
from fangma.twin.http.errors import BadParameterError
from fangma.twin.http.live_bodies import AlarmDeed, AlarmFile, AlarmItem, AlarmList
from fangma.twin.times import parse_time

router: Final = APIRouter(prefix="/api/alarms", tags=["live"])
_Number = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("", operation_id="listAlarms", response_model=AlarmList)
def list_alarms(
    registry: Registry,
    state: Annotated[
        list[str] | None, Query(max_length=4, description="Else all that are not over.")
    ] = None,
    limit: Limit = USUAL_LIMIT,
) -> dict[str, Any]:
    """List alarms, the latest first; shelved ones with until when."""
    states = OPEN if state is None else tuple(state)
    found = alarms(registry.connection, states=states, limit=limit)
    return {"items": [each.as_dict() for each in found]}


@router.get("/{number}", operation_id="readAlarm", response_model=AlarmFile)
def read_alarm(registry: Registry, number: _Number) -> dict[str, Any]:
    """Give an alarm with its steps, and the nearest valve, hydrant and exit where known."""
    alarm = find_alarm(registry.connection, number)
    return alarm.as_dict() | {
        "steps": [each.as_dict() for each in history(registry.connection, number)],
        "nearest": [each.as_dict() for each in nearest(registry.connection, number)],
    }


@router.post("/{number}", operation_id="treatAlarm", response_model=AlarmItem)
def treat_alarm(
    number: _Number, body: AlarmDeed, session: Operator, pool: PoolOf
) -> dict[str, Any]:
    """Acknowledge, shelve or unshelve an alarm, write a note, or name its work order."""
    until = None if body.until is None else parse_time(body.until)
    if until is not None and until <= datetime.now(UTC):
        raise BadParameterError(
            f"shelving would end at {until.isoformat()}, expected a time to come", "name one"
        )
    with pool.connection() as connection, recording(connection, session.reader):
        alarm = _treat(connection, number, body, until, session.name)
        audit_log.append(
            connection,
            actor=session.name,
            action=f"alarm-{body.deed}",
            subject=alarm.code,
            detail={"alarm": number, "rule": alarm.rule, "note": body.note},
        )
    return alarm.as_dict()


def _treat(
    connection: Connection, number: int, body: AlarmDeed, until: datetime | None, actor: str
) -> Alarm:
    match body.deed:
        case "note":
            if body.note is None:
                raise BadParameterError("a note without words", "write some")
            return note(connection, number, body.note, actor=actor)
        case "assign":
            if body.order is None:
                raise BadParameterError("no work order is named", "give its number as order")
            return assign(connection, number, body.order, actor=actor)
        case deed:
            return change(connection, number, deed, actor=actor, note=body.note, until=until)
