"""Files that can be changed while it runs: topics, alarm rules, adapters, the index board."""

from typing import Any, Final, Literal

from fastapi import APIRouter

from fangma.twin.bridge_files import BridgeFile, bridge_files, change_file
from fangma.twin.http.access import Administrator
from fangma.twin.http.administration_bodies import (
    BridgeFile as BridgeFileAnswer,
    BridgeFileChange,
    BridgeFiles,
)
from fangma.twin.http.dependencies import PoolOf, SettingsOf
from fangma.twin.services.home import Home, open_home
from fangma.twin.sign_in.accounts import Actor

router: Final = APIRouter(prefix="/api/bridge/files", tags=["administration"])


@router.get("", operation_id="listBridgeFiles", response_model=BridgeFiles)
def list_bridge_files(settings: SettingsOf, session: Administrator) -> dict[str, Any]:  # noqa: ARG001
    """Give the files with their text; where the home has none, the one that is shipped."""
    return {"items": [_told(each) for each in bridge_files(Home(directory=settings.home))]}


@router.put("/{name}", operation_id="changeBridgeFile", response_model=BridgeFileAnswer)
def change_bridge_file(
    name: Literal["topics", "alarms", "adapters", "cameras", "indicators"],
    body: BridgeFileChange,
    settings: SettingsOf,
    pool: PoolOf,
    session: Administrator,
) -> dict[str, Any]:
    """Replace a file, read as the bridge reads it first; the bridge takes it within seconds."""
    with pool.connection() as connection:
        changed = change_file(
            connection,
            Actor(reader=session.reader, name=session.name),
            open_home(settings),
            name,
            text=body.text,
            was=body.was,
            reason=body.reason,
        )
    return _told(changed)


def _told(file: BridgeFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "changeable": file.changeable,
        "own": file.own,
        "text": file.text,
        "sha256": file.sha256,
        "changed": file.changed,
    }
