"""The audit: every person, room and unit against the standard."""

from datetime import date
from io import BytesIO
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from fangma.asset_registry.auditing.evidence import Evidence
from fangma.asset_registry.standards.choosing import shipped
from fangma.asset_registry.store import audit_log, occupation
from fangma.asset_registry.store.connection import reading, recording
from fangma.twin.audit_pack import digest_of, make_manifest, pack_bytes
from fangma.twin.audit_workbook import write_audit
from fangma.twin.auditing import (
    audit_files,
    audit_of,
    document_of,
    draw_audit,
    explain_person,
    run_audit,
    site_of,
)
from fangma.twin.http.access import SpaceAuditor, SpaceReader
from fangma.twin.http.audit_bodies import Audit
from fangma.twin.http.bodies import CodeInQuery, WordInQuery
from fangma.twin.http.dependencies import DEAR, At, AuditsOf, Known, PoolOf
from fangma.twin.http.errors import BadParameterError, ForbiddenError
from fangma.twin.http.in_lines import RESPONSES, accepts_lines, answer
from fangma.twin.http.revalidation import REVALIDATE, has, tag_of, unchanged
from fangma.twin.http.standard_bodies import RulePacks
from fangma.twin.sign_in.roles import Role

router: Final = APIRouter(prefix="/api/audit", tags=["audit"], dependencies=[DEAR])
_MEDIA_TYPES: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@router.get("", operation_id="readAudit", response_model=Audit, responses=RESPONSES)
def read_audit(
    request: Request,
    session: SpaceReader,
    pool: PoolOf,
    audits: AuditsOf,
    at: At,
    known: Known,
    site: CodeInQuery = None,
    standard: WordInQuery = None,
    unit: WordInQuery = None,
    names: Annotated[bool, Query(description="With names of people; auditors only.")] = False,
    reason: Annotated[
        str | None, Query(max_length=500, description="Why names are needed; kept in the log.")
    ] = None,
) -> Response:
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
    # The tag stands for the audit: asked again without ``at``, 304 says that all but the moment of
    # asking is what it was.
    document: dict[str, Any] | None = None
    with pool.connection() as connection:
        with reading(connection, session.reader, at, known) as moment:
            audited = audit_of(connection, moment, site=site, standard=standard, shelf=audits)
            tag = tag_of(audits.tag(audited), unit, at, known, accepts_lines(request))
            if names or not has(request, tag):
                document = document_of(audited, unit=unit)
                by_code: dict[str, str] = {}
                if names:
                    found = site_of(connection, moment, site)
                    by_code = occupation.names(connection, found.id)
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
    if document is None:
        return unchanged(f"W/{tag}")
    headers = {"Cache-Control": "no-store"} if names else {"ETag": f"W/{tag}"}
    headers.setdefault("Cache-Control", REVALIDATE)
    return answer(request, document, headers)


@router.get("/evidence", operation_id="readEvidence", response_model=Evidence)
def read_evidence(
    session: SpaceReader,
    pool: PoolOf,
    audits: AuditsOf,
    at: At,
    known: Known,
    person: Annotated[str, Query(max_length=100, pattern=r"^[^\x00]+$")],
    site: CodeInQuery = None,
    standard: WordInQuery = None,
) -> Evidence:
    """Open a person's verdict to what it rests on, by pseudonym; kept in the log."""
    with pool.connection() as connection:
        with reading(connection, session.reader, at, known) as moment:
            evidence = explain_person(
                connection, moment, person, site=site, standard=standard, shelf=audits
            )
        with recording(connection, session.reader):
            audit_log.append(
                connection, actor=session.name, action="audit-read", subject=person, detail={}
            )
    return evidence


@router.get(
    "/report",
    operation_id="readAuditReport",
    response_class=Response,
    responses={200: {"content": {media: {} for media in _MEDIA_TYPES.values()}}},
)
def read_audit_report(
    session: SpaceReader,
    pool: PoolOf,
    audits: AuditsOf,
    at: At,
    known: Known,
    form: Annotated[Literal["pdf", "xlsx"], Query(alias="as", description="pdf or xlsx")],
    site: CodeInQuery = None,
    standard: WordInQuery = None,
    unit: WordInQuery = None,
) -> Response:
    """Write the audit of a day as a report with plans, or as a workbook; people by pseudonym."""
    with pool.connection() as connection:
        with reading(connection, session.reader, at, known) as moment:
            document = run_audit(
                connection, moment, site=site, standard=standard, unit=unit, shelf=audits
            )
            body = draw_audit(connection, moment, document, site=site) if form == "pdf" else b""
        with recording(connection, session.reader):
            audit_log.append(
                connection,
                actor=session.name,
                action="audit-read",
                subject=unit,
                detail={"as": form},
            )
    if form == "xlsx":
        sheet = BytesIO()
        write_audit(sheet, document)
        body = sheet.getvalue()
    name = f"fangma-audit-{document['at'][:10]}.{form}"
    return Response(
        body,
        media_type=_MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get(
    "/pack",
    operation_id="readAuditPack",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
)
def read_audit_pack(
    session: SpaceAuditor,
    pool: PoolOf,
    at: At,
    known: Known,
    site: CodeInQuery = None,
    standard: WordInQuery = None,
) -> Response:
    """Write the hand-over pack of a site's audit; `fangma verify` finds any byte changed since."""
    with pool.connection() as connection:
        with reading(connection, session.reader, at, known) as moment:
            files, about = audit_files(connection, moment, site=site, standard=standard)
        manifest = make_manifest(files, about)
        with recording(connection, session.reader):
            audit_log.append(
                connection,
                actor=session.name,
                action="audit-pack",
                subject=about["site"],
                detail={"digest": digest_of(manifest), "at": about["at"]},
            )
    name = f"fangma-audit-{about['at'][:10]}.zip"
    return Response(
        pack_bytes(files, manifest),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/standards", operation_id="listRulePacks", response_model=RulePacks)
def list_rule_packs(session: SpaceReader) -> dict[str, Any]:  # noqa: ARG001 - who may ask
    """List the national rule packs that an audit can be held against, the newest first."""
    found = sorted(
        (pack for pack in shipped() if pack.level == "national"),
        key=lambda pack: (pack.valid_from or date.min, pack.name),
        reverse=True,
    )
    return {
        "items": [
            {
                "name": pack.name,
                "title": pack.title,
                "document": pack.document,
                "valid_from": pack.valid_from,
                "valid_to": pack.valid_to,
            }
            for pack in found
        ]
    }
