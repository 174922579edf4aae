"""A storey seen from above."""

from typing import Any, Final

from fastapi import APIRouter

from fangma.asset_registry.store import sites
from fangma.asset_registry.store.entries import find_entry
from fangma.asset_registry.store.storey_plans import rooms_of_storey
from fangma.twin.http.bodies import CodeInPath, StoreyPlanAnswer
from fangma.twin.http.dependencies import Registry
from fangma.twin.http.errors import NotFoundError

router: Final = APIRouter(prefix="/api/storeys", tags=["scene"])


@router.get("/{code}/plan", operation_id="readStoreyPlan", response_model=StoreyPlanAnswer)
def read_storey_plan(registry: Registry, code: CodeInPath) -> dict[str, Any]:
    """Give the rooms of a storey with their outlines, in the frame of the site's tiles."""
    _, kind, code = find_entry(registry.connection, code, registry.moment)
    site = sites.find_site(registry.connection, code, registry.moment)
    if site is None or kind != "storey":
        raise NotFoundError("storey", code)
    rooms = rooms_of_storey(registry.connection, site, code, registry.moment)
    registry.note_secrets(code, (room.code for room in rooms))
    points = [point for room in rooms for ring in room.rings for point in ring]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return {
        "storey": code,
        "building": next((room.building for room in rooms if room.building), None),
        "box": [min(xs), min(ys), max(xs), max(ys)] if points else None,
        "rooms": [
            {
                "code": room.code,
                "number": room.number,
                "name": room.name,
                "use": room.use,
                "area_m2": room.area_m2,
                "rings": room.rings,
            }
            for room in rooms
        ],
    }
