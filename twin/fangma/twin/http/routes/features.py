"""Everything with a body, as columns: what the viewer colours, isolates and searches by."""

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from fangma.asset_registry.store.scene import Slice
from fangma.asset_registry.store.secrecy import holds_secret
from fangma.twin.http.bodies import Features
from fangma.twin.http.dependencies import DEAR, Registry, SettingsOf, SiteOf
from fangma.twin.http.revalidation import REVALIDATE, has, unchanged

if TYPE_CHECKING:
    from fangma.twin.feature_shelf import FeatureShelf

router: Final = APIRouter(prefix="/api/features", tags=["scene"], dependencies=[DEAR])


@router.get("", operation_id="readFeatures", response_model=Features)
def read_features(
    request: Request,
    registry: Registry,
    settings: SettingsOf,
    site: SiteOf,
    number: Annotated[
        int | None, Query(alias="slice", ge=0, lt=2**31, description="Of a slice of ordinals.")
    ] = None,
    rooms: Annotated[
        bool | None, Query(description="Rooms alone, or all but rooms; both unless told.")
    ] = None,
) -> Response:
    """Give one row an element with a body, ascending by ordinal; 304 when nothing changed.

    A large site is asked for by the slices that ``GET /api/scene`` names, what is seen first.

    The tag is of the whole answer: it depends on the reader, on both clocks and on marks of
    secrecy, and nothing short of the answer knows them all.
    """
    shelf: FeatureShelf = request.app.state.features
    part = Slice(number=number, rooms=rooms, width=settings.slice_width)
    found = shelf.features(registry.connection, site, registry.moment, part)
    if has(request, found.tag):
        return unchanged(found.tag)
    if holds_secret(registry.connection, site.id):
        registry.note("secret-read", site.code, what="features")
    headers = {"ETag": found.tag, "Cache-Control": REVALIDATE, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        # Compressed already: once for all readers.
        headers["Content-Encoding"] = "gzip"
        return Response(found.packed, media_type="application/json", headers=headers)
    return Response(found.body, media_type="application/json", headers=headers)
