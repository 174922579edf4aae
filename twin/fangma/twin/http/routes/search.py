"""Find things by what people type."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from fangma.asset_registry.store.search import search as find
from fangma.twin.http.bodies import CodeInQuery, Hits
from fangma.twin.http.dependencies import Registry, find_site

router: Final = APIRouter(prefix="/api/search", tags=["items"])


@router.get("", operation_id="search", response_model=Hits)
def search(
    registry: Registry,
    q: Annotated[str, Query(max_length=200, description="Code, door number or name.")],
    site: CodeInQuery = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> dict[str, Any]:
    """Find by whole code, beginning of a code, door number or part of a name; best first."""
    found = find(
        registry.connection,
        q,
        moment=registry.moment,
        site=None if site is None else find_site(registry, site),
        limit=limit,
    )
    registry.note_secrets("search", (hit.code for hit in found))
    return {"items": [hit.as_dict() for hit in found]}
