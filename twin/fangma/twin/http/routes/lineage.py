"""What became of what: decisions of planners, and the family of a code."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Response
from shapely.geometry import LineString

from fangma.asset_registry.dividing import Part
from fangma.asset_registry.family_drawing import draw_family
from fangma.asset_registry.store import lineage, undoing
from fangma.asset_registry.store.connection import Connection, recording
from fangma.asset_registry.store.lineage import Decided, Order
from fangma.twin.http.access import Planner
from fangma.twin.http.bodies import CodeInPath
from fangma.twin.http.dependencies import PoolOf, Reading, Registry, SettingsOf
from fangma.twin.http.errors import BadParameterError
from fangma.twin.http.lineage_bodies import (
    Decision,
    DecisionMade,
    DecisionUndone,
    Family,
    MergeBody,
    RenumberBody,
    SplitBody,
    SwapBody,
    UndoBody,
    UseBody,
)
from fangma.twin.times import parse_time

router: Final = APIRouter(prefix="/api", tags=["lineage"])


@router.get("/items/{code}/lineage", operation_id="readLineage", response_model=Family)
def read_lineage(registry: Registry, code: CodeInPath) -> dict[str, Any]:
    """Give the ancestors and descendants of a code, as far as the reader may see them."""
    return _family(registry, code)


@router.get("/items/{code}/lineage.svg", operation_id="drawLineage", response_class=Response)
def draw_lineage(registry: Registry, code: CodeInPath) -> Response:
    """Draw them."""
    return Response(draw_family(_family(registry, code)), media_type="image/svg+xml")


def _family(registry: Reading, code: str) -> dict[str, Any]:
    found = lineage.family(registry.connection, code, registry.moment)
    registry.note_secrets(found["code"], (member["code"] for member in found["members"]))
    return found


@router.post("/lineage/split", operation_id="splitItem", response_model=DecisionMade)
def split(body: SplitBody, session: Planner, pool: PoolOf, settings: SettingsOf) -> dict[str, Any]:
    """Divide a room or a run of pipe; people, ledger and sensors follow by the rules."""
    cut = None
    if body.cut is not None:
        if not all(map(math.isfinite, body.cut)):
            raise BadParameterError("The cut holds no numbers.", "Give x1, y1, x2, y2 in metres.")
        cut = LineString([body.cut[:2], body.cut[2:]])
    parts = [Part(number=p.number, name=p.name) for p in body.parts]
    sizes = [p.size for p in body.parts]
    return _decide(
        body, session.name, session.reader, pool,
        lambda conn, order: lineage.split(
            conn, body.code, parts,
            replace(
                order, accepts_sizes=body.accept_area, size_limit=settings.lineage_size_limit
            ),
            sizes=sizes, cut=cut,
        ),
    )  # fmt: skip


@router.post("/lineage/merge", operation_id="mergeItems", response_model=DecisionMade)
def merge(body: MergeBody, session: Planner, pool: PoolOf) -> dict[str, Any]:
    """Throw rooms or runs of pipe together."""
    return _decide(
        body, session.name, session.reader, pool,
        lambda conn, order: lineage.merge(
            conn, body.codes, order, number=body.number, name=body.name
        ),
    )  # fmt: skip


@router.post("/lineage/renumber", operation_id="renumberItem", response_model=DecisionMade)
def renumber(body: RenumberBody, session: Planner, pool: PoolOf) -> dict[str, Any]:
    """Put another number on a door; the code stays."""
    return _decide(
        body, session.name, session.reader, pool,
        lambda conn, order: lineage.renumber(conn, body.code, body.number, order),
    )  # fmt: skip


@router.post("/lineage/swap", operation_id="swapItems", response_model=DecisionMade)
def swap(body: SwapBody, session: Planner, pool: PoolOf) -> dict[str, Any]:
    """Let two things exchange numbers and names; the codes stay."""
    return _decide(
        body, session.name, session.reader, pool,
        lambda conn, order: lineage.swap(conn, body.codes[0], body.codes[1], order),
    )  # fmt: skip


@router.post("/lineage/use", operation_id="changeUse", response_model=DecisionMade)
def use(body: UseBody, session: Planner, pool: PoolOf) -> dict[str, Any]:
    """Record that a room is used for something else from a day on."""
    return _decide(
        body, session.name, session.reader, pool,
        lambda conn, order: lineage.change_use(conn, body.code, body.use, order),
    )  # fmt: skip


@router.post("/lineage/undo", operation_id="undoDecision", response_model=DecisionUndone)
def undo(body: UndoBody, session: Planner, pool: PoolOf) -> dict[str, Any]:
    """Take a decision back, or with `dry_run` tell what would come back."""
    if body.reason is None and not body.dry_run:
        raise BadParameterError("No reason is given.", "Say why the decision is taken back.")
    with (
        pool.connection() as connection,
        recording(connection, session.reader),
        connection.transaction(force_rollback=body.dry_run),
    ):
        done = undoing.undo(
            connection, body.revision, actor=session.name, reason=body.reason,
            document=body.document,
        )  # fmt: skip
    return done.as_dict() | {"dry_run": body.dry_run}


def _decide(
    body: Decision,
    actor: str,
    reader: Any,  # noqa: ANN401 - an account's id
    pool: PoolOf,
    carry_out: Callable[[Connection, Order], Decided],
) -> dict[str, Any]:
    at = datetime.now(UTC) if body.at is None else parse_time(body.at)
    order = Order(actor=actor, at=at, reason=body.reason, document=body.document)
    with pool.connection() as connection, recording(connection, reader):
        return carry_out(connection, order).as_dict()
