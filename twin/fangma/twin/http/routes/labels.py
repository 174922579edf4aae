"""Sheets of QR labels."""

from typing import Final

from fastapi import APIRouter, Request, Response

from fangma.asset_registry.store.secrecy import secret_among
from fangma.twin.http.bodies import LabelWish
from fangma.twin.http.dependencies import Registry, SettingsOf
from fangma.twin.labels import labels_of
from fangma.viewer.labels import labels_pdf

router: Final = APIRouter(prefix="/api/labels", tags=["labels"])


@router.post(
    "",
    operation_id="printLabels",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def print_labels(
    body: LabelWish, request: Request, registry: Registry, settings: SettingsOf
) -> Response:
    """Write a PDF of labels, 21 a page."""
    base_url = settings.public_url or str(request.base_url)
    labels = labels_of(registry.connection, body.codes, moment=registry.moment, base_url=base_url)
    for code in secret_among(registry.connection, [label.code for label in labels]):
        registry.note("secret-read", code)
    registry.note("label-print", f"{len(labels)} labels")
    return Response(
        labels_pdf(labels),
        media_type="application/pdf",
        headers={
            "Content-Disposition": 'attachment; filename="labels.pdf"',
            "Cache-Control": "no-store",
        },
    )
