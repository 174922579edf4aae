"""Marks of secrecy (涉密): the security officer's."""

from typing import Any, Final

from fastapi import APIRouter

from fangma.asset_registry.codes import parse
from fangma.asset_registry.store.secrecy import set_secret
from fangma.twin.http.access import SecurityOfficer
from fangma.twin.http.bodies import CodeInPath, SecretMark, SecretMarked
from fangma.twin.http.dependencies import PoolOf

router: Final = APIRouter(prefix="/api/items", tags=["secrecy"])


@router.put("/{code}/secret", operation_id="setSecret", response_model=SecretMarked)
def mark(
    code: CodeInPath, body: SecretMark, session: SecurityOfficer, pool: PoolOf
) -> dict[str, Any]:
    """Mark a room secret, or clear it: at once and on every channel."""
    with pool.connection() as connection:
        changed = set_secret(
            connection,
            session.reader,
            code,
            secret=body.secret,
            actor=session.name,
            reason=body.reason,
        )
    return {"code": str(parse(code)), "secret": body.secret, "changed": changed}
