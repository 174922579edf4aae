"""Where the QR code of a label leads."""

from typing import Final

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from fangma.asset_registry.codes import parse
from fangma.twin.http.access import PUBLIC
from fangma.twin.http.bodies import CodeInPath

router: Final = APIRouter(tags=["labels"])


@router.get(
    "/r/{code}",
    operation_id="followLabel",
    status_code=302,
    response_class=Response,
    dependencies=[PUBLIC],
)
def follow_label(code: CodeInPath) -> RedirectResponse:
    """Lead to the viewer's page of a thing, whatever became of it.

    Whether the thing exists is not looked up: whoever is not signed in must not learn it here. The
    page asks for a session, and then tells.
    """
    return RedirectResponse(f"/#pick={parse(code)}", status_code=302)
