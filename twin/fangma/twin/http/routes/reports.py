"""Reports of passers-by, who have no account and learn nothing."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request

from fangma.asset_registry.store import work_orders
from fangma.asset_registry.store.connection import OPERATOR, Connection, reading
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.work_orders.facts import FAULTS, Report
from fangma.twin.field import orders
from fangma.twin.field.errors import LinkError
from fangma.twin.field.pace import Pace
from fangma.twin.field.photos import PhotoStore
from fangma.twin.field.report_links import ReportLink, load_key, read_link
from fangma.twin.http.access import PUBLIC
from fangma.twin.http.dependencies import PoolOf, SettingsOf
from fangma.twin.http.field_bodies import LinkBody, LinkChecked, LinkReport, Received
from fangma.twin.http.routes.orders import IMAGE
from fangma.twin.services.home import Home
from fangma.twin.settings import Settings

router: Final = APIRouter(prefix="/api/reports", tags=["reports"], dependencies=[PUBLIC])
_HOUR_S: Final = 3600.0
_PHOTOS_WITHIN: Final = timedelta(hours=24)
_MOST_PHOTOS: Final = 3


class Paces:
    """How often passers-by may send: by link, by sender, and all together."""

    def __init__(self) -> None:
        self.looks = Pace(allowed=120, window_s=_HOUR_S)
        self.link = Pace(allowed=12, window_s=_HOUR_S)
        self.sender = Pace(allowed=40, window_s=_HOUR_S)
        self.all = Pace(allowed=2000, window_s=24 * _HOUR_S)

    def take(self, request: Request, link: ReportLink) -> None:
        """Count a request.

        Raises
        ------
        BusyError
        """
        now = time.monotonic()
        self.link.take(link.token, now)
        self.sender.take(request.client.host if request.client else "", now)
        self.all.take("", now)


LinkHeader = Annotated[str, Header(alias="X-Fangma-Report-Link", max_length=120)]


async def _linked_body(request: Request, settings: SettingsOf, link: LinkHeader) -> bytes:
    """Read nothing of a photo before its link was checked and counted."""
    _paces(request).take(request, _link(settings, link))
    return await request.body()


LinkedBody = Annotated[bytes, Depends(_linked_body)]


@router.post("/check", operation_id="checkReportLink", response_model=LinkChecked)
def check(body: LinkBody, request: Request, pool: PoolOf, settings: SettingsOf) -> dict[str, Any]:
    """Say whether a link still opens the form, and of what kind the place is; no name, no code."""
    link = _link(settings, body.link)
    _paces(request).looks.take(link.token, time.monotonic())
    with pool.connection() as connection:
        _refuse_secret(connection, link)
        with reading(connection, OPERATOR) as moment:
            kind = find_entry(connection, link.code, moment)[1]
    return {"place": kind, "expires": link.expires, "faults": list(FAULTS)}


@router.post("", operation_id="reportByLink", response_model=Received, status_code=201)
def report(
    body: LinkReport, request: Request, pool: PoolOf, settings: SettingsOf
) -> dict[str, Any]:
    """Report a fault at the place of a link; the urgency is for those who know to judge."""
    link = _link(settings, body.link)
    _paces(request).take(request, link)
    told = Report(
        id=body.id,
        code=link.code,
        fault=body.fault,
        urgency="normal",
        text=body.text,
        origin="link",
        reporter=None,
        at=datetime.now(UTC),
    )
    with pool.connection() as connection:
        _refuse_secret(connection, link)
        orders.report(connection, OPERATOR, told)
    return {"received": True}


@router.post(
    "/{report}/photos",
    operation_id="addReportPhoto",
    response_model=Received,
    status_code=201,
    openapi_extra=IMAGE,
)
def add_photo(
    report: UUID,
    pool: PoolOf,
    settings: SettingsOf,
    link: LinkHeader,
    data: LinkedBody,
) -> dict[str, Any]:
    """Keep a photo with a report of one's own, told by its id, within a day."""
    found = _link(settings, link)
    with pool.connection() as connection:
        with reading(connection, OPERATOR) as moment:
            order = work_orders.find_order(connection, report, moment)
        # All wrong ones alike: an id of somebody else's order tells nothing.
        if (
            order.origin != "link"
            or order.code != found.code
            or datetime.now(UTC) - order.recorded_at > _PHOTOS_WITHIN
            or order.photos >= _MOST_PHOTOS
        ):
            raise work_orders.UnknownOrderError(str(report))
        store = PhotoStore(root=Home(directory=settings.home).photos)
        orders.attach(connection, OPERATOR, store, order.id, data, actor=None)
    return {"received": True}


def _link(settings: Settings, token: str) -> ReportLink:
    key = load_key(Home(directory=settings.home).report_key)
    return read_link(key, token, now=datetime.now(UTC))


def _paces(request: Request) -> Paces:
    paces: Paces = request.app.state.report_paces
    return paces


def _refuse_secret(connection: Connection, link: ReportLink) -> None:
    """Refuse a place that became secret after its label was printed, as any wrong link."""
    with reading(connection, OPERATOR):
        if not orders.may_have_link(connection, link.code):
            raise LinkError(
                "The link is not one that was given out here.", "Scan the code on the label again."
            )
