"""What rooms are coloured by beyond what they are: verdicts, holders, area a person, idleness."""

from typing import Final

import orjson
from fastapi import APIRouter, Request, Response

from fangma.asset_registry.store import audit_log
from fangma.asset_registry.store.connection import reading, recording
from fangma.asset_registry.store.scene import room_ordinals
from fangma.asset_registry.store.sites import find_site
from fangma.twin.auditing import run_audit
from fangma.twin.http.access import SpaceReader
from fangma.twin.http.bodies import CodeInQuery, FeatureValues, WordInQuery
from fangma.twin.http.dependencies import DEAR, At, AuditsOf, Known, PoolOf
from fangma.twin.http.errors import NotFoundError
from fangma.twin.http.revalidation import fresh
from fangma.twin.room_values import RoomValue, room_values

router: Final = APIRouter(prefix="/api/features", tags=["scene"], dependencies=[DEAR])


@router.get("/values", operation_id="readFeatureValues", response_model=FeatureValues)
def read_feature_values(
    request: Request,
    session: SpaceReader,
    pool: PoolOf,
    audits: AuditsOf,
    at: At,
    known: Known,
    by: RoomValue,
    site: CodeInQuery = None,
    standard: WordInQuery = None,
) -> Response:
    """Give one value a room that its reader may see, ascending by ordinal; 304 when unchanged."""
    with pool.connection() as connection:
        with reading(connection, session.reader, at, known) as moment:
            found = find_site(connection, site, moment)
            if found is None:
                raise NotFoundError("site", "")
            document = run_audit(
                connection, moment, site=found.code, standard=standard, shelf=audits
            )
            values = room_values(document, by)
            ordinals = room_ordinals(connection, found, moment)
        with recording(connection, session.reader):
            audit_log.append(
                connection,
                actor=session.name,
                action="audit-read",
                subject=found.code,
                detail={"by": str(by)},
            )
    told = [(ordinals[code], value) for code, value in values.of.items() if code in ordinals]
    told.sort()
    answer = {
        "by": by,
        "standard": document["standard"],
        "ordinal": [ordinal for ordinal, _ in told],
        "value": [value for _, value in told],
        "dictionary": values.dictionary,
        "titles": values.titles,
        "limits": values.limits,
    }
    return fresh(request, orjson.dumps(answer))
