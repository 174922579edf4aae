"""The estate over time: idle rooms, what changed between audits, audits pushed outside."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from fangma.asset_registry.auditing.comparing import compare
from fangma.asset_registry.store import audit_log, outbox
from fangma.asset_registry.store.connection import OPERATOR, reading, recording
from fangma.asset_registry.store.sites import sites
from fangma.twin.auditing import audit_of, document_of, idle_rooms, site_of
from fangma.twin.http.access import LogReader, SpaceAuditor, SpaceReader
from fangma.twin.http.audit_bodies import AuditChanges, IdleRooms, Push, Pushes, PushOrder
from fangma.twin.http.bodies import CodeInQuery, WordInQuery
from fangma.twin.http.dependencies import At, AuditsOf, Known, PoolOf
from fangma.twin.pushing.destinations import AUDIT
from fangma.twin.pushing.queueing import queue_audit
from fangma.twin.times import parse_time

router: Final = APIRouter(tags=["audit"])
_Time = Annotated[str | None, Query(max_length=40)]


@router.get("/api/idle", operation_id="readIdle", response_model=IdleRooms)
def read_idle(
    session: SpaceReader,
    pool: PoolOf,
    audits: AuditsOf,
    at: At,
    known: Known,
    site: CodeInQuery = None,
    standard: WordInQuery = None,
) -> dict[str, Any]:
    """List rooms that nobody uses: since when, by what evidence, and what may be done with them."""
    with pool.connection() as connection:
        with reading(connection, session.reader, at, known) as moment:
            found = idle_rooms(connection, moment, site=site, standard=standard, shelf=audits)
        with recording(connection, session.reader):
            audit_log.append(
                connection, actor=session.name, action="audit-read", subject=site,
                detail={"of": "idle"},
            )  # fmt: skip
    return found


@router.get("/api/audit/changes", operation_id="readAuditChanges", response_model=AuditChanges)
def read_audit_changes(
    session: SpaceReader,
    pool: PoolOf,
    audits: AuditsOf,
    at: At,
    known: Known,
    since: Annotated[str, Query(max_length=40, description="Time of the earlier audit; as `at`.")],
    since_known: _Time = None,
    site: CodeInQuery = None,
    standard: WordInQuery = None,
) -> dict[str, Any]:
    """Say whose verdict or area changed between two audits, and why; people by pseudonym."""
    then = (parse_time(since), None if since_known is None else parse_time(since_known))
    both = []
    with pool.connection() as connection:
        for when in (then, (at, known)):
            with reading(connection, session.reader, *when) as moment:
                both.append(
                    audit_of(connection, moment, site=site, standard=standard, shelf=audits)
                )
        with recording(connection, session.reader):
            audit_log.append(
                connection, actor=session.name, action="audit-read", subject=None,
                detail={"since": since},
            )  # fmt: skip
    return compare(*both)


@router.post("/api/audit/push", operation_id="pushAudit", response_model=Push, status_code=202)
def push_audit(
    session: SpaceAuditor, pool: PoolOf, audits: AuditsOf, order: PushOrder
) -> dict[str, Any]:
    """Queue an audit, as its sender sees it, for the inspection authority; sent within seconds.

    Where it goes is a setting of the machine. The same audit again is the same message.
    """
    when = tuple(None if text is None else parse_time(text) for text in (order.at, order.known))
    with pool.connection() as connection:
        with reading(connection, session.reader, *when) as moment:
            code = site_of(connection, moment, order.site).code
            audited = audit_of(
                connection, moment, site=order.site, standard=order.standard, shelf=audits
            )
            document = document_of(audited)
        return queue_audit(connection, document, site=code, actor=session.name).as_dict()


@router.get("/api/pushes", operation_id="listPushes", response_model=Pushes)
def list_pushes(
    session: LogReader,
    pool: PoolOf,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """List audits that were pushed outside, of sites that the reader sees, and how it went."""
    with pool.connection() as connection:
        with reading(connection, session.reader) as moment:
            seen = {site.code for site in sites(connection, moment)}
        # The outbox is the machine's own; what is told of it names a site and no contents.
        with reading(connection, OPERATOR):
            found = outbox.listed(connection, destination=AUDIT, limit=limit)
    return {"items": [message.as_dict() for message in found if message.subject in seen]}
