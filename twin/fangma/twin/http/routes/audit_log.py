"""The audit log: for the security officer and the auditor, who leave a trace in it too."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.connection import recording
from fangma.twin.http.access import LogReader
from fangma.twin.http.bodies import LogPage
from fangma.twin.http.dependencies import USUAL_LIMIT, Limit, Next, PoolOf
from fangma.twin.http.paging import decode_next, encode_next
from fangma.twin.times import parse_time

router: Final = APIRouter(prefix="/api/audit-log", tags=["audit log"])
_Word = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")]
_Time = Annotated[
    str | None, Query(alias="from", description="RFC 3339 with an offset, or a date.")
]
_Until = Annotated[str | None, Query(description="Up to but without; as from.")]


@router.get("", operation_id="listAuditLog", response_model=LogPage)
def list_audit_log(
    session: LogReader,
    pool: PoolOf,
    actor: _Word = None,
    action: _Word = None,
    subject: _Word = None,
    since: _Time = None,
    until: _Until = None,
    limit: Limit = USUAL_LIMIT,
    next_: Next = None,
) -> dict[str, Any]:
    """List entries, newest first; `subject` = a part of what was read or changed."""
    key = decode_next(next_, int)
    with pool.connection() as connection, recording(connection, session.reader):
        found = audit_log.page(
            connection,
            limit=limit + 1,
            before=int(key[0]) if key else None,
            actor=actor,
            action=action,
            subject=subject,
            since=None if since is None else parse_time(since),
            until=None if until is None else parse_time(until),
        )
        if key is None:  # once a look, not once a page
            audit_log.append(connection, actor=session.name, action="audit-log-read")
    page = found[:limit]
    return {
        "items": [
            {
                "id": entry.id,
                "at": entry.at,
                "actor": entry.actor,
                "action": entry.action,
                "subject": entry.subject,
                "outcome": entry.outcome,
                "detail": entry.detail,
            }
            for entry in page
        ],
        "next": encode_next(page[-1].id) if len(found) > limit else None,
    }
