"""Reallocation plans: drawn up, edited with live checks, compared, approved, carried out."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query, Response

from fangma.asset_registry.reallocation.request import read_request
from fangma.asset_registry.store.connection import Pool, reading
from fangma.twin import planning
from fangma.twin.http.access import Planner, SpaceReader
from fangma.twin.http.bodies import CodeInPath, CodeInQuery
from fangma.twin.http.dependencies import At, Known, PoolOf
from fangma.twin.http.errors import BadParameterError, VersionMissingError
from fangma.twin.http.plan_bodies import (
    NewPlan,
    NewRoomNote,
    PlanAssignment,
    PlanChange,
    PlanCheck,
    PlanComment,
    PlanComparison,
    PlanDecision,
    PlanDocument,
    PlanList,
    PlanMerge,
    PlanReversal,
    PlanSolve,
    PlanStatus,
    PlanSubmission,
    PlanWish,
    PlanWithdrawal,
    RoomNote,
)
from fangma.twin.lending import Lent
from fangma.twin.plans import Desk
from fangma.twin.sign_in.sessions import Session
from fangma.twin.solving_apart import solve_apart

router: Final = APIRouter(prefix="/api", tags=["plans"])
_LONGEST_S: Final = 60.0
_LONGEST_SKETCH: Final = 64 * 1024
_TAG: Final = re.compile(r'(?:W/)?"v(\d{1,9})"')
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
PersonInPath = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description='The plan\'s ETag, `"v3"`; `*` = whichever version.'),
]
_NumberInQuery = Annotated[int, Query(ge=1, le=2**31 - 1)]


@contextmanager
def _desk(pool: Pool, session: Session) -> Iterator[Desk]:
    with Lent(pool) as lent:
        yield Desk(lent, session.reader, session.name, datetime.now(UTC))


def _version(tag: str | None) -> int | None:
    """Read the version that a change was made for.

    Raises
    ------
    VersionMissingError
        When the header is not there.
    BadParameterError
        When it is none of our tags.
    """
    if tag is None:
        raise VersionMissingError(
            "The change does not say for which version of the plan it was made.",
            "Send the plan's ETag as If-Match; read the plan first.",
        )
    if tag.strip() == "*":
        return None
    found = _TAG.fullmatch(tag.strip().removesuffix("-gzip"))
    if found is None:
        raise BadParameterError(
            f'found If-Match {tag[:40]!r}, expected a tag such as "v3"',
            "send the ETag of the plan as it was read",
        )
    return int(found[1])


def _tagged(response: Response, document: dict[str, Any]) -> dict[str, Any]:
    response.headers["ETag"] = f'"v{document["version"]}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return document


@router.get("/plans", operation_id="listPlans", response_model=PlanList)
def list_plans(
    session: SpaceReader,
    pool: PoolOf,
    site: CodeInQuery = None,
    status: Annotated[PlanStatus | None, Query()] = None,
) -> dict[str, Any]:
    """List plans, newest first; one that names a room which the reader may not see is left out."""
    with _desk(pool, session) as desk:
        return {"items": desk.list(site=site, status=status)}


@router.post("/plans", operation_id="createPlan", response_model=PlanDocument)
def create(body: NewPlan, session: Planner, pool: PoolOf, response: Response) -> dict[str, Any]:
    """Draw a plan up and keep it as a draft; one without a solution is kept too, with the why."""
    with _desk(pool, session) as desk:
        return _tagged(
            response, desk.draft(_limited(body.request), title=body.title, solve=body.solve)
        )


@router.post("/plans/solve", operation_id="solvePlan", response_model=dict[str, Any])
def solve(body: PlanWish, session: Planner, pool: PoolOf, at: At, known: Known) -> dict[str, Any]:
    """Answer a request without keeping it, as `fangma plan solve`; infeasible is an answer too."""
    request = read_request(_limited(body.request))
    if request.is_whole:
        situation = planning.whole_situation(request, now=datetime.now(UTC))
    else:
        with (
            pool.connection() as connection,
            reading(connection, session.reader, at, known) as moment,
        ):
            situation = planning.registry_situation(connection, moment, request)
    return solve_apart(situation)


@router.get("/plans/template", operation_id="readPlanTemplate", response_model=dict[str, Any])
def template(
    session: SpaceReader, pool: PoolOf, at: At, known: Known, site: CodeInQuery = None
) -> dict[str, Any]:
    """Write a request from what the registry holds, to be completed with demands and wishes."""
    with pool.connection() as connection, reading(connection, session.reader, at, known) as moment:
        return planning.write_template(connection, moment, site=site)


@router.get("/plans/compare", operation_id="comparePlans", response_model=PlanComparison)
def compare(
    session: SpaceReader, pool: PoolOf, left: _NumberInQuery, right: _NumberInQuery
) -> dict[str, Any]:
    """Put two plans side by side."""
    with _desk(pool, session) as desk:
        return desk.compare(left, right)


@router.post("/plans/merge", operation_id="mergePlans", response_model=PlanDocument)
def merge(body: PlanMerge, session: Planner, pool: PoolOf, response: Response) -> dict[str, Any]:
    """Make a new draft of two plans; `conflicts` names whom both place differently."""
    with _desk(pool, session) as desk:
        made = desk.merge(body.left, body.right, title=body.title, chosen=body.choose)
        return _tagged(response, made)


@router.get("/plans/{plan}", operation_id="readPlan", response_model=PlanDocument)
def read(plan: Number, session: SpaceReader, pool: PoolOf, response: Response) -> dict[str, Any]:
    """Give a plan, judged as things stand."""
    with _desk(pool, session) as desk:
        return _tagged(response, desk.show(plan))


@router.get("/plans/{plan}/check", operation_id="checkPlan", response_model=PlanCheck)
def check(plan: Number, session: SpaceReader, pool: PoolOf) -> dict[str, Any]:
    """Judge a plan as things stand: rules broken in words, figures, rooms before and after."""
    with _desk(pool, session) as desk:
        return desk.check(plan)


@router.patch("/plans/{plan}", operation_id="changePlan", response_model=PlanDocument)
def change(
    plan: Number,
    body: PlanChange,
    session: Planner,
    pool: PoolOf,
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Change title or request of a draft."""
    request = None if body.request is None else _limited(body.request)
    with _desk(pool, session) as desk:
        changed = desk.edit(plan, _version(if_match), title=body.title, request=request)
        return _tagged(response, changed)


