"""The map of all sites, with figures of each, and its background."""

from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Response

from fangma.asset_registry.store.figures import site_tallies
from fangma.twin.http.access import Reader
from fangma.twin.http.dependencies import PlacesOf, Registry, SettingsOf
from fangma.twin.http.earth import degrees_of
from fangma.twin.http.wall_bodies import SitesMap
from fangma.twin.map_tiles import NoMapTilesError, fetch_tile
from fangma.twin.places import people_of, sites_of
from fangma.viewer.sites_map import MappedSite, sites_map

router: Final = APIRouter(prefix="/api/map", tags=["sites"])
By = Literal["area_m2", "rooms", "buildings", "people", "alarms", "orders", "sensors"]
_Tile = Annotated[int, Path(ge=0, le=2**20)]


@router.get("/sites", operation_id="readSitesMap", response_model=SitesMap)
def read_sites_map(
    registry: Registry, places: PlacesOf, settings: SettingsOf, by: By = "area_m2"
) -> dict[str, Any]:
    """Give the map of all sites that the reader may see, sized and coloured by a figure."""
    found = sites_of(places, registry.connection, registry.moment)
    people = people_of(places, registry.connection, registry.moment)
    tallies = site_tallies(registry.connection, registry.moment)
    items = []
    for site in found:
        tally = tallies[site.code]
        items.append(
            {
                "code": site.code,
                "name": site.name,
                "division": site.division,
                "position": degrees_of(
                    epsg=site.epsg,
                    origin=site.origin,
                    latitude=site.latitude,
                    longitude=site.longitude,
                ),
                "buildings": site.buildings,
                "rooms": site.rooms,
                "area_m2": site.area_m2,
                "people": people[site.code],
                **{key: value for key, value in asdict(tally).items() if key != "site"},
            }
        )
    has_tiles = settings.map_tiles_url is not None
    specification = sites_map(
        [
            MappedSite(
                code=item["code"],
                name=item["name"],
                position=item["position"],
                value=float(item[by]),
            )
            for item in items
            if item["position"] is not None
        ],
        tiles="api/map/tiles/{z}/{x}/{y}" if has_tiles else None,
        attribution=settings.map_attribution or "",
    )
    return {
        "at": registry.moment.at,
        "by": by,
        "tiles": has_tiles,
        "attribution": settings.map_attribution or "",
        "items": items,
        "specification": specification,
    }


@router.get("/tiles/{z}/{x}/{y}", operation_id="readMapTile", response_class=Response)
def read_map_tile(session: Reader, settings: SettingsOf, z: _Tile, x: _Tile, y: _Tile) -> Response:
    """Give a tile of the map's background, fetched from where the setting points."""
    del session
    if settings.map_tiles_url is None:
        raise NoMapTilesError(
            "No background of the map was set up.", "Set FANGMA_MAP_TILES_URL, or do without."
        )
    image, media_type = fetch_tile(settings.map_tiles_url, z, x, y)
    return Response(
        image, media_type=media_type, headers={"Cache-Control": "private, max-age=604800"}
    )
