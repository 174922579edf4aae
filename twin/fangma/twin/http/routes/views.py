"""Views that people keep by name, and share."""

# No `from __future__ import annotations`: FastAPI reads these annotations.
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Response

from fangma.asset_registry.store import sites
from fangma.asset_registry.store.connection import moment_of, recording
from fangma.asset_registry.store.views import (
    SavedView,
    find_view,
    list_views,
    remove_view,
    save_view,
)
from fangma.twin.http.access import Reader
from fangma.twin.http.dependencies import PoolOf, Registry, SiteOf
from fangma.twin.http.errors import NotFoundError
from fangma.twin.http.view_bodies import NewView, SavedViewItem, SavedViews

router: Final = APIRouter(prefix="/api/views", tags=["views"])
_Number = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("", operation_id="listViews", response_model=SavedViews)
def list_all(registry: Registry, site: SiteOf) -> dict[str, Any]:
    """List the reader's views of a site, then those that others share."""
    return {"items": [_told(view) for view in list_views(registry.connection, site)]}


@router.get("/{view}", operation_id="readView", response_model=SavedViewItem)
def read(view: _Number, registry: Registry) -> dict[str, Any]:
    """Give a view that a link names."""
    return _told(find_view(registry.connection, view))


@router.post("", operation_id="saveView", status_code=201, response_model=SavedViewItem)
def save(body: NewView, session: Reader, pool: PoolOf) -> dict[str, Any]:
    """Keep a view under a name; the same name of the same person is written over."""
    with pool.connection() as connection, recording(connection, session.reader):
        site = sites.find_site(connection, body.site, moment_of(connection))
        if site is None:
            raise NotFoundError("site", body.site)
        return _told(
            save_view(
                connection,
                site,
                name=body.name,
                page=body.page,
                view_hash=body.hash,
                shared=body.shared,
                actor=session.name,
            )
        )


@router.delete("/{view}", operation_id="removeView", status_code=204)
def remove(view: _Number, session: Reader, pool: PoolOf) -> Response:
    """Remove a view of one's own."""
    with pool.connection() as connection, recording(connection, session.reader):
        remove_view(connection, view, actor=session.name)
    return Response(status_code=204)


def _told(view: SavedView) -> dict[str, Any]:
    return {
        "id": view.id,
        "name": view.name,
        "page": view.page,
        "hash": view.hash,
        "shared": view.shared,
        "owner": view.owner,
        "own": view.own,
        "savedAt": view.saved_at,
    }
