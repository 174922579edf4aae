"""Past imports."""

from typing import Any, Final

from fastapi import APIRouter

from fangma.asset_registry.store.imports import list_imports as find
from fangma.twin.http.bodies import CodeInQuery, Imports
from fangma.twin.http.dependencies import USUAL_LIMIT, Limit, Next, Registry, find_site
from fangma.twin.http.paging import decode_next, encode_next

router: Final = APIRouter(prefix="/api/imports", tags=["imports"])


@router.get("", operation_id="listImports", response_model=Imports)
def list_imports(
    registry: Registry,
    site: CodeInQuery = None,
    limit: Limit = USUAL_LIMIT,
    next_: Next = None,
) -> dict[str, Any]:
    """List the files that were imported and what became of each, newest first."""
    key = decode_next(next_, int)
    found = find(
        registry.connection,
        registry.moment,
        limit=limit + 1,
        site_id=None if site is None else find_site(registry, site).id,
        before=int(key[0]) if key else None,
    )
    page = found[:limit]
    return {
        "items": [
            {
                "revision": each.revision,
                "at": each.at,
                "actor": each.actor,
                "file": each.file,
                "model": each.model,
                "discipline": each.discipline,
                "current": each.current,
                "report": each.report,
            }
            for each in page
        ],
        "next": encode_next(page[-1].revision) if len(found) > limit else None,
    }
