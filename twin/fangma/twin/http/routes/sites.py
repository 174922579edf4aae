"""Sites, and the tree of buildings and storeys under each."""

from typing import Any, Final

from fastapi import APIRouter

from fangma.twin.http.bodies import Node, Sites
from fangma.twin.http.dependencies import PlacesOf, Registry, SiteOf
from fangma.twin.places import sites_of, tree_of

router: Final = APIRouter(prefix="/api", tags=["sites"])


@router.get("/sites", operation_id="listSites", response_model=Sites)
def list_sites(registry: Registry, places: PlacesOf) -> dict[str, Any]:
    """List the sites that the reader may see anything of, with what they hold for this reader."""
    found = sites_of(places, registry.connection, registry.moment)
    return {"items": [site.as_dict() for site in found]}


@router.get("/tree", operation_id="readTree", response_model=Node)
def read_tree(registry: Registry, places: PlacesOf, site: SiteOf) -> dict[str, Any]:
    """Give a site's buildings with their storeys, lowest first."""
    return tree_of(places, registry.connection, site, registry.moment)
