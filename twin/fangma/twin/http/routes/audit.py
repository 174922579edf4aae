"""The audit: every person, room and unit against the standard."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from fangma.asset_registry.auditing.evidence import Evidence
from fangma.asset_registry.store import audit_log, occupation
from fangma.asset_registry.store.connection import reading, recording
from fangma.asset_registry.store.sites import find_site
from fangma.twin.auditing import explain_person, run_audit
from fangma.twin.http.access import SpaceReader
from fangma.twin.http.bodies import Audit, CodeInQuery
from fangma.twin.http.dependencies import At, Known, PoolOf
from fangma.twin.http.errors import BadParameterError, ForbiddenError
from fangma.twin.sign_in.roles import Role

router: Final = APIRouter(prefix="/api/audit", tags=["audit"])
_Word = Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")]


@router.get("", operation_id="readAudit", response_model=Audit)
def read_audit(
    session: SpaceReader,
    pool: PoolOf,
    at: At,
    known: Known,
    site: CodeInQuery = None,
    standard: _Word = None,
    unit: _Word = None,
    names: Annotated[bool, Query(description="With names of people; auditors only.")] = False,
    reason: Annotated[
        str | None, Query(max_length=500, description="Why names are needed; kept in the log.")
    ] = None,
) -> dict[str, Any]:
    """Judge a site on a day, as far as the reader sees it; people by pseudonym."""
    if names:
        if Role.AUDITOR not in session.roles:
            raise ForbiddenError(
                "Names of people need the role auditor.", "Leave names out, or ask an auditor."
            )
        if reason is None or not reason.strip():
            raise BadParameterError(
                "Names of people need a reason.", "Give it as reason; it is kept in the log."
            )
    found = None
    with pool.connection() as connection:
        with reading(connection, session.reader, at, known) as moment:
            document = run_audit(connection, moment, site=site, standard=standard, unit=unit)
            if names:
                found = find_site(connection, site, moment)
                by_code = {} if found is None else occupation.names(connection, found.id)
                for person in document["persons"]:
                    person["name"] = by_code.get(person["person"])
        with recording(connection, session.reader):
            audit_log.append(
                connection,
                actor=session.name,
                action="names-read" if names else "audit-read",
                subject=unit if found is None else found.code,
                detail={"reason": reason.strip()} if names and reason else {},
            )
    return document


@router.get("/evidence", operation_id="readEvidence", response_model=Evidence)
def read_evidence(
    session: SpaceReader,
    pool: PoolOf,
    at: At,
    known: Known,
    person: Annotated[str, Query(max_length=100, pattern=r"^[^\x00]+$")],
    site: CodeInQuery = None,
    standard: _Word = None,
) -> Evidence:
    """Open a person's verdict to what it rests on, by pseudonym; kept in the log."""
    with pool.connection() as connection:
        with reading(connection, session.reader, at, known) as moment:
            evidence = explain_person(connection, moment, person, site=site, standard=standard)
        with recording(connection, session.reader):
            audit_log.append(
                connection, actor=session.name, action="audit-read", subject=person, detail={}
            )
    return evidence