@router.put(
    "/plans/{plan}/assignments/{person}", operation_id="assignInPlan", response_model=PlanDocument
)
def assign(
    plan: Number,
    person: PersonInPath,
    body: PlanAssignment,
    session: Planner,
    pool: PoolOf,
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Place somebody by hand; the answer carries the violations, in words."""
    with _desk(pool, session) as desk:
        return _tagged(response, desk.assign(plan, _version(if_match), person, body.room))


@router.delete(
    "/plans/{plan}/assignments/{person}", operation_id="unassignInPlan", response_model=PlanDocument
)
def unassign(
    plan: Number,
    person: PersonInPath,
    session: Planner,
    pool: PoolOf,
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Take the draft's word about somebody away: they stay where they are."""
    with _desk(pool, session) as desk:
        return _tagged(response, desk.assign(plan, _version(if_match), person, None, forget=True))


@router.post("/plans/{plan}/solve", operation_id="solveAgain", response_model=PlanDocument)
def solve_again(
    plan: Number,
    body: PlanSolve,
    session: Planner,
    pool: PoolOf,
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Solve a draft anew, with or without what was placed by hand."""
    with _desk(pool, session) as desk:
        return _tagged(response, desk.solve(plan, _version(if_match), keep=body.keep))


@router.post("/plans/{plan}/submit", operation_id="submitPlan", response_model=PlanDocument)
def submit(
    plan: Number,
    body: PlanSubmission,
    session: Planner,
    pool: PoolOf,
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Hand a draft in; it must break no rule."""
    with _desk(pool, session) as desk:
        done = desk.submit(plan, _version(if_match), approvals=body.approvals, comment=body.comment)
        return _tagged(response, done)


@router.post("/plans/{plan}/decisions", operation_id="decidePlan", response_model=PlanDocument)
def decide(
    plan: Number,
    body: PlanDecision,
    session: SpaceReader,
    pool: PoolOf,
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Approve or reject, as somebody who had no hand in it; each approval by another person."""
    with _desk(pool, session) as desk:
        done = desk.decide(
            plan,
            _version(if_match),
            decision=body.decision,
            roles=frozenset(str(role) for role in session.roles),
            comment=body.comment,
        )
        return _tagged(response, done)


@router.post("/plans/{plan}/withdraw", operation_id="withdrawPlan", response_model=PlanDocument)
def withdraw(
    plan: Number,
    body: PlanWithdrawal,
    session: Planner,
    pool: PoolOf,
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Take a submitted or approved plan back to a draft, or lay a draft aside."""
    with _desk(pool, session) as desk:
        return _tagged(response, desk.withdraw(plan, _version(if_match), comment=body.comment))


@router.post("/plans/{plan}/apply", operation_id="applyPlan", response_model=PlanDocument)
def apply(
    plan: Number,
    session: Planner,
    pool: PoolOf,
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Write an approved plan into the registry, on its day or later."""
    with _desk(pool, session) as desk:
        return _tagged(response, desk.apply(plan, _version(if_match)))


@router.post("/plans/{plan}/revert", operation_id="revertPlan", response_model=PlanDocument)
def revert(
    plan: Number,
    body: PlanReversal,
    session: Planner,
    pool: PoolOf,
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, Any]:
    """Put everybody back from today on; what lay between stays on record."""
    with _desk(pool, session) as desk:
        return _tagged(response, desk.revert(plan, _version(if_match), reason=body.reason))


@router.post("/plans/{plan}/comments", operation_id="commentPlan", response_model=PlanDocument)
def comment(
    plan: Number, body: PlanComment, session: SpaceReader, pool: PoolOf, response: Response
) -> dict[str, Any]:
    """Say something about a plan, in any state."""
    with _desk(pool, session) as desk:
        return _tagged(response, desk.comment(plan, body.text))


@router.post("/items/{code}/notes", operation_id="addRoomNote", response_model=RoomNote)
def add_note(
    code: CodeInPath, body: NewRoomNote, session: SpaceReader, pool: PoolOf
) -> dict[str, Any]:
    """Keep a comment or sketch in a room's file; `GET /api/items/{code}` shows it as `notes`."""
    if body.sketch is not None and len(json.dumps(body.sketch)) > _LONGEST_SKETCH:
        raise BadParameterError(
            "found a sketch of more than 64 KiB, expected less", "draw fewer points"
        )
    with _desk(pool, session) as desk:
        return desk.note(code, body.text, sketch=body.sketch, plan=body.plan)


def _limited(request: dict[str, Any]) -> dict[str, Any]:
    """Keep the time and the threads of a request within what a web server may give to one."""
    settings = request.get("settings", {})
    if not isinstance(settings, dict):
        return request  # the reader of requests says what is wrong
    limit = settings.get("time_limit_s", _LONGEST_S)
    if isinstance(limit, int | float) and limit > _LONGEST_S:
        raise BadParameterError(
            f"found settings.time_limit_s {limit:g}, expected at most {_LONGEST_S:g}",
            "solve larger problems with fangma plan solve on the server",
        )
    workers = settings.get("workers", 0)
    if isinstance(workers, int) and workers > 2:
        raise BadParameterError(
            f"found settings.workers {workers}, expected at most 2", "leave it out"
        )
    return request
