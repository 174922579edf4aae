"""What the viewer asks first, and what is under its pointer."""

from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Query

from fangma.asset_registry.store.scene import find_by_ordinal, slices
from fangma.asset_registry.store.secrecy import is_secret
from fangma.twin.http.bodies import Picked, Scene
from fangma.twin.http.dependencies import PlacesOf, Registry, SettingsOf, SiteOf
from fangma.twin.http.errors import NotFoundError
from fangma.twin.places import tree_of

router: Final = APIRouter(prefix="/api", tags=["scene"])


@router.get("/scene", operation_id="readScene", response_model=Scene)
def read_scene(
    registry: Registry, places: PlacesOf, settings: SettingsOf, site: SiteOf
) -> dict[str, Any]:
    """Say where a site's tiles and features are, and which buildings and storeys it has."""
    width = settings.slice_width
    tree = tree_of(places, registry.connection, site, registry.moment)
    return {
        "site": site.code,
        "name": site.name,
        "tileset": f"/tiles/{site.code}/tileset.json",
        "features": f"/api/features?site={quote(site.code)}",
        "slices": {"width": width, "numbers": slices(registry.connection, site, width)},
        "revision": registry.moment.revision,
        "epsg": site.epsg,
        "origin": list(site.origin),
        "buildings": [
            {
                "code": building["code"],
                "name": building["name"],
                "storeys": [
                    {key: storey[key] for key in ("code", "name", "elevation_m")}
                    for storey in building["children"]
                ],
            }
            for building in tree["children"]
        ],
    }


@router.get("/pick", operation_id="readPick", response_model=Picked)
def read_pick(
    registry: Registry, site: SiteOf, ordinal: Annotated[int, Query(ge=0, lt=2**63)]
) -> dict[str, Any]:
    """Say what an integer of the tiles stands for."""
    item = find_by_ordinal(registry.connection, site, ordinal, registry.moment)
    if item is None:
        raise NotFoundError("element", str(ordinal))
    if item.code is not None and is_secret(registry.connection, item.code):
        registry.note("secret-read", item.code)
    return item.as_dict() | {"bounds": []}
