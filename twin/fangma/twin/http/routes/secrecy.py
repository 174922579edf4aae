"""Marks of secrecy (涉密): the security officer's."""

from typing import Any, Final

from fastapi import APIRouter, BackgroundTasks

from fangma.asset_registry.codes import parse
from fangma.asset_registry.store.connection import Pool
from fangma.asset_registry.store.secrecy import set_secret
from fangma.bim_import.retiling import retile
from fangma.bim_import.tile_store import TileStore
from fangma.twin.http.access import SecurityOfficer
from fangma.twin.http.bodies import CodeInPath, SecretMark, SecretMarked
from fangma.twin.http.dependencies import PoolOf, SettingsOf
from fangma.twin.services.home import Home

router: Final = APIRouter(prefix="/api/items", tags=["secrecy"])


@router.put("/{code}/secret", operation_id="setSecret", response_model=SecretMarked)
def mark(
    code: CodeInPath,
    body: SecretMark,
    session: SecurityOfficer,
    pool: PoolOf,
    settings: SettingsOf,
    later: BackgroundTasks,
) -> dict[str, Any]:
    """Mark a room secret, or clear it: at once and on every channel.

    Its storey's rooms go out of the sight of those not entitled at once; the tiles with the grey
    mass follow within seconds.
    """
    with pool.connection() as connection:
        changed = set_secret(
            connection,
            session.reader,
            code,
            secret=body.secret,
            actor=session.name,
            reason=body.reason,
        )
    if changed:
        tiles = TileStore(root=Home(directory=settings.home).tiles)
        later.add_task(_retile, pool, tiles, code, session.name)
    return {"code": str(parse(code)), "secret": body.secret, "changed": changed}


def _retile(pool: Pool, tiles: TileStore, code: str, actor: str) -> None:
    with pool.connection() as connection:
        retile(connection, tiles, code, actor=actor)
