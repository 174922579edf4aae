"""Whether the server lives, and its counters."""

from typing import Final

from fastapi import APIRouter, Request, Response

from fangma.asset_registry.store.connection import OPERATOR, reading
from fangma.asset_registry.store.observations import totals
from fangma.asset_registry.store.rollups import waiting as waiting_rollups
from fangma.twin.http.access import PUBLIC, Operator
from fangma.twin.http.bodies import Health
from fangma.twin.http.dependencies import SettingsOf
from fangma.twin.http.metrics import CONTENT_TYPE
from fangma.twin.http.openapi import VERSION
from fangma.twin.live.gauges import live_gauges
from fangma.twin.services.home import Home

router: Final = APIRouter(tags=["operations"])


@router.get("/healthz", operation_id="readHealth", dependencies=[PUBLIC])
def read_health(request: Request) -> Health:
    """Say that the server answers, and the database to it."""
    with request.app.state.pool.connection(timeout=2) as connection:
        connection.execute("SELECT")
    return Health(ok=True, version=VERSION)


@router.get(
    "/metrics",
    operation_id="readMetrics",
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE: {}}}},
)
def read_metrics(request: Request, settings: SettingsOf, _: Operator) -> Response:
    """Count requests, connections and observations, for Prometheus (a device token as bearer)."""
    stats = request.app.state.pool.get_stats()
    gauges = {
        "fangma_database_connections": stats.get("pool_size", 0),
        "fangma_database_connections_idle": stats.get("pool_available", 0),
        "fangma_database_requests_waiting": stats.get("requests_waiting", 0),
    }
    with request.app.state.pool.connection() as connection, reading(connection, OPERATOR):
        books = totals(connection)
        due = waiting_rollups(connection)
    gauges |= live_gauges(books, due, Home(directory=settings.home).bridge)
    gauges["fangma_live_watchers"] = len(request.app.state.hub)
    return Response(request.app.state.metrics.text(gauges), media_type=CONTENT_TYPE)
