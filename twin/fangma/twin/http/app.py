"""The application, put together: settings in, ASGI out. Nothing is read at import."""

from __future__ import annotations

import re
from asyncio import Semaphore
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

import fangma.viewer
from fangma.asset_registry.store import connection
from fangma.twin import places
from fangma.twin.audit_shelf import AuditShelf
from fangma.twin.feature_shelf import FeatureShelf
from fangma.twin.field import photos
from fangma.twin.http import openapi
from fangma.twin.http.body_limit import BodyLimit
from fangma.twin.http.dependencies import MOST_DEAR
from fangma.twin.http.edge import Edge
from fangma.twin.http.errors import Problem, add_error_handlers
from fangma.twin.http.metrics import Metrics
from fangma.twin.http.routes import (
    accounts,
    alarms,
    audit,
    audit_log,
    bridge_files,
    cameras,
    closures,
    derived,
    devices,
    energy,
    estate,
    features,
    field,
    follow,
    health,
    imports,
    items,
    labels,
    lineage,
    live,
    moment,
    ogc,
    orders,
    pipes,
    plans,
    reports,
    reviews,
    room_values,
    rounds,
    rule_packs,
    scene,
    search,
    secrecy,
    sensorthings,
    services,
    session,
    settings as settings_,
    sites,
    sites_map,
    storeys,
    streams,
    tiles,
    views,
    wall,
)
from fangma.twin.http.told_once import ToldOnce
from fangma.twin.http.viewer_files import Otherwise
from fangma.twin.live.hub import Hub
from fangma.twin.pipes.bodies import Bodies
from fangma.twin.pipes.shelf import Shelf
from fangma.twin.revision_shelf import RevisionShelf
from fangma.twin.services import database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fangma.twin.settings import Settings

LONGEST_BODY: Final = 1024 * 1024
_PHOTO_PATHS: Final = re.compile(r"/api/(?:orders|reports)/[0-9a-fA-F-]{32,36}/photos")
_ROUTERS: Final = (
    session.router,
    sites.router,
    items.router,
    search.router,
    scene.router,
    features.router,
    room_values.router,
    storeys.router,
    views.router,
    sites_map.router,
    wall.router,
    imports.router,
    lineage.router,
    reviews.router,
    labels.router,
    secrecy.router,
    accounts.router,
    devices.router,
    audit.router,
    estate.router,
    audit_log.router,
    rule_packs.router,
    settings_.router,
    services.router,
    bridge_files.router,
    pipes.router,
    closures.router,
    orders.router,
    rounds.router,
    field.router,
    reports.router,
    plans.router,
    tiles.router,
    ogc.router,
    sensorthings.router,
    streams.router,
    cameras.router,
    derived.router,
    energy.router,
    alarms.router,
    moment.router,
    live.router,
    follow.router,
    health.router,
)


def create_app(settings: Settings) -> FastAPI:
    """Build the web application of a twin.

    The database is opened when the application starts and closed when it ends, so that building
    the application needs none (``scripts/openapi`` does).

    Parameters
    ----------
    settings : Settings
        Where the database and the tiles are.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        url = await run_in_threadpool(database.ensure, settings)
        app.state.pool = await run_in_threadpool(connection.open_pool, url)
        app.state.hub = Hub(url)
        app.state.hub.start()
        try:
            yield
        finally:
            await run_in_threadpool(app.state.hub.stop)
            await run_in_threadpool(app.state.pool.close)

    app = FastAPI(
        title="Fangma 房码",
        summary="Digital twin and spatial asset registry for public office buildings.",
        version=openapi.VERSION,
        openapi_url="/api/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        responses={"default": {"model": Problem, "description": "Any failure."}},
    )
    app.state.settings = settings
    app.state.metrics = Metrics()
    app.state.pipe_books = Shelf()
    app.state.audits = AuditShelf()
    app.state.features = FeatureShelf()
    app.state.places = RevisionShelf(most=places.MOST_ROWS, weigh=places.weigh)
    app.state.dear = Semaphore(MOST_DEAR)
    app.state.told = ToldOnce()
    app.state.bodies = Bodies(settings.home / "geometry")
    app.state.report_paces = reports.Paces()
    add_error_handlers(app)
    for router in _ROUTERS:
        app.include_router(router)
    openapi.describe(app)
    # Not a mount at "/", which would match before a known path can say 405.
    app.router.default = Otherwise(fangma.viewer.static_dir())
    app.add_middleware(
        GZipMiddleware,
        minimum_size=1024,
        compresslevel=5,
        # Tiles are compressed once, on disk.
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, "model/*", "application/pdf"),
    )
    app.add_middleware(
        BodyLimit, longest=LONGEST_BODY, larger=((_PHOTO_PATHS, photos.LONGEST_FILE),)
    )
    app.add_middleware(Edge, metrics=app.state.metrics)
    return app
