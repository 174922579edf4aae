"""Work orders: reported, moved on, shown, printed."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request, Response

from fangma.asset_registry.store import audit_log, work_orders
from fangma.asset_registry.store.connection import reading, recording
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.work_orders.facts import Deed, Part, Report
from fangma.asset_registry.work_orders.lifecycle import check_states
from fangma.twin.field import orders
from fangma.twin.field.photos import PhotoStore
from fangma.twin.field.sheet_words import Language
from fangma.twin.field.sheets import draft_sheet, finish_sheet
from fangma.twin.http.access import Dispatcher, Reader
from fangma.twin.http.bodies import CodeInQuery
from fangma.twin.http.dependencies import (
    USUAL_LIMIT,
    Limit,
    Next,
    PoolOf,
    Registry,
    SettingsOf,
    find_site,
)
from fangma.twin.http.errors import NotFoundError
from fangma.twin.http.field_bodies import (
    OrderFile,
    OrderPage,
    PhotoKept,
    ReportBody,
    StepBody,
    WorkerList,
)
from fangma.twin.http.paging import decode_next, encode_next
from fangma.twin.services.home import Home
from fangma.twin.sign_in.sessions import Session
from fangma.twin.times import parse_time

router: Final = APIRouter(prefix="/api/orders", tags=["orders"])
_States = Annotated[list[str] | None, Query(max_length=10, description="reported, done ...")]
IMAGE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp")
        },
    }
}


async def _whole_body(request: Request) -> bytes:
    return await request.body()


WholeBody = Annotated[bytes, Depends(_whole_body)]


@router.get("", operation_id="listOrders", response_model=OrderPage)
def list_orders(
    registry: Registry,
    code: CodeInQuery = None,
    site: CodeInQuery = None,
    state: _States = None,
    responsible: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]*$")] = None,
    limit: Limit = USUAL_LIMIT,
    next_: Next = None,
) -> dict[str, Any]:
    """List work orders, the newest first; of a room with those of all that lies in it."""
    key = decode_next(next_, int)
    connection, moment = registry.connection, registry.moment
    entries = None
    if code is not None:
        entry_id, kind, _ = find_entry(connection, code, moment)
        entries = [entry_id]
        if kind == "room":
            entries = work_orders.entries_within(connection, entry_id, moment)
    found = work_orders.list_orders(
        connection,
        moment,
        entries=entries,
        site_id=find_site(registry, site).id if site is not None else None,
        states=None if state is None else check_states(state),
        responsible=responsible,
        before=int(key[0]) if key else None,
        limit=limit + 1,
    )
    page = found[:limit]
    for order in page:
        if order.secret:
            registry.note("secret-read", order.code)
    return {
        "items": [order.as_dict() for order in page],
        "next": encode_next(page[-1].number) if len(found) > limit else None,
    }


@router.get("/workers", operation_id="listWorkers", response_model=WorkerList)
def list_workers(_: Dispatcher, pool: PoolOf) -> dict[str, Any]:
    """List whom orders can be given to."""
    with pool.connection() as connection:
        found = work_orders.workers(connection)
    return {"items": [{"name": name, "displayName": shown} for name, shown in found]}


@router.post("", operation_id="reportFault", response_model=OrderFile, status_code=201)
def report(body: ReportBody, session: Reader, pool: PoolOf) -> dict[str, Any]:
    """Report a fault at a room, pipe, valve or device."""
    with pool.connection() as connection:
        order, _ = orders.report(connection, session.reader, report_of(body, session))
    return orders.told(order, actor=session.name, roles=session.roles)


@router.get("/{order}", operation_id="readOrder", response_model=OrderFile)
def read_order(order: UUID, registry: Registry) -> dict[str, Any]:
    """Give an order with every step."""
    found = work_orders.find_order(registry.connection, order, registry.moment)
    if found.secret:
        registry.note("secret-read", found.code)
    return orders.told(found, actor=registry.session.name, roles=registry.session.roles)


@router.post("/{order}/steps", operation_id="advanceOrder", response_model=OrderFile)
def advance(order: UUID, body: StepBody, session: Reader, pool: PoolOf) -> dict[str, Any]:
    """Take an order one step on; who may, the state machine says (docs/field.md)."""
    with pool.connection() as connection:
        moved, _ = orders.advance(
            connection,
            session.reader,
            order,
            deed_of(body),
            actor=session.name,
            roles=session.roles,
        )
    return orders.told(moved, actor=session.name, roles=session.roles)


@router.post(
    "/{order}/photos",
    operation_id="addOrderPhoto",
    response_model=PhotoKept,
    status_code=201,
    openapi_extra=IMAGE,
)
def add_photo(
    order: UUID, session: Reader, pool: PoolOf, settings: SettingsOf, data: WholeBody
) -> dict[str, Any]:
    """Keep a photo with an order: JPEG, PNG or WebP; written anew, without what else it held."""
    store = PhotoStore(root=Home(directory=settings.home).photos)
    with pool.connection() as connection:
        sha256, is_new = orders.attach(
            connection, session.reader, store, order, data, actor=session.name
        )
    return {"sha256": sha256, "new": is_new}


@router.get(
    "/{order}/photos/{sha256}",
    operation_id="readOrderPhoto",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def read_photo(order: UUID, sha256: str, registry: Registry, settings: SettingsOf) -> Response:
    """Give a photo of an order."""
    if not work_orders.has_photo(registry.connection, order, sha256):
        raise NotFoundError("photo", sha256)
    found = work_orders.find_order(registry.connection, order, registry.moment)
    registry.note_secrets(found.code, (found.code,))
    file = PhotoStore(root=Home(directory=settings.home).photos).path(sha256)
    if not file.is_file():
        raise NotFoundError("photo", sha256)
    return Response(
        file.read_bytes(),
        media_type="image/jpeg",
        headers={"Cache-Control": "private, max-age=86400, immutable"},
    )


@router.get(
    "/{order}/sheet",
    operation_id="printOrderSheet",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def print_sheet(
    order: UUID,
    request: Request,
    session: Reader,
    pool: PoolOf,
    settings: SettingsOf,
    lang: Annotated[Language, Query(description="Of the sheet.")] = "zh",
) -> Response:
    """Write the sheet that one takes along, as PDF; the picture takes some seconds."""
    home = Home(directory=settings.home)
    base_url = settings.public_url or str(request.base_url)
    with pool.connection() as connection:
        with reading(connection, session.reader) as moment:
            draft = draft_sheet(
                connection, moment, order, home=home, base_url=base_url, language=lang
            )
        with recording(connection, session.reader):
            audit_log.append(
                connection,
                actor=session.name,
                action="order-sheet",
                subject=draft.content.code,
                detail={"order": draft.content.number},
            )
    sheet = finish_sheet(draft)  # without a connection: others need it meanwhile
    return Response(
        sheet.pdf,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="order-{sheet.number}.pdf"',
            "Cache-Control": "no-store",
        },
    )


def report_of(body: ReportBody, session: Session, id_: UUID | None = None) -> Report:
    """Turn what a client sent into a report."""
    return Report(
        id=id_ or body.id or uuid4(),
        code=body.code,
        fault=body.fault,
        urgency=body.urgency,
        text=body.text,
        origin="account",
        reporter=session.name,
        at=datetime.now(UTC) if body.at is None else parse_time(body.at),
        point=body.point,
    )


def deed_of(body: StepBody) -> Deed:
    """Turn what a client sent into a step."""
    return Deed(
        key=body.key or uuid4(),
        name=body.deed,
        at=datetime.now(UTC) if body.at is None else parse_time(body.at),
        note=body.note,
        person=body.person,
        due=None if body.due is None else parse_time(body.due),
        parts=tuple(Part(name=p.name, count=p.count, unit=p.unit) for p in body.parts),
        minutes=body.minutes,
        cost=body.cost,
    )
