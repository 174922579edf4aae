"""How the parts of the twin do: what ``fangma doctor`` and ``fangma sensors`` say."""

from typing import Any, Final

from fastapi import APIRouter, Request

from fangma.asset_registry.store.connection import OPERATOR, reading
from fangma.asset_registry.store.observations import rejections, totals
from fangma.asset_registry.store.rollups import waiting as waiting_rollups
from fangma.sensors_bridge.spool import waiting as waiting_spool
from fangma.twin.http.access import Administrator
from fangma.twin.http.administration_bodies import RejectedList, Services
from fangma.twin.http.dependencies import USUAL_LIMIT, Limit, PoolOf, SettingsOf
from fangma.twin.http.openapi import VERSION
from fangma.twin.live.gauges import adapters
from fangma.twin.services.examination import examine
from fangma.twin.services.home import Home, free_bytes, is_locked

router: Final = APIRouter(prefix="/api", tags=["administration"])


@router.get("/services", operation_id="readServices", response_model=Services)
def read_services(
    request: Request,
    settings: SettingsOf,
    pool: PoolOf,
    session: Administrator,  # noqa: ARG001 - who may ask
) -> dict[str, Any]:
    """Look at services and machine; pictures are not tried, `fangma doctor` does that."""
    found = examine(settings, with_pictures=False)
    home = Home(directory=settings.home)
    with pool.connection() as connection, reading(connection, OPERATOR):
        books = totals(connection)
        due = waiting_rollups(connection)
    spooled = waiting_spool(home.bridge / "spool")
    return {
        "ok": found.ok,
        "version": VERSION,
        "services": [
            {"name": name, "url": each.url, "state": each.state}
            for name, each in found.services.items()
        ],
        "checks": [
            {"name": each.name, "ok": each.ok, "message": each.message, "remedy": each.remedy}
            for each in found.checks
        ],
        "bridge": {
            "running": is_locked(home.bridge / "lock"),
            "streams": books.streams,
            "bound": books.bound,
            "received": books.received + spooled,
            "stored": books.stored,
            "duplicates": books.duplicates,
            "rejected": books.rejected,
            "spooled": spooled,
            "rollupsDue": due,
            "adapters": [{"name": name, **told} for name, told in adapters(home.bridge).items()],
        },
        "freeBytes": free_bytes(settings.home),
        "watchers": len(request.app.state.hub),
    }


@router.get("/rejected", operation_id="listRejected", response_model=RejectedList)
def list_rejected(
    pool: PoolOf,
    session: Administrator,  # noqa: ARG001 - who may ask
    limit: Limit = USUAL_LIMIT,
) -> dict[str, Any]:
    """List what was refused of what devices sent, as `fangma sensors rejected`."""
    with pool.connection() as connection, reading(connection, OPERATOR):
        found = rejections(connection, limit=limit)
    return {
        "items": [
            {
                "topic": each.place,
                "rule": each.rule,
                "count": each.count,
                "last": each.last_at,
                "message": each.message,
                "sample": each.sample,
            }
            for each in found
        ]
    }
