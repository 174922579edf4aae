"""Everything with a body, as columns: what the viewer colours, isolates and searches by."""

from typing import Final

import orjson
from fastapi import APIRouter, Request, Response

from fangma.asset_registry.store.scene import features
from fangma.twin.http.bodies import Features
from fangma.twin.http.dependencies import Registry, SiteOf
from fangma.twin.http.revalidation import fresh

router: Final = APIRouter(prefix="/api/features", tags=["scene"])


@router.get("", operation_id="readFeatures", response_model=Features)
def read_features(request: Request, registry: Registry, site: SiteOf) -> Response:
    """Give one row an element with a body, ascending by ordinal; 304 when nothing changed.

    The tag is of the whole answer: it depends on the reader, on both clocks and on marks of
    secrecy, and nothing short of the answer knows them all.
    """
    found = features(registry.connection, site, registry.moment)
    # NaN (not measured) becomes null.
    body = orjson.dumps(found.as_dict(), option=orjson.OPT_SERIALIZE_NUMPY)
    return fresh(request, body)
