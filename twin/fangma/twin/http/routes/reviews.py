"""Questions that imports could not answer, decided by planners."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query

from fangma.asset_registry.auditing.engine import Audit
from fangma.asset_registry.errors import RegistryError
from fangma.asset_registry.store import audit_log, reviews
from fangma.asset_registry.store.connection import recording
from fangma.asset_registry.store.impact import sides
from fangma.twin.audit_shelf import AuditShelf
from fangma.twin.http.access import AUDIT_READERS, Planner
from fangma.twin.http.dependencies import AuditsOf, PoolOf, Reading, Registry
from fangma.twin.http.errors import NotFoundError
from fangma.twin.http.lineage_bodies import (
    ReviewDecisionBody,
    ReviewDetail,
    ReviewItem,
    Reviews,
)
from fangma.twin.times import parse_time

router: Final = APIRouter(prefix="/api/reviews", tags=["lineage"])
_Number = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("", operation_id="listReviews", response_model=Reviews)
def list_reviews(
    registry: Registry,
    all_: Annotated[bool, Query(alias="all", description="With the decided ones too.")] = False,
) -> dict[str, Any]:
    """List what waits for a decision, as far as the reader may see both sides."""
    found = reviews.list_reviews(registry.connection, all_=all_)
    registry.note_secrets(
        "reviews", (code for review in found for code in (*review.old_codes, *review.new_codes))
    )
    return {"items": [review.as_dict() for review in found]}


@router.get("/{number}", operation_id="readReview", response_model=ReviewDetail)
def read_review(registry: Registry, audits: AuditsOf, number: _Number) -> dict[str, Any]:
    """Give one with both sides: outlines, names, areas, and what hangs on them."""
    found = reviews.list_reviews(registry.connection, all_=True, id_=number)
    if not found:
        raise NotFoundError("review", str(number))
    review = found[0]
    registry.note_secrets(f"review {number}", (*review.old_codes, *review.new_codes))
    audited = _audited(registry, audits, review)
    return review.as_dict() | {
        "old_things": sides(registry.connection, review.old_ids, audited),
        "new_things": sides(registry.connection, review.new_ids, audited),
        "allowed": [] if review.decision else list(reviews.allowed(review)),
    }


def _audited(registry: Reading, audits: AuditShelf, review: reviews.Review) -> Audit | None:
    """Audit the site where the reader may know what that finds, and it can be audited."""
    if not AUDIT_READERS & registry.session.roles:
        return None
    try:
        return audits.audit(registry.connection, registry.moment, review.site_id, None)
    except RegistryError:
        return None


@router.post("/{number}/decision", operation_id="decideReview", response_model=ReviewItem)
def decide_review(
    number: _Number, body: ReviewDecisionBody, session: Planner, pool: PoolOf
) -> dict[str, Any]:
    """Decide it; the codes follow at once."""
    at = datetime.now(UTC) if body.at is None else parse_time(body.at)
    with pool.connection() as connection, recording(connection, session.reader):
        reviews.decide(
            connection, number, body.decision, actor=session.name, at=at, reason=body.reason,
            document=body.document,
        )  # fmt: skip
        (decided,) = reviews.list_reviews(connection, all_=True, id_=number)
        audit_log.append(
            connection, actor=session.name, action="review", subject=str(number),
            detail={"decision": body.decision, "reason": body.reason},
        )  # fmt: skip
    return decided.as_dict()
